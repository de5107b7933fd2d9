"""Tracing the paper's 3D-UNet: once, warm, on parameters without memory."""

import ranp
from ranp.fitting import plan_within
from ranp.subject import library_network

from ..row import Row
from ..timing import median_seconds

REPEATS = 5


def within_a_card() -> Row:
    network = library_network("nnunet-plain", "published", {}, 0, "xavier")
    config = ranp.PruningConfig("random", budget=("peak", "8GiB"))

    def fit() -> None:
        model = network.shapes_only()
        graph = ranp.trace(model, network.inputs())
        plan_within(graph, None, config, model, batch=2, any_device=True)

    return Row(
        name="prune to a card's memory",
        ours=median_seconds(fit, REPEATS),
        unit="s",
        limit=10.0,
        how="nnU-Net PlainConvUNet for BraTS (4x128^3, six stages of 32 to 320), peak=8GiB at batch 2: built on the "
        "meta device, traced, its moments read and the plan found",
    )


def measure() -> list[Row]:
    model = ranp.build("unet3d", "shapenet", device="meta")
    inputs = ranp.models.example_inputs("unet3d", "shapenet")
    return [
        within_a_card(),
        Row(
            name="trace",
            ours=median_seconds(lambda: ranp.trace(model, inputs), REPEATS),
            unit="s",
            limit=1.0,
            how="3D-UNet of the paper (shapenet, base 64, 1x64^3) on the meta device, after one trace to warm up",
        ),
    ]
