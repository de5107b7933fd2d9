"""What the arguments name: the subject and the network that a command works on, and how it is scored."""

import argparse
from dataclasses import replace
from typing import Any

from ranp.importance import find_criterion
from ranp.models import Checkpoint, read_checkpoint
from ranp.own import is_name
from ranp.plan import Plan
from ranp.subject import Metric, Network, Scoring, Subject, allow, load_own, network_of_plan, parse_metric, read_once


def chosen_subject(args: argparse.Namespace) -> Subject:
    """What the arguments of `add_network` and of others name; ``ValueError`` where it is nothing, or two things.

    Code of one's own that is named here may be imported from now on.
    """
    if args.model is not None and (args.architecture is not None or args.preset is not None or args.set):
        raise ValueError("give an architecture of the library or --model, not both")
    subject = Subject(
        architecture=args.architecture,
        preset=args.preset,
        arguments=dict(args.set),
        model=args.model,
        inputs=tuple(args.input),
        data=getattr(args, "data", None),
        loss=getattr(args, "loss", None),
        metrics=tuple(getattr(args, "metric", ())),
        optimizer=getattr(args, "optimizer_code", None),
        init=args.init,
    )
    trained = chosen_checkpoint(args)
    if trained is not None:
        subject = replace(subject, checkpoint=str(args.checkpoint.resolve()), checkpoint_sha256=trained.sha256)
    allow(subject.code)
    return subject


def chosen_network(args: argparse.Namespace) -> Network:
    """The network that the arguments of `add_network` name; ``ValueError`` where they name none, or two."""
    if args.seed < 0:
        raise ValueError(f"seed must be at least 0, not {args.seed}")
    network, before = chosen_subject(args).network(args.seed), getattr(args, "before", None)
    return network if before is None else replace(network, before=read_checkpoint(before))


def chosen_checkpoint(args: argparse.Namespace) -> Checkpoint | None:
    """The trained weights that ``--checkpoint`` names."""
    return None if args.checkpoint is None else read_once(args.checkpoint)


def plan_network(args: argparse.Namespace, plan: Plan) -> Network:
    """The network that a plan is for; ``--model`` names one's own, ``--checkpoint`` its trained weights."""
    allow([args.model])
    return network_of_plan(plan, args.model, chosen_checkpoint(args))


def metric(text: str) -> Metric:
    """What ``--metric`` names, as argparse wants it."""
    try:
        return parse_metric(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def own_or_name(given: Any) -> Any:
    """A name of the library's, or the function at the import path that was given, which may be imported from now on."""
    if not is_name(given):
        return given
    allow([given])
    function = load_own(given)
    if not callable(function):
        raise ValueError(f"'{given}' must be a function, not {type(function).__name__}")
    return function


def chosen_scoring(args: argparse.Namespace) -> Scoring:
    """The settings that the arguments of `add_scoring` give."""
    default, criterion = Scoring(), own_or_name(args.criterion or Scoring.criterion)
    if getattr(args, "before", None) is not None and not find_criterion(criterion).needs_before:
        raise ValueError("--before goes with --criterion pgp, which compares weights with earlier ones; leave it out")
    return Scoring(
        criterion=criterion,
        reduce=args.reduce or default.reduce,
        count=args.batches,
        batch_size=args.batch_size,
        seed=args.seed,
        device=args.device,
        autocast=args.autocast,
    )
