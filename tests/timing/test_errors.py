"""What predictions were off on a machine: kept by machine and network, and told with later ones."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from ranp.timing import (
    Comparison,
    KnownError,
    Machine,
    TimeTable,
    comparisons,
    error_in_words,
    errors,
    is_quiet,
    keep_comparison,
    known_error,
)

HERE, THERE = Machine("here", "cpu", 2, "2.13"), Machine("there", "cpu", 8, "2.13")


def table(machine: Machine = HERE, network: str = "a network") -> TimeTable:
    return TimeTable(network, 2, machine, 8, {}, {}, {"training": 0.0}, 0.1, {"training": -0.12}, 0.0, "")


def compared(full: float, pruned: float, kind: str = "training") -> Comparison:
    """Predicted to take 2 s and 1 s; measured as given."""
    return Comparison(kind, 2, (2.0, 1.0), (full, pruned), "2026-11-27")


def test_the_table_s_own_error_is_told_until_something_was_compared(tmp_path: Path) -> None:
    assert known_error(tmp_path, table(), "training", HERE) == KnownError(0.12, "seconds", 0)
    keep_comparison(tmp_path, table(), HERE, compared(2.5, 0.8))
    keep_comparison(tmp_path, table(), HERE, compared(2.0, 1.0, "inference"))
    found = known_error(tmp_path, table(), "training", HERE)
    assert found is not None
    assert (found.share, found.of, found.comparisons) == (pytest.approx((0.2 + 0.25) / 2), "seconds", 1)
    assert known_error(tmp_path, table(network="another"), "training", HERE) == KnownError(0.12, "seconds", 0)
    assert [each.kind for each in comparisons(tmp_path, table(), HERE)] == ["training", "inference"]


def test_of_another_machine_s_table_only_ratios_are_compared(tmp_path: Path) -> None:
    """Twice as slow a machine, on which all is predicted rightly but for a quarter of the pruned step."""
    assert known_error(tmp_path, table(THERE), "training", HERE) is None
    keep_comparison(tmp_path, table(THERE), HERE, compared(4.0, 2.5))
    found = known_error(tmp_path, table(THERE), "training", HERE)
    assert found is not None
    assert (found.share, found.of, found.comparisons) == (pytest.approx(0.2), "ratio", 1)
    assert known_error(tmp_path, table(HERE), "training", HERE) == KnownError(0.12, "seconds", 0)


def test_the_latest_are_kept(tmp_path: Path) -> None:
    for number in range(errors.MOST + 3):
        keep_comparison(tmp_path, table(), HERE, compared(2.0, 1.0 + number))
    found = comparisons(tmp_path, table(), HERE)
    assert len(found) == errors.MOST
    assert found[-1].measured[1] == 1.0 + errors.MOST + 2


@pytest.mark.parametrize(
    "content",
    [
        b"{",
        b"[]",
        b'{"ranp_time_errors": 1, "entries": 3}',
        json.dumps(
            {
                "ranp_time_errors": 1,
                "entries": [
                    {
                        "machine": {"name": "here", "device": "cpu", "threads": 2, "torch": "2.13"},
                        "table": {"name": "here", "device": "cpu", "threads": 2, "torch": "2.13"},
                        "network": "a network",
                        "comparisons": [
                            {"kind": "training", "batch": 2, "predicted": [1, 0], "measured": [1, 1], "date": ""}
                        ],
                    }
                ],
            }
        ).encode(),
    ],
)
def test_a_damaged_file_is_not_used_and_is_replaced(
    content: bytes, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "errors.json").write_bytes(content)
    assert known_error(tmp_path, table(), "training", HERE) == KnownError(0.12, "seconds", 0)
    assert "what predictions were off before is not known" in caplog.text
    keep_comparison(tmp_path, table(), HERE, compared(2.0, 1.0))
    assert len(comparisons(tmp_path, table(), HERE)) == 1


def test_a_folder_that_cannot_be_written_costs_a_warning(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").write_text("")
    keep_comparison(tmp_path / "file", table(), HERE, compared(2.0, 1.0))
    assert "could not be kept" in caplog.text


def test_errors_are_told_in_words() -> None:
    assert error_in_words(None) == "how far it is off on this machine is not known"
    assert "off by 12% when the table was measured" in error_in_words(KnownError(0.12, "seconds", 0))
    assert error_in_words(KnownError(0.05, "seconds", 1)).endswith("of 1 comparison on this machine")
    assert "share of the full one is off by 5%" in error_in_words(KnownError(0.05, "ratio", 2))


def test_a_busy_machine_or_a_wide_spread_is_not_trusted() -> None:
    assert table().trusted
    assert not replace(table(), busy=1.0).trusted
    assert not replace(table(), spread=0.5).trusted
    assert not is_quiet(1.0, 0.0)
