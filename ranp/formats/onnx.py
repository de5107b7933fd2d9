"""The small network in ONNX, in evaluation mode, for runtimes that know nothing of PyTorch.

Needs the packages ``onnx`` and ``onnxscript`` (the extra ``onnx`` of this project), imported when they are used.

Source: https://docs.pytorch.org/docs/stable/onnx_export.html
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec

import torch
from torch import nn

from ranp.extras import missing
from ranp.formats.exported_program import exported_program
from ranp.graph import quiet
from ranp.plan import Plan

MAX_BYTES = 2**31 - 1
"""An ONNX file is one protobuf message, which has at most 2 GiB."""


def onnx(plan: Plan, model: nn.Module) -> bytes:
    """An ``.onnx`` file with the weights in it.

    Raises ``ValueError`` where a package is missing, where the exporter cannot follow the network, and where the file
    would be larger than ONNX allows.
    """
    absent = [name for name in ("onnx", "onnxscript") if find_spec(name) is None]
    if absent:
        raise ValueError(missing("onnx", "ONNX", absent))
    program = exported_program(plan, model)
    if sum(tensor.nbytes for tensor in program.state_dict.values()) > MAX_BYTES:
        raise ValueError("the network's weights are more than the 2 GiB of an ONNX file; export it with torch-export")
    with _without_warnings():
        try:
            converted = torch.onnx.export(program, (), dynamo=True, verbose=False)
        except Exception as error:  # Operations that ONNX lacks, in the exporter's many words.
            reason = (str(error).splitlines() or [type(error).__name__])[0]
            raise ValueError(f"ONNX cannot express {type(model).__name__}: {reason}") from error
    assert converted is not None, "the exporter returns a program unless it is given a file"
    content: bytes = converted.model_proto.SerializeToString()
    return content


@contextmanager
def _without_warnings() -> Iterator[None]:
    """The exporter warns of other packages that are not installed, such as torchvision."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with quiet():
            yield
    finally:
        logger.setLevel(level)
