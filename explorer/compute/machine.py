"""What this machine is, and how much memory it has to spare: one visitor must not bring the server down for all."""

import os
from pathlib import Path

from ranp.machine import processor_name

_MEMINFO = Path("/proc/meminfo")
_CGROUP = Path("/sys/fs/cgroup")


def available_memory(meminfo: Path = _MEMINFO, cgroup: Path = _CGROUP) -> int | None:
    """Bytes that a process may still take: what the system calls available, within a container's limit.

    `None` where the system does not say (other systems than Linux).
    """
    known = [value for value in (_system(meminfo), _container(cgroup)) if value is not None]
    return min(known, default=None)


def processor() -> str:
    """The processor's name as far as the system tells it, and how many processors there are."""
    number = os.cpu_count() or 1
    return f"{processor_name()}, {number} processor{'s' if number > 1 else ''}"


def _system(meminfo: Path) -> int | None:
    try:
        lines = meminfo.read_text(encoding="ascii").splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:"))
    except (OSError, StopIteration, ValueError, IndexError):
        return None


def _container(cgroup: Path) -> int | None:
    try:
        limit = int((cgroup / "memory.max").read_text(encoding="ascii"))
        return max(0, limit - int((cgroup / "memory.current").read_text(encoding="ascii")))
    except (OSError, ValueError):  # no container, or one without a limit ("max")
        return None
