"""How much memory there is to spare, from files as Linux writes them."""

from pathlib import Path

import pytest

from explorer.compute import available_memory

MEMINFO = "MemTotal:       16000000 kB\nMemFree:         1000000 kB\nMemAvailable:    8000000 kB\n"


@pytest.mark.parametrize(
    ("meminfo", "limit", "expected"),
    [
        (MEMINFO, None, 8_192_000_000),
        (MEMINFO, "max", 8_192_000_000),
        (MEMINFO, "3000000000", 2_000_000_000),
        (MEMINFO, "500000000", 0),
        ("MemTotal: 1 kB\n", None, None),
        ("MemAvailable: lots\n", "max", None),
        (None, None, None),
    ],
)
def test_the_tighter_of_system_and_container_counts(
    tmp_path: Path, meminfo: str | None, limit: str | None, expected: int | None
) -> None:
    if meminfo is not None:
        (tmp_path / "meminfo").write_text(meminfo)
    if limit is not None:
        (tmp_path / "memory.max").write_text(limit)
        (tmp_path / "memory.current").write_text("1000000000\n")
    assert available_memory(tmp_path / "meminfo", tmp_path) == expected
