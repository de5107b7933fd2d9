"""The plan as a pruning history of Torch-Pruning: ``[[module, True, [neurons to remove]], ...]`` in JSON.

Torch-Pruning replays the entries one after another, and each takes everything with it that its dependency graph ties
to the layer. So a layer lists only the neurons that no earlier entry has taken, numbered as they are by then::

    graph = torch_pruning.DependencyGraph().build_dependency(model, example_inputs)
    graph.load_pruning_history(json.load(open("history.json")))

Source: https://github.com/VainF/Torch-Pruning (``DependencyGraph.load_pruning_history``, version 1.6.1)
"""

import json

import numpy as np
from torch import nn

from ranp.graph import ChannelGraph
from ranp.plan import Plan


def torch_pruning(plan: Plan, model: nn.Module) -> bytes:
    """A JSON file of the plan as a pruning history.

    Raises ``ValueError`` where the plan removes groups of a group norm or of a grouped convolution: Torch-Pruning keeps
    their number, so that a history has no words for it. (Depthwise convolutions follow their input in both.)
    """
    plan.check_feasible()
    graph = plan.graph_of(model)
    _check_groups(model, graph, plan)
    gone = np.zeros_like(graph.unit_kept())
    unit_kept = graph.unit_kept(plan.kept)
    history = []
    for name, units in graph.layer_units.items():
        still_there = units[~gone[units]]
        removed = np.flatnonzero(~unit_kept[still_there])
        if removed.size:
            history.append([name, True, removed.tolist()])
            gone[still_there[removed]] = True
    return (json.dumps(history) + "\n").encode()


def _check_groups(model: nn.Module, graph: ChannelGraph, plan: Plan) -> None:
    unit_kept = graph.unit_kept(plan.kept)
    for path, attributes in graph.attribute_units.items():
        for name, units in attributes.items():
            depthwise = name == "groups" and len(units) == getattr(model.get_submodule(path), "out_channels", None)
            if name in ("groups", "num_groups") and not depthwise and not unit_kept[units].all():
                raise ValueError(
                    f"the plan removes groups of '{path}', and Torch-Pruning's history cannot say so; export the "
                    "smaller network itself, with the format weights or pytorch"
                )
