"""``ranp score``: the importance of every neuron."""

import argparse
import time
from pathlib import Path

from ranp.cli.arguments import add_before, add_network, add_scoring
from ranp.cli.chosen import chosen_network, chosen_scoring
from ranp.cli.command import Command, Result
from ranp.cli.report import layer_name, table, trained_weights, weights_line
from ranp.cli.score_file import save_scores
from ranp.files import check_writable
from ranp.subject import compute_scores


def _arguments(parser: argparse.ArgumentParser) -> None:
    add_network(parser)
    add_scoring(parser)
    add_before(parser)
    parser.add_argument("--out", type=Path, metavar="FILE", help="write the scores here (safetensors)")


def _run(args: argparse.Namespace) -> Result:
    if args.out is not None and args.out.is_dir():
        raise ValueError(f"{args.out} is a folder; give the name of a file, such as {args.out / 'scores.safetensors'}")
    if args.out is not None:
        check_writable(args.out)
    scoring = chosen_scoring(args)
    network = chosen_network(args)
    start = time.perf_counter()
    graph = network.trace()
    traced = time.perf_counter()
    scores, provenance = compute_scores(network, graph, scoring, args.data, args.loss)
    scored = time.perf_counter()
    if args.out is not None:
        save_scores(args.out, scores, provenance, scoring)
    return {
        "layers": [
            {"name": name, "neurons": score.numel(), "scores": score.tolist()} for name, score in scores.items()
        ],
        "criterion": scoring.criterion_name,
        "reduce": scoring.reduce,
        "data": provenance.data,
        "weights_sha256": provenance.weights_sha256,
        **trained_weights(provenance),
        "out": None if args.out is None else str(args.out),
        "seconds": {"trace": traced - start, "score": scored - traced},
    }


def _text(result: Result) -> str:
    rows = []
    for layer in result["layers"]:
        scores = layer["scores"]
        spread = (sum(scores) / len(scores), min(scores), max(scores))
        rows.append([layer_name(layer["name"]), layer["neurons"], *(f"{value:.3g}" for value in spread)])
    return "\n".join([table(["layer", "neurons", "mean", "lowest", "highest"], rows), *weights_line(result)])


SCORE = Command(
    "compute the importance of every neuron",
    "ranp score unet3d --preset classroom --batches 4 --out scores.safetensors",
    _arguments,
    _run,
    _text,
)
