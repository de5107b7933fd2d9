"""Resident memory of a process, now and at its peak, in bytes."""

import re
import resource
import sys
from pathlib import Path

import psutil


def resident(process: psutil.Process) -> int:
    """Memory of the process and its children."""
    return sum(each.memory_info().rss for each in [process, *process.children(recursive=True)])


def peak() -> int:
    """The most that this process ever held.

    Linux keeps it per program in VmHWM; `ru_maxrss` would start from what the parent held before exec.
    """
    status = Path("/proc/self/status")
    if status.exists() and (found := re.search(r"VmHWM:\s+(\d+) kB", status.read_text())):
        return int(found[1]) * 1024
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
