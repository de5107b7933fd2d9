"""The settings of a check: those of `ranp prune`, each of which reaches the contestant and the queue."""

import argparse
import json
from pathlib import Path

import pytest

from ranp.checks import Check
from ranp.cli.commands.train import add_check, chosen_check


@pytest.mark.parametrize(
    "options",
    [
        ["--min-neurons", "2"],
        ["--protect", "encoder1.conv1"],
        ["--cap", "encoder1.conv1=0.5"],
        ["--width", "encoder1.conv1=4"],
        ["--allocation", "by-hand", "--layer-sparsities", "numbers.json"],
        ["--allocation", "measured", "--layer-costs", "numbers.json"],
        ["--equal-widths", "groups.json"],
        ["--plateau", "keep"],
        ["--allocation", "time", "--layer-costs", "numbers.json"],
    ],
    ids=lambda options: options[0],
)
def test_a_check_takes_what_prune_takes_and_keeps_it_in_the_queue(
    options: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A check travels as JSON; the contestant is pruned by the settings that were given."""
    monkeypatch.chdir(tmp_path)
    Path("numbers.json").write_text('{"encoder1.conv1": 0.25}')
    Path("groups.json").write_text('[["encoder1.conv1", "encoder1.conv2"]]')
    parser = argparse.ArgumentParser()
    add_check(parser)
    check = chosen_check(parser.parse_args(["unet3d", "--budget", "macs=0.5", *options]))
    assert Check.from_dict(json.loads(json.dumps(check.as_dict()))) == check
    plain = chosen_check(parser.parse_args(["unet3d", "--budget", "macs=0.5"]))
    assert check.contestants[1] != plain.contestants[1]
