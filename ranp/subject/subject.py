"""What is worked on, as names alone: a network of the library, or one's own with its data, loss and metrics.

A `Subject` travels: through the command line, a check, a sweep, the database of the queue. It holds no code. Where its
names lead to code of one's own, that runs only in a process whose starter has named it too (`ranp.subject.own_code`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, NamedTuple

from ranp.data import METRICS
from ranp.importance import choose
from ranp.inputs import parse_inputs
from ranp.models import INITIALISERS, RECIPES, Preset, Recipe, checkpoint_title, find_preset
from ranp.selection import DEFAULT_SPARSITY, SETTINGS
from ranp.subject.metric import Metric, check_metrics
from ranp.subject.network import DEFAULT_PRESET, Network, library_network, own_network
from ranp.subject.own_code import check_path
from ranp.subject.trained import trained_weights

OWN_RECIPE = Recipe(steps=100, batch_size=2, learning_rate=1e-3, train_examples=96, test_examples=16)
"""How a network of one's own is trained unless told otherwise; what there is to learn from is what its data hold."""

_LIBRARY = {"preset": "--preset", "arguments": "--set"}
_OWN = {"inputs": "--input", "loss": "--loss", "metrics": "--metric"}


class Score(NamedTuple):
    """What networks of a subject are compared by: the key among their figures, and how a person reads it."""

    name: str
    title: str
    higher_is_better: bool

    @property
    def better(self) -> str:
        """Which way is better, in words."""
        return "higher is better" if self.higher_is_better else "lower is better"


HELD_OUT_LOSS = Score("loss", "loss on held-out batches", False)


@dataclass(frozen=True)
class Subject:
    """A network and what it is for; ``ValueError`` at construction names what makes no sense.

    Of the library: ``architecture``, ``preset``, and ``arguments`` that replace the preset's; ``data`` is then a folder
    of its task's real data set. One's own: ``model``, the import path of its factory; ``inputs``, the texts of
    ``--input``; ``data``, ``loss`` and ``metrics``, import paths. Either may have an ``optimizer``, the import path of
    a function of the parameters. ``init`` None leaves the weights of one's own as the factory makes them.
    ``checkpoint`` is the path of a file of trained weights, which replace them, and ``checkpoint_sha256`` its hash.

    >>> Subject("unet3d").title, Subject(model="nets:tiny", inputs=("1x1x8x8x8",)).title
    ('unet3d, classroom', 'nets:tiny')
    >>> Subject.from_dict(Subject("unet3d").as_dict()) == Subject("unet3d")
    True
    """

    architecture: str | None = None
    preset: str | None = None
    arguments: Mapping[str, Any] = field(default_factory=dict)
    model: str | None = None
    inputs: tuple[str, ...] = ()
    data: str | None = None
    loss: str | None = None
    metrics: tuple[Metric, ...] = ()
    optimizer: str | None = None
    init: str | None = None
    checkpoint: str | None = None
    checkpoint_sha256: str | None = None

    def __post_init__(self) -> None:
        for name in ("inputs", "metrics"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        if self.architecture is not None and self.model is not None:
            raise ValueError("give an architecture of the library or --model, not both")
        if self.architecture is None and self.model is None:
            raise ValueError("name an architecture (see: ranp list), or a network of your own with --model and --input")
        if self.init is not None and self.init not in INITIALISERS:
            raise ValueError(f"init must be one of {', '.join(INITIALISERS)}, not {self.init!r}")
        if self.optimizer is not None:
            check_path(self.optimizer)
        if (self.checkpoint is None) is not (self.checkpoint_sha256 is None):
            raise ValueError("a checkpoint is named with the hash of its file; give both, or neither")
        if self.model is None:
            self._check_library()
        else:
            self._check_own(self.model)

    def _check_library(self) -> None:
        assert self.architecture is not None, "it is the library's"
        object.__setattr__(self, "preset", self.preset or DEFAULT_PRESET)
        object.__setattr__(self, "init", self.init or "xavier")
        find_preset(self.architecture, str(self.preset))
        for name, option in _OWN.items():
            if getattr(self, name):
                raise ValueError(f"{option} goes with --model; the preset of {self.architecture} brings its own")

    def _check_own(self, model: str) -> None:
        for name, option in _LIBRARY.items():
            if getattr(self, name):
                raise ValueError(f"{option} goes with a network of the library, not with --model {model}")
        if not self.inputs:
            raise ValueError("--model needs the shape of its input; add for instance --input 1x3x16x112x112")
        parse_inputs(self.inputs)
        if self.loss is not None and self.data is None:
            raise ValueError("--loss needs --data package.module:function, which returns batches of (inputs, target)")
        if self.data is not None and self.loss is None:
            raise ValueError("--data of your own needs --loss package.module:function, of (output, target)")
        if self.metrics and self.data is None:
            raise ValueError("--metric needs --data and --loss, to be taken on held-out batches")
        for path in filter(None, (model, self.data, self.loss)):
            check_path(path)
        check_metrics(self.metrics)

    @property
    def title(self) -> str:
        """A short name for people."""
        named = self.model or f"{self.architecture}, {self.preset}"
        if self.checkpoint is None:
            return named
        return f"{named}, with the weights of {checkpoint_title(Path(self.checkpoint).name, self.checkpoint_sha256)}"

    @property
    def untrained(self) -> "Subject":
        """The same without a checkpoint."""
        return replace(self, checkpoint=None, checkpoint_sha256=None)

    @property
    def weights(self) -> str:
        """What networks of it start from unless told otherwise: trained weights are kept."""
        return "new" if self.checkpoint is None else "kept"

    @property
    def library_preset(self) -> Preset | None:
        """The preset; None for a network of one's own."""
        return None if self.architecture is None else find_preset(self.architecture, str(self.preset))

    @property
    def recipe(self) -> Recipe:
        """How it is trained unless told otherwise: by the quick recipe."""
        return self.recipes["quick"]

    @property
    def recipes(self) -> dict[str, Recipe]:
        """The recipes by name, see `ranp.models.RECIPES`: those of its preset, or `OWN_RECIPE` as the quick one."""
        preset = self.library_preset
        return {"quick": OWN_RECIPE} if preset is None else preset.recipes

    def recipe_called(self, name: str) -> Recipe:
        """The recipe of that name; ``ValueError`` where there is none."""
        choose(RECIPES, name, "recipe")
        if name not in self.recipes:
            raise ValueError(f"{self.title} has no {name} recipe; give its quick one more --steps")
        return self.recipes[name]

    @property
    def lam(self) -> float:
        """The weight of the costs unless told otherwise: the preset's, or that of the settings."""
        preset = self.library_preset
        found: float = SETTINGS["lam"].default if preset is None else preset.lam
        return found

    @property
    def sparsity(self) -> float:
        """What is removed unless told otherwise: the preset's share of the neurons, or that of the settings."""
        preset = self.library_preset
        return DEFAULT_SPARSITY if preset is None else preset.sparsity

    @property
    def score(self) -> Score:
        """The first metric of one's own, else the loss on held-out batches; of the library the task's measure."""
        preset = self.library_preset
        if preset is not None:
            metric = METRICS[preset.task]
            return Score(metric.score, metric.title, metric.higher_is_better)
        if self.metrics:
            first = self.metrics[0]
            return Score(first.name, first.name, first.higher_is_better)
        return HELD_OUT_LOSS

    @property
    def code(self) -> tuple[str, ...]:
        """The import paths that working on it runs; none for the library's own networks with their optimizer."""
        own = () if self.model is None else (self.model, self.data, self.loss, *(each.path for each in self.metrics))
        return tuple(path for path in (*own, self.optimizer) if path is not None)

    def network(self, seed: int) -> Network:
        """The network, with weights from ``seed`` or those of the checkpoint; code of one's own is imported for it."""
        network = self._drawn(seed).judged_by([metric.text for metric in self.metrics], self.optimizer)
        if self.checkpoint is None or self.checkpoint_sha256 is None:
            return network
        return network.starting_from(trained_weights(self.checkpoint, self.checkpoint_sha256))

    def _drawn(self, seed: int) -> Network:
        if self.model is not None:
            return own_network(self.model, parse_inputs(self.inputs), seed, self.init)
        assert self.architecture is not None, "checked at construction"
        arguments, preset = dict(self.arguments), str(self.preset)
        return library_network(self.architecture, preset, arguments, seed, str(self.init))

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready; what older versions of this library do not know is there only where it is used."""
        new = ("model", *_OWN, "optimizer", "checkpoint", "checkpoint_sha256")
        values = {**asdict(self), "inputs": list(self.inputs), "metrics": [each.as_dict() for each in self.metrics]}
        return {name: value for name, value in values.items() if value or name not in new}

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> "Subject":
        """The subject of `as_dict`, or of what an older version wrote; ``ValueError`` for anything else."""
        try:
            values = dict(document)
            values["metrics"] = tuple(Metric.from_dict(each) for each in _listed(values.get("metrics", ())))
            values["inputs"] = tuple(map(_text, _listed(values.get("inputs", ()))))
            for name in _TEXTS:
                values[name] = None if values.get(name) is None else _text(values[name])
            if not isinstance(values.get("arguments", {}), Mapping):
                raise TypeError("its arguments are no object")
            return cls(**values)
        except (TypeError, KeyError, AttributeError) as error:
            raise ValueError(f"this subject cannot be read ({error}); it was made by another version") from error


_TEXTS = ("architecture", "preset", "model", "data", "loss", "optimizer", "init", "checkpoint", "checkpoint_sha256")

NAMES = tuple(each.name for each in fields(Subject))
"""Of what a subject is made of, as `Subject.as_dict` writes it."""


def _listed(value: Any) -> Sequence[Any]:
    if not isinstance(value, (list, tuple)):
        raise TypeError(f"expected a list, not {type(value).__name__}")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"expected a text, not {type(value).__name__}")
    return value
