"""A plan on other classes, channels, sizes and batches: what carries over, what is said of the rest, what it costs."""

import argparse
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import ranp.models
from ranp.cli import TRANSFER
from ranp.fingerprint import weights_sha256
from ranp.graph import trace
from ranp.importance import importance
from ranp.models import initialise
from ranp.models.unet3d import UNet3d
from ranp.plan import Plan, Provenance, load_plan, plan_from_masks, prune, transfer
from ranp.selection import PruningConfig


def unet(channels: int, classes: int, base: int = 8) -> nn.Module:
    return initialise(UNet3d(channels, classes, base, levels=2), seed=0)


def empty(*shape: int) -> Tensor:
    return torch.empty(shape, device="meta")


def made(model: nn.Module, inputs: Tensor, **settings: Any) -> Plan:
    """A plan by the L1 norm of seeded weights, which needs no data."""
    initialise(model, seed=0)
    graph = trace(model, inputs)
    scores = importance(model, [], lambda *_: pytest.fail("called"), "l1", layers=list(graph.layers.values()))
    target = {} if "budget" in settings else {"sparsity": 0.4}
    config = PruningConfig(**{"criterion": "l1", "min_neurons": 1, **target, **settings})
    return prune(graph, scores, config, model, Provenance(weights_sha256=weights_sha256(model), data="weights"))


@pytest.fixture
def plan() -> Plan:
    return made(unet(1, 7), empty(1, 1, 8, 8, 8))


def test_other_classes_channels_size_and_batch(plan: Plan) -> None:
    target = unet(3, 5)
    moved, report = transfer(plan, target, empty(4, 3, 12, 12, 10))
    assert report.carried == tuple(name for name in plan.kept if name != "final")
    assert all(torch.equal(moved.kept[name], plan.kept[name]) for name in report.carried)
    assert moved.kept["final"].tolist() == [True] * 5
    assert report.sentences[:-1] == [
        "Carried over, with the neurons that the plan keeps: 6 of 7 layers.",
        "'final' gives 5 outputs here and gave 7 there; it is kept whole.",
        "The input has 3 channels here and had 1 there; they are no neurons, so no mask depends on them.",
        "The input measures 12x12x10 here and 8x8x8 there; costs are for the new size.",
        "The input has a batch of 4 here and 1 there; costs are for all of it.",
        "Scores belong to the weights that were scored; on others, what carries over is how many neurons a layer "
        "needs.",
    ]
    left = [f"{getattr(moved.pruned, kind) / getattr(moved.full, kind):.1%}" for kind in ("macs", "activations")]
    assert report.sentences[-1].startswith(f"{left[0]} of the MACs and {left[1]} of the activations are left; there")


def test_the_price_is_that_of_the_network_that_comes_out(plan: Plan) -> None:
    """Traced anew, the shrunk network costs what the transferred plan says; and it takes the new input."""
    target, volume = unet(3, 5), torch.randn(2, 3, 10, 8, 8)
    moved, _ = transfer(plan, target, volume)
    small = moved.apply(target)
    assert trace(target, volume).cost() == moved.full
    assert trace(small, volume).cost() == moved.pruned
    assert small(volume).shape == (2, 5, 10, 8, 8)


def test_a_larger_batch_multiplies_macs_and_activations(plan: Plan) -> None:
    model = unet(1, 7)
    moved, report = transfer(plan, model, empty(3, 1, 8, 8, 8))
    assert moved.pruned.params == plan.pruned.params
    assert moved.pruned.macs == 3 * plan.pruned.macs
    assert moved.pruned.activations == 3 * plan.pruned.activations
    assert report.differing == {}
    assert report.sentences[0] == "Carried over, with the neurons that the plan keeps: all 7 layers."


def test_the_same_network_and_input_give_the_same_plan(plan: Plan) -> None:
    moved, report = transfer(plan, unet(1, 7), empty(1, 1, 8, 8, 8))
    assert all(torch.equal(moved.kept[name], mask) for name, mask in plan.kept.items())
    assert (moved.full, moved.pruned, moved.layers) == (plan.full, plan.pruned, plan.layers)
    assert moved.provenance.weights_sha256 == plan.provenance.weights_sha256
    assert len(report.sentences) == 2  # what carried over, and the costs


def test_another_network_on_meta_is_priced_without_weights(plan: Plan) -> None:
    on_meta = transfer(plan, unet(3, 5).to("meta"), empty(1, 3, 8, 8, 8))[0]
    assert on_meta.pruned == transfer(plan, unet(3, 5), empty(1, 3, 8, 8, 8))[0].pruned
    assert on_meta.provenance.weights_sha256 is None


class Net(nn.Module):
    """Three layers with a name each; the second may be of another width or kind, or be missing."""

    def __init__(self, middle: nn.Module | None, width: int = 8, tied: bool = False) -> None:
        super().__init__()
        self.first = nn.Conv3d(1, 8, 1)
        if middle is not None:
            self.middle = middle
        self.last = nn.Conv3d(width, 2, 1)
        self.tied = tied

    def forward(self, volume: Tensor) -> Tensor:
        features = self.first(volume)
        if hasattr(self, "middle"):
            features = features + self.middle(features) if self.tied else self.middle(features.relu())
        return self.last(features.relu())


def test_each_layer_that_cannot_be_carried_over_has_a_sentence() -> None:
    volume = empty(1, 1, 4, 4, 4)
    plan = made(Net(nn.Conv3d(8, 6, 1), 6), volume)

    wider, report = transfer(plan, Net(nn.Conv3d(8, 12, 1), 12), volume)
    assert report.differing == {"middle": "has 12 neurons here and had 6 there; it is kept whole"}
    assert wider.kept_counts == {"first": plan.kept_counts["first"], "middle": 12, "last": 2}

    other, report = transfer(plan, Net(nn.ConvTranspose3d(8, 6, 1), 6), volume)
    assert report.differing == {"middle": "is a ConvTranspose3d here and was a Conv3d there; it is kept whole"}
    assert other.kept_counts["middle"] == 6

    _, report = transfer(plan, Net(None), volume)
    assert report.differing == {"middle": "is not in this network"}

    _, report = transfer(made(Net(None), volume), Net(nn.Conv3d(8, 6, 1), 6), volume)
    assert report.differing == {"middle": "is not in the plan; it is kept whole"}


def test_ties_of_the_new_network_bring_neurons_back_and_are_named() -> None:
    volume = empty(1, 1, 4, 4, 4)
    ahead, behind = (torch.arange(8) < 5), (torch.arange(8) >= 2)
    plan = plan_from_masks(trace(Net(nn.Conv3d(8, 8, 1)), volume), {"first": ahead, "middle": behind})
    moved, report = transfer(plan, Net(nn.Conv3d(8, 8, 1), tied=True), volume)
    assert moved.kept_counts == {"first": 8, "middle": 8, "last": 2}
    assert report.differing == {
        "first": "keeps 8 neurons where the plan keeps 5: its neurons are tied to those of 'middle'",
        "middle": "keeps 8 neurons where the plan keeps 6: its neurons are tied to those of 'first'",
    }


def test_several_inputs_are_numbered() -> None:
    class Two(nn.Module):
        def __init__(self, inputs: int) -> None:
            super().__init__()
            self.first, self.last = nn.Conv3d(1, 8, 1), nn.Conv3d(8, 2, 1)

        def forward(self, *volumes: Tensor) -> Tensor:
            return self.last(sum(self.first(volume).mean(dim=(2, 3, 4), keepdim=True).relu() for volume in volumes))

    plan = made(Two(1), empty(1, 1, 4, 4, 4))
    _, report = transfer(plan, Two(2), (empty(1, 1, 4, 4, 4), empty(1, 1, 4, 4, 4)))
    assert report.notes[0] == "The network takes 2 inputs here and took 1 there."
    twice, _ = transfer(plan, Two(2), (empty(1, 1, 4, 4, 4), empty(1, 1, 4, 4, 4)))
    _, report = transfer(twice, Two(2), (empty(1, 1, 4, 4, 4), empty(1, 1, 5, 4, 4)))
    assert report.notes[0] == "Input 2 measures 5x4x4 here and 4x4x4 there; costs are for the new size."


def test_a_budget_becomes_the_sparsity_that_it_led_to(tmp_path: Path) -> None:
    plan = made(unet(1, 7), empty(1, 1, 8, 8, 8), budget=("macs", 0.5))
    moved, _ = transfer(plan, unet(3, 5), empty(1, 3, 8, 8, 8), Provenance(architecture="unet3d", preset="classroom"))
    assert moved.config.budget is None
    assert moved.config.sparsity == moved.requested_sparsity == plan.requested_sparsity
    assert moved.provenance == Provenance(
        architecture="unet3d", preset="classroom", data="transferred from a plan, scored on weights"
    )
    moved.save(tmp_path / "moved.zip")
    loaded = load_plan(tmp_path / "moved.zip")
    assert loaded.pruned == moved.pruned
    assert all(torch.equal(loaded.kept[name], mask) for name, mask in moved.kept.items())


def test_a_plan_that_is_not_feasible_or_of_another_network_is_refused(plan: Plan) -> None:
    empty_plan = made(unet(1, 7), empty(1, 1, 8, 8, 8), sparsity=0.97, min_neurons=0)
    with pytest.raises(ValueError, match="the plan cannot be built"):
        transfer(empty_plan, unet(3, 5), empty(1, 3, 8, 8, 8))
    with pytest.raises(
        ValueError, match=r"no layer .*, for instance 'encoder1.conv1' has 2 neurons here and had 4 there"
    ):
        transfer(plan, unet(1, 5, base=4), empty(1, 1, 8, 8, 8))
    with pytest.raises(ValueError, match=r"no layer .*, for instance '0' is not in the plan"):
        transfer(plan, nn.Sequential(nn.Conv3d(1, 4, 1), nn.Conv3d(4, 2, 1)), empty(1, 1, 8, 8, 8))


@pytest.mark.parametrize(("source", "target"), [("shapenet", "brats"), ("brats", "shapenet")])
def test_the_papers_own_transfers(source: str, target: str) -> None:
    """ShapeNet's 3D-UNet to BraTS's and back, at the paper's size: all but the classes carries over."""
    there, here = (ranp.models.build("unet3d", preset, device="meta") for preset in (source, target))
    graph = trace(there, ranp.models.example_inputs("unet3d", source))
    plan = prune(graph, None, PruningConfig(method="random", sparsity=0.7))
    moved, report = transfer(plan, here, ranp.models.example_inputs("unet3d", target))
    assert set(report.differing) == {"final"}
    small = moved.apply(here)
    assert trace(small, ranp.models.example_inputs("unet3d", target)).cost() == moved.pruned


def run(*arguments: str) -> dict[str, Any]:
    parser = argparse.ArgumentParser()
    TRANSFER.add_arguments(parser)
    result = TRANSFER.run(parser.parse_args(arguments))
    assert TRANSFER.text(result)
    return result


@pytest.fixture
def saved(tmp_path: Path) -> str:
    model = ranp.models.build("unet3d", "classroom", base_channels=8)
    inputs = ranp.models.example_inputs("unet3d", "classroom")
    known = Provenance(
        architecture="unet3d",
        preset="classroom",
        arguments={"in_channels": 4, "classes": 4, "base_channels": 8},
        seed=0,
        init="xavier",
        weights_sha256=weights_sha256(model),
    )
    path = str(tmp_path / "plan")
    prune(trace(model, inputs), None, PruningConfig(method="random", sparsity=0.2, min_neurons=1), None, known).save(
        path
    )
    return path


def test_the_command_carries_a_plan_to_another_preset_and_saves_it(saved: str, tmp_path: Path) -> None:
    out = str(tmp_path / "moved")
    result = run(saved, "unet3d", "--preset", "classroom-shapes", "--set", "base_channels=8", "--out", out)
    assert list(result["differing"]) == ["final"]
    assert result["sentences"][0] == "Carried over, with the neurons that the plan keeps: 14 of 15 layers."
    loaded = load_plan(out)
    assert loaded.provenance.preset == "classroom-shapes"
    assert loaded.pruned.as_dict() == result["pruned"]
    loaded.apply(ranp.models.build("unet3d", "classroom-shapes", base_channels=8))


def test_the_command_scales_the_plans_own_network_up(saved: str) -> None:
    result = run(saved, "--input", "2x4x32x24x24")
    assert result["differing"] == {}
    assert result["input_shapes"] == [[2, 4, 32, 24, 24]]
    assert result["notes"][:2] == [
        "The input measures 32x24x24 here and 24x24x24 there; costs are for the new size.",
        "The input has a batch of 2 here and 1 there; costs are for all of it.",
    ]
    assert len(result["notes"]) == 3  # the weights are those that were scored, so nothing is said of them


def test_the_command_takes_an_architecture_with_an_input(saved: str) -> None:
    result = run(saved, "unet3d", "--set", "base_channels=8", "--input", "1x4x32x32x32")
    assert result["input_shapes"] == [[1, 4, 32, 32, 32]]


def test_the_command_asks_for_the_architecture_that_a_preset_belongs_to(saved: str) -> None:
    with pytest.raises(ValueError, match="--preset and --set belong to an architecture"):
        run(saved, "--preset", "classroom")
