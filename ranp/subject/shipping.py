"""Scores the library's networks for the files that come with it: ``make scores``, which `ranp.subject.shipped` reads.

Files whose key is today's stay, so that only what changed is computed; ``--all`` computes each. A network is left out
where this machine has less memory to spare than a training step of it takes, and the command says so.
"""

import argparse
import logging
from collections.abc import Sequence

import psutil
import torch

import ranp.data
from ranp.files import make_folder_of, read_tensors, write_tensors
from ranp.graph import ChannelGraph
from ranp.importance import importance
from ranp.models import ARCHITECTURES
from ranp.resources import peak_training_bytes
from ranp.subject.network import Network, library_network
from ranp.subject.scoring import Scoring, draw_batches
from ranp.subject.shipped import KEY, samples_of, shipped_key, shipped_path, usual_scoring
from ranp.types import Scores
from ranp.version import __version__

log = logging.getLogger(__name__)


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the files; the status is 1 where one could not be written."""
    parser = argparse.ArgumentParser(prog="make scores", description=__doc__)
    parser.add_argument("--only", metavar="NAME[/PRESET]", help="one network, or one of its sizes")
    parser.add_argument("--all", action="store_true", help="compute those again that have today's key")
    parser.add_argument("--at-most", metavar="GB", type=float, help="leave out what needs more memory")
    given = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    names = [(name, preset) for name, one in ARCHITECTURES.items() for preset in one.presets]
    wanted = [pair for pair in names if given.only in (None, pair[0], "/".join(pair))]
    if not wanted:
        parser.error(f"there is no network {given.only}; choose from {', '.join(map('/'.join, names))}")
    missing = [pair for pair in wanted if not _write(*pair, given.all, given.at_most)]
    return int(bool(missing))


def _write(name: str, preset: str, again: bool, at_most: float | None) -> bool:
    """Whether the file of today's key is there, now at the latest."""
    network, path = library_network(name, preset, {}, 0, "xavier"), shipped_path(name, preset)
    graph = network.trace()
    scoring = usual_scoring(graph, Scoring())
    key = shipped_key(network, graph, scoring)
    assert key is not None, "the library's networks have one"
    if not again and path.exists() and read_tensors(path)[1].get(KEY) == key:
        log.info("%s/%s: has today's key", name, preset)
        return True
    needed = _bytes_needed(network, scoring.batch_size)
    limit = psutil.virtual_memory().available if at_most is None else at_most * 1e9
    if needed > limit:
        log.warning("%s/%s: left out, needs about %.1f GB of memory", name, preset, needed / 1e9)
        return False
    layers = {f"layer:{layer}": values for layer, values in computed_scores(network, graph, scoring).items()}
    make_folder_of(path)
    versions = {"ranp": __version__, "torch": torch.__version__}
    write_tensors(path, {**layers, **samples_of(network)}, {KEY: key, "examples": str(scoring.examples), **versions})
    log.info("%s/%s: scored, examples: %d, %d bytes", name, preset, scoring.examples, path.stat().st_size)
    return True


def computed_scores(network: Network, graph: ChannelGraph, scoring: Scoring) -> Scores:
    """The scores of a network of the library's, whatever a cache or a file says of them."""
    known, preset = network.provenance, network.preset
    assert known.architecture is not None, "the library's networks have a name"
    assert known.preset is not None, "the library's networks have a size"
    assert preset is not None, "the library's networks have a size"
    batches = draw_batches(known.architecture, known.preset, known.arguments, scoring)
    layers = list(graph.layers.values())
    return importance(network.model, batches, ranp.data.loss(preset.task), scoring.criterion, scoring.reduce, layers)


def _bytes_needed(network: Network, batch: int) -> int:
    return peak_training_bytes(network.shapes(), network.inputs(batch), any_device=True)


if __name__ == "__main__":
    raise SystemExit(main())
