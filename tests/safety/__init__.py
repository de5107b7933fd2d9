"""What strangers and accidents do: links, files, uploads, other sites, killed processes, full disks."""
