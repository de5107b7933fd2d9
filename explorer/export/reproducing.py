"""The present state as text that makes the same plan elsewhere: a Python script and a command line.

Everything is written with `repr` or quoted for a shell: names of layers may come from anybody's network.
"""

import shlex
from dataclasses import dataclass
from textwrap import dedent
from typing import Any

from explorer.own import Own
from explorer.state import ExplorerState
from ranp.config import METHODS, PruningConfig
from ranp.scoring import Scoring


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
    options = [f"--method {settings.method}", f"--lambda {settings.lam!r}"]
    options += [_target(settings)]
    default = PruningConfig()
    for option, name in (("alpha", "alpha"), ("coupling", "coupling"), ("min-neurons", "min_neurons")):
        if getattr(settings, name) != getattr(default, name):
            options.append(f"--{option} {getattr(settings, name)}")
    options += [shlex.quote(f"--protect={name}") for name in settings.protect]
    options += [shlex.quote(f"--cap={name}={share!r}") for name, share in settings.caps]
    for name in ("criterion", "reduce"):
        if getattr(settings, name) != getattr(Scoring(), name):
            options.append(f"--{name} {getattr(settings, name)}")
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


def config(state: ExplorerState) -> PruningConfig:
    """The settings of the state, as the library takes them."""
    by_sparsity = state.target == "sparsity"
    values: dict[str, Any] = {
        name: getattr(state, name)
        for name in (
            "method", "alpha", "lam", "criterion", "reduce", "coupling", "min_neurons", "protect", "caps", "seed",
        )
    }  # fmt: skip
    return PruningConfig(
        sparsity=state.sparsity if by_sparsity else None,
        budget=None if by_sparsity else (state.target, state.budget),
        **values,
    )


def _network(state: ExplorerState, own: Own | None) -> Step:
    if own is None:
        made, text = f"library_network({state.architecture!r}, {state.preset!r}, {{}}, seed, 'xavier')", _DRAWN
    else:
        made, text = f"own_network({own.model!r}, {own.input_shapes!r}, seed, None)", _FROM_FACTORY
    code = f"""
        import ranp
        from ranp.subject import {made.partition("(")[0]}

        seed = {state.seed}
        network = {made}
        graph = network.trace()
    """
    return Step("The full network, and its channel graph", f"{text} {_TRACED}", _code(code))


def _scores(state: ExplorerState, own: Own | None) -> Step:
    more = f", {own.data!r}, {own.loss!r}" if own and own.data else ""
    code = f"""
        from ranp.scoring import Scoring
        from ranp.subject import compute_scores

        settings = Scoring({state.criterion!r}, {state.reduce!r}, seed=seed)
        scores, provenance = compute_scores(network, graph, settings{more})
    """
    settings = Scoring()
    text = (
        f"{settings.count} batches of {settings.batch_size} examples, drawn from the seed, go forward; gradients of "
        "the loss come back. The provenance says which weights and data the scores belong to."
    )
    return Step("How important every neuron is", text, _code(code))


def _plan(state: ExplorerState, scores: str) -> Step:
    settings, default = config(state), PruningConfig()
    lines = [f"    method={settings.method!r},"]
    for name in ("sparsity", "budget", "alpha", "lam", "criterion", "reduce", "coupling", "min_neurons", "protect"):
        if getattr(settings, name) != getattr(default, name) or name in ("lam",):
            lines.append(f"    {name}={getattr(settings, name)!r},")
    lines += [f"    {name}={getattr(settings, name)!r}," for name in ("caps",) if settings.caps]
    lines.append("    seed=seed,")
    code = "\n".join(["config = ranp.PruningConfig(", *lines, ")", f"plan = ranp.prune(graph, {_GIVEN[scores]})"])
    text = "From the ranking to a plan: which neurons stay, and what that costs. Nothing is built yet."
    return Step("What stays", text, f"{code}\n{_SUMMARY}")


_DRAWN = "The network, whose initial weights are drawn from the seed when they are first needed."
_FROM_FACTORY = "The network from its factory, whose module must be importable where this runs."
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
    shapes = [f"--input {'x'.join(map(str, shape))}" for shape in own.input_shapes]
    given = [f"--{name} {shlex.quote(value)}" for name in ("data", "loss") if (value := getattr(own, name))]
    return " ".join([f"--model {shlex.quote(own.model)}", *shapes, *given])


def _target(settings: PruningConfig) -> str:
    if settings.budget is not None:
        return f"--budget {settings.budget[0]}={settings.budget[1]!r}"
    return f"--sparsity {settings.sparsity!r}"


def _code(text: str) -> str:
    return dedent(text).strip()
