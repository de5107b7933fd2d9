"""The present state as text that makes the same plan elsewhere: a Python script and a command line.

Everything is written with `repr` or quoted for a shell: names of layers may come from anybody's network.
"""

import shlex
from dataclasses import dataclass, fields
from textwrap import dedent
from typing import Any

from explorer.compute import KIND_OF, TRAINED, Own, config, examples, needs_importance
from explorer.state import ExplorerState, needs_seconds, prices_time
from ranp.inputs import format_inputs
from ranp.selection import METHODS, SETTINGS, LayerNumbers, Layers, PruningConfig, limit_text, spelling
from ranp.subject import Scoring

TABLE = "table.json"
"""Where a command finds the time table of a plan that was ranked by seconds."""


@dataclass(frozen=True)
class Step:
    """A piece of the script, with what it does in a sentence or two."""

    title: str
    text: str
    code: str


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
        if name in _ALWAYS or _is_told(settings, name):
            options += _options(name, getattr(settings, name))
    lines = [f"python -m ranp prune {_named(state, own)} --seed {state.seed}", " ".join(options), f"--out {out}"]
    return " \\\n    ".join(lines)


def script(state: ExplorerState, own: Own | None = None) -> str:
    """A Python script that makes the plan of the state, saves it and builds the smaller network."""
    return "\n\n".join(f"# {step.title}\n{step.code}" for step in steps(state, own)) + "\n"


def steps(state: ExplorerState, own: Own | None = None) -> list[Step]:
    """The script step by step: network and channel graph, importance, plan, smaller network."""
    start = METHODS[state.method].scores
    scored = [_scores(state, own)] if start == "sensitivity" else []
    return [_network(state, own), *scored, _plan(state, start), _small()]


def _network(state: ExplorerState, own: Own | None) -> Step:
    named = (state.architecture, state.preset) if own is None else (own.architecture, own.preset)
    if own is None or own.model is None:
        made, text = f"library_network({named[0]!r}, {named[1]!r}, {{}}, seed, 'xavier')", _DRAWN
        imported = ["from ranp.subject import library_network"]
    else:
        inputs = f"parse_inputs({format_inputs(own.inputs)!r})"
        made, text = f"own_network({own.model!r}, {inputs}, seed, None){_judged(own)}", _FROM_FACTORY
        imported = ["from ranp.inputs import parse_inputs", "from ranp.subject import allow, own_network"]
    if checkpoint := _checkpoint(state, own):
        made, text = f"{made}.starting_from(read_checkpoint({checkpoint!r}))", f"{text} {_TRAINED}"
        imported = ["from ranp.models import read_checkpoint", *imported]
    steps = [*_allowed(own), f"seed = {state.seed}", f"network = {made}", "graph = network.trace()"]
    code = ["import ranp", *imported, "", *steps]
    return Step("The full network, and its channel graph", f"{text} {_TRACED}", "\n".join(code))


def _allowed(own: Own | None) -> list[str]:
    """What lets the script run the code of one's own."""
    if own is None or own.model is None:
        return []
    return [f"allow({[path for path in (own.model, own.data, own.loss) if path]!r})"]


def _judged(own: Own) -> str:
    """What names the metrics and the optimizer, which the plan keeps."""
    metrics = [metric.text for metric in own.metrics]
    return f".judged_by({metrics!r}, {own.optimizer!r})" if metrics or own.optimizer else ""


def _checkpoint(state: ExplorerState, own: Own | None) -> str | None:
    """The file of the trained weights that the state is about."""
    return own.checkpoint if own is not None and state.preset == TRAINED else None


def _scores(state: ExplorerState, own: Own | None) -> Step:
    more = f", {own.data!r}, {own.loss!r}" if own and own.data else ""
    number, batch = examples(state)
    count = number // batch
    code = f"""
        from ranp.subject import Scoring
        from ranp.subject import compute_scores

        settings = Scoring({state.criterion!r}, {state.reduce!r}, count={count}, batch_size={batch}, seed=seed)
        scores, provenance = compute_scores(network, graph, settings{more})
    """
    drawn = "One example is" if number == 1 else f"{count} batches of {batch} examples are"
    text = (
        f"{drawn} drawn from the seed and sent forward; gradients of the loss come back. The provenance says which "
        "weights and data the scores belong to."
    )
    return Step("How important every neuron is", text, _code(code))


def _scored_on(state: ExplorerState) -> list[str]:
    """How many examples, where they are not as many as the command takes by itself."""
    number, batch = examples(state)
    usual = (number, batch) == (Scoring().examples, Scoring().batch_size)
    return [] if usual or not needs_importance(state) else [f"--batches {number // batch}", f"--batch-size {batch}"]


def _plan(state: ExplorerState, scores: str) -> Step:
    settings = config(state)
    names = [field.name for field in fields(PruningConfig) if field.name != "seed"]
    told = [name for name in names if name in _ALWAYS or _is_told(settings, name)]
    lines = [*(f"    {name}={getattr(settings, name)!r}," for name in told), "    seed=seed,"]
    imported, priced, given = _pricer(state)
    made = f"plan = ranp.prune(graph, {_GIVEN[scores]}{given})"
    code = "\n".join([*imported, "config = ranp.PruningConfig(", *lines, ")", *priced, made])
    text = "From the ranking to a plan: which neurons stay, and what that costs. Nothing is built yet."
    return Step("What stays", text, f"{code}\n{_SUMMARY}")


def _pricer(state: ExplorerState) -> tuple[list[str], list[str], str]:
    """What is imported, made and given where a training step is priced."""
    imported, made, given = [], [], {}
    if state.limits_peak:
        step = f"network.shapes(), graph, {state.batch}, any_device=network.preset is not None"
        imported.append("from ranp.resources import peak_pricer")
        made.append(f"peak = peak_pricer({step})")
        given["peak"] = "peak"
    if prices_time(state):
        imported += ["from pathlib import Path", "from ranp.timing import TimePrices, read_table, read_work"]
        made.append(f"table = read_table(Path({TABLE!r}))")
        for budget, kind in KIND_OF.items():
            made.append(f"{kind} = read_work(network.shapes(), graph, {kind!r}, table.batch)")
            given[budget] = f"TimePrices(graph, {kind}, table).pricer()"
    pricers = ", ".join(f'"{kind}": {pricer}' for kind, pricer in given.items())
    return [*imported, *[""] * bool(imported)], made, f", pricers={{{pricers}}}" if given else ""


def _options(name: str, value: Any) -> list[str]:
    """The setting's option; a layer's name may begin as one does, so it follows an equals sign."""
    option, form = f"--{spelling(name).replace('_', '-')}", SETTINGS[name].form
    if isinstance(form, (Layers, LayerNumbers)):
        return [shlex.quote(f"{option}={text}") for text in form.write(value)]
    return [f"{option} {text}" for text in form.write(value)]


_ALWAYS = ("method", "lam")
"""What is told even where it is the default: a preset has its own lambda."""


def _is_told(settings: PruningConfig, name: str) -> bool:
    """Whether the setting differs from what it is where nothing is said."""
    return bool(getattr(settings, name) != getattr(PruningConfig(), name))


_DRAWN = "The network, whose initial weights are drawn from the seed when they are first needed."
_FROM_FACTORY = "The network from its factory, whose module must be importable here; only what is allowed is run."
_TRAINED = "Its weights are then those of the checkpoint, which is read without unpickling."
_TRACED = "One trace finds which channels belong together; it computes nothing."

_GIVEN = {
    "sensitivity": "scores, config, provenance=provenance",
    "magnitude": "None, config, network.model, network.provenance",
    "random": "None, config, provenance=network.provenance",
}
"""What `prune` takes, by what the method ranks neurons by."""

_SUMMARY = """for layer in plan.layers:
    print(f"{layer.name}: {layer.kept} of {layer.neurons} neurons stay")
print(f"{plan.pruned.macs / plan.full.macs:.1%} of the MACs are left")
print(f"{plan.pruned.params / plan.full.params:.1%} of the parameters are left")"""


def _small() -> Step:
    return Step(
        "The smaller network, ready to train",
        "Saved without pickle, then built: `apply` compares it in double precision with the masked full network before "
        "it hands it over. The surviving weights are carried over; `init='xavier'` draws new ones, as in the paper.",
        _code("""
            plan.save("plan.zip")
            if plan.feasible:
                small = plan.apply(network.model)
                print(sum(parameter.numel() for parameter in small.parameters()), "parameters")
        """),
    )


def _named(state: ExplorerState, own: Own | None) -> str:
    if own is None:
        return f"{state.architecture} --preset {state.preset}"
    checkpoint = _checkpoint(state, own)
    trained = [f"--checkpoint {shlex.quote(checkpoint)}"] if checkpoint else []
    given = [f"--{name} {shlex.quote(value)}" for name in ("data", "loss") if (value := getattr(own, name))]
    given += [f"--metric {shlex.quote(metric.text)}" for metric in own.metrics]
    return " ".join([own.command, *given, *trained])


def _target(settings: PruningConfig) -> str:
    if settings.budgets:
        return " ".join(f"--budget {limit_text(*limit)}" for limit in settings.budgets)
    return f"--sparsity {settings.sparsity!r}"


def _code(text: str) -> str:
    return dedent(text).strip()
