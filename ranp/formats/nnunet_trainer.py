"""A trainer for nnU-Net that builds the plan's network: each layer has its own width, which no plans file can say.

The file needs nnU-Net and torch, and nothing of this library. nnU-Net builds its network as ever, and the trainer cuts
that down and initialises it as nnU-Net does; so training, checkpoints and prediction go on as with any other trainer.

Source: nnunetv2 2.8, ``training/nnUNetTrainer/nnUNetTrainer.py``, https://github.com/MIC-DKFZ/nnUNet
"""

import keyword

from torch import nn

from ranp.formats.pytorch import shrinking
from ranp.plan import Plan

_IMPORTS = "from nnunetv2.training.nnUNetTrainer.nnUNetTrainer import nnUNetTrainer\n"
_TRAINER = '''

class {name}(nnUNetTrainer):
    """nnU-Net's trainer, with the widths of the plan."""

    @staticmethod
    def build_network_architecture(
        plans_manager, configuration_manager, num_input_channels, num_output_channels, enable_deep_supervision=True
    ):
        full = nnUNetTrainer.build_network_architecture(
            plans_manager, configuration_manager, num_input_channels, num_output_channels, enable_deep_supervision
        )
        found = sum(parameter.numel() for parameter in full.parameters())
        if found != {parameters}:
            raise ValueError(
                f"{name} was made for a network of {parameters} parameters, and this configuration's has {{found}}; "
                "train the configuration that it was made for"
            )
        small = shrink(full)
        small.apply(small.initialize)
        return small
'''


def nnunet_trainer(plan: Plan, model: nn.Module, name: str) -> bytes:
    """The source of a trainer class ``name``; ``model`` is the full network, on any device, with deep supervision."""
    check_class_name(name)
    text = shrinking(plan, model, "as nnU-Net trains it", f"nnUNetv2_train ... -tr {name}.", _IMPORTS)
    parameters = sum(parameter.numel() for parameter in model.parameters())
    return (text + _TRAINER.format(name=name, parameters=parameters)).encode()


def check_class_name(name: str) -> None:
    """Raise ``ValueError`` for a name that no class can have."""
    if not name.isidentifier() or keyword.iskeyword(name):
        raise ValueError(
            f"the file's name is the trainer's, and '{name}' cannot be; write for instance SmallTrainer.py"
        )
