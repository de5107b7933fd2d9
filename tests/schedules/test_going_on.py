"""A run that is cut short goes on from its last round, to the same bits; killed for real in `tests.checks`."""

from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from ranp.files import write_tensors
from ranp.schedules import Scheduled
from ranp.selection import PruningConfig
from ranp.training import Step
from tests.schedules.ground import Asked, ground, network, run

QUARTER = PruningConfig("vanilla", budget=("macs", 0.25))
SCHEDULES = (
    "gradual:rounds=3,start=0,end=0.6", "soft:moments=4,decay=0.5", "after:rounds=2,pretraining=0.3", "early",
    "sparse:start=0.2,end=0.9", "sparse:start=0.2,end=0.6", "group:end=0.6", "propagate:moments=4,explore=0.2",
    "propagate:moments=2,explore=0.1,end=0.5", "thresholds:moments=4,end=0.9,rate=100", "thresholds:moments=2,end=0.6",
)  # fmt: skip


class CutError(Exception):
    """The run is cut short."""


def model() -> nn.Sequential:
    """With everything that a run carries along: statistics, and dropout, which draws at every step."""
    made = network(16, norm=True)
    made.insert(2, nn.Dropout3d(0.3))
    return made


def weights(made: Scheduled) -> dict[str, Tensor]:
    return {name: value.clone() for name, value in made.model.state_dict().items()}


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_it_ends_as_if_nothing_had_happened(schedule: str, tmp_path: Path) -> None:
    whole, trained = run(schedule, ground(model(), QUARTER, Asked()), steps=10)

    def cut(step: Step) -> None:
        if step.step == 8:
            raise CutError

    file, asked = tmp_path / "cut.safetensors", Asked()
    with pytest.raises(CutError):
        run(schedule, ground(model(), QUARTER, asked, file=file), steps=10, watch=cut)
    assert file.exists()
    before, seen = len(asked.widths), list[int]()
    works = ground(model(), QUARTER, asked, file=file)
    again, gone_on = run(schedule, works, steps=10, watch=lambda step: seen.append(step.step))
    assert seen[0] > 1 or schedule == "early", "not from the first step"
    assert seen[-1] == 10
    assert len(asked.widths) - before < max(before, 1), "rounds that are over are not scored again"
    assert weights(again).keys() == weights(whole).keys()
    for name, value in weights(whole).items():
        assert torch.equal(weights(again)[name], value), name
    assert {name: mask.tolist() for name, mask in again.kept.items()} == {
        name: mask.tolist() for name, mask in whole.kept.items()
    }
    assert works.meter.sizes == whole.ground.meter.sizes
    assert [(each.phase, each.macs) for each in works.meter.bill] == [
        (each.phase, each.macs) for each in whole.ground.meter.bill
    ]
    assert gone_on.figures == trained.figures
    assert [point.loss for point in gone_on.curve] == [point.loss for point in trained.curve]
    again.forget()
    assert not file.exists()


@pytest.mark.parametrize("content", [b"", b"not safetensors", None])
def test_a_file_that_is_of_no_use_is_as_good_as_none(
    content: bytes | None, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "run.safetensors"
    if content is None:
        write_tensors(file, {"kept.0": torch.ones(3).bool()}, {"run": "{}"})
    else:
        file.write_bytes(content)
    made, trained = run("early", ground(network(4), QUARTER, Asked(), file=file), steps=4)
    assert trained.steps == 4
    assert made.kept["0"].sum() == 1
    assert "it begins anew" in caplog.text


def test_a_folder_that_cannot_be_written_costs_a_warning(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").write_text("no folder")
    file = tmp_path / "file" / "run.safetensors"
    run("early", ground(network(4), QUARTER, Asked(), file=file), steps=4)
    assert "the run cannot be kept" in caplog.text
