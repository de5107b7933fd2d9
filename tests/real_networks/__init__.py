"""Networks that people bring, from the libraries that they bring them from: title -> network."""

from .medical import NETWORKS as MONAI
from .network import RealNetwork
from .nnunet import NETWORKS as NNUNET
from .video import NETWORKS as VIDEO

NETWORKS: dict[str, RealNetwork] = {**NNUNET, **MONAI, **VIDEO}
LEFT_OUT = {
    "segmentation-models-pytorch-3d": "imports torchvision and timm with every network, which pin another torch",
    "MONAI DAF3D, TorchVisionFCModel, MILModel": "made of torchvision's networks",
}
"""What belongs here and is not, and why."""
