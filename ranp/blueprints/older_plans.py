"""Configurations of plans that nnU-Net before 2.4 wrote: the network in a few keys, as it is told today.

Source: nnunetv2 2.8 (``utilities/plans_handling/plans_handler.py``, ``ConfigurationManager``), which reads them so.
"""

from collections.abc import Mapping
from typing import Any

from ranp.files import TEXT, Leaf, check

_WIDE = 2**14
_WIDTH = Leaf(
    f"a whole number from 1 to {_WIDE}",
    lambda value: isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= _WIDE,
)
_LIST = Leaf("a list of 1 to 32 entries", lambda value: isinstance(value, list) and 0 < len(value) <= 32)
_KEYS = {
    "UNet_class_name": TEXT,
    "UNet_base_num_features": _WIDTH,
    "unet_max_num_features": _WIDTH,
    **dict.fromkeys(
        ("n_conv_per_stage_encoder", "n_conv_per_stage_decoder", "pool_op_kernel_sizes", "conv_kernel_sizes"), _LIST
    ),
}
_BLOCKS = {"PlainConvUNet": "n_conv_per_stage", "ResidualEncoderUNet": "n_blocks_per_stage"}


def architecture_of(found: Mapping[str, Any], dims: int, place: str) -> dict[str, Any]:
    """The key ``architecture`` of a configuration that has the older keys instead, for patches of ``dims`` axes.

    Raises ``ValueError``, with the place, where a key is missing or is something else.
    """
    for key, leaf in _KEYS.items():
        if key not in found:
            raise ValueError(f"{place} lacks the key '{key}'; run nnUNetv2_plan_experiment again")
        check(found[key], leaf, place, key)
    name, stages = found["UNet_class_name"], len(found["n_conv_per_stage_encoder"])
    if name not in _BLOCKS:
        raise ValueError(f"{place} has the network {name[:80]}; of older plans, these are read: {', '.join(_BLOCKS)}")
    first, most = found["UNet_base_num_features"], found["unet_max_num_features"]
    return {
        "network_class_name": f"dynamic_network_architectures.architectures.unet.{name}",
        "arch_kwargs": {
            "n_stages": stages,
            "features_per_stage": [min(first * 2**stage, most) for stage in range(stages)],
            "conv_op": f"torch.nn.modules.conv.Conv{dims}d",
            "kernel_sizes": found["conv_kernel_sizes"],
            "strides": found["pool_op_kernel_sizes"],
            _BLOCKS[name]: found["n_conv_per_stage_encoder"],
            "n_conv_per_stage_decoder": found["n_conv_per_stage_decoder"],
            "conv_bias": True,
            "norm_op": f"torch.nn.modules.instancenorm.InstanceNorm{dims}d",
            "norm_op_kwargs": {"eps": 1e-05, "affine": True},
            "dropout_op": None,
            "dropout_op_kwargs": None,
            "nonlin": "torch.nn.LeakyReLU",
            "nonlin_kwargs": {"inplace": True},
        },
        "_kw_requires_import": ["conv_op", "norm_op", "dropout_op", "nonlin"],
    }
