"""Scores of this library's own networks on their task's data, taken from the cache where they were computed before.

The key holds everything that scores depend on: the architecture with all its arguments, the hash of the weights, the
hash of the batches themselves (so that neither a changed file nor a changed generator goes unnoticed), the loss, and
how importance is computed. Networks and criteria of one's own are not cached: what their code does cannot be hashed.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

import ranp.data
from ranp.data import Batch
from ranp.devices import check_device
from ranp.fingerprint import fingerprint, tensors_sha256, weights_sha256
from ranp.graph import ChannelGraph, NeuronLayer
from ranp.importance import REDUCTIONS, OwnCriterion, choose, criterion_name, find_criterion, importance
from ranp.models import Preset, find_preset
from ranp.subject.cache import cached_scores, is_cached
from ranp.types import ImportanceScores, Scores
from ranp.version import __version__

Progress = Callable[[int, int | None], None]


@dataclass(frozen=True)
class Scoring:
    """How importance is computed; ``ValueError`` at construction names the setting that makes no sense.

    ``count`` batches of ``batch_size`` examples, drawn from ``seed``; ``device`` and ``autocast`` (bfloat16) as in
    `ranp.importance`, and so may ``criterion`` be a function of one's own.

    >>> Scoring(count=0)
    Traceback (most recent call last):
    ValueError: count must be at least 1, not 0
    """

    criterion: str | OwnCriterion = "mpmg"
    reduce: str = "sum"
    count: int = 4
    batch_size: int = 2
    seed: int = 0
    device: str = "cpu"
    autocast: bool = False

    def __post_init__(self) -> None:
        find_criterion(self.criterion)
        choose(REDUCTIONS, self.reduce, "reduce")
        for name, value, least in (
            ("count", self.count, 1),
            ("batch_size", self.batch_size, 1),
            ("seed", self.seed, 0),
        ):
            if value < least:
                raise ValueError(f"{name} must be at least {least}, not {value}")
        check_device(self.device)

    @property
    def examples(self) -> int:
        """How many examples are scored on."""
        return self.count * self.batch_size

    def with_one_example(self) -> "Scoring":
        """The same with a single example: the quickest, and the one that takes least memory."""
        return replace(self, count=1, batch_size=1)

    @property
    def criterion_name(self) -> str:
        """The criterion's name; of a function of one's own, where it is."""
        return criterion_name(self.criterion)


def draw_batches(
    name: str, preset: str, arguments: Mapping[str, Any], scoring: Scoring, folder: Path | None = None
) -> list[Batch]:
    """The preset's task's batches: procedural, or read from the ``folder`` of its real data set.

    ``arguments`` replace those of the preset, as in `ranp.build`. Raises ``ValueError`` where the data do not fit the
    network or cannot be read.
    """
    chosen = find_preset(name, preset)
    classes = {**chosen.arguments, **arguments}["classes"]
    shape = chosen.shapes(arguments)[0]
    if folder is None:
        return ranp.data.batches(chosen.task, shape, classes, scoring.batch_size, scoring.count, scoring.seed)
    return ranp.data.load(chosen.task, folder, shape, classes, scoring.batch_size, scoring.count, scoring.seed).batches


def score_preset(
    model: nn.Module,
    graph: ChannelGraph,
    name: str,
    preset: str,
    arguments: Mapping[str, Any],
    batches: list[Batch],
    scoring: Scoring,
    progress: Progress | None = None,
    before: nn.Module | None = None,
) -> Scores:
    """Importance of every neuron of ``model``, which `ranp.build` made of ``name``, ``preset`` and ``arguments``;
    ``before`` is the same before it was trained.

    >>> import ranp.models, ranp.graph
    >>> model = ranp.models.build("unet3d", "classroom", base_channels=2)
    >>> graph = ranp.graph.trace(model, ranp.models.example_inputs("unet3d", "classroom"))
    >>> batches = draw_batches("unet3d", "classroom", {}, Scoring())
    >>> scores = score_preset(model, graph, "unet3d", "classroom", {"base_channels": 2}, batches, Scoring())
    >>> list(scores) == list(graph.layers)
    True
    """
    chosen = find_preset(name, preset)
    layers = list(graph.layers.values())

    def compute() -> Scores:
        return importance(
            model,
            batches,
            ranp.data.loss(chosen.task),
            scoring.criterion,
            scoring.reduce,
            layers,
            scoring.device,
            scoring.autocast,
            progress,
            before=before,
        )

    if not isinstance(scoring.criterion, str):
        return compute()
    key = _exact_key(model, layers, name, chosen, arguments, batches, scoring)
    if before is not None:
        key = fingerprint(scores=key, before=weights_sha256(before))
    return ImportanceScores(cached_scores(key, compute), scoring.criterion, scoring.reduce)


def are_cached(
    model: nn.Module,
    graph: ChannelGraph,
    name: str,
    preset: str,
    arguments: Mapping[str, Any],
    batches: list[Batch],
    scoring: Scoring,
) -> bool:
    """Whether `score_preset` would read the scores from the disk."""
    if not isinstance(scoring.criterion, str):
        return False
    chosen, layers = find_preset(name, preset), list(graph.layers.values())
    return is_cached(_exact_key(model, layers, name, chosen, arguments, batches, scoring))


def _exact_key(
    model: nn.Module,
    layers: Sequence[NeuronLayer],
    name: str,
    chosen: Preset,
    arguments: Mapping[str, Any],
    batches: list[Batch],
    scoring: Scoring,
) -> str:
    """The key by every bit of the weights and of the batches."""
    return scores_key(
        name,
        {**chosen.arguments, **arguments},
        layers,
        weights=weights_sha256(model),
        batches=tensors_sha256(dict(_named_tensors(batches))),
        loss=chosen.task,
        scoring=scoring,
        versions=[__version__, torch.__version__],
    )


def scores_key(
    architecture: str,
    arguments: Mapping[str, Any],
    layers: Sequence[NeuronLayer],
    weights: Any,
    batches: Any,
    loss: str,
    scoring: Scoring,
    versions: Sequence[str],
) -> str:
    """SHA-256 of everything that scores depend on; ``weights`` and ``batches`` say which, by hash or by seed."""
    return fingerprint(
        architecture=architecture,
        arguments=dict(arguments),
        layers=[[layer.name, layer.weight, layer.bias, layer.out_dim, layer.groups, *layer.others] for layer in layers],
        weights=weights,
        batches=batches,
        loss=loss,
        scoring={**asdict(scoring), "device": torch.device(scoring.device).type, **_rounds(scoring)},
        versions=list(versions),
    )


def _rounds(scoring: Scoring) -> dict[str, int]:
    """In how many rounds is scored, where in more than one."""
    rounds = find_criterion(scoring.criterion).rounds
    return {"rounds": rounds} if rounds > 1 else {}


def _named_tensors(batches: list[Batch]) -> Iterator[tuple[str, Tensor]]:
    for index, (inputs, target) in enumerate(batches):
        for position, tensor in enumerate((*inputs, target) if isinstance(inputs, tuple) else (inputs, target)):
            yield f"{index}.{position}", tensor
