"""What a plan costs: our arithmetic beside copying, pruning and counting a real network with torch-pruning."""

import copy
import functools

import numpy as np
import torch
import torch_pruning
from torch import Tensor, nn

import ranp
from ranp.selection.select import lifetimes
from ranp.types import Masks, Scores

from ..row import Row
from ..timing import median_seconds, seconds, taking_turns

REPEATS = 5
SIDE = 16  # torch-pruning runs the network, so it gets a volume 64 times smaller than the paper's 64^3
POINTS = 200
ABOUT = "3D-UNet of the paper (shapenet, base 64)"


@functools.cache
def traced() -> ranp.ChannelGraph:
    model = ranp.build("unet3d", "shapenet", device="meta")
    return ranp.trace(model, ranp.models.example_inputs("unet3d", "shapenet"))


def random_scores(graph: ranp.ChannelGraph, seed: int = 0) -> Scores:
    generator = torch.Generator().manual_seed(seed)
    return {name: torch.rand(layer.neurons, generator=generator) for name, layer in graph.layers.items()}


def half_of_the_neurons(graph: ranp.ChannelGraph) -> Masks:
    return ranp.select(random_scores(graph), sparsity=0.5, keep=graph.output_layers)


def price(graph: ranp.ChannelGraph, masks: Masks) -> int:
    return graph.cost(graph.resolve(masks)).params


def price_by_pruning(model: nn.Module, volume: Tensor, masks: Masks) -> int:
    """The same answer from a copy of the network, physically pruned layer by layer and run once to count."""
    pruned = copy.deepcopy(model)
    dependencies = torch_pruning.DependencyGraph().build_dependency(pruned, example_inputs=volume)
    for name, kept in masks.items():
        removed = (~kept).nonzero().flatten().tolist()
        if removed:
            layer = pruned.get_submodule(name)
            dependencies.get_pruning_group(layer, torch_pruning.prune_conv_out_channels, idxs=removed).prune()
    _, params = torch_pruning.utils.count_ops_and_params(pruned, volume)
    return int(params)


def against_torch_pruning() -> Row:
    graph = traced()
    masks = half_of_the_neurons(graph)
    model = ranp.build("unet3d", "shapenet").eval()
    volume = torch.zeros(1, 1, SIDE, SIDE, SIDE)
    own, other = price(graph, masks), price_by_pruning(model, volume, masks)
    if own != other:
        raise RuntimeError(f"the two sides disagree: {own} parameters here, {other} by torch-pruning")
    ours, beside, ratio = taking_turns(
        lambda: median_seconds(lambda: price(graph, masks), repeats=20),
        lambda: seconds(lambda: price_by_pruning(model, volume, masks)),
        REPEATS,
        warmup=0,
    )
    return Row(
        name="price one set of masks",
        ours=ours,
        unit="s",
        beside=beside,
        beside_name="torch-pruning",
        ratio=1 / ratio,
        sense="at least",
        limit=1000,
        how=f"{ABOUT}, half of the neurons; the other side copies, prunes and counts at 1x{SIDE}^3, ours is at 1x64^3; "
        "both find the same number of parameters",
    )


def one_plan() -> Row:
    graph = traced()
    masks = half_of_the_neurons(graph)
    return Row(
        name="masks -> kept -> costs",
        ours=median_seconds(lambda: price(graph, masks), repeats=200, warmup=20),
        unit="s",
        limit=1e-3,
        how=f"{ABOUT}, half of the neurons",
    )


def curve() -> Row:
    graph = traced()
    scores = random_scores(graph)
    sparsities = np.linspace(0.0, 0.995, POINTS)

    def draw() -> None:
        lived = lifetimes(scores, sparsities, keep=graph.output_layers)
        graph.cost_curve(graph.resolve_lifetimes(lived, POINTS), POINTS)

    return Row(
        name=f"curve of {POINTS} sparsities",
        ours=median_seconds(draw, repeats=20),
        unit="s",
        limit=50e-3,
        how=f"{ABOUT}, from scores to MACs, parameters and activations at each sparsity",
    )


def measure() -> list[Row]:
    return [against_torch_pruning(), one_plan(), curve()]
