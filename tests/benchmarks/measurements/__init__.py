"""The measurements, one a file, each with measure()."""
