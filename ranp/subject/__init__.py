"""The subject: the network that a user names, and its scores.

In: a name and a preset, or import paths of one's own. Out: a `Subject`, names that travel; a `Network` with its channel
graph, and its scores, from the cache where they were computed before. The command line and the app both start here.
Test: `pytest tests/subject`
"""

from ranp.subject.cache import cache_root
from ranp.subject.connections import compute_connections
from ranp.subject.metric import Metric, parse_metric
from ranp.subject.network import DEFAULT_PRESET, Network, library_network, network_of_plan, own_network
from ranp.subject.of_plan import subject_of_plan
from ranp.subject.own_batches import OwnBatches, examples_in
from ranp.subject.own_code import OwnCodeError, allow, allowed, call_own, code_hashes, lacking, load_own, source_files
from ranp.subject.own_data import own_loss
from ranp.subject.own_optimizer import own_optimizer
from ranp.subject.scores import compute_scores, score_own, scores_at_hand
from ranp.subject.scoring import Scoring, draw_batches, score_preset
from ranp.subject.shipped import LONG_MACS, shipped_scores, usual_scoring
from ranp.subject.subject import NAMES, OWN_RECIPE, Score, Subject
from ranp.subject.trained import read_once

__all__ = [
    "DEFAULT_PRESET",
    "LONG_MACS",
    "NAMES",
    "OWN_RECIPE",
    "Metric",
    "Network",
    "OwnBatches",
    "OwnCodeError",
    "Score",
    "Scoring",
    "Subject",
    "allow",
    "allowed",
    "cache_root",
    "call_own",
    "code_hashes",
    "compute_connections",
    "compute_scores",
    "draw_batches",
    "examples_in",
    "lacking",
    "library_network",
    "load_own",
    "network_of_plan",
    "own_loss",
    "own_network",
    "own_optimizer",
    "parse_metric",
    "read_once",
    "score_own",
    "score_preset",
    "scores_at_hand",
    "shipped_scores",
    "source_files",
    "subject_of_plan",
    "usual_scoring",
]
