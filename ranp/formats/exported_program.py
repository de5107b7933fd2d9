"""The small network as a program of ``torch.export``, in evaluation mode: it runs without its class.

Source: https://docs.pytorch.org/docs/stable/export.html
"""

import io

import torch
from torch import SymInt, nn
from torch.export import Dim, ExportedProgram

from ranp.graph.trace import quiet
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
    # One example would not do: the exporter takes a size of 1 for a constant.
    examples = tuple(torch.zeros((max(2, shape[0]), *shape[1:]) if shape else ()) for shape in plan.input_shapes)
    with quiet(), torch.no_grad():
        try:
            any_batch = tuple({0: Dim.AUTO} if shape else {} for shape in plan.input_shapes)
            program = torch.export.export(small, examples, dynamic_shapes=any_batch)
            if _takes_any_batch(program):
                return program
        except Exception:  # The exporter raises many kinds; whatever it was, a batch of known size is the next best.
            pass
        try:
            return torch.export.export(small, tuple(torch.zeros(shape) for shape in plan.input_shapes))
        except Exception as error:
            reason = (str(error).splitlines() or [type(error).__name__])[0]
            raise ValueError(f"torch.export cannot follow {type(model).__name__}: {reason}") from error


def _takes_any_batch(program: ExportedProgram) -> bool:
    inputs = set(program.graph_signature.user_inputs)
    shapes = [node.meta["val"].shape for node in program.graph.nodes if node.name in inputs]
    return all(isinstance(shape[0], SymInt) for shape in shapes if len(shape))
