"""Plans files in the form that nnU-Net 2.8 writes, small."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

UNET = "dynamic_network_architectures.architectures.unet"
BLOCKS = {
    "PlainConvUNet": "n_conv_per_stage",
    "ResidualEncoderUNet": "n_blocks_per_stage",
    "ResidualUNet": "n_blocks_per_stage",
}
DATASET = {
    "channel_names": {"0": "T1", "1": "T2"},
    "labels": {"background": 0, "edema": 1, "core": 2},
    "numTraining": 10,
    "file_ending": ".nii.gz",
}


def configuration(kind: str, features: Sequence[int], patch: Sequence[int], decoder: int = 2) -> dict[str, Any]:
    """A configuration as nnU-Net's planner makes it."""
    stages, dims = len(features), len(patch)
    return {
        "data_identifier": "nnUNetPlans_3d_fullres",
        "preprocessor_name": "DefaultPreprocessor",
        "batch_size": 2,
        "patch_size": list(patch),
        "median_image_size_in_voxels": [50.0] * dims,
        "spacing": [1.0] * dims,
        "normalization_schemes": ["ZScoreNormalization"] * 2,
        "use_mask_for_norm": [False, False],
        "batch_dice": False,
        "architecture": {
            "network_class_name": f"{UNET}.{kind}",
            "arch_kwargs": {
                "n_stages": stages,
                "features_per_stage": list(features),
                "conv_op": f"torch.nn.modules.conv.Conv{dims}d",
                "kernel_sizes": [[1, *[3] * (dims - 1)], *[[3] * dims] * (stages - 1)],
                "strides": [[1] * dims, [1, *[2] * (dims - 1)], *[[2] * dims] * (stages - 2)],
                BLOCKS[kind]: [2] * stages if kind == "PlainConvUNet" else [1, 2, 2, 1, 1, 1][:stages],
                "n_conv_per_stage_decoder": [decoder] * (stages - 1),
                "conv_bias": True,
                "norm_op": f"torch.nn.modules.instancenorm.InstanceNorm{dims}d",
                "norm_op_kwargs": {"eps": 1e-05, "affine": True},
                "dropout_op": None,
                "dropout_op_kwargs": None,
                "nonlin": "torch.nn.LeakyReLU",
                "nonlin_kwargs": {"inplace": True},
            },
            "_kw_requires_import": ["conv_op", "norm_op", "dropout_op", "nonlin"],
        },
    }


def plans(kind: str = "PlainConvUNet", features: Sequence[int] = (4, 8, 12, 12), **more: Any) -> dict[str, Any]:
    """A plans file with one configuration, ``3d_fullres``."""
    return {
        "dataset_name": "Dataset004_Heads",
        "plans_name": "nnUNetPlans",
        "original_median_spacing_after_transp": [1.0, 1.0, 1.0],
        "image_reader_writer": "SimpleITKIO",
        "transpose_forward": [0, 1, 2],
        "transpose_backward": [0, 1, 2],
        "configurations": {"3d_fullres": configuration(kind, features, **{"patch": (8, 16, 16), **more})},
        "experiment_planner_used": "ExperimentPlanner",
        "label_manager": "LabelManager",
        "foreground_intensity_properties_per_channel": {"0": {"max": 1.5, "mean": 0.5}},
    }


def write(folder: Path, document: Any, dataset: Any = DATASET) -> Path:
    """The two files in ``folder``; the path of the first."""
    (folder / "dataset.json").write_text(json.dumps(dataset), encoding="utf-8")
    path = folder / "nnUNetPlans.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def as_nnunet_builds_it(document: dict[str, Any], name: str, channels: int, classes: int) -> Any:
    """The configuration's network, by the code of nnunetv2 2.8 (``PlansManager``, ``get_network_from_plans``).

    Source: https://github.com/MIC-DKFZ/nnUNet, without its search for classes that moved.
    """
    import pydoc

    def resolved(one: str) -> dict[str, Any]:
        configuration = dict(document["configurations"][one])
        if "inherits_from" in configuration:
            base = resolved(configuration["inherits_from"])
            base.update(configuration)
            configuration = base
        return configuration

    architecture = resolved(name)["architecture"]
    kwargs = dict(**architecture["arch_kwargs"])
    for key in architecture["_kw_requires_import"]:
        if kwargs[key] is not None:
            kwargs[key] = pydoc.locate(kwargs[key])
    kwargs["deep_supervision"] = True
    network_class: Any = pydoc.locate(architecture["network_class_name"])
    network = network_class(input_channels=channels, num_classes=classes, **kwargs)
    network.apply(network.initialize)
    return network
