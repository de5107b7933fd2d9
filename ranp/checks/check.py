"""What a training check is asked for: which networks are trained, on what, for how long, and from which seeds.

A `Check` is plain values. It travels as JSON through the database of `ranp.queue.database`, so that any worker can run
it.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ranp.checks.controls.named import first_method, label, named, told_apart
from ranp.importance import CRITERIA, choose
from ranp.models import Recipe
from ranp.own import is_name, name_of
from ranp.schedules import DEFAULT, Schedule
from ranp.selection import METHODS, Fill, Limit, Plateau, PruningConfig
from ranp.subject import NAMES, Subject
from ranp.timing import STEP_OF, TableFile
from ranp.training import Speed

WEIGHTS = {
    "new": "drawn anew, as in the paper",
    "kept": "those of the surviving neurons, as they were scored",
}
EQUAL = {
    "steps": "every network takes the same number of steps",
    "time": "every network trains for as long as the first one took",
    "total": "every network trains until its bill, scoring and all, is that of the full network's steps",
}
MOST_SEEDS = 100
MOST_CONTESTANTS = 16


@dataclass(frozen=True)
class Contestant:
    """One network of a check: the full one (``pruning`` None), or what is left of it.

    ``weights`` says what the smaller network starts from; with a checkpoint, the full one, too. The seeds of a check
    replace that of ``pruning``. ``plan`` is the path of a plan's files, whose neurons stay from every seed, and
    ``plan_sha256`` the hash of its masks; ``pruning`` is then what the plan says that it was made with. ``schedule`` is
    when the network is cut down, as `ranp.schedules.Schedule` reads it. By all of these but ``init`` the full network
    begins to train, from the checkpoint's weights where they are ``kept``, and what is left always keeps its own.

    >>> Contestant().label, Contestant(PruningConfig("ranp-f"), weights="kept").label
    ('full', 'ranp-f, weights kept')
    >>> Contestant(PruningConfig("ranp-f"), schedule="gradual:rounds=6").label
    'ranp-f, gradual, rounds 6'
    """

    pruning: PruningConfig | None = None
    weights: str = "new"
    plan: str | None = None
    plan_sha256: str | None = None
    schedule: str = DEFAULT

    def __post_init__(self) -> None:
        choose(WEIGHTS, self.weights, "weights")
        object.__setattr__(self, "schedule", Schedule.read(self.schedule).text)
        if self.scheduled and (self.pruning is None or self.plan is not None):
            what = "the full network loses nothing" if self.pruning is None else "a plan is made already"
            raise ValueError(f"the schedule '{self.schedule}' decides what goes, but {what}; leave the schedule out")
        if (self.plan is None) is not (self.plan_sha256 is None):
            raise ValueError("a plan is named with the hash of its masks; give both, or neither")
        if self.pruning is not None and self.plan is None:
            choose(METHODS, self.pruning.method, "method")
        if self.pruning is not None:
            for name, value in (("criterion", self.pruning.criterion), ("coupling", self.pruning.coupling)):
                if not isinstance(value, str):
                    raise ValueError(
                        f"a check travels as names: give the {name} '{name_of(value)}' as an import path, as a text"
                    )
            if self._compares_too_early(self.pruning):
                raise ValueError(
                    f"criterion '{self.pruning.criterion}' compares weights with those before training, and at "
                    "initialization these are the same; add --schedule after or --schedule early"
                )

    def _compares_too_early(self, config: PruningConfig) -> bool:
        scored = self.plan is None and METHODS[config.method].scores == "sensitivity"
        known = CRITERIA.get(str(config.criterion))
        return scored and not self.scheduled and known is not None and known.needs_before

    @property
    def needs_seconds(self) -> str:
        """What of it needs the seconds of a time table, in words; empty where nothing does.

        >>> Contestant(PruningConfig("ranp-t")).needs_seconds, Contestant(PruningConfig("ranp-f")).needs_seconds
        ("'ranp-t', which weighs layers by their seconds,", '')
        """
        config = self.pruning
        if config is None or self.plan is not None:
            return ""
        limited = [kind for kind in STEP_OF if kind in dict(config.budgets)]
        if limited:
            return f"a budget of {limited[0]}"
        if config.lacks_seconds:
            return f"'{config.allocation or config.method}', which weighs layers by their seconds,"
        return f"snap {config.snap}" if config.snaps else ""

    @property
    def scheduled(self) -> bool:
        """Whether the network is cut down while it trains."""
        return self.schedule != DEFAULT

    @property
    def label(self) -> str:
        """Its method, and what is unlike the default."""
        start = "full" if self.pruning is None else label(self.pruning)
        if self.plan is not None:
            start = f"plan {Path(self.plan).name}"
        if self.scheduled:
            start = f"{start}, {Schedule.read(self.schedule).label}"
        return start if self.weights == "new" else f"{start}, weights kept"


@dataclass(frozen=True)
class Check:
    """Networks of one subject, trained side by side; ``ValueError`` at construction names what makes no sense.

    Every seed draws its own weights, scores and training examples, the same for all contestants. ``recipe`` replaces
    the subject's.

    >>> check = pair(Subject("unet3d"), PruningConfig("ranp-f"))
    >>> [contestant.label for contestant in check.contestants], check.used_recipe.steps
    (['full', 'ranp-f'], 100)
    >>> Check.from_dict(check.as_dict()) == check
    True
    """

    subject: Subject
    contestants: tuple[Contestant, ...]
    seeds: tuple[int, ...] = (0,)
    equal: str = "steps"
    recipe: Recipe | None = None
    speed: Speed = field(default_factory=Speed)
    device: str = "cpu"
    nudge: float = 0.0
    """One weight of each network moves by this share of it before training, to see what a score hangs on."""
    time_table: TableFile | None = None
    """Whose seconds budgets of time, methods that weigh by time and fast widths go by, of a step of its batch."""

    def __post_init__(self) -> None:
        if self.subject.model is not None and self.subject.data is None:
            raise ValueError(
                f"'{self.subject.model}' needs something to learn from: add --data package.module:function, which "
                "returns batches of (inputs, target), and --loss package.module:function, of (output, target)"
            )
        wanting = next((each.needs_seconds for each in self.contestants if each.needs_seconds), None)
        if wanting is not None and self.time_table is None:
            raise ValueError(
                f"{wanting} needs a time table: give the check one (time_table, or --time-table FILE), measured by "
                "'ranp time ... --out FILE'"
            )
        choose(EQUAL, self.equal, "equal")
        if not -1 < self.nudge < 1:
            raise ValueError(f"a nudge is a small share of a weight, such as 1e-6, not {self.nudge}")
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
    def labels(self) -> tuple[str, ...]:
        """A name for each contestant that no other has."""
        return told_apart([each.label for each in self.contestants], [each.pruning for each in self.contestants])

    @property
    def used_recipe(self) -> Recipe:
        """The recipe in use: its own, or the subject's."""
        return self.recipe or self.subject.recipe

    @property
    def recipe_name(self) -> str:
        """Which of its subject's recipes that is, see `ranp.models.RECIPES`; "own" where it is neither.

        >>> pair(Subject("unet3d"), PruningConfig("ranp-f"), recipe=Recipe(steps=7)).recipe_name
        'own'
        """
        return next((name for name, each in self.subject.recipes.items() if each == self.used_recipe), "own")

    @property
    def code(self) -> tuple[str, ...]:
        """The import paths that the check runs: those of the subject, and criteria and rules of ties of one's own."""
        configs = [each.pruning for each in self.contestants if each.pruning is not None]
        own = [name for each in configs for name in (each.criterion, str(each.coupling)) if is_name(name)]
        return tuple(dict.fromkeys((*self.subject.code, *own)))

    @property
    def budgets(self) -> tuple[Limit, ...]:
        """What the first pruned network may cost at most; none where no network is pruned, or to another target."""
        return next((each.pruning.budgets for each in self.contestants if each.pruning is not None), ())

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready; what the subject is made of stands beside the rest, as it did before there was a subject."""
        values = asdict(self)
        del values["subject"]
        return {**self.subject.as_dict(), **values}

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> "Check":
        """The check of `as_dict`; ``ValueError`` for anything else, such as that of a newer version."""
        try:
            values = {name: value for name, value in document.items() if name not in NAMES}
            values["contestants"] = tuple(_contestant(each) for each in values["contestants"])
            values["seeds"] = tuple(values["seeds"])
            values["recipe"] = None if values.get("recipe") is None else Recipe(**values["recipe"])
            values["speed"] = Speed(**values.get("speed", {}))
            if values.get("time_table") is not None:
                values["time_table"] = TableFile(**values["time_table"])
            return cls(Subject.from_dict({name: document[name] for name in NAMES if name in document}), **values)
        except (TypeError, KeyError, AttributeError) as error:
            raise ValueError(f"this check cannot be read ({error}); it was made by another version") from error


def pair(subject: Subject, pruning: PruningConfig, **settings: Any) -> Check:
    """The usual check: the full network and a pruned one. ``settings`` are those of `Check`."""
    weights = subject.weights
    return Check(subject, (Contestant(weights=weights), Contestant(pruning, weights)), **settings)


def race(
    subject: Subject,
    methods: tuple[str, ...],
    budget: Limit | tuple[Limit, ...] | None = ("macs", 0.25),
    sparsity: float | None = None,
    plateau: Plateau = "cut",
    fill: Fill = "yes",
    **settings: Any,
) -> Check:
    """The full network against several methods, at the same share of its MACs (or ``memory``) unless told otherwise.

    ``methods`` are names of `ranp.checks.CONTESTANTS`. With ``sparsity`` they are compared at equal sparsity, where
    their costs differ many times over; ``plateau`` and ``fill`` are as in `PruningConfig`.

    >>> check = race(Subject("unet3d"), ("ranp-f", "random"), seeds=(0, 1))
    >>> [contestant.label for contestant in check.contestants]
    ['full', 'ranp-f', 'random']
    """
    target: dict[str, Any] = {"sparsity": sparsity} if sparsity is not None else {"budget": budget}
    usual = PruningConfig(lam=subject.lam, plateau=plateau, fill="no" if sparsity is not None else fill, **target)
    pruned = (named(method, usual, first_method(methods)) for method in methods)
    contestants = (Contestant(config, subject.weights) for config in (None, *pruned))
    return Check(subject, tuple(contestants), **settings)


def _contestant(document: Mapping[str, Any]) -> Contestant:
    document = dict(document)
    pruning, multiple = document.get("pruning"), document.pop("multiple", 1)  # where it was before plans had it
    if pruning is not None:
        values = {"plateau": "keep", "multiple": multiple, **pruning}  # as it was before there was a choice
        if values.get("budget") is not None:
            values["budget"] = tuple(values["budget"])
            values["sparsity"] = None
        values["protect"] = tuple(values.get("protect", ()))
        pruning = PruningConfig(**values)
    return Contestant(**{**document, "pruning": pruning})
