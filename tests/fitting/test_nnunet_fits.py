"""nnU-Net at its published size within the memory of a card, without allocating it."""

import json
import time
from typing import Any

import pytest
import torch
from torch import nn

import ranp
from ranp.__main__ import main
from ranp.resources import peak_training_bytes
from ranp.subject import Network

CARD = 8 * 2**30


@pytest.mark.slow
def test_a_plan_of_the_published_network_takes_ten_seconds_and_no_weights(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("dynamic_network_architectures")
    monkeypatch.setattr(Network, "model", property(lambda network: pytest.fail("its weights were drawn")))
    began = time.process_time()
    asked = ["--method", "random", "--budget", "peak=8GiB", "--batch", "2", "--json"]
    assert main(["prune", "nnunet-plain", "--preset", "published", *asked]) == 0
    assert time.process_time() - began < 10
    found = json.loads(capsys.readouterr().out)
    full, pruned = (found[name]["peak_training_bytes"] for name in ("full", "pruned"))
    assert 0.99 * CARD < pruned <= CARD < full


def plain_conv_unet() -> nn.Module:
    """As nnU-Net plans it for BraTS: six stages of 32 to 320 channels, an output of each but the coarsest."""
    unet: Any = pytest.importorskip("dynamic_network_architectures.architectures.unet").PlainConvUNet
    network: nn.Module = unet(
        4, 6, (32, 64, 128, 256, 320, 320), nn.Conv3d, 3, (1, 2, 2, 2, 2, 2), 2, 4, 2,
        conv_bias=True, norm_op=nn.InstanceNorm3d, norm_op_kwargs={"affine": True}, nonlin=nn.LeakyReLU,
        deep_supervision=True,
    )  # fmt: skip
    return network


@pytest.mark.slow
def test_one_call_fits_a_network_that_lies_on_meta() -> None:
    with torch.device("meta"):
        network, inputs = plain_conv_unet(), torch.empty(1, 4, 128, 128, 128)
    found = ranp.fit(network, inputs, peak="8GiB", batch=2)
    assert found.peak_before == peak_training_bytes(network, torch.empty(2, 4, 128, 128, 128, device="meta"))
    assert found.peak_after == peak_training_bytes(found.network, torch.empty(2, 4, 128, 128, 128, device="meta"))
    assert 0.97 * CARD < found.peak_after <= CARD < found.peak_before
    assert all(parameter.is_meta for parameter in found.network.parameters())
    assert "need its weights" in str(found)
