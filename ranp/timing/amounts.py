"""How much an operation has to do at given widths: its multiply-adds, worked out from shapes alone."""

from collections.abc import Sequence

import torch
from torch.utils.flop_counter import FlopCounterMode

from ranp.timing.measure import call_example
from ranp.timing.work import Example

_META = torch.device("meta")


def amount(example: Example, widths: Sequence[int]) -> int:
    """Multiply-adds by PyTorch's own formulas; of an operation for which it has none, the elements."""
    with FlopCounterMode(display=False) as counter:
        call_example(example, widths, _META)
    return counter.get_total_flops() // 2 or example.elements(widths)
