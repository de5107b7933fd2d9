"""The masked full network as ``torch.nn.utils.prune`` has it: ``weight_orig`` and ``weight_mask`` in its state dict.

A pruned parameter ``name`` is stored as ``name_orig``, its values, and ``name_mask``, 1 = keep, of the same shape and
dtype; everything else is stored as it is. To load it, let the tool make the places first::

    state = safetensors.torch.load_file("masked.safetensors")
    for name in [name for name in state if name.endswith("_mask")]:
        module, _, parameter = name.removesuffix("_mask").rpartition(".")
        prune.custom_from_mask(model.get_submodule(module), parameter, state[name])
    model.load_state_dict(state)

Source: https://docs.pytorch.org/tutorials/intermediate/pruning_tutorial.html
"""

from torch import nn

from ranp.formats.parameter_masks import parameter_masks
from ranp.plan import Plan
from ranp.storage import encode_tensors


def torch_prune(plan: Plan, model: nn.Module) -> bytes:
    """A safetensors file of the full network's state dict with masks on what the plan removes."""
    state = model.state_dict()
    for name, mask in parameter_masks(model, plan.graph_of(model), plan.kept).items():
        values = state.pop(name)
        state[f"{name}_orig"] = values
        state[f"{name}_mask"] = mask.to(values.dtype)
    return encode_tensors(state)
