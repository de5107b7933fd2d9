"""What the arguments name: the network that a command works on, and how it is scored."""

import argparse

from ranp.scoring import Scoring
from ranp.subject import Network, library_network, own_network
from ranp.subject.network import DEFAULT_PRESET


def chosen_network(args: argparse.Namespace) -> Network:
    """The network that the arguments of `add_network` name; ``ValueError`` where they name none, or two."""
    if args.seed < 0:
        raise ValueError(f"seed must be at least 0, not {args.seed}")
    if args.model is not None:
        if args.architecture is not None or args.preset is not None or args.set:
            raise ValueError("give an architecture of the library or --model, not both")
        if not args.input:
            raise ValueError("--model needs the shape of its input; add for instance --input 1x3x16x112x112")
        return own_network(args.model, tuple(args.input), args.seed, args.init)
    if args.architecture is None:
        raise ValueError("name an architecture (see: ranp list), or a network of your own with --model and --input")
    if args.input:
        raise ValueError(f"--input goes with --model; the preset of {args.architecture} brings its own input")
    preset = args.preset or DEFAULT_PRESET
    return library_network(args.architecture, preset, dict(args.set), args.seed, args.init or "xavier")


def chosen_scoring(args: argparse.Namespace) -> Scoring:
    """The settings that the arguments of `add_scoring` give."""
    default = Scoring()
    return Scoring(
        criterion=args.criterion or default.criterion,
        reduce=args.reduce or default.reduce,
        count=args.batches,
        batch_size=args.batch_size,
        seed=args.seed,
        device=args.device,
        autocast=args.autocast,
    )
