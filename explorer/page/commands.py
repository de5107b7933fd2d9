"""The present state as commands that make the same plan elsewhere, and train it.

Everything is quoted for a shell: names of layers may come from anybody's network.
"""

import shlex
from typing import Any

from explorer.compute import TRAINED, Own, config, examples, needs_importance
from explorer.state import ExplorerState, needs_seconds
from ranp.selection import SETTINGS, LayerNumbers, Layers, PruningConfig, limit_text, spelling
from ranp.subject import Scoring

TABLE = "table.json"
"""Where a command finds the time table of a plan that was ranked by seconds."""

ALWAYS = ("method", "lam")
"""What is told even where it is the default: a preset has its own lambda."""


def command_line(state: ExplorerState, own: Own | None = None, out: str = "plan.zip") -> str:
    """A command for a shell that writes the plan of the state to `out`.

    >>> command_line(ExplorerState("unet3d", "classroom"), out="plan.zip").splitlines()[0]
    'python -m ranp prune unet3d --preset classroom --seed 0 \\\\'
    """
    settings = config(state)
    options = [_target(settings), *_scored_on(state), *([f"--batch {state.batch}"] if state.limits_peak else [])]
    options += [f"--time-table {TABLE}"] * needs_seconds(state)
    by_table = ["layer_costs"] if needs_seconds(state) else []
    for name in (name for name, setting in SETTINGS.items() if setting.help is not None and name not in by_table):
        if name in ALWAYS or is_told(settings, name):
            options += _options(name, getattr(settings, name))
    lines = [f"python -m ranp prune {_named(state, own)} --seed {state.seed}", " ".join(options), f"--out {out}"]
    return " \\\n    ".join(lines)


def training_commands(state: ExplorerState, own: Own | None = None, plan: str = "plan.zip") -> str:
    """Two commands for a machine with an accelerator: the plan of the state, and its check beside the full network.

    Both draw from the seed of the state.
    """
    optimizer = [f"--optimizer {shlex.quote(own.optimizer)}"] if own is not None and own.optimizer else []
    table = [f"--time-table {TABLE}"] * needs_seconds(state)
    check = [_named(state, own), *optimizer, f"--plan {plan}", *table, f"--seed-list {state.seed}", "--device cuda"]
    return f"{command_line(state, own, plan)}\npython -m ranp train {' '.join(check)}"


def checkpoint_of(state: ExplorerState, own: Own | None) -> str | None:
    """The file of the trained weights that the state is about."""
    return own.checkpoint if own is not None and state.preset == TRAINED else None


def is_told(settings: PruningConfig, name: str) -> bool:
    """Whether the setting differs from what it is where nothing is said."""
    return bool(getattr(settings, name) != getattr(PruningConfig(), name))


def _scored_on(state: ExplorerState) -> list[str]:
    """How many examples, where they are not as many as the command takes by itself."""
    number, batch = examples(state)
    usual = (number, batch) == (Scoring().examples, Scoring().batch_size)
    return [] if usual or not needs_importance(state) else [f"--batches {number // batch}", f"--batch-size {batch}"]


def _options(name: str, value: Any) -> list[str]:
    """The setting's option; a layer's name may begin as one does, so it follows an equals sign."""
    option, form = f"--{spelling(name).replace('_', '-')}", SETTINGS[name].form
    if isinstance(form, (Layers, LayerNumbers)):
        return [shlex.quote(f"{option}={text}") for text in form.write(value)]
    return [f"{option} {text}" for text in form.write(value)]


def _named(state: ExplorerState, own: Own | None) -> str:
    if own is None:
        return f"{state.architecture} --preset {state.preset}"
    checkpoint = checkpoint_of(state, own)
    trained = [f"--checkpoint {shlex.quote(checkpoint)}"] if checkpoint else []
    given = [f"--{name} {shlex.quote(value)}" for name in ("data", "loss") if (value := getattr(own, name))]
    given += [f"--metric {shlex.quote(metric.text)}" for metric in own.metrics]
    return " ".join([own.command, *given, *trained])


def _target(settings: PruningConfig) -> str:
    if settings.budgets:
        return " ".join(f"--budget {limit_text(*limit)}" for limit in settings.budgets)
    return f"--sparsity {settings.sparsity!r}"
