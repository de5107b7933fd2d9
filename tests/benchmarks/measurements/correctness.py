"""Which networks are pruned rightly, here and by Torch-Pruning.

From one layer at a time, the second half of its neurons is taken, with whatever is tied to it. Right is what computes
the same as the full network in which those neurons are silent, in double precision, with weights and statistics drawn
at random. For Torch-Pruning, silent means: zeros where it says that it has cut, by hooks on the full network.
"""

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
import torch_pruning
from torch import Tensor, nn

import ranp
from ranp.graph import ChannelGraph, trace
from ranp.graph.proof.smallest import smallest_inputs
from ranp.graph.proof.verify import _randomised as randomised
from ranp.graph.proof.verify import masked_difference
from ranp.inputs import InputSpec
from tests.monai_networks import NETWORKS as MONAI

from ..row import Row

LAYERS = 8
"""Of each network at most, evenly over its depth."""
TOLERANCE = 1e-9
Inputs = tuple[Tensor, ...]


@dataclass
class Tally:
    """How many layers were pruned rightly, into something that computes something else, or not into a network."""

    right: int = 0
    wrong: int = 0
    broken: int = 0


def networks() -> dict[str, tuple[nn.Module, Inputs]]:
    """Title -> a network with weights, and small inputs."""
    found = {
        title: (ranp.build(name, "classroom"), ranp.models.example_inputs(name, "classroom", device="cpu"))
        for name, title in (
            ("unet3d", "3D-UNet"),
            ("mobilenetv2", "MobileNetV2-3D"),
            ("i3d", "I3D"),
            ("psmnet", "PSMNet"),
        )
    }
    for name, (make, shape, _) in MONAI.items():
        torch.manual_seed(0)
        found[f"MONAI {name}"] = make(), (torch.zeros(shape),)
    return found


def measure() -> list[Row]:
    return [row(title, *network) for title, network in networks().items()]


def row(title: str, model: nn.Module, inputs: Inputs) -> Row:
    graph = trace(model, inputs)
    layers = [name for name, layer in graph.layers.items() if layer.neurons - layer.frozen > 1]
    smallest = smallest_inputs(model, graph)
    chosen = layers[:: max(1, -(-len(layers) // LAYERS))]
    ours, theirs = Tally(), Tally()
    for name in chosen:
        count(ours, partial(here, model, graph, name, smallest))
        count(theirs, partial(there, model, name, smallest))
    beside = f"torch-pruning: {theirs.wrong} compute something else, {theirs.broken} fail"
    how = f"of {len(chosen)} layers, half of one at a time; {beside}"
    return Row(
        f"prune rightly: {title}", ours.right, "", len(chosen), how, theirs.right, "torch-pruning", sense="at least"
    )


def count(tally: Tally, difference: partial[float]) -> None:
    try:
        same = difference() <= TOLERANCE
    except Exception:  # whatever the other side raises is a network that does not run
        tally.broken += 1
    else:
        tally.right += same
        tally.wrong += not same


def here(model: nn.Module, graph: ChannelGraph, name: str, inputs: InputSpec) -> float:
    kept = {layer.name: torch.ones(layer.neurons, dtype=torch.bool) for layer in graph.layers.values()}
    kept[name][-(len(kept[name]) // 2) :] = False
    resolved = graph.resolve(kept, coupling="all")
    assert not bool(resolved[name].all()), "nothing was cut"
    return masked_difference(model, graph, resolved, inputs)


def there(model: nn.Module, name: str, inputs: InputSpec) -> float:
    """The same layer by the other side: a group of its own making, cut, and silenced in the full network."""
    full = randomised(model, seed=0).eval()
    small = copy.deepcopy(full)
    generator = torch.Generator().manual_seed(0)
    values = tuple(torch.randn(each.shape, generator=generator, dtype=torch.float64) for each in inputs.tensors)
    graph = torch_pruning.DependencyGraph().build_dependency(small, example_inputs=values)
    layer = small.get_submodule(name)
    pruner = graph.get_pruner_of_module(layer)
    neurons = pruner.get_out_channels(layer)
    group = graph.get_pruning_group(layer, pruner.prune_out_channels, list(range(neurons - neurons // 2, neurons)))
    twins = dict(zip(small.modules(), full.modules(), strict=True))
    for dependency, cut in group:
        twin = twins.get(dependency.target.module)
        if twin is not None:
            silence(twin, graph.is_out_channel_pruning_fn(dependency.handler), cut)
    group.prune()
    with torch.no_grad():
        expected, found = outputs(full(*values)), outputs(small(*values))
    return max(
        float((one - two).abs().max() / one.abs().max().clamp(min=1)) for one, two in zip(expected, found, strict=True)
    )


def silence(module: nn.Module, outgoing: bool, cut: Sequence[int]) -> None:
    """Zeros on these channels of what the module returns, or of what it gets."""
    dim = -1 if isinstance(module, nn.Linear) else 1

    def quiet(value: Tensor) -> Tensor:
        return value.index_fill(dim, torch.tensor(cut), 0)

    if outgoing:
        module.register_forward_hook(lambda _, __, output: quiet(output))
    else:
        module.register_forward_pre_hook(lambda _, given: (quiet(given[0]), *given[1:]))


def outputs(value: Any) -> list[Tensor]:
    found = torch.utils._pytree.tree_leaves(value)
    return [each for each in found if isinstance(each, Tensor)]
