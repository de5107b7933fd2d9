"""Weights that are computed from parameters: masked, normalised over what a neuron reads, standardised, moved.

Labels flow backward here: a layer binds labels to the dims of its weight, and each dim hands them to the parameters'
dims that it follows (`ranp.graph.computed`). So a rule says where each dim of the result comes from, and keeps what it
mixes. An operation without a rule keeps all parameters that reach it, and the layer is still known by them.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, fx

from ranp.graph.call import Call, Rule
from ranp.graph.computed import Computed, Origins
from ranp.graph.labels import Tracked
from ranp.graph.rules.weights_dims import batch_norm, expand_as, permute, reduction, view, weight_norm
from ranp.graph.rules.weights_pointwise import (
    MIXED,
    keeps_zero,
    other_pointwise,
    poles,
    power,
    product,
    quotient,
    total,
)


def computes_weights(call: Call) -> bool:
    """Whether all tensors that the operation reads are parameters, computed from such, or constants."""
    known = [(node, call.flow.values.get((call.key[0], node.name))) for node in call.node.all_input_nodes]
    made = [value for node, value in known if not _is_constant(node)]
    return bool(made) and all(isinstance(one, Tracked) and one.dim is None and one.parameter for one in made)


def derived(call: Call, rule: Rule) -> Any:
    """What is known of the operation's results; ``rule`` is the one for activations, which charges for it."""
    origins = None if call.blamed else _origins(call)
    parameters = _parameters(call)
    if origins is None:
        for name in parameters:
            call.flow.freeze_parameter(name, call.reason(MIXED))
        rule(call)
    value = call.node.meta.get("val")
    results = [_result(call, shape, parameters, origins or {}) for shape in call.out_shapes]
    if isinstance(value, Tensor):
        return results[0]
    return results if results else None


def _is_constant(node: fx.Node) -> bool:
    return node.op == "call_function" and not node.all_input_nodes


def _parameters(call: Call) -> tuple[str, ...]:
    names: dict[str, None] = {}
    for value in call.tensors:
        if value.parameter is not None:
            computed = call.flow.computed.get(value.parameter)
            names |= dict.fromkeys(computed.parameters if computed else (value.parameter,))
    return tuple(names)


def _result(call: Call, shape: tuple[int, ...], parameters: tuple[str, ...], origins: Origins) -> Tracked:
    name = f"{call.node.name} of {'training' if call.key[0] else 'evaluation'} ({len(call.flow.computed)})"
    fits = {dim: origin for dim, origin in origins.items() if dim < len(shape) and shape[dim] > 1}
    call.flow.computed[name] = Computed(shape, parameters, call.reason(MIXED), fits)
    return Tracked(shape, parameter=name)


def _origins(call: Call) -> Origins | None:
    """Where the result's dims come from; ``None`` where no rule says so."""
    name = call.operation.rstrip("_")
    rule = RULES.get(name)
    target = call.node.target
    if rule is None and isinstance(target, torch._ops.OpOverload) and torch.Tag.pointwise in target.tags:
        rule = poles if name in _POLES else other_pointwise
    if rule is None or target in _INTO_ANOTHER:
        return None
    return rule(call)


_INTO_ANOTHER = {torch.ops.aten.div.out}
_POLES = {"rsqrt", "reciprocal", "log", "log2", "log10", "logit", "digamma", "lgamma"}

RULES: dict[str, Callable[[Call], Origins]] = {
    **dict.fromkeys(("mul", "multiply"), product),
    **dict.fromkeys(("div", "divide", "true_divide"), quotient),
    **dict.fromkeys(("add", "sub", "subtract", "rsub"), total),
    **dict.fromkeys(("neg", "abs", "relu", "tanh", "sqrt", "square", "sign", "sin", "erf", "round"), keeps_zero),
    **dict.fromkeys(("clone", "detach", "alias", "to", "_to_copy", "contiguous", "lift_fresh_copy"), keeps_zero),
    **dict.fromkeys(("sum", "mean", "var", "std", "var_mean", "std_mean", "norm", "linalg_vector_norm"), reduction),
    **dict.fromkeys(("view", "reshape", "flatten", "unflatten", "squeeze", "unsqueeze", "_unsafe_view"), view),
    **dict.fromkeys(("view_as", "reshape_as"), view),
    **dict.fromkeys(("permute", "transpose", "t", "movedim", "moveaxis", "swapaxes", "swapdims"), permute),
    "pow": power,
    "expand_as": expand_as,
    "_weight_norm": weight_norm,
    "batch_norm": batch_norm,
}
