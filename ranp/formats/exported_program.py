"""The small network as a program of ``torch.export``, in evaluation mode: it runs without its class.

Source: https://docs.pytorch.org/docs/stable/export.html
"""

import io

import torch
from torch import SymInt, Tensor, nn
from torch.export import Dim, ExportedProgram, ShapesCollection

from ranp.graph import quiet
from ranp.inputs import InputSpec, TensorSpec
from ranp.plan import Plan


def torch_export(plan: Plan, model: nn.Module) -> bytes:
    """A ``.pt2`` file for ``torch.export.load(file).module()``."""
    buffer = io.BytesIO()
    with quiet():
        torch.export.save(exported_program(plan, model), buffer)
    return buffer.getvalue()


def exported_program(plan: Plan, model: nn.Module) -> ExportedProgram:
    """The small network as a program for batches of any size, or of the plan's where it works with no other.

    Raises ``ValueError`` where ``torch.export`` cannot follow the network.
    """
    small = plan.apply(model).cpu().eval()
    with quiet(), torch.no_grad():
        try:
            return _for_any_batch(small, plan.inputs)
        except Exception:  # The exporter raises many kinds; whatever it was, a batch of known size is the next best.
            pass
        try:
            given = plan.inputs.arguments(TensorSpec.plain)
            return torch.export.export(small, given.args, dict(given.kwargs))
        except Exception as error:
            reason = (str(error).splitlines() or [type(error).__name__])[0]
            raise ValueError(f"torch.export cannot follow {type(model).__name__}: {reason}") from error


def _for_any_batch(small: nn.Module, inputs: InputSpec) -> ExportedProgram:
    """The program with the batch left open; raises where it works with one batch only."""
    # One example would not do: the exporter takes a size of 1 for a constant.
    several = inputs.with_batch(max(2, inputs.batch))
    given = several.arguments(TensorSpec.plain)
    batches = ShapesCollection()
    counted = [shape[:1] == (inputs.batch,) for shape in inputs.shapes]
    for tensor, has_batch in zip(given.tensors, counted, strict=True):
        if has_batch:
            batches[tensor] = {0: Dim.AUTO}
    open_sizes = batches.dynamic_shapes(small, given.args, dict(given.kwargs))
    program = torch.export.export(small, given.args, dict(given.kwargs), dynamic_shapes=open_sizes)
    names = set(program.graph_signature.user_inputs)
    values = (node.meta["val"] for node in program.graph.nodes if node.op == "placeholder" and node.name in names)
    shapes = [value.shape for value in values if isinstance(value, Tensor)]
    if any(has and not isinstance(shape[0], SymInt) for has, shape in zip(counted, shapes, strict=True)):
        raise ValueError("the program works with a batch of one size only")
    return program
