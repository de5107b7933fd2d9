"""Normalisation: per-channel statistics and parameters follow their channel."""

from math import prod

from ranp.graph.call import Call, Result
from ranp.graph.labels import LabelVector, Tracked

PARAMETERS = ("weight", "bias", "running_mean", "running_var")


def per_channel(call: Call) -> Result:
    """Batch and instance norm: every channel on dim 1 is normalised by itself."""
    source = call["input"]
    _charge(call, source)
    if source.dim is None:
        return call.untracked()
    if source.dim != 1:
        return call.freeze_all("it normalises over the dim that carries the channels")
    for name in PARAMETERS:
        call.bind(call.get(name), 0, source.labels)
    call.resize(num_features=source.labels)
    return Tracked(call.out_shape, 1, source.labels)


def group_norm(call: Call) -> Result:
    """Group norm: a norm group shares its statistics, so it stays or goes as a whole."""
    source = call["input"]
    _charge(call, source)
    if source.dim is None:
        return call.untracked()
    if source.dim != 1:
        return call.freeze_all("it normalises over the dim that carries the channels")
    by_group = source.labels.reshape(int(call["num_groups"]), -1)
    call.flow.labels.tie_along(by_group, axis=1)
    for name in PARAMETERS[:2]:
        call.bind(call.get(name), 0, source.labels)
    call.expect("num_groups", by_group[:, 0])
    call.resize(num_groups=by_group[:, 0], num_channels=source.labels)
    return Tracked(call.out_shape, 1, source.labels)


def over_last_dims(call: Call) -> Result:
    """Layer and RMS norm: statistics run over the last dims; channels among them are mixed."""
    source = call["input"]
    _charge(call, source)
    if source.dim is None:
        return call.untracked()
    if source.dim >= len(source.shape) - len(call["normalized_shape"]):
        return call.freeze_all("its statistics mix all channels")
    return Tracked(call.out_shape, source.dim, source.labels)


def prelu(call: Call) -> Result:
    """PReLU: one slope, or one per channel on dim 1."""
    source, weight = call["self"], call["weight"]
    if source.dim is None:
        return call.untracked()
    if prod(weight.shape) > 1:
        if source.dim != 1:
            return call.freeze_all("its slopes lie on another dim than the channels")
        call.bind(weight, 0, source.labels)
    elif weight.parameter is not None:
        call.understood.add(weight.parameter)
    return Tracked(call.out_shape, source.dim, source.labels)


def _charge(call: Call, source: Tracked) -> None:
    """The original code counts four operations per normalised element."""
    if source.dim is None:
        call.charge("norm", 4 * prod(source.shape))
    else:
        labels: LabelVector = source.labels
        call.charge("norm", 4 * prod(source.shape) // len(labels), labels)


RULES = {
    **dict.fromkeys(("batch_norm", "instance_norm"), per_channel),
    "group_norm": group_norm,
    **dict.fromkeys(("layer_norm", "rms_norm"), over_last_dims),
    "prelu": prelu,
}
