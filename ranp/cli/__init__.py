"""The command line.

In: the arguments of a command. Out: one JSON-ready object, which `ranp.__main__` prints; stdout carries nothing else,
so logs and progress go to stderr. `commands/` holds a command a file, and beside it lies what several of them share.
Test: `pytest tests/cli`
"""

from ranp.cli.blueprints.bundle import BUNDLE
from ranp.cli.blueprints.nnunet import NNUNET
from ranp.cli.command import Command, Parser
from ranp.cli.commands.app import APP
from ranp.cli.commands.curve import CURVE
from ranp.cli.commands.diff import DIFF
from ranp.cli.commands.explore import EXPLORE
from ranp.cli.commands.export import EXPORT
from ranp.cli.commands.import_masks import IMPORT
from ranp.cli.commands.list_networks import LIST
from ranp.cli.commands.profile import PROFILE
from ranp.cli.commands.prune import PRUNE
from ranp.cli.commands.queue import QUEUE
from ranp.cli.commands.race import RACE
from ranp.cli.commands.score import SCORE
from ranp.cli.commands.show import SHOW
from ranp.cli.commands.sweep import SWEEP
from ranp.cli.commands.time import TIME
from ranp.cli.commands.train import TRAIN
from ranp.cli.commands.transfer import TRANSFER
from ranp.cli.commands.verify import VERIFY
from ranp.cli.commands.worker import WORKER
from ranp.cli.completion import COMPLETION, PARSER
from ranp.cli.exercises.check_exercise import CHECK_EXERCISE
from ranp.cli.exercises.grade import GRADE
from ranp.cli.optimum.allocate import ALLOCATE
from ranp.cli.report import printable

__all__ = [
    "ALLOCATE",
    "APP",
    "BUNDLE",
    "CHECK_EXERCISE",
    "COMPLETION",
    "CURVE",
    "DIFF",
    "EXPLORE",
    "EXPORT",
    "GRADE",
    "IMPORT",
    "LIST",
    "NNUNET",
    "PARSER",
    "PROFILE",
    "PRUNE",
    "QUEUE",
    "RACE",
    "SCORE",
    "SHOW",
    "SWEEP",
    "TIME",
    "TRAIN",
    "TRANSFER",
    "VERIFY",
    "WORKER",
    "Command",
    "Parser",
    "printable",
]
