"""What all pages ask of the library.

In: a state. Out: plans, curves and figures as plain values of `explorer.facts`. What takes long is a job in one queue
that all visitors share (`heavy`): a page shows its progress and comes back for the result.
Test: `pytest tests/compute tests/explore`
"""

from explorer.compute import facts_of, heavy, visitors
from explorer.compute.heavy import OWN, QUEUE, TRAINED, Scored
from explorer.compute.job import Job, Report, Visitor
from explorer.compute.machine import available_memory, processor
from explorer.compute.memory import Peaks, measured, measuring, moments_of, peaks
from explorer.compute.needs import (
    ahead_of,
    importance,
    is_long,
    layer_costs,
    needs_importance,
    network,
    neurons_of,
    peak_before,
    refusal,
    scored_on,
    tracing,
    was_asked,
    weights,
    weights_were_asked,
)
from explorer.compute.offer import choices
from explorer.compute.own import Own
from explorer.compute.plans import (
    Outcome,
    config,
    drawing,
    finished_peak,
    is_feasible,
    masks_csv,
    opening,
    peak_after,
    plan,
    plan_zip,
    planned_state,
    results,
    stale,
    steps,
    thinning,
)
from explorer.compute.times import (
    Seconds,
    called,
    calling,
    error_here,
    prices,
    seconds,
    table_at_hand,
    time_command,
    times_folder,
)
from explorer.compute.visitors import COOKIE
from explorer.compute.weights import BINS_PER_DECADE, DECADES, LARGEST, WeightFacts, neuron_place

__all__ = [
    "BINS_PER_DECADE",
    "COOKIE",
    "DECADES",
    "LARGEST",
    "OWN",
    "QUEUE",
    "TRAINED",
    "Job",
    "Outcome",
    "Own",
    "Peaks",
    "Report",
    "Scored",
    "Seconds",
    "Visitor",
    "WeightFacts",
    "ahead_of",
    "available_memory",
    "called",
    "calling",
    "choices",
    "config",
    "drawing",
    "error_here",
    "facts_of",
    "finished_peak",
    "heavy",
    "importance",
    "is_feasible",
    "is_long",
    "layer_costs",
    "masks_csv",
    "measured",
    "measuring",
    "moments_of",
    "needs_importance",
    "network",
    "neuron_place",
    "neurons_of",
    "opening",
    "peak_after",
    "peak_before",
    "peaks",
    "plan",
    "plan_zip",
    "planned_state",
    "prices",
    "processor",
    "refusal",
    "results",
    "scored_on",
    "seconds",
    "stale",
    "steps",
    "table_at_hand",
    "thinning",
    "time_command",
    "times_folder",
    "tracing",
    "visitors",
    "was_asked",
    "weights",
    "weights_were_asked",
]
