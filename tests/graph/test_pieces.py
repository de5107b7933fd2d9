"""Networks that no tracer gets through as a whole are explored as far as one does get."""

import io
import json
import threading
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from ranp import PruningConfig, importance, prune, shrink
from ranp.graph import ChannelGraph, TraceError, build, narrow, plain_copy, trace
from ranp.graph.call import Call
from ranp.graph.labels import Tracked
from ranp.graph.proof.retrace import random_units
from ranp.graph.proof.verify import masked_difference
from ranp.graph.propagate import OUTPUT, run
from ranp.graph.recording.trace import TRACERS, record
from ranp.graph.rules import RULES
from ranp.resources import peak_training_bytes

IMAGE = (torch.zeros(2, 2, 8, 8),)


class Scripted(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(6, 6, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(x) if bool(x.sum() > -1e9) else x


def through_a_file(x: Tensor) -> Tensor:
    """Out of PyTorch and back; its values hang on all channels."""
    file = io.BytesIO()
    torch.save(x - x.mean(1, keepdim=True), file)
    file.seek(0)
    return torch.load(file)


class Saved(nn.Module):
    """Untraceable code between two blocks that are not."""

    def __init__(self) -> None:
        super().__init__()
        self.before = nn.Sequential(nn.Conv2d(6, 5, 1), nn.BatchNorm2d(5), nn.ReLU(), nn.Conv2d(5, 6, 1))
        self.after = nn.Sequential(nn.Conv2d(6, 7, 3, padding=1), nn.ReLU(), nn.Conv2d(7, 6, 1))

    def forward(self, x: Tensor) -> Tensor:
        return self.after(through_a_file(self.before(x)))


class SharedStorage(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        x = x - x.mean(1, keepdim=True)
        return torch.empty_like(x).set_(x.untyped_storage(), 0, x.shape, x.stride())


class Ragged(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return torch.nested.nested_tensor(list(x.softmax(1))).to_padded_tensor(0.0)


class Around(nn.Module):
    """A hard module in the middle of an easy network."""

    def __init__(self, middle: nn.Module) -> None:
        super().__init__()
        self.first, self.second = nn.Conv2d(2, 8, 1), nn.Conv2d(8, 6, 3, padding=1)
        self.middle = middle
        self.third, self.norm, self.head = nn.Conv2d(6, 9, 1), nn.BatchNorm2d(9), nn.Conv2d(9, 2, 1)

    def forward(self, x: Tensor) -> Tensor:
        x = self.middle(F.relu(self.second(F.relu(self.first(x)))))
        return self.head(F.relu(self.norm(self.third(x))))


class Scale(nn.Module):
    """Takes a keyword and a tuple, gives a dict, and runs on two sizes."""

    def __init__(self) -> None:
        super().__init__()
        self.wide, self.narrow = nn.Conv2d(2, 6, 3, padding=1), nn.Conv2d(6, 2, 1)

    def forward(self, pair: tuple[Tensor, float], *, sharpen: bool) -> dict[str, Any]:
        x, factor = pair
        features = F.relu(self.wide(x)) * factor
        return {"out": self.narrow(features), "sharpen": sharpen}


class Hard(nn.Module):
    """Its own forward cannot be traced; its submodules are called in several ways, one of them only in training."""

    def __init__(self) -> None:
        super().__init__()
        self.scale = Scale()
        self.extra = nn.Sequential(nn.Conv2d(2, 4, 1), nn.ReLU(), nn.Conv2d(4, 2, 1))
        self.head = nn.Sequential(nn.Conv2d(2, 5, 1), nn.ReLU(), nn.Conv2d(5, 3, 1))

    def forward(self, x: Tensor) -> Tensor | tuple[Tensor, Tensor]:
        large = self.scale((x, 0.5), sharpen=True)["out"]
        large = self.scale((large, 0.5), sharpen=True)["out"]
        small = self.scale((F.avg_pool2d(x, 2), 2.0), sharpen=False)["out"]
        x = through_a_file(large + F.interpolate(small, scale_factor=2.0))
        return (self.head(x), self.extra(x)) if self.training else self.head(x)


HARD = {
    "scripted": lambda: Around(torch.jit.script(Scripted())),
    "saved": lambda: Around(Saved()),
    "shared storage": lambda: Around(SharedStorage()),
    "ragged": lambda: Around(Ragged()),
    "its own forward": Hard,
}
UNCOUNTED = {"scripted": 2 * 2 * 64 * 6 * 6 * 9}
"""FLOPs of code that was not looked into."""


def network(name: str) -> nn.Module:
    torch.manual_seed(0)
    return HARD[name]()


@cache
def explored(name: str) -> tuple[nn.Module, ChannelGraph]:
    model = network(name)
    return model, trace(model, IMAGE)


def check(model: nn.Module, graph: ChannelGraph, hidden: int = 0) -> None:
    """Shrunk at random: the numbers are those of the masked network, and the counts are what really runs."""
    for seed in range(3):
        units = random_units(graph, seed)
        kept = {name: torch.from_numpy(units[of]) for name, of in graph.layer_units.items()}
        assert masked_difference(model, graph, kept, IMAGE, seed) <= 1e-9
        small = plain_copy(model)
        narrow(small, graph, units)
        for one, cost in ((model, graph.cost()), (small, graph.cost(kept))):
            with FlopCounterMode(display=False) as counter, torch.no_grad():
                plain_copy(one).eval()(*IMAGE)
            assert cost.flops == counter.get_total_flops() - hidden
            assert cost.params == sum(parameter.numel() for parameter in one.parameters())


@pytest.mark.parametrize("name", HARD)
def test_no_tracer_gets_through_the_whole(name: str) -> None:
    for tracer in TRACERS:
        with pytest.raises(TraceError):
            record(network(name), IMAGE, tracer=tracer)


@pytest.mark.parametrize("name", HARD)
def test_hard_networks_are_explored_and_shrink_to_the_same_numbers(name: str) -> None:
    model, graph = explored(name)
    assert sum(layer.neurons - layer.frozen for layer in graph.layers.values()) > 0
    check(model, graph, UNCOUNTED.get(name, 0))


@pytest.mark.parametrize("name", [name for name in HARD if name != "its own forward"])
def test_only_what_touches_the_hard_module_is_frozen(name: str) -> None:
    _, graph = explored(name)
    frozen = {layer: graph.layers[layer].frozen for layer in ("first", "second", "third", "head")}
    assert frozen == {"first": 0, "second": 6, "third": 0, "head": 2}
    reason = str(graph.layers["second"].frozen_reason)
    assert reason.startswith("code that was not traced in 'middle': its output goes into ")
    assert "which could not be traced (" in reason
    assert graph.output_layers == ("head",)
    assert graph.uncounted == ["code that was not traced in 'middle'"]
    assert any(
        note.startswith("what 'middle' computes itself is not counted, and its own parameters stay")
        for note in graph.notes
    )


def test_blocks_inside_a_hard_module_lose_their_inner_neurons() -> None:
    _, graph = explored("saved")
    frozen = {name: layer.frozen for name, layer in graph.layers.items() if name.startswith("middle")}
    assert frozen == {"middle.before.0": 0, "middle.before.3": 6, "middle.after.0": 0, "middle.after.2": 6}
    assert "its output goes into Saved" in str(graph.layers["middle.after.2"].frozen_reason)


def test_calls_in_several_ways_and_modes_are_all_seen() -> None:
    _, graph = explored("its own forward")
    assert {name: (layer.neurons, layer.frozen) for name, layer in graph.layers.items()} == {
        "scale.wide": (6, 0),
        "scale.narrow": (2, 2),
        "head.0": (5, 0),
        "head.2": (3, 3),
        "extra.0": (4, 0),
        "extra.2": (2, 2),
    }
    assert graph.output_layers == ("head.2", "extra.2")
    per_pixel = 2 * 6 * 9 + 6 * 2
    assert graph.layer_costs("macs")["scale.wide"] + graph.layer_costs("macs")["scale.narrow"] == 2 * per_pixel * (
        64 + 64 + 16
    )
    assert graph.layer_costs("macs")["extra.0"] == 0, "prices are those of evaluation mode"


@pytest.mark.parametrize("name", HARD)
def test_score_prune_and_shrink_as_any_network(name: str) -> None:
    model, graph = explored(name)
    generator = torch.Generator().manual_seed(0)
    batch = (torch.randn(2, 2, 8, 8, generator=generator), torch.zeros(()))

    def loss(output: Any, _: Tensor) -> Tensor:
        return sum(
            (one.square().mean() for one in (output if isinstance(output, tuple) else (output,))), torch.zeros(())
        )

    scores = importance(model, [batch], loss, layers=list(graph.layers.values()))
    plan = prune(graph, scores, PruningConfig(method="random", sparsity=0.3, min_neurons=1))
    small = plan.apply(model)
    assert sum(parameter.numel() for parameter in small.parameters()) == plan.pruned.params < plan.full.params
    assert trace(small, IMAGE, check=False).cost() == plan.pruned


class Mixed(nn.Module):
    """A middle whose numbers hang on all channels, and which accepts any number of them."""

    def forward(self, x: Tensor) -> Tensor:
        return through_a_file(x)


def leaky(call: Call) -> Any:
    """A rule that lets channels pass through code that was not traced."""
    value = next((value for value in call.tensors if value.dim is not None), None)
    return call.untracked() if value is None else Tracked(call.out_shape, value.dim, value.labels)


def without_ends(flow: Any, recording: Any, rules: Any, default: Any, ending: Any = OUTPUT) -> None:
    """Labels that leave a part unfrozen."""
    whole = recording.nodes
    object.__setattr__(recording, "nodes", tuple(node for node in whole if ending is OUTPUT or node.op != "output"))
    run(flow, recording, rules, default, ending)
    object.__setattr__(recording, "nodes", whole)


@pytest.mark.parametrize("broken", ["what enters", "what leaves"])
def test_a_boundary_that_is_not_frozen_turns_the_suite_red(broken: str, monkeypatch: pytest.MonkeyPatch) -> None:
    model = Around(Mixed()) if broken == "what enters" else network("saved")
    graph = trace(model, IMAGE) if broken == "what enters" else explored("saved")[1]
    check(model, graph)
    if broken == "what enters":
        monkeypatch.setitem(RULES, "untraced", leaky)
    else:
        monkeypatch.setattr(build, "run", without_ends)
    layer = trace(model, IMAGE).layers["second" if broken == "what enters" else "middle.after.2"]
    assert not layer.prunable, "a second look finds it"
    assert "which could not be traced" not in str(layer.frozen_reason)
    with pytest.raises((AssertionError, RuntimeError)):
        check(model, trace(model, IMAGE, check=False))


class Plain:
    def __init__(self, logits: Tensor) -> None:
        self.logits = logits


@dataclass
class Fields:
    logits: Tensor


class Answering(nn.Module):
    """Returns an object of its own, and holds what nobody can copy."""

    def __init__(self, answer: type) -> None:
        super().__init__()
        self.body, self.head = nn.Conv2d(2, 6, 1), nn.Conv2d(6, 2, 1)
        self.answer, self.lock = answer, threading.Lock()

    def forward(self, x: Tensor) -> Any:
        with self.lock:
            return self.answer(self.head(F.relu(self.body(x))))


@pytest.mark.parametrize("answer", [Plain, Fields])
def test_an_object_of_its_own_is_opened_and_a_lock_is_shared(answer: type) -> None:
    model = Answering(answer)
    graph = trace(model, IMAGE)
    assert {name: layer.frozen for name, layer in graph.layers.items()} == {"body": 0, "head": 2}
    assert graph.output_layers == ("head",)
    assert graph.uncounted == []
    check(model, graph)
    small = shrink(model, graph, graph.resolve({"body": torch.arange(6) < 2}))
    assert small(*IMAGE).logits.shape == (2, 2, 8, 8)


class Sizes(nn.Module):
    """A size that depends on values."""

    def __init__(self) -> None:
        super().__init__()
        self.body, self.head = nn.Conv2d(2, 6, 1), nn.Conv2d(6, 2, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(F.relu(self.body(x))) * x[x > 0].mean()


def test_sizes_that_depend_on_values_are_judged_by_numbers() -> None:
    model = Sizes()
    graph = trace(model, IMAGE)
    assert graph.layers["body"].frozen == 0
    check(model, graph)


def test_what_torch_compile_made_is_traced_as_written() -> None:
    model = Around(torch.compile(nn.Conv2d(6, 6, 1)))  # type: ignore[arg-type]
    graph = trace(model, IMAGE)
    assert [layer.frozen for layer in graph.layers.values()] == [0, 0, 0, 0, 2]


def test_what_torch_compile_made_is_compared_as_written() -> None:
    asked: list[object] = []

    def backend(graph: object, _: object) -> object:
        asked.append(graph)
        raise AssertionError("compiled for each shape, which takes half a minute")

    plain = nn.Sequential(nn.Conv2d(2, 6, 1), nn.ReLU(), nn.Conv2d(6, 2, 1))
    model = torch.compile(plain, backend=backend)
    graph = trace(model, IMAGE)  # type: ignore[arg-type]
    assert list(graph.layers) == ["0", "2"]
    small = shrink(model, graph, graph.resolve({"0": torch.arange(6) % 2 == 0}))  # type: ignore[arg-type]
    assert small[0].out_channels == 3  # type: ignore[index]
    assert not asked


class Refusing(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(2, 2, 1)

    def forward(self, x: Tensor) -> Tensor:
        raise KeyError("no such scanner")


def test_a_network_that_does_not_run_is_refused_in_one_sentence() -> None:
    with pytest.raises(TraceError, match="Refusing rejects an input of 2x2x8x8: 'no such scanner'; give") as caught:
        trace(Refusing(), IMAGE)
    assert "\n" not in str(caught.value)
    with pytest.raises(TraceError, match=r"no submodule with parameters can: it is Scripted, .*TorchScript") as caught:
        trace(torch.jit.script(Scripted()), (torch.zeros(1, 6, 8, 8),))
    assert "\n" not in str(caught.value)


def test_no_hook_on_all_modules_is_left() -> None:
    explored("saved")
    assert not torch.nn.modules.module._has_any_global_hook()


def test_without_weights_it_says_that_it_has_to_run() -> None:
    with pytest.raises(TraceError, match="explored only with weights, since it has to run for that"):
        trace(network("saved").to("meta"), IMAGE)


def test_the_command_line_says_what_was_not_seen(monkeypatch: pytest.MonkeyPatch, capsys, tmp_path) -> None:
    from ranp.__main__ import main

    (tmp_path / "hard_network.py").write_text(
        "from tests.graph.test_pieces import network\n\n\ndef build():\n    return network('scripted')\n"
    )
    monkeypatch.chdir(tmp_path)
    where = ["--model", "hard_network:build", "--input", "2x2x8x8"]
    assert main(["profile", *where, "--json"]) == 0
    profile = json.loads(capsys.readouterr().out)
    assert profile["uncounted"] == ["code that was not traced in 'middle'"]
    assert main(["prune", *where, "--sparsity", "0.2", "--out", "plan", "--weights"]) == 0
    assert main(["verify", "plan", "--model", "hard_network:build"]) == 0


def test_training_memory_that_cannot_be_estimated_is_said() -> None:
    with pytest.raises(ValueError, match="the training step on inputs of 2x2x8x8 cannot be estimated"):
        peak_training_bytes(network("saved"), IMAGE)
