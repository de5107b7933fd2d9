"""A trainer with free widths: its file builds the plan's network by nnU-Net's own steps, and refuses another's.

Where nnunetv2 is installed, the base class is its own; elsewhere one that has its method, with its signature, and
builds as nnU-Net does.
"""

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
import torch

from ranp.__main__ import main
from ranp.graph import trace
from ranp.plan import load_plan
from tests.blueprints.nnunet_files import as_nnunet_builds_it, plans, write

BASE = "nnunetv2.training.nnUNetTrainer.nnUNetTrainer"


class _Base:
    """The method of nnU-Net 2.8 that a trainer replaces."""

    @staticmethod
    def build_network_architecture(
        plans_manager: Any,
        configuration_manager: Any,
        num_input_channels: int,
        num_output_channels: int,
        enable_deep_supervision: bool = True,
    ) -> Any:
        network = as_nnunet_builds_it(
            plans_manager.plans, configuration_manager.name, num_input_channels, num_output_channels
        )
        network.decoder.deep_supervision = enable_deep_supervision
        return network


@pytest.fixture
def managers(monkeypatch: pytest.MonkeyPatch) -> Any:
    """From a plans file and a configuration to what nnU-Net hands its trainers."""
    if importlib.util.find_spec("nnunetv2") is not None:
        handling = pytest.importorskip("nnunetv2.utilities.plans_handling.plans_handler")
        return lambda document, name: (
            manager := handling.PlansManager(document),
            manager.get_configuration(name),
        )
    parts = BASE.split(".")
    for count in range(1, len(parts) + 1):
        monkeypatch.setitem(sys.modules, ".".join(parts[:count]), ModuleType(".".join(parts[:count])))
    monkeypatch.setattr(sys.modules[BASE], "nnUNetTrainer", _Base, raising=False)
    return lambda document, name: (SimpleNamespace(plans=document), SimpleNamespace(name=name))


@pytest.mark.filterwarnings("ignore:attributes that equal")
def test_the_trainer_builds_the_plan_without_this_library(
    managers: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = plans("ResidualEncoderUNet", (4, 8, 8), decoder=1)
    path, trainer = write(tmp_path, document), tmp_path / "SmallTrainer.py"
    asked = ["nnunet", str(path), "--budget", "macs=0.6", "--trainer", str(trainer), "--plan", str(tmp_path / "plan")]
    assert main([*asked, "--method", "random", "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["train"][-2:] == ["-tr", "SmallTrainer"]
    source = trainer.read_text()
    assert "ranp." not in source
    space: dict[str, Any] = {}
    exec(compile(source, trainer, "exec"), space)
    build = space["SmallTrainer"].build_network_architecture

    network = build(*managers(document, "3d_fullres"), 2, 3, True)
    patch = torch.randn(2, 2, 8, 16, 16)
    plan = load_plan(tmp_path / "plan")
    assert trace(network, (patch[:1],)).cost().as_dict() == plan.pruned.as_dict()
    assert {layer.name: layer.neurons for layer in trace(network, (patch[:1],)).layers.values()} == plan.kept_counts
    outputs = network(patch)
    assert [tuple(output.shape[1:]) for output in outputs] == [(3, 8, 16, 16), (3, 8, 8, 8)]
    sum(output.square().mean() for output in outputs).backward()
    assert all(parameter.grad is not None for parameter in network.parameters())

    inference = build(*managers(document, "3d_fullres"), 2, 3, enable_deep_supervision=False)
    inference.load_state_dict(network.state_dict())
    assert torch.equal(inference.eval()(patch), network.eval()(patch)[0])
    with pytest.raises(ValueError, match="train the configuration that it was made for"):
        build(*managers(document, "3d_fullres"), 1, 3, True)


def test_a_name_that_no_class_can_have_is_told_before_anything_is_computed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path, plans())
    assert main(["nnunet", str(path), "--trainer", str(tmp_path / "my-trainer.py")]) == 2
    assert "'my-trainer' cannot be" in capsys.readouterr().err
