"""Pass labels through a recording: one rule per operation, in execution order."""

from collections.abc import Callable, Mapping

from torch import fx

from ranp.graph.call import Call, Rule, node_shapes
from ranp.graph.flow import Flow, Key
from ranp.graph.labels import Reason, Tracked
from ranp.graph.trace import ON_VALUES, Recording, first_line

OUTPUT = Reason("output", "", "it is part of what the network returns")


def run(
    flow: Flow,
    recording: Recording,
    rules: Mapping[str, Rule],
    default: Callable[[Call], Rule],
    ending: Reason = OUTPUT,
) -> None:
    """Pass labels through every operation of ``recording``, in execution order; its outputs stay, for ``ending``."""
    for node in recording.nodes:
        key: Key = (recording.training, node.name)
        if node.op in ("placeholder", "get_attr"):
            flow.values[key] = _source(flow, recording, node)
        elif node.op == "output":
            call = Call(flow, recording, node)
            call.operation, call.owner = ending.operation, ending.where
            call.freeze_all(ending.why)
        else:
            call = Call(flow, recording, node)
            rule = rules.get(call.operation.rstrip("_")) or default(call)
            try:
                flow.values[key] = rule(call)
            except Exception as error:  # a use that the rule's author did not think of is not understood: freeze
                flow.values[key] = call.freeze_all(f"its rule does not cover this use ({first_line(error)})")
            call.keep_unexplained_parameters()
            softened = key in flow.assumptions and flow.blamed.get(key) == 1
            if call.blamed and not softened:
                flow.values[key] = call.freeze_all("its arguments depend on how many channels there are")
            if recording.tracer == ON_VALUES and not node.users and not call.in_place:
                _freeze_result(call, flow.values[key])


def _freeze_result(call: Call, value: Tracked | list[Tracked] | None) -> None:
    """A result that no operation uses may have left PyTorch, where nothing can be followed."""
    for item in value if isinstance(value, list) else [value]:
        call.freeze(item, "no operation that can be followed uses its result")


def _source(flow: Flow, recording: Recording, node: fx.Node) -> Tracked | None:
    shapes = node_shapes(node)
    if not shapes:
        return None
    parameter = recording.parameters.get(node.name)
    if parameter is None:
        return Tracked(shapes[0])
    flow.shapes[parameter] = shapes[0]
    if node.users:
        flow.used.add(parameter)
    return Tracked(shapes[0], parameter=parameter)
