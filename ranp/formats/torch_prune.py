"""The masked full network as ``torch.nn.utils.prune`` has it: ``weight_orig`` and ``weight_mask`` in its state dict.

A pruned parameter ``name`` is stored as ``name_orig``, its values, and ``name_mask``, 1 = keep, of the same shape and
dtype; everything else is stored as it is. To load it, let the tool make the places first::

    state = safetensors.torch.load_file("masked.safetensors")
    for name in [name for name in state if name.endswith("_mask")]:
        module, _, parameter = name.removesuffix("_mask").rpartition(".")
        prune.custom_from_mask(model.get_submodule(module), parameter, state[name])
    model.load_state_dict(state)

Where the network has such masks already, the file's hide what they hide, too.

Source: https://docs.pytorch.org/tutorials/intermediate/pruning_tutorial.html
"""

from torch import nn
from torch.nn.utils.prune import BasePruningMethod

from ranp.files import encode_tensors
from ranp.formats.parameter_masks import parameter_masks
from ranp.graph import Made, made_tensors
from ranp.plan import Plan


def torch_prune(plan: Plan, model: nn.Module) -> bytes:
    """A safetensors file of the full network's state dict with masks on what the plan removes.

    Raises ``ValueError`` where a hook makes a weight that is to be masked: `torch.nn.utils.weight_norm` would read its
    parameters before they are masked.
    """
    state = model.state_dict()
    makers = {name: made for made in made_tensors(model).values() for name in made.parameters}
    for name, mask in parameter_masks(model, plan.graph_of(model), plan.kept).items():
        made = makers.get(name)
        if made is not None and made.mask is not None:
            state[f"{made.full_name}_mask"] = made.mask * mask.to(made.mask)
            continue
        _check_no_hook(made)
        values = state.pop(name)
        state[f"{name}_orig"] = values
        state[f"{name}_mask"] = mask.to(values.dtype)
    return encode_tensors(state)


def _check_no_hook(made: Made | None) -> None:
    if made is not None and made.hook is not None and not isinstance(made.hook, BasePruningMethod):
        kind = type(made.hook).__name__
        raise ValueError(
            f"'{made.full_name}' is made by a hook ({kind}), which would read its parameters before they are masked; "
            "export the smaller network itself, with the format weights or pytorch"
        )
