"""Resource Aware Neuron Pruning at initialization: what a 3D CNN can do without, before it is trained.

In: a network and a few batches. Out: a plan, which is data, and a smaller network. The public names stand here, and the
folders below are the steps of the method, each with a door of its own; `ranp/__main__.py` is the command line.
Test: `pytest --doctest-modules ranp tests/test_reference.py`

The way from an architecture to a plan that somebody else can load:

>>> model = build("unet3d", "classroom", base_channels=2)
>>> graph = trace(model, models.example_inputs("unet3d", "classroom"))
>>> batches = data.batches("brain", (1, 4, 24, 24, 24), classes=4, batch_size=1, count=1, seed=0)
>>> scores = importance(model, batches, data.loss("brain"))
>>> plan = prune(graph, scores, PruningConfig(method="ranp-f", sparsity=0.2))
>>> plan.feasible, plan.pruned.macs < plan.full.macs
(True, True)
>>> smaller = plan.apply(model)
"""

from ranp import data, models
from ranp.fitting import Fitted, fit
from ranp.graph import ChannelGraph, Cost, TraceError, VerificationError, trace
from ranp.importance import CRITERIA, importance
from ranp.inputs import InputSpec
from ranp.models import ARCHITECTURES, build, load_checkpoint
from ranp.plan import Plan, Provenance, TransferReport, load_plan, plan_from_masks, prune, shrink, transfer
from ranp.resources import peak_training_bytes
from ranp.selection import METHODS, Curve, PruningConfig, blend_costs, plan_curve, reweight, select
from ranp.version import __version__

__all__ = [
    "ARCHITECTURES",
    "CRITERIA",
    "METHODS",
    "ChannelGraph",
    "Cost",
    "Curve",
    "Fitted",
    "InputSpec",
    "Plan",
    "Provenance",
    "PruningConfig",
    "TraceError",
    "TransferReport",
    "VerificationError",
    "__version__",
    "blend_costs",
    "build",
    "data",
    "fit",
    "importance",
    "load_checkpoint",
    "load_plan",
    "models",
    "peak_training_bytes",
    "plan_curve",
    "plan_from_masks",
    "prune",
    "reweight",
    "select",
    "shrink",
    "trace",
    "transfer",
]
