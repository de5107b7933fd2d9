"""Every figure that Explore has in numbers, worked out anew: from the modules of the network, and by pruning again."""

from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest
from torch import Tensor, nn

from explorer import compute
from explorer.page.results import costs_table, layers_table, sentence
from explorer.state import ExplorerState, default_state
from ranp.graph import NeuronLayer
from ranp.models import build, example_inputs
from ranp.plan import Plan, prune
from ranp.selection import PruningConfig

APP = str(Path(__file__).parents[2] / "explorer" / "app.py")
CHOICES = compute.choices()
TRANSPOSED = (nn.ConvTranspose2d, nn.ConvTranspose3d)
PASS_ON = (nn.Identity, nn.Sequential)
"""What puts out nothing of its own."""
LAYERS = (nn.Conv2d, nn.Conv3d, nn.Linear, *TRANSPOSED)
NETWORKS = ["unet3d", "mobilenetv2", "psmnet"]


def state_of(architecture: str, **settings: object) -> ExplorerState:
    """A state whose scores are drawn, so that nothing is computed with data."""
    state = replace(default_state(CHOICES, architecture, "classroom"), method="random", **settings)  # type: ignore[arg-type]
    compute.tracing(state).result()
    return state


@dataclass
class Counted:
    """What a forward pass meets, counted by its modules: no graph is asked."""

    model: nn.Module
    macs: dict[str, int] = field(default_factory=dict)  # by layer
    activations: int = 0

    @property
    def layers(self) -> dict[str, nn.Module]:
        return {name: module for name, module in self.model.named_modules() if isinstance(module, LAYERS)}

    @property
    def neurons(self) -> int:
        return sum(map(neurons_of, self.layers.values()))

    @property
    def params(self) -> int:
        return sum(parameter.numel() for parameter in self.model.parameters())

    def see(self, name: str, module: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        self.activations += output.numel()
        if isinstance(module, LAYERS):
            # every element of a transposed convolution's input, and of any other's output, meets so many weights
            elements = inputs[0] if isinstance(module, TRANSPOSED) else output
            self.macs[name] = self.macs.get(name, 0) + elements.numel() * module.weight[0].numel()


def neurons_of(layer: nn.Module) -> int:
    return layer.weight.shape[1] * layer.groups if isinstance(layer, TRANSPOSED) else layer.weight.shape[0]


def counted(architecture: str, plan: Plan | None = None) -> Counted:
    """The network as it is, or as the plan leaves it, on tensors without memory."""
    model = build(architecture, device="meta")
    found = Counted((plan.apply(model) if plan else model).eval())
    for name, module in found.model.named_modules():
        if not list(module.children()) and not isinstance(
            module, nn.Identity | nn.Sequential
        ):  # these make nothing new
            module.register_forward_hook(lambda *seen, name=name: found.see(name, *seen))
    found.model(*example_inputs(architecture))
    return found


def pruned(state: ExplorerState, **settings: object) -> Plan:
    graph = compute.tracing(state).result().graph
    return prune(graph, None, PruningConfig("random", seed=state.seed, **settings))  # type: ignore[arg-type]


@pytest.mark.parametrize("architecture", NETWORKS)
def test_a_row_tells_of_its_layer(architecture: str) -> None:
    state = state_of(architecture, sparsity=0.3)
    layers: dict[str, NeuronLayer] = compute.tracing(state).result().graph.layers
    state = replace(state, protect=tuple([name for name, layer in layers.items() if layer.prunable][2:3]))
    plan, network = pruned(state, sparsity=0.3, protect=state.protect), counted(architecture)
    table = layers_table(compute.results(state).plan).to_dict("records")
    assert [row["Layer"] for row in table] == list(layers)
    for row in table:
        name, layer = row["Layer"], layers[row["Layer"]]
        module = network.layers[name]
        assert row["Kind"].lower() in type(module).__name__.lower()
        assert row["Neurons"] == neurons_of(module)
        assert row["Kept"] == int(plan.kept[name].sum())
        assert row["Share of the full MACs"] == f"{100 * network.macs[name] / sum(network.macs.values()):.1f} %"
        assert row["Tied to"] == (", ".join(layer.coupled) or "–")
        if layer.frozen_reason:
            many = "all" if layer.frozen == layer.neurons else f"{layer.frozen} of"
            assert row["Held"].startswith(f"{many} {layer.neurons} neurons stay, because of {layer.frozen_reason}")
        else:
            assert row["Held"] == ("protected: kept whole" if name in state.protect else "–")


@pytest.mark.parametrize("architecture", NETWORKS)
def test_costs_are_those_of_the_networks(architecture: str) -> None:
    state = state_of(architecture, sparsity=0.2, min_neurons=1)
    facts = compute.results(state).plan
    table = {row["Cost of one input"]: row for row in costs_table(facts.full, facts.pruned).to_dict("records")}
    full, left = map(figures, (counted(architecture), counted(architecture, compute.plan(state))))
    assert list(table) == list(full)
    for name, row in table.items():
        assert read(row["Full"]) == pytest.approx(full[name], rel=0.005)
        assert read(row["Pruned"]) == pytest.approx(left[name], rel=0.005)
        assert row["Left"] == f"{100 * left[name] / full[name]:.1f} %"


def figures(network: Counted) -> dict[str, int]:
    """What one input costs, as pages call it; memory in bytes of float32."""
    macs = sum(network.macs.values())
    return {
        "Neurons": network.neurons,
        "MACs": macs,
        "FLOPs (2 × MACs)": 2 * macs,
        "Parameters": network.params,
        "Activation memory": 4 * network.activations,
    }


def read(said: str) -> float:
    """A number as a person reads it: 1.23 MB is 1,230,000."""
    number, _, unit = said.partition(" ")
    return (
        float(number)
        * {"": 1, "k": 1e3, "M": 1e6, "G": 1e9, "Ki": 2**10, "Mi": 2**20, "Gi": 2**30}[unit.removesuffix("B")]
    )


def said(state: ExplorerState) -> str:
    outcome = compute.results(state)
    return sentence(outcome.plan, outcome.curve, "Random")


def test_the_sentence_tells_what_goes_and_what_is_left() -> None:
    state = state_of("mobilenetv2", sparsity=0.37)
    plan = pruned(state, sparsity=0.37)
    neurons, kept = (
        sum(counts) for counts in ([mask.numel() for mask in plan.kept.values()], plan.kept_counts.values())
    )
    left = {name: 100 * getattr(plan.pruned, name) / getattr(plan.full, name) for name in ("macs", "activations")}
    assert kept != round(neurons * (1 - 0.37))  # what is tied stays, so asked and achieved differ
    assert said(state) == (
        f"Random removes **{neurons - kept:,} of {neurons:,} neurons**: **{left['macs']:.1f} %** of the MACs and "
        f"**{left['activations']:.1f} %** of the activation memory are left."
    )


@pytest.mark.parametrize("architecture", NETWORKS)
def test_the_largest_sparsity_that_works_works_and_the_next_does_not(architecture: str) -> None:
    state = state_of(architecture, sparsity=0.99)
    words = said(state)
    assert words.startswith("At a sparsity of 99.00 %, layer **")
    layer = words.split("**")[1]
    largest = float(words.split("The largest that works is ")[1].removesuffix(" %."))
    assert pruned(state, sparsity=largest / 100).feasible
    beyond = pruned(state, sparsity=(largest + 0.01) / 100)
    assert not beyond.feasible
    assert beyond.kept_counts[layer] == 0


@pytest.mark.parametrize(
    ("target", "named"), [("macs", "MACs"), ("memory", "activation memory"), ("params", "parameters")]
)
def test_the_least_that_a_target_can_be_is_met_and_less_is_not(target: str, named: str) -> None:
    state = state_of("unet3d", target=target, budget=0.01)
    words = said(state)
    assert words.startswith(f"No plan leaves at most 1 % of the {named} without emptying layer **")
    least, _, sparsity = words.split("The least is ")[1].removesuffix(" %.").partition(" %, at a sparsity of ")
    plan = pruned(state, budget=(target, float(least) / 100))
    assert plan.feasible
    with pytest.raises(ValueError, match="cannot be met"):
        pruned(state, budget=(target, (float(least) - 0.01) / 100))
    at_said = pruned(state, sparsity=float(sparsity) / 100)
    assert at_said.feasible
    assert at_said.pruned == plan.pruned
    beyond = pruned(state, sparsity=(float(sparsity) + 0.01) / 100)
    assert beyond.kept_counts[words.split("**")[1]] == 0


def test_the_full_network_is_told_before_anything_is_computed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("explorer.compute.heavy.LONG_MACS", 1)
    app = AppTest.from_file(APP, default_timeout=120)
    app.query_params["seed"] = "81"
    app.run()
    network = counted("unet3d")
    shown = {metric.label: (read(metric.value), metric.proto.delta_description) for metric in app.metric}
    peak = compute.tracing(state_of("unet3d")).result().peak_training_bytes
    for name, value in {**figures(network), "Training memory": peak}.items():
        assert shown[name][0] == pytest.approx(value, rel=0.005)
    assert shown["Neurons"][1] == f"in {len(network.layers)} layers"
    size, _, words = shown["Parameters"][1].partition(" as ")
    assert (read(size), words) == (pytest.approx(4 * network.params, rel=0.005), "float32")
