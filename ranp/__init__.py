"""Resource Aware Neuron Pruning at initialization: which neurons of a 3D CNN can go, before it is trained.

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
from ranp.config import METHODS, PruningConfig
from ranp.criteria import CRITERIA
from ranp.curve import Curve, plan_curve
from ranp.graph import ChannelGraph, Cost, TraceError, VerificationError, trace
from ranp.importance import importance
from ranp.memory import peak_training_bytes
from ranp.models import ARCHITECTURES, build
from ranp.plan import Plan, load_plan, prune
from ranp.provenance import Provenance
from ranp.reweighting import blend_costs, reweight
from ranp.selection import select
from ranp.shrink import shrink
from ranp.transfer import TransferReport, transfer
from ranp.version import __version__

__all__ = [
    "ARCHITECTURES",
    "CRITERIA",
    "METHODS",
    "ChannelGraph",
    "Cost",
    "Curve",
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
    "importance",
    "load_plan",
    "models",
    "peak_training_bytes",
    "plan_curve",
    "prune",
    "reweight",
    "select",
    "shrink",
    "trace",
    "transfer",
]
