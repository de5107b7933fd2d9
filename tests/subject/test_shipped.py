"""The scores that come with the library are those that would be computed here."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import nn

from ranp.graph import ChannelGraph
from ranp.models import ARCHITECTURES
from ranp.subject import Scoring, compute_scores, library_network, shipped_scores, usual_scoring
from ranp.subject import shipped as shipped_module
from ranp.subject.network import Network
from ranp.subject.shipped import LONG_MACS, shipped_path
from ranp.subject.shipping import computed_scores, main
from ranp.types import Scores

PRESETS = [(name, preset) for name, one in ARCHITECTURES.items() for preset in one.presets]
HELD_HERE = [
    *(pair for pair in PRESETS if pair[1].startswith("classroom")),
    ("mobilenetv2", "ucf101"),
    ("densenet121", "published"),
    ("resnet18", "published"),
    ("i3d", "ucf101"),
    ("unet3d", "shapenet"),
]
"""What a slow test computes again: the classroom's sizes, larger ones of eight examples, and two of one example."""

FOLDER = shipped_path("any", "any").parents[1]


def traced(name: str, preset: str, seed: int = 0) -> tuple[Network, ChannelGraph]:
    network = library_network(name, preset, {}, seed, "xavier")
    return network, network.trace()


def check_equal(found: Scores, expected: Scores) -> None:
    """Within what processors round, of the layer's largest score."""
    assert list(found) == list(expected)
    for layer, values in expected.items():
        assert torch.allclose(found[layer], values, rtol=2e-3, atol=2e-4 * float(values.max())), layer


@pytest.mark.parametrize(("name", "preset"), PRESETS)
def test_every_preset_has_scores_of_todays_key(name: str, preset: str) -> None:
    network, graph = traced(name, preset)
    found = shipped_scores(network, graph, usual_scoring(graph, Scoring()))
    assert found is not None, f"the scores of {name}/{preset} are of another network, data or key: run make scores"
    assert {layer: len(values) for layer, values in found.items()} == {
        layer: one.neurons for layer, one in graph.layers.items()
    }
    assert all(bool((values >= 0).all()) and values.dtype == torch.float32 for values in found.values())


def test_there_are_no_others_and_they_are_small() -> None:
    files = [path for path in FOLDER.rglob("*") if path.is_file()]
    assert {(path.parent.name, path.stem) for path in files} == set(PRESETS)
    assert sum(path.stat().st_size for path in files) < 2_000_000


def test_a_first_visit_finds_them_and_computes_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("RANP_CACHE", str(tmp_path))
    monkeypatch.setattr("ranp.subject.scoring.importance", lambda *_: pytest.fail("it was computed"))
    network, graph = traced("unet3d", "classroom")
    scores, known = compute_scores(network, graph, Scoring())
    assert known.data == "brain procedural, 8 examples, batches of 2, seed 0"
    assert list(scores) == list(graph.layers)
    assert list(tmp_path.iterdir()) == []


def test_a_large_network_says_that_it_was_scored_with_one_example() -> None:
    network, graph = traced("unet3d", "shapenet")
    assert graph.cost().macs > LONG_MACS
    assert shipped_scores(network, graph, Scoring()) is None
    _, known = compute_scores(network, graph, usual_scoring(graph, Scoring()))
    assert known.data == "voxel-parts procedural, 1 example, seed 0"


def test_they_are_those_that_are_computed_here() -> None:
    network, graph = traced("unet3d", "classroom")
    found = shipped_scores(network, graph, Scoring())
    assert found is not None
    check_equal(found, computed_scores(network, graph, Scoring()))


@pytest.mark.slow
@pytest.mark.parametrize(("name", "preset"), HELD_HERE)
def test_they_are_those_that_are_computed_here_of_many(name: str, preset: str) -> None:
    network, graph = traced(name, preset)
    scoring = usual_scoring(graph, Scoring())
    found = shipped_scores(network, graph, scoring)
    assert found is not None
    check_equal(found, computed_scores(network, graph, scoring))


@pytest.mark.parametrize(
    "scoring",
    [Scoring("mnmg"), Scoring(reduce="max"), Scoring(seed=1), Scoring(count=1), Scoring(autocast=True)],
)
def test_another_scoring_has_none(scoring: Scoring) -> None:
    assert shipped_scores(*traced("unet3d", "classroom"), scoring) is None


def test_other_weights_have_none() -> None:
    """Of another seed, another width, and those that other code draws from the same seed."""
    assert shipped_scores(*traced("unet3d", "classroom", seed=1), Scoring()) is None
    narrow = library_network("unet3d", "classroom", {"base_channels": 8}, 0, "xavier")
    assert shipped_scores(narrow, narrow.trace(), Scoring()) is None
    network, graph = traced("unet3d", "classroom")

    def doubled() -> nn.Module:
        model = library_network("unet3d", "classroom", {}, 0, "xavier").model
        with torch.no_grad():
            for weight in model.parameters():
                weight.mul_(1.01)
        return model

    assert shipped_scores(replace(network, factory=doubled), graph, Scoring()) is None


def test_other_data_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    network, graph = traced("unet3d", "classroom")
    drawn = shipped_module.ranp.data.batches

    def brighter(*asked: object) -> object:
        [(inputs, target)] = drawn(*asked)
        return [(inputs * 1.01, target)]

    monkeypatch.setattr("ranp.subject.shipped.ranp.data.batches", brighter)
    assert shipped_scores(network, graph, Scoring()) is None


def test_a_damaged_file_is_not_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "damaged.safetensors"
    content = bytearray(shipped_path("unet3d", "classroom").read_bytes())
    content[-5] ^= 1
    path.write_bytes(content)
    monkeypatch.setattr("ranp.subject.shipped.shipped_path", lambda *_: path)
    assert shipped_scores(*traced("unet3d", "classroom"), Scoring()) is None


def test_the_command_writes_what_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for module in ("shipping", "shipped"):
        monkeypatch.setattr(f"ranp.subject.{module}.shipped_path", lambda name, preset: tmp_path / name / preset)
    assert main(["--only", "unet3d/classroom", "--at-most", "0.001"]) == 1
    assert list(tmp_path.iterdir()) == []
    assert main(["--only", "unet3d/classroom"]) == 0
    assert shipped_scores(*traced("unet3d", "classroom"), Scoring()) is not None
    monkeypatch.setattr("ranp.subject.shipping.computed_scores", lambda *_: pytest.fail("it was computed again"))
    assert main(["--only", "unet3d/classroom"]) == 0
