"""What the command line and the explorer work on: a network, the library's or the user's own, and its scores."""

from ranp.subject.connections import compute_connections
from ranp.subject.network import Network, library_network, network_of_plan, own_network
from ranp.subject.scores import compute_scores

__all__ = ["Network", "compute_connections", "compute_scores", "library_network", "network_of_plan", "own_network"]
