"""The Lightning module, trained by Lightning's own Trainer without this library."""

import warnings
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load
from torch import nn
from torch.utils.data import DataLoader

from ranp.formats import FORMATS
from ranp.graph import trace
from ranp.models import build
from ranp.plan import Plan, Provenance, plan_from_masks

lightning = pytest.importorskip("pytorch_lightning")


def halved(model: nn.Module, shape: tuple[int, ...], provenance: Provenance | None = None) -> Plan:
    graph = trace(model, (torch.empty(shape),))
    masks = {name: torch.arange(layer.neurons) % 2 == 0 for name, layer in graph.layers.items() if not layer.output}
    return plan_from_masks(graph, masks, provenance=provenance)


def run(source: bytes) -> dict[str, Any]:
    assert b"ranp." not in source
    space: dict[str, Any] = {}
    exec(compile(source, "small.py", "exec"), space)
    return space


def fit(module: Any, inputs: torch.Tensor, target: torch.Tensor, folder: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Lightning's advice on loaders and loggers
        lightning.Trainer(
            max_steps=3, accelerator="cpu", logger=False, enable_checkpointing=False, enable_progress_bar=False,
            enable_model_summary=False, default_root_dir=folder,
        ).fit(module, DataLoader(list(zip(inputs, target, strict=True)), batch_size=2))  # fmt: skip


def test_a_network_of_the_library_trains_from_the_file_alone(tmp_path: Path) -> None:
    arguments = {"in_channels": 1, "classes": 3, "base_channels": 4, "levels": 2, "norm": "batch"}
    model = build("unet3d", "classroom", **arguments)
    plan = halved(model, (1, 1, 8, 8, 8), Provenance("unet3d", "classroom", arguments))
    space = run(FORMATS["lightning"].encode(plan, model))
    module = space["SmallNetwork"](weights=load(FORMATS["weights"].encode(plan, model)))
    assert sum(parameter.numel() for parameter in module.parameters()) == plan.pruned.params
    volume = torch.randn(4, 1, 8, 8, 8)
    assert torch.equal(module.network.eval()(volume), plan.apply(model).eval()(volume))
    before = [parameter.clone() for parameter in module.train().parameters()]
    fit(module, volume, torch.randint(3, (4, 8, 8, 8)), tmp_path)
    assert module.trainer.global_step == 3
    assert any(not torch.equal(one, other) for one, other in zip(before, module.parameters(), strict=True))


def test_a_network_of_ones_own_is_passed_in(tmp_path: Path) -> None:
    model = nn.Sequential(nn.Conv3d(1, 4, 3), nn.ReLU(), nn.Conv3d(4, 2, 1))
    plan = halved(model, (1, 1, 6, 6, 6))
    module = run(FORMATS["lightning"].encode(plan, model))["SmallNetwork"](
        model, nn.functional.mse_loss, optimizer=lambda parameters: torch.optim.SGD(parameters, lr=0.1)
    )
    volume = torch.randn(4, 1, 6, 6, 6)
    assert torch.equal(module(volume), plan.apply(model)(volume))
    fit(module, volume, torch.zeros(4, 2, 4, 4, 4), tmp_path)
    assert not torch.equal(module.network[0].weight, plan.apply(model)[0].weight)
