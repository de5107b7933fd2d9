"""Tracing the paper's 3D-UNet: once, warm, on parameters without memory."""

import ranp

from .row import Row
from .timing import median_seconds

REPEATS = 5


def measure() -> list[Row]:
    model = ranp.build("unet3d", "shapenet", device="meta")
    inputs = ranp.models.example_inputs("unet3d", "shapenet")
    return [
        Row(
            name="trace",
            ours=median_seconds(lambda: ranp.trace(model, inputs), REPEATS),
            unit="s",
            limit=1.0,
            how="3D-UNet of the paper (shapenet, base 64, 1x64^3) on the meta device, after one trace to warm up",
        )
    ]
