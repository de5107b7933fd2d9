"""The channel graph: one trace of a network, then masks, couplings and costs are arithmetic."""

from ranp.graph.build import trace
from ranp.graph.channel_graph import COUPLINGS, ChannelGraph, Coupling
from ranp.graph.cost import Cost
from ranp.graph.skeleton import TraceError
from ranp.graph.units import Freeze, Layer
from ranp.graph.verify import VerificationError, verify_shrink

__all__ = [
    "COUPLINGS",
    "ChannelGraph",
    "Cost",
    "Coupling",
    "Freeze",
    "Layer",
    "TraceError",
    "VerificationError",
    "trace",
    "verify_shrink",
]
