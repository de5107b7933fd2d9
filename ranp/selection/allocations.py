"""How what goes is shared out among the layers: one entry each, whatever the neurons were scored by.

An allocation balances the layers' scores or does not, weighs them against a cost or does not
(`ranp.selection.reweighting`) or scales them in another way (`ranp.selection.scaling`), and draws one line through the
whole network or one in each layer (`ranp.selection.select`).
"""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Allocation:
    """``cost`` is what expensive layers are weighed by; ``line`` says where the threshold lies.

    Lines: ``network`` is one for all neurons, ``layers`` takes the same share of every layer, ``given`` takes of some
    layers the share that the caller says, and ``widths`` gives every layer the same share of its width, tied layers the
    same neurons. Costs and shares that are ``given`` are those of the configuration; ``seconds`` are too, or a pricer
    of time tells them (`ranp.selection.ranking.with_seconds`). ``up`` rounds what a layer keeps up, never down;
    ``scale`` names one of `ranp.selection.scaling.SCALES`.
    """

    title: str
    balance: bool = False
    cost: Literal["macs", "activations", "seconds", "blend", "given"] | None = None
    line: Literal["network", "layers", "given", "widths"] = "network"
    up: bool = False
    scale: Literal["saved", "erk", "norm"] | None = None

    @property
    def layerwise(self) -> bool:
        """Whether each layer has a threshold of its own."""
        return self.line != "network"


ALLOCATIONS: dict[str, Allocation] = {
    "plain": Allocation("one threshold for the scores as they are"),
    "balanced": Allocation("layers balanced, costs ignored", balance=True),
    "macs": Allocation("layers balanced, then weighed against their MACs", balance=True, cost="macs"),
    "memory": Allocation(
        "layers balanced, then weighed against their activations (memory)", balance=True, cost="activations"
    ),
    "time": Allocation(
        "layers balanced, then weighed against their seconds on a machine", balance=True, cost="seconds"
    ),
    "blend": Allocation(
        "between macs (alpha = 1), memory (alpha = 0) and time (time_share = 1)", balance=True, cost="blend"
    ),
    "measured": Allocation(
        "layers balanced, then weighed against costs that you give, such as seconds",
        balance=True,
        cost="given",
    ),
    "uniform": Allocation("the same sparsity in every layer", line="layers"),
    "by-hand": Allocation("the sparsity that you give for a layer, the same one in all others", line="given"),
    "uniform-up": Allocation("as uniform, what stays rounded up, as in the original code", line="layers", up=True),
    "thin": Allocation("one factor for the width of every layer, rounded up", line="widths", up=True),
    "3sp": Allocation("each score divided by the MACs that the neuron's removal saves", scale="saved"),
    "erk": Allocation("layers of few weights per neuron denser (Erdős-Rényi-Kernel)", scale="erk"),
    "normed": Allocation("scores divided by the Euclidean norm of their layer's", scale="norm"),
}
