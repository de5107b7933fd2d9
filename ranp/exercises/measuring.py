"""What a rule measures of a plan, on the exercise's own network: masks in, a share and a sentence with it out."""

from functools import lru_cache

from ranp.exercises.exercise import MEASURES, Exercise, Rule
from ranp.graph import ChannelGraph
from ranp.selection import BUDGETS
from ranp.subject import Subject
from ranp.timing import TimePrices, read_work, shipped_table
from ranp.types import Masks


def measured(exercise: Exercise, rule: Rule, kept: Masks) -> tuple[float, str]:
    """The share that the rule is about, and a sentence with it.

    Raises:
        ValueError: the rule is about a layer that the network does not have, or about time that no table tells.
    """
    if rule.measure in ("thinnest_layer", "layer"):
        return _of_layer(rule, {name: float(mask.float().mean()) for name, mask in kept.items()})
    if rule.measure == "sparsity":
        share = 1 - sum(int(mask.sum()) for mask in kept.values()) / sum(mask.numel() for mask in kept.values())
    elif rule.measure == "time":
        prices = time_prices(exercise)
        share = prices.at(kept) / prices.at()
    else:
        field, graph = BUDGETS[rule.measure].cost, network_graph(exercise)
        share = getattr(graph.cost(kept), field) / getattr(graph.cost(), field)
    return share, f"{share:.1%} {MEASURES[rule.measure]}"


def _of_layer(rule: Rule, shares: dict[str, float]) -> tuple[float, str]:
    if rule.measure == "layer" and rule.layer not in shares:
        raise ValueError(f"the exercise has a rule for the layer '{rule.layer}', which its network does not have")
    name = rule.layer if rule.measure == "layer" else min(shares, key=lambda each: shares[each])
    which = f"'{name}'" if rule.measure == "layer" else f"the thinnest layer, '{name}',"
    return shares[name], f"{shares[name]:.1%} of the neurons of {which} are left"


def network_graph(exercise: Exercise) -> ChannelGraph:
    """The channel graph of an exercise's network, traced once.

    Raises ``ValueError`` where the network is one's own and this process was not told to run its code.
    """
    return _traced(exercise.architecture, exercise.preset, exercise.model, exercise.inputs)


@lru_cache(maxsize=16)
def _traced(architecture: str, preset: str, model: str, inputs: tuple[str, ...]) -> ChannelGraph:
    subject = Subject(model=model, inputs=inputs) if model else Subject(architecture, preset)
    return subject.network(0).trace()


def time_prices(exercise: Exercise) -> TimePrices:
    """Seconds of a training step of an exercise's network, by the table that comes with the library.

    ``ValueError`` where none does.
    """
    found = None if exercise.model else _prices(exercise.architecture, exercise.preset)
    if found is None:
        raise ValueError(
            f"the exercise has a rule on time, and no time table of {exercise.subject.title} comes with the library; "
            "ask for macs or memory instead"
        )
    return found


@lru_cache(maxsize=4)
def _prices(architecture: str, preset: str) -> TimePrices | None:
    table = shipped_table(architecture, preset)
    if table is None:
        return None
    shapes, graph = Subject(architecture, preset).network(0).shapes(), _traced(architecture, preset, "", ())
    return TimePrices(graph, read_work(shapes, graph, batch=table.batch), table)
