"""A part of a network that traces from its inputs to its outputs: all of it where that can be had."""

from dataclasses import dataclass
from typing import Any

from torch import fx, nn

from ranp.graph.call import node_shapes, operation_name
from ranp.graph.labels import Reason
from ranp.graph.propagate import OUTPUT
from ranp.graph.recording.raised import first_line
from ranp.graph.recording.trace import ON_FAKES, ON_SHAPES, ON_VALUES, Recording, quickest, record
from ranp.inputs import InputSpec


@dataclass(frozen=True)
class Part:
    """What ran, on which inputs.

    ``recordings`` holds the evaluation trace, the training trace, or both where they differ; ``notes`` what they leave
    open. ``calls`` is how often one evaluation runs the part; ``ending`` says why its outputs keep their channels where
    they are not the network's.
    """

    model: nn.Module
    inputs: InputSpec
    recordings: tuple[Recording, ...]
    notes: tuple[str, ...] = ()
    calls: int = 1
    ending: Reason = OUTPUT


def record_both(model: nn.Module, inputs: InputSpec) -> tuple[tuple[Recording, ...], tuple[str, ...]]:
    """The evaluation trace, and the training trace where that is another one (heads that only training has).

    With them come notes, in words. Raises `TraceError` where evaluation cannot be traced.
    """
    evaluation = record(model, inputs)
    notes = []
    if evaluation.tracer not in (ON_SHAPES, ON_FAKES):
        notes.append(f"its operations could not be followed on shapes alone; '{evaluation.tracer}' traced this network")
    if evaluation.tracer == ON_VALUES:
        notes.append("branches that depend on data were followed for one random input; on others it may differ")
    training = _record_training(model, inputs, evaluation.tracer, notes)
    if training is None or _signatures(evaluation) == _signatures(training):
        return (evaluation,), tuple(notes)
    return (evaluation, training), tuple(notes)


def _record_training(model: nn.Module, inputs: InputSpec, tracer: str, notes: list[str]) -> Recording | None:
    """The training trace; batch statistics may need a second example. A failure becomes a note."""
    first: Exception | None = None
    for repeat in (1, 2):
        for name in quickest(tracer):
            try:
                return record(model, inputs, True, name, repeat)
            except Exception as error:
                first = first or error
    assert first is not None
    notes.append(f"training mode could not be traced ({first_line(first)}); only evaluation mode was checked")
    return None


def _signatures(recording: Recording) -> list[Any]:
    """Which operation reads which results, of what shape, and which of them are returned.

    Equal for two recordings of the same computation; a head that always runs may be returned in training only.
    """
    position = {node.name: index for index, node in enumerate(recording.operations)}
    return [
        (operation_name(node), [position.get(source.name) for source in node.all_input_nodes], extents(node))
        for node in recording.nodes
        if node.op in ("call_function", "output")
    ]


def extents(node: fx.Node) -> list[tuple[int, ...]]:
    """Shapes of what an operation returns, without the batch."""
    return [shape[1:] for shape in node_shapes(node)]
