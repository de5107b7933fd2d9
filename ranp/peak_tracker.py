"""PyTorch's memory tracker, keeping only the figure that `ranp.memory` reads.

Importing this takes as long as importing torch itself (``torch.distributed``), so it is imported where it is used.
"""

from torch.distributed._tools.mem_tracker import MemTracker


class PeakTracker(MemTracker):
    """The peak of the whole step alone.

    The base class also keeps a peak for each module and walks all modules at every operation; on networks of many
    modules that takes most of the time. Peaks are the same (`tests/test_memory.py` compares the two).
    """

    def _update_peak_stats(self, peak_state: object) -> None:
        for device, snapshot in self._curr_mem_snap.items():
            if self._peak_mem.get(device, 0) < snapshot["Total"]:
                self._peak_mem[device] = snapshot["Total"]
                self._peak_mem_snap[device] = dict(snapshot)
