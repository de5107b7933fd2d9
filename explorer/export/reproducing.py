"""The present state as a Python script that makes the same plan elsewhere; as a command: `explorer.page.commands`.

Everything is written with `repr`: names of layers may come from anybody's network.
"""

from dataclasses import dataclass, fields
from textwrap import dedent

from explorer.compute import KIND_OF, Own, config, examples
from explorer.page import ALWAYS, TABLE, checkpoint_of, is_told
from explorer.state import ExplorerState, prices_time
from ranp.inputs import format_inputs
from ranp.selection import METHODS, PruningConfig


@dataclass(frozen=True)
class Step:
    """A piece of the script, with what it does in a sentence or two."""

    title: str
    text: str
    code: str


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
    if checkpoint := checkpoint_of(state, own):
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


def _plan(state: ExplorerState, scores: str) -> Step:
    settings = config(state)
    names = [field.name for field in fields(PruningConfig) if field.name != "seed"]
    told = [name for name in names if name in ALWAYS or is_told(settings, name)]
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


def _code(text: str) -> str:
    return dedent(text).strip()
