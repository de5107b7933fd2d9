"""Checkpoints: trained weights go where they belong, or what does not fit is named."""

import copy
import logging
import re
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

import ranp
from ranp.files import write_tensors
from ranp.models import Checkpoint, load_checkpoint, read_checkpoint


def _network(width: int = 4, depth: int = 1, seed: int = 0) -> nn.Sequential:
    torch.manual_seed(seed)
    more = [nn.Conv3d(width, width, 1) for _ in range(depth)]
    return nn.Sequential(nn.Conv3d(1, width, 3), nn.BatchNorm3d(width), *more, nn.Conv3d(width, 2, 1))


def _checkpoint(network: nn.Module, prefix: str = "") -> Checkpoint:
    state = {prefix + name: value.clone() for name, value in network.state_dict().items()}
    return Checkpoint("best.pt", "0" * 64, state)


def _equal(one: nn.Module, other: nn.Module) -> bool:
    return all(torch.equal(value, other.state_dict()[name]) for name, value in one.state_dict().items())


def test_the_network_gets_weights_and_statistics(tmp_path: Path) -> None:
    trained, fresh = _network(seed=1), _network()
    trained(torch.rand(2, 1, 6, 6, 6))  # so that running statistics are no longer those of the start
    torch.save(trained.state_dict(), tmp_path / "best.pt")
    found = ranp.load_checkpoint(fresh, tmp_path / "best.pt")
    assert _equal(fresh, trained)
    assert (found.file, found.title) == ("best.pt", f"best.pt (SHA-256 {found.sha256[:8]})")
    assert isinstance(fresh[0].weight, nn.Parameter)
    assert fresh[0].weight.requires_grad


@pytest.mark.parametrize("prefix", ["module.", "_orig_mod.", "model.", "net.", "module._orig_mod.", "model._orig_mod."])
def test_prefixes_of_wrappers_come_off_with_a_word(prefix: str, caplog: pytest.LogCaptureFixture) -> None:
    trained = _network(seed=1)
    checkpoint = _checkpoint(trained, prefix)
    with caplog.at_level(logging.INFO, "ranp"):
        assert _equal(checkpoint.load_into(_network()), trained)
        checkpoint.load_into(_network())
    assert caplog.messages == [f"names in best.pt begin with '{prefix}', which a wrapper put there; it is taken off"]


def test_real_wrappers() -> None:
    trained = _network(seed=1)
    inner = copy.deepcopy(trained)
    inner[0] = torch.compile(inner[0])  # type: ignore[call-overload]
    for wrapped in (nn.DataParallel(trained), torch.compile(trained), inner):
        assert _equal(_checkpoint(wrapped).load_into(_network()), trained)  # type: ignore[arg-type]
    compiled = torch.compile(_network())
    _checkpoint(trained).load_into(compiled)  # type: ignore[type-var]
    assert torch.equal(compiled._orig_mod[0].weight, trained[0].weight)  # type: ignore[attr-defined]


def test_a_network_whose_own_names_begin_so_is_left_alone(caplog: pytest.LogCaptureFixture) -> None:
    trained = nn.ModuleDict({"model": _network(seed=1)})
    with caplog.at_level(logging.INFO, "ranp"):
        assert _equal(_checkpoint(trained).load_into(nn.ModuleDict({"model": _network()})), trained)
    assert caplog.messages == []


def test_other_widths_are_named_with_both_shapes() -> None:
    fresh = _network()
    before = copy.deepcopy(fresh)
    with pytest.raises(ValueError, match="not this network's") as caught:
        _checkpoint(_network(width=6), "module.").load_into(fresh)
    told = str(caught.value)
    assert "of another shape '0.weight' (4x1x3x3x3 expected, 6x1x3x3x3 found), '0.bias' (4 expected, 6 found)" in told
    assert "and 6 more" in told
    assert "missing" not in told
    assert _equal(fresh, before)


def test_missing_and_unexpected_weights_are_named() -> None:
    with pytest.raises(ValueError, match=re.escape("missing '4.weight', '4.bias'; of another shape '3.weight'")):
        _checkpoint(_network(depth=1)).check_fits(_network(depth=2))
    with pytest.raises(ValueError, match=re.escape("unexpected '4.weight', '4.bias'; of another shape '3.weight'")):
        _checkpoint(_network(depth=2)).check_fits(_network(depth=1))
    half = {f"module.{name}" if "0" in name else name: value for name, value in _network().state_dict().items()}
    with pytest.raises(
        ValueError, match=re.escape("missing '0.weight', '0.bias'; unexpected 'module.0.weight', 'module.0.bias'")
    ):
        Checkpoint("odd.pt", "0" * 64, half).check_fits(_network())
    with pytest.raises(ValueError, match=re.escape("of another shape '0.weight'")):
        _checkpoint(_network(width=6)).check_fits(_network().to("meta"))


def test_precision_is_that_of_the_network_and_counters_may_lack() -> None:
    trained, fresh = _network(seed=1), _network()
    state = {name: value for name, value in trained.half().state_dict().items() if "num_batches" not in name}
    Checkpoint("half.pt", "0" * 64, state).load_into(fresh)
    assert fresh[0].weight.dtype == torch.float32
    assert torch.equal(fresh[0].weight, trained[0].weight.float())
    whole = {**fresh.state_dict(), "0.weight": torch.ones(4, 1, 3, 3, 3, dtype=torch.int32)}
    with pytest.raises(
        ValueError, match=re.escape("of another type '0.weight' (torch.float32 expected, torch.int32 found)")
    ):
        Checkpoint("whole.pt", "0" * 64, whole).load_into(fresh)


def test_a_training_that_diverged_is_told() -> None:
    trained = _network()
    nn.init.constant_(trained[1].weight, float("nan"))
    with pytest.raises(ValueError, match=re.escape("'1.weight' in best.pt holds nan or infinity")):
        _checkpoint(trained).load_into(_network())


def test_names_of_a_stranger_are_one_line() -> None:
    with pytest.raises(ValueError, match="unexpected") as caught:
        Checkpoint("odd.pt", "0" * 64, {"a\n\x1b[2J" + "b" * 10_000: torch.ones(1)}).load_into(_network())
    assert "\n" not in str(caught.value)
    assert "\x1b" not in str(caught.value)
    assert len(str(caught.value)) < 500


def test_the_hash_is_of_the_file(tmp_path: Path) -> None:
    state = _network().state_dict()
    write_tensors(tmp_path / "one.safetensors", state)
    write_tensors(tmp_path / "two.safetensors", {**state, "0.bias": state["0.bias"] + 1})
    one, two = read_checkpoint(tmp_path / "one.safetensors"), read_checkpoint(tmp_path / "two.safetensors")
    assert one.sha256 != two.sha256
    assert load_checkpoint(_network(), str(tmp_path / "one.safetensors")).sha256 == one.sha256


def test_what_nnunet_saves(tmp_path: Path) -> None:
    """Its trainer puts a log, with numbers of numpy, beside the weights, which shared modules have under many names."""
    unet = pytest.importorskip("dynamic_network_architectures.architectures.unet")

    def network(seed: int) -> nn.Module:
        torch.manual_seed(seed)
        made: nn.Module = unet.PlainConvUNet(
            1, 2, (4, 8), nn.Conv3d, 3, (1, 2), 1, 2, 1, norm_op=nn.InstanceNorm3d,
            norm_op_kwargs={"affine": True}, nonlin=nn.LeakyReLU, deep_supervision=True,
        )  # fmt: skip
        return made

    trained, fresh = network(1), network(0)
    checkpoint = {
        "network_weights": trained.state_dict(),
        "optimizer_state": torch.optim.SGD(trained.parameters(), 0.01, momentum=0.99).state_dict(),
        "grad_scaler_state": None,
        "logging": {"mean_fg_dice": [np.float64(0.5)], "train_losses": [np.float32(-0.3)], "lrs": [0.01]},
        "_best_ema": np.float64(0.4),
        "current_epoch": 250,
        "init_args": {"plans": {"plans_name": "nnUNetPlans"}, "fold": 0},
        "trainer_name": "nnUNetTrainer",
        "inference_allowed_mirroring_axes": (0, 1, 2),
    }
    torch.save(checkpoint, tmp_path / "checkpoint_final.pth")
    load_checkpoint(fresh, tmp_path / "checkpoint_final.pth")
    assert _equal(fresh, trained)
    assert len(trained.state_dict()) > len(list(trained.parameters()))
