"""Peak training memory against the bytes that a real step allocates, and against sums by hand."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.profiler import ProfilerActivity, profile

import ranp
from ranp.graph import copy_without_storage
from ranp.models import ARCHITECTURES, GALLERY, PAPER_NETWORKS, example_inputs
from ranp.resources import OPTIMIZERS, peak_training_bytes
from ranp.resources.memory import squared_error
from ranp.subject.own_data import noise_loss

CLASSES: dict[str, Callable[..., torch.optim.Optimizer]] = {
    "adamw": torch.optim.AdamW,
    "adam": torch.optim.Adam,
    "sgd": torch.optim.SGD,
    "momentum": partial(torch.optim.SGD, momentum=0.9),
}
"""What stands behind each name."""


def perceptron() -> nn.Sequential:
    return nn.Sequential(nn.Linear(256, 512), nn.ReLU(), nn.Linear(512, 256), nn.ReLU(), nn.Linear(256, 10))


def segmenter() -> nn.Sequential:
    return nn.Sequential(
        nn.Conv3d(1, 8, 3, padding=1),
        nn.BatchNorm3d(8),
        nn.ReLU(),
        nn.Conv3d(8, 16, 3, padding=1),
        nn.ReLU(),
        nn.Conv3d(16, 5, 1),
    )


def measured_peak(model: nn.Module, inputs: Tensor, optimizer: str) -> int:
    """Largest running sum of the allocator's events in a real second step, plus what was alive before it."""
    steps = CLASSES[optimizer](model.parameters())
    squared_error(model(inputs)).backward()
    steps.step()
    steps.zero_grad()
    alive = [inputs, *model.parameters(), *model.buffers()]
    alive += [tensor for state in steps.state.values() for tensor in state.values()]
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as profiler:
        output = model(inputs)
        squared_error(output).backward()
        steps.step()
    events = [event for event in profiler.profiler.kineto_results.events() if event.name() == "[memory]"]
    current = peak = 0
    for event in sorted(events, key=lambda event: event.start_ns()):
        current += event.nbytes()
        peak = max(peak, current)
    return sum(tensor.nbytes for tensor in alive) + peak


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_an_update_is_the_one_of_the_class(name: str) -> None:
    """Three steps on the same gradients lead to the same parameters."""
    start, gradients = torch.randn(7), [torch.randn(7) for _ in range(3)]
    theirs, ours = nn.Parameter(start.clone()), start.clone()
    steps, state = CLASSES[name]([theirs]), OPTIMIZERS[name].state(ours)
    for gradient in gradients:
        theirs.grad = gradient.clone()
        steps.step()
        OPTIMIZERS[name].update([ours], [gradient.clone()], [state])
    torch.testing.assert_close(ours, theirs.detach())
    assert steps.state[theirs].keys() == state.keys()


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("batch", [2, 512])
def test_estimate_is_what_a_real_step_allocates(optimizer: str, batch: int) -> None:
    # A perceptron's kernels need no workspace, so the allocator's own record is the answer, to 1%.
    inputs = torch.randn(batch, 256)
    estimate = peak_training_bytes(perceptron(), (inputs,), optimizer)
    assert estimate == pytest.approx(measured_peak(perceptron(), inputs, optimizer), rel=0.01)


def test_estimate_is_the_sum_of_parts_for_convolutions() -> None:
    model, batch, voxels, float32 = segmenter(), 2, 24**3, 4
    parameters = sum(parameter.numel() for parameter in model.parameters())
    # Most is alive while the second ReLU goes backward: parameters and AdamW's two moments; what the backward pass
    # still needs (the input, the first convolution's output for its norm, both ReLUs' outputs); the network's output;
    # the gradients of that ReLU's output and input.
    saved_channels, output_channels, gradient_channels = 1 + 8 + 8 + 16, 5, 16 + 16
    channels = saved_channels + output_channels + gradient_channels
    by_hand = float32 * (3 * parameters + batch * voxels * channels)
    estimate = peak_training_bytes(model, (torch.empty(batch, 1, 24, 24, 24),), "adamw")
    assert estimate == pytest.approx(by_hand, rel=0.01)


def test_batch_counts() -> None:
    one, four = (peak_training_bytes(segmenter(), (torch.empty(n, 1, 16, 16, 16),)) for n in (1, 4))
    assert 3.8 < four / one <= 4


def test_meta_model_gives_the_same_bytes() -> None:
    with torch.device("meta"):
        meta = segmenter()
    shape = (2, 1, 16, 16, 16)
    estimate = peak_training_bytes(meta, (torch.empty(shape, device="meta"),))
    assert estimate == peak_training_bytes(segmenter(), (torch.empty(shape),))
    assert all(parameter.is_meta for parameter in meta.parameters())


def test_model_is_left_alone() -> None:
    model = segmenter().eval()
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    peak_training_bytes(model, (torch.randn(2, 1, 8, 8, 8),))
    assert not model.training
    assert all(parameter.grad is None for parameter in model.parameters())
    assert all(torch.equal(before[name], tensor) for name, tensor in model.state_dict().items())


class Siamese(nn.Module):
    """One module used twice, a constant, several inputs, a dictionary for an output, a frozen parameter."""

    def __init__(self) -> None:
        super().__init__()
        self.branch = nn.Linear(8, 8)
        self.frozen = nn.Parameter(torch.ones(8), requires_grad=False)
        self.scale = torch.ones(8)

    def forward(self, left: Tensor, right: Tensor) -> dict[str, Tensor]:
        both = self.branch(left) * self.scale, self.branch(right) * self.frozen
        return {"sum": both[0] + both[1], "label": left.argmax(1)}


def test_shared_modules_several_inputs_and_constants() -> None:
    inputs = (torch.empty(3, 8), torch.empty(3, 8))
    assert peak_training_bytes(Siamese(), inputs) > 4 * (3 * 72 + 2 * 24)
    with torch.device("meta"):
        meta = Siamese()
    assert peak_training_bytes(meta, inputs) == peak_training_bytes(Siamese(), inputs)


def test_own_loss_counts() -> None:
    model, inputs = nn.Linear(4, 1000), (torch.empty(64, 4),)

    def entropy(output: Tensor) -> Tensor:
        return nn.functional.cross_entropy(output, torch.zeros(64, dtype=torch.long))

    assert peak_training_bytes(model, inputs, loss=entropy) > peak_training_bytes(model, inputs)


def test_unknown_optimizer() -> None:
    with pytest.raises(ValueError, match="unknown optimizer 'lion'; choose one of adamw"):
        peak_training_bytes(nn.Linear(1, 1), (torch.empty(1, 1),), "lion")


def test_inputs_that_do_not_fit() -> None:
    with pytest.raises(ValueError, match=r"inputs of 1x5 cannot be estimated: .+") as caught:
        peak_training_bytes(nn.Linear(3, 1), (torch.empty(1, 5),))
    assert "\n" not in str(caught.value)


def test_batch_norm_over_a_single_value() -> None:
    model = nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4))
    with pytest.raises(ValueError, match="more than 1 value per channel"):
        peak_training_bytes(model, (torch.empty(1, 1, 3, 3),))


def pytorchs_own_peak(model: nn.Module, shape: tuple[int, ...], optimizer: str) -> int:
    """The second step on fake tensors under PyTorch's tracker, which follows every parameter through the update."""
    from torch.distributed._tools.mem_tracker import MemTracker

    mode = FakeTensorMode()
    twin = copy_without_storage(model, mode)
    with mode:
        inputs = torch.empty(shape)
        steps = CLASSES[optimizer](list(twin.parameters()))
        steps.param_groups[0]["foreach"] = False
        squared_error(twin(inputs)).backward()
        steps.step()
        steps.zero_grad()
        tracker = MemTracker()
        tracker.track_external(twin, steps, inputs)
        with tracker:
            output = twin(inputs)
            squared_error(output).backward()
            steps.step()
    return sum(device["Total"] for device in tracker.get_tracker_snapshot("peak").values())


NETWORKS = {  # the peak lies in the update for the first, in the backward pass for the others
    "parameters": lambda: (nn.Sequential(nn.Linear(64, 500), nn.Linear(500, 64), nn.Linear(64, 500)), (2, 64)),
    "activations": lambda: (segmenter(), (2, 1, 12, 12, 12)),
    "classroom": lambda: (ranp.build("mobilenetv2", "classroom"), (2, 3, 8, 32, 32)),
}


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("network", NETWORKS)
def test_the_peak_is_the_one_that_pytorchs_own_tracker_finds(network: str, optimizer: str) -> None:
    model, shape = NETWORKS[network]()
    assert peak_training_bytes(model, (torch.empty(shape),), optimizer) == pytorchs_own_peak(model, shape, optimizer)


@pytest.mark.parametrize("preset", ["classroom", pytest.param("paper", marks=pytest.mark.slow)])
@pytest.mark.parametrize(
    "architecture", [*PAPER_NETWORKS, *(pytest.param(name, marks=pytest.mark.slow) for name in GALLERY)]
)
def test_kernels_of_no_device_need_the_same_memory_for_the_librarys_networks(architecture: str, preset: str) -> None:
    presets = ARCHITECTURES[architecture].presets
    name = preset if preset in presets else next(name for name in presets if not name.startswith("classroom"))
    model, inputs = ranp.build(architecture, name, device="meta"), example_inputs(architecture, name)
    assert peak_training_bytes(model, inputs, any_device=True) == peak_training_bytes(model, inputs)


class HalfUsed(nn.Module):
    """Two layers alike, of which the first is never used and so has no gradient."""

    def __init__(self) -> None:
        super().__init__()
        self.unused = nn.Linear(300, 300)
        self.used = nn.Linear(300, 300)

    def forward(self, inputs: Tensor) -> Tensor:
        return self.used(inputs)


def test_a_parameter_without_a_gradient_does_not_stand_for_its_kind() -> None:
    twice = nn.Sequential(nn.Linear(300, 300), nn.Linear(300, 300))
    inputs, gradient = (torch.empty(1, 300),), 4 * 300 * 301
    one, two = (peak_training_bytes(model, inputs) for model in (HalfUsed(), twice))
    assert two - one == pytest.approx(gradient, rel=0.05)


@dataclass
class Output:
    """As many libraries' networks return theirs."""

    logits: Tensor
    others: list[Tensor]


class Returning(nn.Module):
    """Two heads, returned in a list or in a dataclass."""

    def __init__(self, as_dataclass: bool) -> None:
        super().__init__()
        self.as_dataclass = as_dataclass
        self.entry, self.head, self.other = nn.Conv3d(1, 8, 3), nn.Conv3d(8, 3, 1), nn.Conv3d(8, 2, 1)

    def forward(self, volume: Tensor) -> Any:
        features = self.entry(volume)
        heads = self.head(features), self.other(features)
        return Output(heads[0], [heads[1]]) if self.as_dataclass else list(heads)


def test_a_dataclass_needs_what_a_list_needs() -> None:
    volume = torch.empty(2, 1, 8, 8, 8)
    as_list, as_dataclass = (peak_training_bytes(Returning(kind), volume) for kind in (False, True))
    assert as_dataclass == as_list
    given = Returning(True)(torch.ones(1, 1, 8, 8, 8))
    assert torch.equal(noise_loss(given, torch.tensor(3)), noise_loss([given.logits, *given.others], torch.tensor(3)))
    assert torch.equal(squared_error(given), squared_error([given.logits, *given.others]))
