"""The texts of the drawings of the network."""

TITLE = "The network, drawn"
GRAPH = "What feeds what, and what is tied"
THINNING = "Thinning out as sparsity grows"
GRAPH_HELP = (
    "Data flow from left to right. A ring is a layer, the disc in it what this plan keeps. Click a layer: what is tied "
    "to it is marked by diamonds, and stays or goes with it, neuron by neuron."
)
THINNING_HELP = (
    "A bar a layer, as tall as it has neurons; what is filled stays, by the method and settings chosen above."
)


def thinning_in_words(layers: int, neurons: int, last: int, sparsity: str) -> str:
    """The animation for a reader who does not see it."""
    return f"Animation of {layers} layers: {neurons} neurons in all, of which {last} are left at sparsity {sparsity}."
