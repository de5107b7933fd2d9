"""The gallery: published networks, by the same code as the library's own, from the trace to the exported script."""

import importlib.util
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

import ranp
from ranp.data import TASKS
from ranp.formats import export_plan
from ranp.graph import ChannelGraph, trace
from ranp.models import ARCHITECTURES, GALLERY, PAPER_NETWORKS, build, example_inputs, find_preset
from ranp.models.gallery.monai_segmentation import vnet
from ranp.models.gallery.r2plus1d import R2Plus1d
from ranp.subject import Network, Scoring, compute_scores, draw_batches, library_network, network_of_plan
from ranp.types import Scores
from tests.models.test_models import counted

BUDGETS = (0.6, 0.4)
EACH = [
    pytest.param("nnunet-plain", {"features": [4, 8]}, id="a small one"),
    *(pytest.param(name, {}, id=name, marks=pytest.mark.slow) for name in GALLERY),
]

pytestmark = pytest.mark.filterwarnings("ignore:attributes that equal a width from before")


def scored(name: str, arguments: dict[str, Any]) -> tuple[Network, ChannelGraph, Scores]:
    network = library_network(name, "classroom", arguments, seed=0, init="xavier")
    graph = network.trace()
    scores, _ = compute_scores(network, graph, Scoring(count=1, batch_size=2))
    return network, graph, scores


@pytest.mark.parametrize(("name", "arguments"), EACH)
def test_a_network_of_the_gallery_is_pruned_verified_and_trained(name: str, arguments: dict[str, Any]) -> None:
    network, graph, scores = scored(name, arguments)
    preset = find_preset(name, "classroom")
    for budget in BUDGETS:
        plan = ranp.prune(graph, scores, ranp.PruningConfig("ranp-f", None, ("macs", budget), lam=preset.lam))
        assert plan.feasible
        assert 0 < plan.pruned.macs <= budget * plan.full.macs
        small = plan.apply(network.model)  # compared with the masked network in double precision
        assert sum(parameter.numel() for parameter in small.parameters()) == plan.pruned.params
        started = [parameter.detach().clone() for parameter in small.parameters()]
        losses = trained(small, name, steps=2)
        assert all(torch.isfinite(torch.tensor(losses)))
        moved = [not torch.equal(one, two) for one, two in zip(started, small.parameters(), strict=True)]
        used = [parameter.grad is not None for parameter in small.parameters()]
        assert sum(moved) >= 0.9 * sum(used) > 0


def trained(small: torch.nn.Module, name: str, steps: int) -> list[float]:
    preset = find_preset(name, "classroom")
    optimizer = torch.optim.Adam(small.train().parameters(), lr=1e-3)
    losses = []
    for inputs, target in draw_batches(name, "classroom", {}, Scoring(count=steps, batch_size=2)):
        optimizer.zero_grad()
        loss = TASKS[preset.task].loss(small(inputs), target)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


ALONE = """
import runpy, sys, torch
script = runpy.run_path(sys.argv[1] + "/script.py")
small = script["small_network"]()
weights, inputs = torch.load(sys.argv[1] + "/weights.pt", weights_only=True)
small.load_state_dict(weights)
torch.save(small.eval()(*inputs).detach(), sys.argv[1] + "/output.pt")
assert "ranp" not in sys.modules
"""


@pytest.mark.parametrize(("name", "arguments"), EACH)
def test_a_plan_comes_back_with_its_network_and_as_a_script_without_this_library(
    name: str, arguments: dict[str, Any], tmp_path: Path
) -> None:
    network, graph, scores = scored(name, arguments)
    plan = ranp.prune(graph, scores, ranp.PruningConfig("ranp-f", 0.5), provenance=network.provenance)
    plan.save(tmp_path / "plan.zip")
    loaded = ranp.load_plan(tmp_path / "plan.zip")
    again = network_of_plan(loaded, None)
    assert again.provenance.arguments == {**find_preset(name, "classroom").arguments, **arguments}
    state = network.model.state_dict()
    assert all(torch.equal(tensor, state[key]) for key, tensor in again.model.state_dict().items())

    small = loaded.apply(again.model).eval()
    inputs = tuple(torch.rand(2, *tensor.shape[1:]) for tensor in example_inputs(name))
    export_plan(loaded, "pytorch", tmp_path / "script.py", again.model)
    torch.save((small.state_dict(), inputs), tmp_path / "weights.pt")
    subprocess.run([sys.executable, "-I", "-W", "ignore", "-c", ALONE, str(tmp_path)], check=True)
    torch.testing.assert_close(torch.load(tmp_path / "output.pt", weights_only=True), small(*inputs).detach())


def test_ours_and_the_gallery_are_all_there_is() -> None:
    assert [*PAPER_NETWORKS, *GALLERY] == list(ARCHITECTURES)
    for name, architecture in GALLERY.items():
        assert architecture.name == name
        assert list(architecture.presets) == ["published", "classroom"]
        tasks = [preset.task for preset in architecture.presets.values()]
        assert ("motion" in tasks) == (set(tasks) == {"motion"})


@pytest.mark.parametrize("name", [name for name, architecture in GALLERY.items() if architecture.needs])
def test_nothing_of_a_package_is_imported_before_it_is_used(name: str) -> None:
    source = Path(sys.modules[GALLERY[name].build.__module__].__file__ or "").read_text(encoding="utf-8")
    head = source.partition("\ndef ")[0]
    assert all(importlib.util.find_spec(module) is not None for module in GALLERY[name].needs)
    assert not any(f"import {module}" in head or f"from {module}" in head for module in GALLERY[name].needs)
    assert "from ranp" not in source


def test_r2plus1d_has_the_published_counts() -> None:
    # torchvision's R2Plus1D_18_Weights: 31,505,325 parameters, 40.519 GMACs, for 400 classes and 16 frames of 112².
    model = build("r2plus1d18", "published", device="meta", classes=400).eval()
    cost = trace(model, example_inputs("r2plus1d18", "published"), check=False).cost()
    assert cost.params == sum(parameter.numel() for parameter in model.parameters()) == 31_505_325
    assert round(cost.macs / 1e9, 3) == 40.519


def test_r2plus1d_counts_as_a_forward_pass_does() -> None:
    model, inputs = build("r2plus1d18", device="meta").eval(), example_inputs("r2plus1d18")
    cost = trace(model, inputs, check=False).cost()
    assert cost.paper_macs == counted(model, inputs)["paper_macs"]


def test_a_pair_has_about_the_parameters_of_one_convolution() -> None:
    for stage in R2Plus1d(classes=2).stages:
        for block in stage:
            space, time = block.first.space, block.first.time
            whole = 27 * space.in_channels * time.out_channels
            assert 0.99 * whole <= space.weight.numel() + time.weight.numel() <= whole


@pytest.mark.parametrize("blocks", [(), (1, 0)])
def test_impossible_blocks_are_refused(blocks: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="blocks must be numbers of at least 1"):
        R2Plus1d(classes=5, blocks=blocks)


@pytest.mark.slow
def test_vnet_at_its_published_width_is_monais() -> None:
    from monai.networks.nets import VNet

    with torch.device("meta"):
        ours, theirs = vnet(4, 3), VNet(in_channels=4, out_channels=3)
    assert str(ours) == str(theirs)


# In millions: nnU-Net's of its documentation; V-Net's and UNETR's as papers that compare with them print them.
PUBLISHED: dict[str, tuple[dict[str, Any], float]] = {
    "nnunet-plain": ({}, 31.2),
    "nnunet-resenc": ({}, 102.4),
    "vnet": ({"in_channels": 1}, 45.6),
    "unetr": ({"in_channels": 1, "classes": 14}, 92.8),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", PUBLISHED)
def test_published_sizes_have_the_published_parameters(name: str) -> None:
    arguments, expected = PUBLISHED[name]
    model = build(name, "published", device="meta", **arguments)
    assert sum(parameter.numel() for parameter in model.parameters()) / 1e6 == pytest.approx(expected, abs=0.05)
