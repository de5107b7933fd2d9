"""What pruning starts from, gathered from the arguments: a traced network, its scores, and the settings."""

import argparse
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from torch import nn

from ranp.cli.arguments import PRUNING, given_settings
from ranp.cli.chosen import chosen_scoring, own_or_name
from ranp.cli.score_file import load_scores
from ranp.cli.time_table import check_seconds
from ranp.fingerprint import weights_sha256
from ranp.graph import ChannelGraph
from ranp.plan import Provenance
from ranp.selection import DEFAULT_SPARSITY, METHODS, Limit, PruningConfig, check_layers
from ranp.subject import Network, Scoring, compute_scores
from ranp.types import Scores


@dataclass(frozen=True)
class Ingredients:
    """Everything that `ranp.prune` and `ranp.selection.curve.plan_curve` take, and how long it took to get."""

    network: Network
    graph: ChannelGraph
    scores: Scores | None
    config: PruningConfig
    provenance: Provenance
    seconds: dict[str, float]

    @property
    def model(self) -> nn.Module | None:
        """The weights, for the one method that ranks them."""
        return self.network.model if METHODS[self.config.method].scores == "magnitude" else None


def gather(
    args: argparse.Namespace, network: Network, sparsity: float | None, budget: Sequence[Limit] | None
) -> Ingredients:
    """Trace and score what the arguments name; settings and files are checked first, so a mistake costs no waiting."""
    scoring = chosen_scoring(args)
    config = _config(args, network, scoring, sparsity, budget)
    check_seconds(config, args.time_table)
    start = time.perf_counter()
    from_file = None if args.scores is None else _scores_from_file(args, network, config)
    loaded = time.perf_counter()
    graph = network.trace()
    check_layers(graph, config)
    traced = time.perf_counter()
    if from_file is None:
        scores, provenance = _scores(args, network, graph, scoring, METHODS[config.method].scores)
    else:
        scores, provenance, config = from_file
    seconds = {"trace": traced - loaded, "score": time.perf_counter() - traced + loaded - start}
    return Ingredients(network, graph, scores, config, provenance, seconds)


def _config(
    args: argparse.Namespace,
    network: Network,
    scoring: Scoring,
    sparsity: float | None,
    budget: Sequence[Limit] | None,
) -> PruningConfig:
    preset = network.preset
    if sparsity is None and budget is None:
        sparsity = DEFAULT_SPARSITY if preset is None else preset.sparsity
    chosen = {
        **({} if preset is None else {"lam": preset.lam}),
        **given_settings(args, PRUNING),
        "coupling": own_or_name(args.coupling or PruningConfig.coupling),
        "criterion": scoring.criterion_name,
        "reduce": scoring.reduce,
        "seed": args.seed,
    }
    return PruningConfig(sparsity=sparsity, budget=tuple(budget) if budget else None, **chosen)


def _scores_from_file(
    args: argparse.Namespace, network: Network, config: PruningConfig
) -> tuple[Scores, Provenance, PruningConfig]:
    start = METHODS[config.method].scores
    if start != "sensitivity":
        raise ValueError(f"--scores has no use with method '{config.method}', which ranks by {start}")
    if args.data is not None or args.loss is not None:
        raise ValueError("give --scores, or --data to compute them, not both")
    scores, provenance, criterion, reduce = load_scores(args.scores, network.provenance)
    for name, asked, found in (
        ("criterion", args.criterion and config.criterion, criterion),
        ("reduce", args.reduce, reduce),
    ):
        if asked not in (None, found):
            raise ValueError(f"{args.scores} holds scores of {name} {found}, not {asked}; score again")
    return scores, provenance, replace(config, criterion=criterion, reduce=reduce)


def _scores(
    args: argparse.Namespace, network: Network, graph: ChannelGraph, scoring: Scoring, start: str
) -> tuple[Scores | None, Provenance]:
    if start == "sensitivity":
        return compute_scores(network, graph, scoring, args.data, args.loss)
    if start == "magnitude":
        return None, replace(network.provenance, weights_sha256=weights_sha256(network.model))
    return None, network.provenance
