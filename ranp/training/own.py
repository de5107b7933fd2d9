"""The material of a network of one's own: its batches, loss and metrics, by the names that the user gave.

The figures are ``loss``, that of the held-out batches, and one for each metric: means over these batches, each weighed
by its examples. Loss and metrics are handed what the network returns, whatever that is, and the batch's target; on
held-out batches the network is in evaluation mode, in which some return less than in training.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

import torch
from torch import Tensor, nn

from ranp.inputs import Arguments, InputSpec, arguments_and_target
from ranp.subject import Metric, OwnBatches, OwnCodeError, call_own, examples_in, load_own
from ranp.training.material import Answering, DivergedError, Pair
from ranp.training.parallel import Alone


class OwnMaterial:
    """What import paths name; ``spec`` says how the network takes its inputs. Code is imported at construction."""

    def __init__(
        self,
        data: str,
        loss: str,
        metrics: Sequence[Metric],
        model: nn.Module,
        spec: InputSpec | None,
        batch_size: int,
        test_examples: int,
    ) -> None:
        self.data = OwnBatches(data)
        self._path, self._loss = loss, load_own(loss)
        self._metrics = {metric.name: (metric.path, load_own(metric.path)) for metric in metrics}
        self._model, self._spec = model, spec
        self._sizes = batch_size, test_examples

    @cached_property
    def test(self) -> list[Pair]:
        """The held-out batches."""
        return [self._pair(batch, number) for number, batch in enumerate(self.data.test(*self._sizes), start=1)]

    def check(self, batch_size: int, processes: Alone) -> None:
        """What code of one's own yields cannot be shared."""
        if processes.world > 1:
            raise ValueError("a network of your own is trained by one process; start without accelerate launch")

    def batches(self, batch_size: int, seed: int, processes: Alone) -> Iterator[Pair]:
        """As they come, or made of a Dataset's examples."""
        for number, batch in enumerate(self.data.train(batch_size, seed), start=1):
            yield self._pair(batch, number)

    def to_score(self, batch_size: int, seed: int, count: int) -> Iterator[Pair]:
        """So many of these, for importance."""
        for number, batch in enumerate(self.data.to_score(batch_size, seed, count), start=1):
            yield self._pair(batch, number)

    def loss(self, network: Answering, pair: Pair) -> Tensor:
        """The user's function's value; ``ValueError`` where it is no single number that depends on the network."""
        _, _, value = self._value(network, pair)
        if not value.requires_grad:
            raise OwnCodeError(
                f"the loss '{self._path}' does not depend on the network's weights; compute it from the output, "
                "without detach"
            )
        _blame_batch(value, pair)
        return value

    def figures(self, network: Answering, batch_size: int, processes: Alone) -> dict[str, float]:
        """The mean loss and the mean of each metric over the held-out batches."""
        found: dict[str, list[float]] = {}
        weights = []
        for pair in self.test:
            output, target, value = self._value(network, pair)
            _blame_batch(value, pair)
            if not math.isfinite(value.item()):
                raise DivergedError(
                    f"the loss on a held-out batch is {value.item()}: it diverged; lower the learning rate"
                )
            found.setdefault("loss", []).append(value.item())
            for name, (path, function) in self._metrics.items():
                found.setdefault(name, []).append(_number(path, call_own(path, function, output, target)))
            weights.append(examples_in(pair[0].tensors))
        total = sum(weights)
        return {
            name: sum(value * weight for value, weight in zip(values, weights, strict=True)) / total
            for name, values in found.items()
        }

    def shown(self, count: int) -> Pair:
        """The first held-out batch as it is: only whoever wrote it knows how it is taken apart."""
        return self.test[0]

    def _pair(self, batch: Any, number: int) -> Pair:
        given, target = arguments_and_target(batch, number, self._model, self._spec)
        if any(0 in tensor.shape for tensor in given.tensors):
            raise OwnCodeError(f"batch {number} is empty: its input is of shape {_shapes(given)}")
        return given, target

    def _value(self, network: Answering, pair: Pair) -> tuple[Any, Any, Tensor]:
        """The output, the target on its device, and the loss."""
        output = _answered(network, pair)
        (target,) = Arguments((pair[1],)).map(lambda tensor: tensor.to(network.device)).args
        with network.speed.arithmetic(network.device):
            value = call_own(self._path, self._loss, output, target)
        if not isinstance(value, Tensor) or value.numel() != 1:
            given = f"shape {tuple(value.shape)}" if isinstance(value, Tensor) else type(value).__name__
            raise OwnCodeError(
                f"the loss '{self._path}' must return a tensor of one number, not {given}; take its mean, for instance"
            )
        return output, target, value.reshape(())


def _answered(network: Answering, pair: Pair) -> Any:
    """The network's output, whose code is the user's: what it raises is said in a sentence."""
    try:
        return network.answer(pair[0])
    except (MemoryError, torch.OutOfMemoryError):
        raise
    except (Exception, SystemExit) as error:
        if "can't allocate memory" in str(error):
            raise
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise OwnCodeError(f"the network rejects the inputs of a batch, {_shapes(pair[0])}: {reason}") from error


def _blame_batch(value: Tensor, pair: Pair) -> None:
    """Raise ``ValueError`` where the loss is no number since the batch holds none."""
    if math.isfinite(value.item()):
        return
    tensors = (*pair[0].tensors, *Arguments((pair[1],)).tensors)
    if any(tensor.is_floating_point() and not tensor.isfinite().all() for tensor in tensors):
        raise OwnCodeError(f"a batch holds nan or infinity, so the loss is {value.item()}; mend the data")


def _number(path: str, value: Any) -> float:
    """What a metric returned, as a number."""
    if isinstance(value, Mapping):
        raise OwnCodeError(f"the metric '{path}' must return one number, not {len(value)} of them; name one for each")
    try:
        found = float(value)
    except (TypeError, ValueError, RuntimeError) as error:
        given = f"shape {tuple(value.shape)}" if isinstance(value, Tensor) else type(value).__name__
        raise OwnCodeError(f"the metric '{path}' must return one number, not {given}; take its mean") from error
    if not math.isfinite(found):
        raise OwnCodeError(f"the metric '{path}' is {found} on a held-out batch; let it return a number")
    return found


def _shapes(given: Arguments) -> str:
    return " and ".join("x".join(map(str, tensor.shape)) for tensor in given.tensors) or "no tensors"
