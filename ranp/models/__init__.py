"""The networks that come with the library.

In: a name, a preset and a seed, or a file of trained weights. Out: a network with its weights, and inputs in the shape
of the preset's. Each has presets at its published size and for a classroom; a network is a file, and `ARCHITECTURES`
lists them.
Test: `pytest tests/models`
"""

from ranp.models.architectures import ARCHITECTURES, GALLERY, PAPER_NETWORKS, build, example_inputs, find_preset
from ranp.models.checkpoint import Checkpoint, checkpoint_title, load_checkpoint, read_checkpoint
from ranp.models.initialisation import INITIALISERS, initialise
from ranp.models.preset import Architecture, Preset
from ranp.models.recipe import RECIPES, Recipe

__all__ = [
    "ARCHITECTURES",
    "GALLERY",
    "INITIALISERS",
    "PAPER_NETWORKS",
    "RECIPES",
    "Architecture",
    "Checkpoint",
    "Preset",
    "Recipe",
    "build",
    "checkpoint_title",
    "example_inputs",
    "find_preset",
    "initialise",
    "load_checkpoint",
    "read_checkpoint",
]
