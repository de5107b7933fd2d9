"""Inputs: how a network is called.

In: what a person types, what a plan file says, or a batch of a data loader. Out: an `InputSpec`, plain values that can
be written down, and the arguments of a call made from it again.
Test: `pytest tests/inputs`
"""

from ranp.inputs.arguments import Arguments
from ranp.inputs.batches import arguments_and_target
from ranp.inputs.document import from_document, to_document
from ranp.inputs.spec import Examples, InputSpec
from ranp.inputs.tensor import TensorSpec
from ranp.inputs.text import format_inputs, parse_inputs

__all__ = [
    "Arguments",
    "Examples",
    "InputSpec",
    "TensorSpec",
    "arguments_and_target",
    "format_inputs",
    "from_document",
    "parse_inputs",
    "to_document",
]
