"""What single weights contribute, for the browser: `explorer.compute.weights` as one block of bytes."""

from typing import Any

from explorer.compute import BINS_PER_DECADE, DECADES, LARGEST, WeightFacts
from explorer.packets.network import pack


def encode_weights(facts: WeightFacts) -> bytes:
    """The packet of a network's weights; `assets/engine/weights.js` reads it."""
    header: dict[str, Any] = {
        "top": facts.top,
        "decades": DECADES,
        "binsPerDecade": BINS_PER_DECADE,
        "largest": LARGEST,
        "signed": facts.signed,
        "kernels": [list(kernel) for kernel in facts.kernels],
        "biases": list(facts.biases),
    }
    arrays = {
        "counts": ("int32", facts.counts),
        "zeros": ("int32", facts.zeros),
        "positive": ("int32", facts.positive.ravel()),
        "negative": ("int32", facts.negative.ravel()),
        "sums": ("float64", facts.sums),
        "equal": ("uint8", facts.equal),
        "places": ("int32", facts.places.ravel()),
        "weights": ("float32", facts.weights.ravel()),
        "contributions": ("float32", facts.contributions.ravel()),
        "spreads": ("float64", facts.spreads.ravel()),
    }
    return pack(header, arrays)
