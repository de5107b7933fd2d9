"""Resource Aware Neuron Pruning at initialization."""
