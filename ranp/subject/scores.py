"""Scores of a network, from the cache or computed with a progress bar on stderr."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from types import TracebackType

from torch import nn

from ranp.data import task
from ranp.fingerprint import weights_sha256
from ranp.graph import ChannelGraph
from ranp.importance import Batch, find_criterion, importance
from ranp.models import Preset, checkpoint_title
from ranp.plan import Provenance
from ranp.progress import ProgressBar
from ranp.subject.network import Network
from ranp.subject.own_data import Loss, noise_batches, own_batches
from ranp.subject.scoring import Progress, Scoring, are_cached, draw_batches, score_preset
from ranp.subject.shipped import shipped_scores
from ranp.types import Scores


def compute_scores(
    network: Network,
    graph: ChannelGraph,
    scoring: Scoring,
    data: str | None = None,
    loss: str | None = None,
    progress: Progress | None = None,
) -> tuple[Scores, Provenance]:
    """Scores of the network, and its provenance with the hash of its weights and a word on the data.

    ``data`` and ``loss`` are what ``--data`` and ``--loss`` say. ``progress(done, total)`` is called after each batch;
    without it a bar is drawn on stderr.
    """
    if network.preset is None:
        scores, described = _score_own(network, graph, scoring, data, loss, progress)
    elif loss is not None:
        raise ValueError("--loss goes with --model; a preset is scored with the loss of its task")
    else:
        scores, described = _score_preset(network, network.preset, graph, scoring, data, progress)
    if not find_criterion(scoring.criterion).needs_data:
        described = f"no data: {scoring.criterion_name} looks at the weights alone"
    if network.before is not None:
        described = f"{described}, beside those of {checkpoint_title(network.before.file, network.before.sha256)}"
    known = replace(network.provenance, weights_sha256=weights_sha256(network.model), data=described)
    return scores, known if network.preset is not None else replace(known, data_path=data, loss_path=loss)


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _score_preset(
    network: Network,
    preset: Preset,
    graph: ChannelGraph,
    scoring: Scoring,
    data: str | None,
    progress: Progress | None,
) -> tuple[Scores, str]:
    known = network.provenance
    assert known.architecture is not None, "a network with a preset is the library's"
    assert known.preset is not None, "a network with a preset is the library's"
    folder = None if data is None else Path(data)
    if folder is None and (found := shipped_scores(network, graph, scoring)) is not None:
        return found, described(preset.task, task(preset.task).drawn, scoring.examples, scoring)
    batches = draw_batches(known.architecture, known.preset, known.arguments, scoring, folder)
    with _Bar(len(batches)) as bar:
        scores = score_preset(
            network.model,
            graph,
            known.architecture,
            known.preset,
            known.arguments,
            batches,
            scoring,
            progress or bar.show,
            network.earlier(),
        )
    source = task(preset.task).drawn if folder is None else f"from {folder.name}"
    examples = sum(len(target) for _, target in batches)  # a small folder gives fewer than were asked for
    return scores, described(preset.task, source, examples, scoring)


def scores_at_hand(network: Network, graph: ChannelGraph, scoring: Scoring, data: str | None = None) -> bool:
    """Whether `compute_scores` would find these scores: they come with the library, or were computed before."""
    known, preset = network.provenance, network.preset
    if preset is None or known.architecture is None or known.preset is None:
        return False
    if data is None and shipped_scores(network, graph, scoring) is not None:
        return True
    batches = draw_batches(
        known.architecture, known.preset, known.arguments, scoring, None if data is None else Path(data)
    )
    return are_cached(network.model, graph, known.architecture, known.preset, known.arguments, batches, scoring)


def described(name: str, source: str, examples: int, scoring: Scoring) -> str:
    """What a network was scored on, in a few words.

    >>> described("brain", "procedural", 8, Scoring())
    'brain procedural, 8 examples, batches of 2, seed 0'
    """
    batches = f", batches of {scoring.batch_size}" if examples > 1 else ""
    return f"{name} {source}, {_count(examples, 'example')}{batches}, seed {scoring.seed}"


def _score_own(
    network: Network,
    graph: ChannelGraph,
    scoring: Scoring,
    data: str | None,
    loss: str | None,
    progress: Progress | None,
) -> tuple[Scores, str]:
    if data is None:
        if loss is not None:
            raise ValueError("--loss needs --data package.module:function, which returns batches of (inputs, target)")
        batches, function = noise_batches(network.spec, scoring)
        described = f"random inputs and targets, {scoring.count} x {scoring.batch_size}, seed {scoring.seed}"
    else:
        batches, function = own_batches(data, loss, scoring)
        described = f"batches from {data}, loss {loss}"
    with _Bar(scoring.count if data is None else None) as bar:
        told, before = progress or bar.show, network.earlier()
        return score_own(network.model, graph, batches, function, scoring, told, before), described


def score_own(
    model: nn.Module,
    graph: ChannelGraph,
    batches: Iterable[Batch],
    loss: Loss,
    scoring: Scoring,
    progress: Progress | None = None,
    before: nn.Module | None = None,
) -> Scores:
    """Importance of every neuron of a network of one's own; what its code raises is said in a sentence."""
    try:
        return importance(
            model,
            batches,
            loss,
            scoring.criterion,
            scoring.reduce,
            list(graph.layers.values()),
            scoring.device,
            scoring.autocast,
            progress,
            inputs=graph.inputs,
            before=before,
        )
    except (RuntimeError, TypeError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise ValueError(f"your network could not be run forward and backward on these batches: {reason}") from error


class _Bar:
    """Progress on stderr, from the first batch on: scores from the cache need none."""

    def __init__(self, total: int | None) -> None:
        self._total = total
        self._bar = ProgressBar("scoring")

    def __enter__(self) -> "_Bar":
        return self

    def show(self, done: int, total: int | None) -> None:
        total = total or self._total
        self._bar.show(done / total if total else None, f"batch {done}" + (f" of {total}" if total else ""))

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._bar.__exit__()
