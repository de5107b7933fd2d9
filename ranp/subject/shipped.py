"""Scores that come with the library: one number a neuron, of each network at each of its sizes.

A file's key is the hash that the cache takes (`ranp.subject.scoring.scores_key`), of ingredients that are known before
a weight or a batch is drawn: the seed in place of the weights, and what is drawn in place of the batches. A few of the
weights and of the data that were scored lie beside the scores; where those that are drawn here are others (another
release of PyTorch, a generator that was changed), the file is not used. They may differ by rounding, as processors do.

`make scores` writes the files (`ranp.subject.shipping`). Networks with more than `LONG_MACS` are scored with one
example, which their provenance says.
"""

import logging
from pathlib import Path

import torch
from torch import Tensor, nn

import ranp.data
from ranp.data import Batch
from ranp.files import read_tensors
from ranp.graph import ChannelGraph
from ranp.subject.network import Network
from ranp.subject.scoring import Scoring, scores_key
from ranp.types import ImportanceScores, Scores

log = logging.getLogger(__name__)

LONG_MACS = 20_000_000_000
"""Multiply-adds of one example forward, from which on one example is scored: eight would take minutes and gigabytes."""

KEY = "ranp.key"
WEIGHTS, DATA = "weights", "data"
"""Names of the samples beside the scores, which have ``layer:`` in front of theirs."""

_FOLDER = Path(__file__).with_name("scored")
_MOST_BYTES = 2**24
_EACH = 4
_PIXELS = 256
_SMALL = 2**20
_ALIKE = 0.99
"""Of the samples of the data: a threshold within a generator may fall on either side where processors round."""


def shipped_path(architecture: str, preset: str) -> Path:
    """Where the scores of a preset of the library's lie."""
    return _FOLDER / architecture / f"{preset}.safetensors"


def usual_scoring(graph: ChannelGraph, scoring: Scoring) -> Scoring:
    """The scoring that a network of this size can have while somebody waits: as it is, or with one example.

    >>> from ranp.models import build, example_inputs
    >>> from ranp.graph import trace
    >>> graph = trace(build("unet3d", "brats", device="meta"), example_inputs("unet3d", "brats"), check=False)
    >>> usual_scoring(graph, Scoring()).examples
    1
    """
    return scoring.with_one_example() if graph.cost().macs > LONG_MACS else scoring


def shipped_scores(network: Network, graph: ChannelGraph, scoring: Scoring) -> Scores | None:
    """The scores that come with the library, where they are of this network, its weights and this scoring."""
    key = shipped_key(network, graph, scoring)
    if key is None or network.checkpoint is not None:
        return None
    known = network.provenance
    try:
        tensors, metadata = read_tensors(shipped_path(str(known.architecture), str(known.preset)), _MOST_BYTES)
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        log.warning("the scores that come with the library are not used: %s", error)
        return None
    if metadata.get(KEY) != key or not _are_alike(network, tensors):
        return None
    assert isinstance(scoring.criterion, str), "it has a key"
    found = {name: tensors[f"layer:{name}"] for name in graph.layers}
    return ImportanceScores(found, scoring.criterion, scoring.reduce)


def shipped_key(network: Network, graph: ChannelGraph, scoring: Scoring) -> str | None:
    """The hash of all that the scores depend on; ``None`` where it cannot be told before anything is drawn."""
    known, preset = network.provenance, network.preset
    if preset is None or known.architecture is None or not isinstance(scoring.criterion, str):
        return None
    return scores_key(
        known.architecture,
        known.arguments,
        list(graph.layers.values()),
        weights={"init": known.init, "seed": known.seed},
        batches={"drawn": preset.task, "shape": preset.shapes(known.arguments)[0]},
        loss=preset.task,
        scoring=scoring,
        versions=[],
    )


def samples_of(network: Network) -> dict[str, Tensor]:
    """A few of the weights and, of a small example, of the data, from which one sees whether others would be drawn."""
    assert network.preset is not None, "one's own network has no data to draw"
    task, shape = network.preset.task, network.preset.shapes(network.provenance.arguments)[0]
    classes, seed = network.provenance.arguments["classes"], network.provenance.seed or 0
    return {
        WEIGHTS: _of_weights(network.model),
        DATA: _of_batch(ranp.data.batches(task, _smaller(shape), classes, 1, 1, seed)[0]),
    }


def _are_alike(network: Network, tensors: dict[str, Tensor]) -> bool:
    """Whether what was scored is what would be scored here."""
    for name, here in samples_of(network).items():
        there = tensors.get(name)
        if there is None or there.shape != here.shape:
            return False
        close = torch.isclose(here, there, rtol=1e-3, atol=1e-5 * float(there.abs().max() + 1e-30))
        if float(close.double().mean()) < _ALIKE:
            log.info("the scores that come with the library are of other %s than are drawn here", name)
            return False
    return True


def _of_weights(model: nn.Module) -> Tensor:
    drawn = [_spread(weight.detach(), _EACH) for weight in model.parameters() if weight.ndim > 1]
    return torch.cat(drawn).float().cpu()


def _of_batch(batch: Batch) -> Tensor:
    inputs, target = batch
    tensors = (*inputs, target) if isinstance(inputs, tuple) else (inputs, target)
    return torch.cat([_spread(tensor, _PIXELS) for tensor in tensors]).float()


def _spread(tensor: Tensor, count: int) -> Tensor:
    """So many values from all over the tensor."""
    flat = tensor.reshape(-1)
    places = torch.linspace(0, len(flat) - 1, min(count, len(flat))).long()
    return flat[places].float()


def _smaller(shape: tuple[int, ...]) -> tuple[int, ...]:
    """A shape that takes no time to draw, since large volumes are made in the same way."""
    while torch.Size(shape).numel() > _SMALL:
        shape = (*shape[:2], *(size // 2 for size in shape[2:]))
    return shape
