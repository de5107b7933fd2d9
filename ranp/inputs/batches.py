"""What a data loader yields, as a network is called with it: the arguments and the target that the loss expects.

A batch is ``(inputs, target)``. Inputs are one tensor, a tuple or list of the positional arguments, a dict of the
keyword arguments, or whatever single argument the network takes; which of these is meant shows in how the network was
traced (an `InputSpec`) or, where that is not known, in the names of its forward's parameters. A dict in place of the
pair is understood where only one reading is possible.
"""

import inspect
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from torch import Tensor, nn

from ranp.inputs.arguments import Arguments
from ranp.inputs.spec import InputSpec
from ranp.inputs.tensor import TensorSpec

_INPUTS = ("image", "images", "img", "input", "inputs", "pixel_values", "video", "volume", "x")
_TARGETS = ("label", "labels", "mask", "seg", "segmentation", "target", "targets", "y")
"""What dicts of data loaders call the one and the other."""


def arguments_and_target(batch: Any, number: int, model: nn.Module, spec: InputSpec | None) -> tuple[Arguments, Any]:
    """The arguments for ``model`` and the target; ``number`` is that of the batch in messages.

    >>> import torch
    >>> batch = {"image": torch.zeros(1, 1, 4, 4), "label": torch.ones(1), "path": ["a.nii"]}
    >>> given, target = arguments_and_target(batch, 1, nn.Conv2d(1, 2, 3), None)
    >>> given.tensors[0].shape, target
    (torch.Size([1, 1, 4, 4]), tensor([1.]))

    Raises:
        ValueError: the batch is no pair, and cannot be read as one.
    """
    if isinstance(batch, Mapping):
        inputs, target = _from_entries(batch, number, model, spec)
    elif isinstance(batch, (tuple, list)) and len(batch) == 2:
        inputs, target = batch
    else:
        given = f"{len(batch)} entries" if isinstance(batch, (tuple, list)) else f"a {type(batch).__name__}"
        raise ValueError(
            f"batch {number} is {given}, expected a pair of (inputs, target); put what the network takes into a tuple, "
            "and all that the loss needs beside its output into the target"
        )
    return arguments(inputs, model, spec), target


def arguments(inputs: Any, model: nn.Module, spec: InputSpec | None) -> Arguments:
    """``inputs`` as ``model`` takes them: as it was traced, where they fit that, else as they look."""
    if isinstance(inputs, Arguments):
        return inputs
    if spec is not None:
        for tried in _readings(inputs, spec):
            if _fits(spec.args, tried.args) and _fits(dict(spec.kwargs), tried.kwargs, exactly=True):
                return tried
    if isinstance(inputs, Mapping) and inputs.keys() <= set(_parameters(model)):
        return Arguments((), inputs)
    return Arguments(tuple(inputs) if isinstance(inputs, (tuple, list)) else (inputs,))


def _readings(inputs: Any, spec: InputSpec) -> Iterator[Arguments]:
    """The ways in which ``inputs`` may be meant, the likeliest first."""
    several = isinstance(inputs, (tuple, list))
    if several:
        yield Arguments(tuple(inputs))
    yield Arguments((inputs,))
    if isinstance(inputs, Mapping):
        plain = {name: value for name, value in spec.kwargs.items() if not _holds_tensor(value)}
        yield Arguments((), {**plain, **inputs})
    if several and len(inputs) == 2 and isinstance(inputs[0], (tuple, list)) and isinstance(inputs[1], Mapping):
        yield Arguments(tuple(inputs[0]), inputs[1])
    tensors = list(inputs) if several else [inputs]
    if len(tensors) == len(spec.tensors) and all(isinstance(tensor, Tensor) for tensor in tensors):
        left = iter(tensors)  # tensors alone: numbers and the like are those of the trace
        yield spec.arguments(lambda _: next(left))


def _fits(expected: Any, given: Any, exactly: bool = False) -> bool:
    """Whether there is a tensor where one was traced, and a container of the same entries where there was one."""
    if isinstance(expected, TensorSpec):
        return isinstance(given, Tensor)
    if isinstance(expected, Mapping):
        if not isinstance(given, Mapping) or (exactly and given.keys() != expected.keys()):
            return False
        return all(key in given and _fits(value, given[key]) for key, value in expected.items())
    if isinstance(expected, (tuple, list)):
        return (
            isinstance(given, (tuple, list))
            and len(expected) == len(given)
            and all(_fits(one, two) for one, two in zip(expected, given, strict=True))
        )
    return not isinstance(given, (Tensor, Mapping, tuple, list))


def _holds_tensor(value: Any) -> bool:
    return bool(InputSpec((value,)).tensors)


def _from_entries(batch: Mapping[Any, Any], number: int, model: nn.Module, spec: InputSpec | None) -> tuple[Any, Any]:
    """A dict's entries as inputs and target."""
    tensors = [key for key, value in batch.items() if isinstance(value, Tensor)]
    wanted = [name for name in _entries(model, spec) if name in batch]
    left = [key for key in tensors if key not in wanted]
    if wanted and len(left) == 1:
        return {name: batch[name] for name in wanted}, batch[left[0]]
    inputs, targets = (_named(tensors, names) for names in (_INPUTS, _TARGETS))
    if len(inputs) == len(targets) == 1 and len(tensors) == 2:
        return batch[inputs[0]], batch[targets[0]]
    first, second = (inputs or tensors or ["inputs"])[0], (targets or tensors[1:] or ["target"])[0]
    listed = ", ".join(map(repr, batch))
    raise ValueError(
        f"batch {number} is a dict with the entries {listed}, and which of them the network takes and which is the "
        f"target is not clear; pass pairs, for instance ((batch[{first!r}], batch[{second!r}]) for batch in batches)"
    )


def _entries(model: nn.Module, spec: InputSpec | None) -> Sequence[Any]:
    """The names of the network's inputs where it takes them by name: keywords, or the entries of its one dict."""
    if spec is None:
        return _parameters(model)
    if spec.kwargs and not any(_holds_tensor(value) for value in spec.args):
        return [name for name, value in spec.kwargs.items() if _holds_tensor(value)]
    only = spec.args[0] if len(spec.args) == 1 else None
    return [key for key, value in only.items() if _holds_tensor(value)] if isinstance(only, Mapping) else []


def _parameters(model: nn.Module) -> list[str]:
    try:
        return list(inspect.signature(model.forward).parameters)
    except (TypeError, ValueError):  # code that says nothing of its arguments, such as TorchScript's
        return []


def _named(keys: Collection[Any], names: Sequence[str]) -> list[Any]:
    return [key for key in keys if str(key).lower() in names]
