"""What is known of a network of the library: how to build it, and the sizes that it is known to work at."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from torch import nn

from ranp.models.recipe import Recipe


@dataclass(frozen=True)
class Preset:
    """One size of an architecture, with the task that it is for."""

    arguments: dict[str, Any]
    """What `Architecture.build` is called with."""
    input_shapes: tuple[tuple[int, ...], ...]
    """Shape of each input, one example a batch: ``(1, channel, depth, height, width)``."""
    task: str
    """Key of ``ranp.data.TASKS``."""
    lam: float
    """Lambda of the resource reweighting: the paper's, or one that was tried."""
    sparsity: float
    """Fraction of neurons to remove: the paper's, or one that was tried."""
    description: str
    recipe: Recipe
    """How it is trained in a check: the quick recipe of `ranp.models.RECIPES`."""
    converging: Recipe | None = None
    """The converging one, where it was tried; races train by it."""

    @property
    def recipes(self) -> dict[str, Recipe]:
        """By name, those that there are."""
        known = {"quick": self.recipe, "converging": self.converging}
        return {name: recipe for name, recipe in known.items() if recipe is not None}

    def shapes(self, arguments: Mapping[str, Any]) -> tuple[tuple[int, ...], ...]:
        """Shape of each input where ``arguments`` replace the preset's: its channels follow ``in_channels``."""
        before, after = (given.get("in_channels") for given in (self.arguments, {**self.arguments, **arguments}))
        if not isinstance(after, int) or after < 1:
            return self.input_shapes
        return tuple((one, after if n == before else n, *size) for one, n, *size in self.input_shapes)


@dataclass(frozen=True)
class Architecture:
    """A network family: how to build it, and the presets that it is known to work at."""

    name: str
    title: str
    build: Callable[..., nn.Module]
    presets: dict[str, Preset]
    source: str
    needs: tuple[str, ...] = ()
    """Modules that `build` imports and that the extra ``gallery`` brings; none where torch is enough."""


PAPER_RECIPE = Recipe(steps=1000, batch_size=2, learning_rate=1e-3, train_examples=96, test_examples=24)
"""For the papers' sizes: enough to see that a network learns, on a machine with an accelerator; not their schedule."""
