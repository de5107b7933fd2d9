"""The shapes in which per-layer values travel between the stages.

Every mapping is keyed by a layer's qualified name and ordered as the network runs.
"""

from torch import Tensor

Scores = dict[str, Tensor]
"""Importance of each neuron: layer -> float tensor ``(neurons,)``."""

Masks = dict[str, Tensor]
"""Which neurons stay: layer -> bool tensor ``(neurons,)``, ``True`` = keep."""

Lifetimes = dict[str, Tensor]
"""At how many points of an ascending sparsity grid a neuron is still kept: layer -> int tensor ``(neurons,)``."""

Costs = dict[str, float]
"""What the full layer costs, in the unit that the producer states: layer -> number."""
