"""What a training check is asked for: which networks are trained, on what, for how long, and from which seeds.

A `Check` is plain values. It travels as JSON through the database of `ranp.study`, so that any worker can run it.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from ranp.config import METHODS, PruningConfig
from ranp.criteria import choose
from ranp.models import Preset, Recipe, find_preset
from ranp.speed import Speed

WEIGHTS = {
    "new": "drawn anew, as in the paper",
    "kept": "those of the surviving neurons",
}
EQUAL = {
    "steps": "every network takes the same number of steps",
    "time": "every network trains for as long as the first one took",
}
MOST_SEEDS = 100
MOST_CONTESTANTS = 16


@dataclass(frozen=True)
class Contestant:
    """One network of a check: the full one (``pruning`` None), or what is left of it.

    ``weights`` says what the smaller network starts from, ``multiple`` rounds its channel counts up. The seeds of a
    check replace that of ``pruning``.

    >>> Contestant().label, Contestant(PruningConfig("ranp-f"), weights="kept").label
    ('full', 'ranp-f, weights kept')
    """

    pruning: PruningConfig | None = None
    weights: str = "new"
    multiple: int = 1

    def __post_init__(self) -> None:
        choose(WEIGHTS, self.weights, "weights")
        if self.pruning is not None:
            choose(METHODS, self.pruning.method, "method")
        if not isinstance(self.multiple, int) or not 1 <= self.multiple <= 64:
            raise ValueError(f"multiple must be between 1 and 64 channels, not {self.multiple!r}")

    @property
    def label(self) -> str:
        """Its method, and what is unlike the default."""
        if self.pruning is None:
            return "full"
        parts = [self.pruning.method]
        if self.weights != "new":
            parts.append("weights kept")
        if self.multiple > 1:
            parts.append(f"channels in steps of {self.multiple}")
        return ", ".join(parts)


@dataclass(frozen=True)
class Check:
    """Networks of one architecture, trained side by side; ``ValueError`` at construction names what makes no sense.

    Every seed draws its own weights, scores and training examples, the same for all contestants. ``recipe`` replaces
    the preset's. ``data`` is a folder of the task's real data set, on the machine that trains.

    >>> check = pair("unet3d", PruningConfig("ranp-f"))
    >>> [contestant.label for contestant in check.contestants], check.used_recipe.steps
    (['full', 'ranp-f'], 100)
    >>> Check.from_dict(check.as_dict()) == check
    True
    """

    architecture: str
    contestants: tuple[Contestant, ...]
    preset: str = "classroom"
    arguments: Mapping[str, Any] = field(default_factory=dict)
    seeds: tuple[int, ...] = (0,)
    equal: str = "steps"
    recipe: Recipe | None = None
    speed: Speed = field(default_factory=Speed)
    init: str = "xavier"
    data: str | None = None
    device: str = "cpu"

    def __post_init__(self) -> None:
        find_preset(self.architecture, self.preset)
        choose(EQUAL, self.equal, "equal")
        for name, most in (("contestants", MOST_CONTESTANTS), ("seeds", MOST_SEEDS)):
            values = tuple(getattr(self, name))
            if not 1 <= len(values) <= most:
                raise ValueError(f"a check takes between 1 and {most} {name}, not {len(values)}")
            object.__setattr__(self, name, values)
        if not all(isinstance(seed, int) and 0 <= seed < 2**31 for seed in self.seeds):
            raise ValueError(f"seeds must be whole numbers of at least 0, not {self.seeds}")
        if len(set(self.seeds)) < len(self.seeds):
            raise ValueError(f"seeds must differ, not {self.seeds}")

    @property
    def chosen_preset(self) -> Preset:
        """The preset of the architecture."""
        return find_preset(self.architecture, self.preset)

    @property
    def used_recipe(self) -> Recipe:
        """The recipe in use: its own, or the preset's."""
        return self.recipe or self.chosen_preset.recipe

    @property
    def task(self) -> str:
        """Key of ``ranp.data.TASKS``."""
        return self.chosen_preset.task

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return asdict(self)

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> "Check":
        """The check of `as_dict`; ``ValueError`` for anything else, such as that of a newer version."""
        try:
            values = dict(document)
            values["contestants"] = tuple(_contestant(each) for each in values["contestants"])
            values["seeds"] = tuple(values["seeds"])
            values["recipe"] = None if values.get("recipe") is None else Recipe(**values["recipe"])
            values["speed"] = Speed(**values.get("speed", {}))
            return cls(**values)
        except (TypeError, KeyError, AttributeError) as error:
            raise ValueError(f"this check cannot be read ({error}); it was made by another version") from error


def pair(architecture: str, pruning: PruningConfig, preset: str = "classroom", **settings: Any) -> Check:
    """The usual check: the full network and a pruned one. ``settings`` are those of `Check`."""
    return Check(architecture, (Contestant(), Contestant(pruning)), preset, **settings)


def race(
    architecture: str,
    methods: tuple[str, ...],
    preset: str = "classroom",
    budget: tuple[str, float] | None = ("macs", 0.25),
    sparsity: float | None = None,
    **settings: Any,
) -> Check:
    """The full network against several methods, at the same share of its MACs (or ``memory``) unless told otherwise.

    With ``sparsity`` the methods are compared at equal sparsity, where their costs differ many times over.

    >>> check = race("unet3d", ("ranp-f", "random"), seeds=(0, 1))
    >>> [contestant.label for contestant in check.contestants]
    ['full', 'ranp-f', 'random']
    """
    lam = find_preset(architecture, preset).lam
    target: dict[str, Any] = {"sparsity": sparsity} if sparsity is not None else {"budget": budget}
    pruned = tuple(Contestant(PruningConfig(method, lam=lam, **target)) for method in methods)
    return Check(architecture, (Contestant(), *pruned), preset, **settings)


def _contestant(document: Mapping[str, Any]) -> Contestant:
    pruning = document.get("pruning")
    if pruning is not None:
        values = dict(pruning)
        if values.get("budget") is not None:
            values["budget"] = tuple(values["budget"])
            values["sparsity"] = None
        values["protect"] = tuple(values.get("protect", ()))
        pruning = PruningConfig(**values)
    return replace(Contestant(**{**document, "pruning": None}), pruning=pruning)
