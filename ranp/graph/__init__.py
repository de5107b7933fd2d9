"""The channel graph: what is tied, what it costs.

In: a network and example inputs. Out: a `ChannelGraph`, traced once; from then on masks, couplings and costs are
arithmetic. `recording/` runs the network on tensors without values, `rules/` say what an operation ties, `proof/` tries
to refute it. What no rule understands is frozen, and the reason is kept.
Test: `pytest tests/graph`
"""

from ranp.graph.build import trace
from ranp.graph.channel_graph import ChannelGraph
from ranp.graph.cost import KINDS, CompiledTerms, Cost
from ranp.graph.couplings import COUPLINGS, Coupling, CouplingRule
from ranp.graph.edges import Place, Topology
from ranp.graph.labels import Cause
from ranp.graph.made import Made, made_tensors
from ranp.graph.neuron_layers import (
    NEURON_MODULES,
    NeuronLayer,
    as_computed,
    find_layers,
    layer_tensors,
    layer_weights,
    values_by_neuron,
    weights_by_neuron,
)
from ranp.graph.proof.narrow import narrow, sliced
from ranp.graph.proof.verify import Comparison, VerificationError, compare_shrunk, verify_shrink
from ranp.graph.recording import meta_kernels
from ranp.graph.recording.compiled import as_written, name_as_written, named_as_written, nothing_compiled, unwrapped
from ranp.graph.recording.skeleton import (
    TraceError,
    copy_without_storage,
    inputs_without_storage,
    plain_copy,
    tensors_in,
)
from ranp.graph.recording.trace import quiet
from ranp.graph.units import Freeze, Layer, Tie

__all__ = [
    "COUPLINGS",
    "KINDS",
    "NEURON_MODULES",
    "Cause",
    "ChannelGraph",
    "Comparison",
    "CompiledTerms",
    "Cost",
    "Coupling",
    "CouplingRule",
    "Freeze",
    "Layer",
    "Made",
    "NeuronLayer",
    "Place",
    "Tie",
    "Topology",
    "TraceError",
    "VerificationError",
    "as_computed",
    "as_written",
    "compare_shrunk",
    "copy_without_storage",
    "find_layers",
    "inputs_without_storage",
    "layer_tensors",
    "layer_weights",
    "made_tensors",
    "meta_kernels",
    "name_as_written",
    "named_as_written",
    "narrow",
    "nothing_compiled",
    "plain_copy",
    "quiet",
    "sliced",
    "tensors_in",
    "trace",
    "unwrapped",
    "values_by_neuron",
    "verify_shrink",
    "weights_by_neuron",
]
