"""Recurrent layers and cells: charged, and kept whole, since their gates mix what enters with what they remember.

At each step a direction of a layer multiplies the input, ``(gates x hidden, in)``, what it remembers,
``(gates x hidden, remembered)``, and, with ``proj_size``, its output, ``(projected, hidden)``: every matrix among its
weights once. An LSTM of 12 to 16 takes ``4 x (12 x 16 + 16 x 16)`` MACs a step.
"""

from math import prod
from typing import Any

from ranp.graph.call import Call

RECURRENT = "it is a recurrent cell, whose gates mix all channels with what it remembers"


def layers(call: Call) -> Any:
    """``lstm``, ``gru``, ``rnn_tanh``, ``rnn_relu``: all layers and directions; padded ``input`` or packed ``data``."""
    steps = call.get("input") or call["data"]
    matrices = [weight for weight in call["params"] if len(weight.shape) == 2]
    return _charged(call, prod(steps.shape[:-1]), [weight.shape for weight in matrices])


def cell(call: Call) -> Any:
    """One step: ``lstm_cell``, ``gru_cell``, ``rnn_tanh_cell``, ``rnn_relu_cell``."""
    return _charged(call, prod(call["input"].shape[:-1]), [call["w_ih"].shape, call["w_hh"].shape])


def _charged(call: Call, rows: int, matrices: list[tuple[int, ...]]) -> Any:
    call.charge("macs", rows * sum(map(prod, matrices)))
    return call.freeze_all(RECURRENT)


RULES = {
    **dict.fromkeys(("lstm", "gru", "rnn_tanh", "rnn_relu"), layers),
    **dict.fromkeys(("lstm_cell", "gru_cell", "rnn_tanh_cell", "rnn_relu_cell"), cell),
}
