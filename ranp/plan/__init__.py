"""Plans: what goes and what stays, as data.

In: a channel graph, scores and settings (`prune`), masks of others, or a file (`load_plan`). Out: a `Plan`, which is
saved as masks and JSON, shrinks its network (`apply`) and is carried over to a similar one (`transfer`).
Test: `pytest tests/plan tests/formats/test_export.py`
"""

from ranp.plan.decide import plan_from_masks, prune
from ranp.plan.files import DOCUMENT, FILES, PLANNED, Origin
from ranp.plan.fit import check_fits
from ranp.plan.layer_summary import LayerSummary, summarise
from ranp.plan.layers_table import layers_csv
from ranp.plan.load import load_plan
from ranp.plan.plan import Plan
from ranp.plan.provenance import Provenance
from ranp.plan.shrink import shrink
from ranp.plan.snapped import Snapped
from ranp.plan.stale import StaleAttribute, StaleWarning, stale_attributes
from ranp.plan.step_cost import StepCost, off_in_words
from ranp.plan.transfer import TransferReport, transfer

__all__ = [
    "DOCUMENT",
    "FILES",
    "PLANNED",
    "LayerSummary",
    "Origin",
    "Plan",
    "Provenance",
    "Snapped",
    "StaleAttribute",
    "StaleWarning",
    "StepCost",
    "TransferReport",
    "check_fits",
    "layers_csv",
    "load_plan",
    "off_in_words",
    "plan_from_masks",
    "prune",
    "shrink",
    "stale_attributes",
    "summarise",
    "transfer",
]
