"""What to say of a layer that the network does not have."""

from difflib import get_close_matches

from ranp.graph import ChannelGraph


def unknown_layer(name: str, graph: ChannelGraph) -> str:
    """The layer's name, and the one that may have been meant, for the middle of a sentence."""
    close = get_close_matches(name, graph.layers, n=1)
    hint = f"did you mean '{close[0]}'?" if close else f"its layers are {', '.join(graph.layers)}"
    return f"layer '{name}', which the network does not have; {hint}"
