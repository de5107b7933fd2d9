"""Every figure of the original RANP code for a small 3D-UNet, reproduced; see reference/README.md."""

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

import ranp.graph
from ranp.graph import ChannelGraph, find_layers
from ranp.importance import importance
from ranp.models.unet3d import UNet3d
from ranp.selection import reweight, select
from ranp.types import Masks, Scores

REFERENCE: dict[str, Any] = json.loads(
    Path(__file__).with_name("reference").joinpath("unet_small.json").read_text(encoding="utf-8")
)

# The original's methods: whether layers are balanced, and by which of its costs they are reweighted.
METHODS = {
    "vanilla": (False, None),
    "weighted": (True, None),
    "ranp_f": (True, "paper_macs"),
    "ranp_m": (True, "activations"),
    "ranp_p": (True, "params"),
    "flops_only": (False, "paper_macs"),
}
RESOURCES = {"paper_macs": "grad_flops", "activations": "grad_memory", "params": "grad_param"}


@pytest.fixture(scope="module")
def model() -> nn.Module:
    """The reference's network with the reference's weights."""
    network = UNet3d(in_channels=1, classes=50, base_channels=16)
    state = np.random.RandomState(7)
    with torch.no_grad():
        for layer, stated in zip(find_layers(network), REFERENCE["layers"], strict=True):
            weight, shape = network.get_parameter(layer.weight), stated["weight"]
            assert (list(weight.shape), layer.bias is not None) == (shape, stated["bias"])
            scale = np.sqrt(2 / ((shape[0] + shape[1]) * np.prod(shape[2:])))
            weight.copy_(torch.from_numpy((state.standard_normal(shape) * scale).astype(np.float32)))
        network.final.bias.zero_()
    return network


@pytest.fixture(scope="module")
def batch() -> tuple[Tensor, Tensor]:
    """The shell of an ellipsoid, its octants labelled."""
    grid = np.meshgrid(*[np.linspace(-1, 1, 32)] * 3, indexing="ij")
    radius = (grid[0] / 0.8) ** 2 + (grid[1] / 0.6) ** 2 + (grid[2] / 0.7) ** 2
    occupied = (radius > 0.6) & (radius < 1)
    octants = 8 + 4 * (grid[0] > 0) + 2 * (grid[1] > 0) + (grid[2] > 0)
    volume, target = occupied.astype(np.float32), np.where(occupied, octants, 255)
    return torch.from_numpy(volume)[None, None], torch.from_numpy(target)[None]


@pytest.fixture(scope="module")
def graph(model: nn.Module) -> ChannelGraph:
    return ranp.graph.trace(model, (torch.zeros(1, 1, 32, 32, 32),))


def loss(output: Tensor, target: Tensor) -> Tensor:
    return F.cross_entropy(output, target, ignore_index=255)


def stored(model: nn.Module, criterion: str, reduce: str) -> Scores:
    """The reference's own importance, which it holds for sums; means follow from them."""
    layers = find_layers(model)
    sums = {
        layer.name: torch.tensor(values)
        for layer, values in zip(layers, REFERENCE["importance"][f"{criterion}_sum"], strict=True)
    }
    if reduce == "sum":
        return sums
    weights = {layer.name: model.get_parameter(layer.weight)[0].numel() + (layer.bias is not None) for layer in layers}
    return {name: score / weights[name] for name, score in sums.items()}


@pytest.fixture(scope="module")
def scores(model: nn.Module, batch: tuple[Tensor, Tensor], graph: ChannelGraph) -> dict[tuple[str, str], Scores]:
    layers = list(graph.layers.values())
    return {
        (criterion, reduce): importance(model, [batch], loss, criterion, reduce, layers)
        for criterion in ("mpmg", "mnmg")
        for reduce in ("sum", "mean", "max")
    }


def test_the_loss(model: nn.Module, batch: tuple[Tensor, Tensor]) -> None:
    volume, target = batch
    with torch.no_grad():
        assert loss(model(volume), target).item() == pytest.approx(REFERENCE["loss"], rel=1e-6)


def test_importance(scores: dict[tuple[str, str], Scores], model: nn.Module) -> None:
    mpmg, mnmg = stored(model, "mpmg", "sum"), stored(model, "mnmg", "sum")
    for name in mpmg:
        torch.testing.assert_close(scores["mpmg", "sum"][name], mpmg[name], rtol=1e-4, atol=0)
        # In front of a norm signed gradients cancel, and what is left is the rounding of a sum of this size.
        assert ((scores["mnmg", "sum"][name] - mnmg[name]).abs() <= 1e-5 * mpmg[name]).all()


def test_resources_and_full_counts(graph: ChannelGraph) -> None:
    for resource, name in RESOURCES.items():
        assert list(graph.layer_costs(resource).values()) == REFERENCE["resources"][name]
    cost = graph.cost()
    assert {"macs": cost.paper_macs, "params": cost.params, "activations": cost.activations} == REFERENCE["full"]


def masks_of(case: dict[str, Any], scores: Scores, graph: ChannelGraph) -> Masks:
    balance, resource = METHODS[case["method"]]
    if case["method"] != "vanilla":
        costs = graph.layer_costs(resource) if resource else None
        scores = reweight(scores, costs, lam=case["lambda"], balance=balance)
    return select(scores, case["sparsity"], keep=graph.output_layers, plateau="keep")


def kept_and_hashes(masks: Masks) -> tuple[list[int], list[str]]:
    kept = [int(mask.sum()) for mask in masks.values()]
    return kept, [hashlib.sha1(mask.to(torch.uint8).numpy().tobytes()).hexdigest()[:12] for mask in masks.values()]


@pytest.mark.parametrize("case", REFERENCE["cases"], ids=lambda case: "-".join(map(str, list(case.values())[:5])))
def test_case(
    case: dict[str, Any], scores: dict[tuple[str, str], Scores], graph: ChannelGraph, model: nn.Module
) -> None:
    criterion, reduce = case["criterion"], case["agg"]
    own = scores[criterion, reduce]
    if criterion == "mnmg" and reduce != "max":
        # What cancels to rounding noise is ranked by it: on a processor that rounds otherwise the original's own sums
        # stand in. `test_importance` bounds the difference.
        reference = stored(model, criterion, reduce)
        same = all(torch.allclose(own[name], reference[name], rtol=1e-5, atol=0) for name in own)
        own = own if same else reference

    masks = masks_of(case, own, graph)
    kept, hashes = kept_and_hashes(masks)
    assert kept == case["kept"]
    assert case["kept_idx"] in (None, hashes)
    if "refined" in case:
        resolved = graph.resolve(masks)
        assert graph.empty_layers(resolved) == []
        cost = graph.cost(resolved)
        assert {"macs": cost.paper_macs, "params": cost.params, "activations": cost.activations} == case["refined"]


def test_every_case_is_there() -> None:
    combinations = {(case["criterion"], case["agg"], case["method"], case["sparsity"]) for case in REFERENCE["cases"]}
    assert len(combinations) == len(REFERENCE["cases"]) == 2 * 3 * len(METHODS) * 2
    assert sum(case["kept_idx"] is not None for case in REFERENCE["cases"]) == 24
    assert sum("refined" in case for case in REFERENCE["cases"]) == 10
