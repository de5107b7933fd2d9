"""What each operation does to channel labels: a literal table, operator name -> rule.

In: one operation, with the labels of what it reads (a `Call`). Out: the labels of what it gives; what must agree is
merged on the way. An operator without a rule freezes everything that reaches it, with the reason said in words. A
family of rules is a file: to teach one, write a function ``Call -> Tracked`` there and name it in its ``RULES``.
Test: `pytest tests/graph/test_graph.py tests/graph/test_edges.py tests/graph/test_fuzz.py`
"""

from typing import Any

import torch

from ranp.graph.call import Call, Rule
from ranp.graph.rules import (
    convolution,
    factories,
    indexing,
    joining,
    linear,
    normalization,
    pointwise,
    recurrent,
    reshaping,
    spatial,
    untraced,
)

RULES: dict[str, Rule] = {
    **pointwise.RULES,
    **convolution.RULES,
    **linear.RULES,
    **recurrent.RULES,
    **normalization.RULES,
    **joining.RULES,
    **reshaping.RULES,
    **indexing.RULES,
    **spatial.RULES,
    **factories.RULES,
    **untraced.RULES,
}


def default(call: Call) -> Rule:
    """The rule of an operator that `RULES` does not name: element-wise where PyTorch tags it so, else a freeze."""
    target = call.node.target
    if isinstance(target, torch._ops.OpOverload) and torch.Tag.pointwise in target.tags:
        return pointwise.pointwise
    return unknown


def unknown(call: Call) -> Any:
    """Freeze what reaches an operator that nobody taught us; its cost is reported as not counted.

    One that reads no tensor (``arange``) makes a constant, which has no channels and costs nothing.
    """
    if not call.tensors:
        return call.untracked()
    call.flow.uncounted[f"{call.operation} in '{call.owner}'" if call.owner else call.operation] = None
    return call.freeze_all("there is no rule for this operation")
