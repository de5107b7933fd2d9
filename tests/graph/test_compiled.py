"""Networks that `torch.compile` wrapped are worked on as they are written, and nothing is compiled for it."""

import json
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from ranp.fingerprint import weights_sha256
from ranp.formats import export_plan, read_masks
from ranp.graph import ChannelGraph, as_written, find_layers, trace, verify_shrink
from ranp.importance import connections, importance
from ranp.plan import Plan, load_plan, prune, shrink, transfer
from ranp.resources import independent_counts, peak_training_bytes
from ranp.selection import PruningConfig, plan_curve

IMAGE = torch.zeros(2, 2, 4, 4)


def plain_network() -> nn.Sequential:
    torch.manual_seed(0)
    normed = nn.utils.parametrizations.weight_norm(nn.Conv2d(6, 4, 1))
    return nn.Sequential(nn.Conv2d(2, 6, 1), nn.BatchNorm2d(6), nn.Sequential(nn.ReLU(), normed), nn.Conv2d(4, 2, 1))


def refuse(*_: object) -> Any:
    raise AssertionError("compiled, which takes half a minute")


def outside(network: nn.Sequential) -> Any:
    return torch.compile(network, backend=refuse)


def within(network: nn.Sequential) -> Any:
    network[2] = torch.compile(network[2], backend=refuse)  # type: ignore[assignment]
    return network


def both(network: nn.Sequential) -> Any:
    return outside(within(network))


def in_place(network: nn.Sequential) -> Any:
    network.compile(backend=refuse)
    return network


@pytest.fixture(autouse=True)
def no_warning() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


@pytest.fixture(params=[outside, within, both, in_place])
def compiled(request: pytest.FixtureRequest) -> Any:
    return request.param(plain_network())


def loss(output: Tensor, target: Tensor) -> Tensor:
    return (output - target).square().sum()


BATCHES = [(torch.rand(2, 2, 4, 4, generator=torch.Generator().manual_seed(1)), torch.zeros(1))]


def halved(model: nn.Module) -> tuple[ChannelGraph, Plan]:
    graph = trace(model, IMAGE)
    config = PruningConfig("magnitude", sparsity=0.4, min_neurons=1)
    return graph, prune(graph, None, config, model)


def test_the_names_are_those_of_the_plain_network(compiled: Any) -> None:
    plain = plain_network()
    graph = trace(compiled, IMAGE)
    assert list(graph.layers) == list(trace(plain, IMAGE).layers) == ["0", "2.1", "3"]
    assert [layer.name for layer in find_layers(compiled)] == ["0", "2.1", "3"]
    assert list(as_written(compiled).state_dict()) == list(plain.state_dict())


def test_the_compiled_network_stays_as_it_is_and_its_weights_are_shared(compiled: Any) -> None:
    names = list(compiled.state_dict())
    found = as_written(compiled)
    assert list(compiled.state_dict()) == names
    for one, two in zip(
        compiled.state_dict(keep_vars=True).values(), found.state_dict(keep_vars=True).values(), strict=True
    ):
        assert one is two


def test_a_network_in_which_nothing_is_compiled_is_itself() -> None:
    plain = plain_network()
    assert as_written(plain) is plain


def test_a_plan_of_either_applies_to_both(compiled: Any) -> None:
    plain = plain_network()
    for made_of in (plain, compiled):
        plan = halved(made_of)[1]
        shrunk = [plan.apply(model) for model in (plain, compiled)]
        assert [type(model) for model in shrunk] == [nn.Sequential] * 2
        assert str(shrunk[0]) == str(shrunk[1])
        assert weights_sha256(shrunk[0]) == weights_sha256(shrunk[1])


def test_scores_and_connections_are_those_of_the_plain_network(compiled: Any) -> None:
    plain = plain_network()
    before = {name: value.clone() for name, value in compiled.state_dict().items()}
    for criterion in ("mpmg", "synflow-once"):
        expected = importance(plain, BATCHES, loss, criterion)
        found = importance(compiled, BATCHES, loss, criterion)
        assert list(found) == list(expected)
        assert all(torch.equal(found[name], expected[name]) for name in expected)
    one, two = (connections(model, BATCHES, loss) for model in (plain, compiled))
    assert all(torch.equal(one.contributions[name], two.contributions[name]) for name in one.contributions)
    graph = trace(compiled, IMAGE)
    assert list(importance(compiled, BATCHES, loss, layers=list(graph.layers.values()))) == list(graph.layers)
    assert all(torch.equal(value, before[name]) for name, value in compiled.state_dict().items())


def test_pruning_pricing_and_verifying_take_a_compiled_network(compiled: Any, tmp_path: Path) -> None:
    plain = plain_network()
    graph, plan = halved(compiled)
    expected = halved(plain)[1]
    assert plan.kept_counts == expected.kept_counts
    assert plan.provenance.weights_sha256 == expected.provenance.weights_sha256
    assert verify_shrink(compiled, graph, plan.kept) < 1e-9
    assert peak_training_bytes(compiled, IMAGE) == peak_training_bytes(plain, IMAGE)
    assert independent_counts(compiled, IMAGE) == independent_counts(plain, IMAGE)
    curve = plan_curve(graph, None, plan.config, [0.1, 0.4], compiled)
    assert curve.kept[1].tolist() == list(plan.kept_counts.values())
    assert transfer(plan, compiled, IMAGE)[0].kept_counts == plan.kept_counts
    small = shrink(compiled, graph, plan.kept)
    plan.save(tmp_path / "plan", torch.compile(small, backend=refuse))  # type: ignore[arg-type]
    assert set(load_plan(tmp_path / "plan").weights or {}) == set(small.state_dict())


def test_files_of_masks_may_have_the_names_of_either(compiled: Any, tmp_path: Path) -> None:
    graph, plan = halved(compiled)
    export_plan(plan, "torch-prune", tmp_path / "masks.safetensors", compiled)
    masks = load_file(tmp_path / "masks.safetensors")
    torch.save({f"_orig_mod.{name}": value for name, value in masks.items()}, tmp_path / "prefixed.pt")
    for name in ("masks.safetensors", "prefixed.pt"):
        kept = read_masks(tmp_path / name, compiled, graph)
        assert torch.equal(kept["0"], plan.kept["0"])


def test_a_plan_with_the_names_of_a_compiled_network_applies_to_both(tmp_path: Path) -> None:
    """Saved before compiled networks were unwrapped."""
    plain = plain_network()
    plan = halved(plain)[1]
    plan.save(tmp_path, plan.apply(plain))
    document = json.loads((tmp_path / "plan.json").read_text())
    for layer in document["layers"]:
        layer["name"] = f"_orig_mod.{layer['name']}"
    document |= {"protect": ["_orig_mod.3"], "caps": {"_orig_mod.0": 0.9}, "weights_sha256": "of other names"}
    (tmp_path / "plan.json").write_text(json.dumps(document))
    for name in ("masks.safetensors", "model.safetensors"):
        _prefix(tmp_path / name)
    old = load_plan(tmp_path)
    assert old.kept_counts == plan.kept_counts
    assert set(old.weights or {}) == set(plain.state_dict())
    assert (old.config.protect, old.config.caps) == (("3",), (("0", 0.9),))
    assert old.provenance.weights_sha256 is None
    for model in (plain, both(plain_network())):
        old.apply(model).load_state_dict(dict(old.weights or {}))


def test_a_plan_that_names_a_layer_in_both_ways_is_refused(tmp_path: Path) -> None:
    plan = halved(plain_network())[1]
    plan.save(tmp_path)
    text = (tmp_path / "plan.json").read_text().replace('"name": "0"', '"name": "_orig_mod.3"')
    (tmp_path / "plan.json").write_text(text)
    _prefix(tmp_path / "masks.safetensors", {"0": "_orig_mod.3"})
    with pytest.raises(ValueError, match="lists a layer twice, once as compiled"):
        load_plan(tmp_path)


def _prefix(path: Path, names: dict[str, str] | None = None) -> None:
    tensors = load_file(path)
    changed = {name: f"_orig_mod.{name}" for name in tensors} if names is None else names
    save_file({changed.get(name, name): value for name, value in tensors.items()}, path)
