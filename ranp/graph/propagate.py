"""Pass labels through a recording: one rule per operation, in execution order."""

from collections.abc import Callable, Mapping

from torch import fx

from ranp.graph.call import Call, Rule, node_shapes
from ranp.graph.flow import Flow, Key
from ranp.graph.labels import Cause, Reason, Tracked
from ranp.graph.recording.raised import first_line
from ranp.graph.recording.trace import ON_VALUES, Recording
from ranp.graph.rules.weights import computes_weights, derived

OUTPUT = Reason("output", "", "it is part of what the network returns")


def run(
    flow: Flow,
    recording: Recording,
    rules: Mapping[str, Rule],
    default: Callable[[Call], Rule],
    ending: Reason = OUTPUT,
) -> None:
    """Pass labels through every operation of ``recording``, in execution order; its outputs stay, for ``ending``."""
    for name, node_name in recording.held.items():
        flow.held[name] = (recording.training, node_name)
    for node in recording.nodes:
        key: Key = (recording.training, node.name)
        if node.op in ("placeholder", "get_attr"):
            flow.values[key] = _source(flow, recording, node)
        elif node.op == "output":
            call = Call(flow, recording, node)
            call.operation, call.owner = ending.operation, ending.where
            call.freeze_all(ending.why)
            if ending is OUTPUT:
                flow.returned += [value.labels for value in call.tensors]
        else:
            call = Call(flow, recording, node)
            rule = rules.get(call.operation.rstrip("_")) or default(call)
            of_weights = computes_weights(call)
            flow.labels.cause = Cause(call.operation.rstrip("_") or call.operation, call.owner)
            try:
                flow.values[key] = derived(call, rule) if of_weights else rule(call)
            except Exception as error:  # a use that the rule's author did not think of is not understood: freeze
                flow.values[key] = call.freeze_all(f"its rule does not cover this use ({first_line(error)})")
            if not of_weights:
                call.keep_unexplained_parameters()
            blame = flow.blamed.get(key)
            softened = key in flow.assumptions and blame is not None and blame.level == 1
            if blame is not None and not softened and not of_weights:
                flow.values[key] = call.freeze_all(blame.why("its arguments depend on how many channels there are"))
            if key in flow.given_up:
                call.freeze_all(flow.given_up[key])
                for item in _results(flow.values[key]):
                    call.freeze(item, flow.given_up[key])
            if recording.tracer == ON_VALUES and not node.users and not call.in_place:
                _freeze_result(call, flow.values[key])


def _freeze_result(call: Call, value: Tracked | list[Tracked] | None) -> None:
    """A result that no operation uses may have left PyTorch, where nothing can be followed."""
    for item in _results(value):
        call.freeze(item, "no operation that can be followed uses its result")


def _results(value: Tracked | list[Tracked] | None) -> list[Tracked | None]:
    return [*value] if isinstance(value, list) else [value]


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
