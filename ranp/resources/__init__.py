"""Memory, time and other counters.

In: a network and its inputs. Out: the peak memory of a training step without running one; that of any plan, from
moments that are read once, as a price that a budget may limit; the seconds of a step that did run; other counts.
Test: `pytest tests/resources`
"""

from ranp.resources.counting import Counted, independent_counts
from ranp.resources.memory import peak_training_bytes, squared_error, watch_step
from ranp.resources.moments import MOST_BATCH, PeakMoments
from ranp.resources.optimizer_steps import OPTIMIZERS
from ranp.resources.others import Others
from ranp.resources.peak_pricer import checked_batch, moments_pricer, peak_pricer, precision
from ranp.resources.peak_tracker import PeakTracker
from ranp.resources.probing import BATCH, Factors, Probe, Ratio, counted_sets, draw_probes, known_ratios, ratio
from ranp.resources.reading import peak_moments
from ranp.resources.step_time import StepTimes, device_of, time_steps
from ranp.resources.stopwatch import seconds_of

__all__ = [
    "BATCH",
    "MOST_BATCH",
    "OPTIMIZERS",
    "Counted",
    "Factors",
    "Others",
    "PeakMoments",
    "PeakTracker",
    "Probe",
    "Ratio",
    "StepTimes",
    "checked_batch",
    "counted_sets",
    "device_of",
    "draw_probes",
    "independent_counts",
    "known_ratios",
    "moments_pricer",
    "peak_moments",
    "peak_pricer",
    "peak_training_bytes",
    "precision",
    "ratio",
    "seconds_of",
    "squared_error",
    "time_steps",
    "watch_step",
]
