"""The schedules by name, and one of them with its settings, as a text that travels.

``gradual:rounds=6,end=0.5`` is the schedule `gradual` with two settings; the others have their defaults.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ranp.importance import choose
from ranp.schedules.ground import Ground
from ranp.schedules.kinds.group_sparsity import group_sparsity
from ranp.schedules.kinds.init import at_initialization
from ranp.schedules.kinds.mask_sparsity import mask_sparsity
from ranp.schedules.kinds.propagation import propagation
from ranp.schedules.kinds.rounds import after, early, gradual
from ranp.schedules.kinds.scheduled import Scheduled
from ranp.schedules.kinds.soft import soft
from ranp.schedules.kinds.thresholds import thresholds
from ranp.schedules.options import Option, Value, text_of

DEFAULT = "init"
_ROUNDS = Option("how many rounds", 4, low=1, high=50, whole=True)


@dataclass(frozen=True)
class Kind:
    """One schedule: ``words`` say to a newcomer what it does; ``make`` makes what a training run asks."""

    title: str
    source: str
    words: str
    make: Callable[[Ground, dict[str, Value]], Scheduled]
    options: Mapping[str, Option]


SCHEDULES: dict[str, Kind] = {
    "init": Kind(
        title="at initialization",
        source="RANP, arXiv 2010.02488",
        words="The network is scored and cut down before its first step, and trained small.",
        make=at_initialization,
        options={},
    ),
    "early": Kind(
        title="early",
        source="EarlyCroP: Rachwan et al., ICML 2022, arXiv 2206.10451",
        words="The full network takes a few steps, is scored and cut down once, and goes on with its weights.",
        make=early,
        options={
            "at": Option(
                "share of the training, or a step from 1 on, or flow: once the gradient's flow settles",
                0.1, words=("flow",),
            ),
            "change": Option("with flow: how much it may still change, as a share of its first value", 0.1, high=10),
            "window": Option("with flow: steps that it is averaged over", 5, low=1, high=10_000, whole=True),
            "latest": Option("with flow: share of the training by which it happens in any case", 0.5, high=1),
        },
    ),
    "gradual": Kind(
        title="gradually",
        source="Zhu and Gupta, arXiv 1710.01878",
        words="The network loses neurons in rounds while it trains, quickly at first, and is scored anew in each.",
        make=gradual,
        options={
            "rounds": _ROUNDS,
            "start": Option("share of the training at which it begins", 0.1, high=1),
            "end": Option("share of the training at which the last round is", 0.5, high=1),
        },
    ),
    "soft": Kind(
        title="softly",
        source="SFP: He et al., IJCAI 2018, arXiv 1808.06866; SRFP, ASRFP: Cai et al., ICPR 2020, arXiv 2010.09498",
        words="What is below the line is set to zero again and again and may come back; in the end it goes.",
        make=soft,
        options={
            "moments": Option("how often", 10, low=1, high=1000, whole=True),
            "end": Option("share of the training at which the rest goes for good", 1.0, low=0.01, high=1),
            "decay": Option("0: set to zero; above: what weights are multiplied by at first", 0.0, high=1),
            "asymptotic": Option("whether what goes rises over the moments", "no", 1, 0, words=("no", "yes")),
        },
    ),
    "sparse": Kind(
        title="by sparsity of what is to go",
        source="MaskSparsity: Jiang et al., arXiv 2201.06776",
        words="A line is drawn early; what is below it is pressed towards zero while the rest trains, and goes later.",
        make=mask_sparsity,
        options={
            "strength": Option("what absolute weights are multiplied by in the loss", 0.001, high=1000),
            "start": Option("share of the training at which the line is drawn", 0.25, high=1),
            "end": Option("share of the training at which what is below it goes", 0.75, high=1),
        },
    ),
    "group": Kind(
        title="by group sparsity",
        source="Mitsuno et al., IJCNN 2020, arXiv 2004.04394; filters: Wen et al., NeurIPS 2016, arXiv 1608.03665",
        words="All neurons are pressed, whole filters at a time; then the network is scored and cut down once.",
        make=group_sparsity,
        options={
            "strength": Option("what the groups' size is multiplied by in the loss", 0.01, high=1000),
            "groups": Option(
                "kernels: those of a filter compete, too; filters: the group lasso", "kernels", 1, 0,
                words=("kernels", "filters"),
            ),
            "end": Option("share of the training at which the weakest go", 0.75, low=0.01, high=1),
        },
    ),
    "propagate": Kind(
        title="by utility of channels",
        source="Dynamic channel propagation: Shen et al., ICPR 2020, arXiv 2007.01486",
        words="Only the most useful neurons pass their channels on, by what each step says of them; the rest goes.",
        make=propagation,
        options={
            "moments": Option("how often the line is drawn anew", 20, low=1, high=1000, whole=True),
            "explore": Option("share of the training in which all take part", 0.1, low=0.01, high=1),
            "decay": Option("how much of a utility is left after a step, at first", 0.6, high=1),
            "end": Option("share of the training at which the rest goes for good", 1.0, low=0.02, high=1),
        },
    ),
    "thresholds": Kind(
        title="by learnt thresholds",
        source="LAPP without its bypass: Zhai et al., arXiv 2309.14157",
        words="Each layer has a threshold for its scores, which the loss and the limit of cost move while it trains.",
        make=thresholds,
        options={
            "moments": Option("how often neurons are scored anew", 5, low=1, high=50, whole=True),
            "rate": Option("how far a threshold would move over a whole training at a slope of 1", 10.0, 1e-6, 1e6),
            "strength": Option("what the excess over the limit is multiplied by", 1.0, high=1e6),
            "temperature": Option("how far around a threshold neurons have a say", 0.25, 1e-3, 1e3),
            "end": Option("share of the training at which the rest goes for good", 0.5, low=0.01, high=1),
        },
    ),
    "after": Kind(
        title="after training",
        source="Han et al., NeurIPS 2015, arXiv 1506.02626; Renda et al., ICLR 2020, arXiv 2003.02389",
        words="The full network is trained, scored, cut down with its weights, and trained on.",
        make=after,
        options={
            "rounds": Option("how many rounds of removing and training on", 1, low=1, high=50, whole=True),
            "pretraining": Option(
                "share of the training before the first round; auto: half, or none with a checkpoint",
                "auto", high=0.99, words=("auto",),
            ),
            "rate": Option("peak of the learning rate of training on, as a share of the usual one", 1.0, 1e-6, 10),
        },
    ),
}  # fmt: skip
"""When a network is cut down. Masks are per neuron in all of them: single weights are not removed."""


@dataclass(frozen=True)
class Schedule:
    """A schedule with the settings that are not its defaults.

    >>> Schedule.read("gradual:rounds=6,end=0.5").text, Schedule.read("gradual:rounds=6").label
    ('gradual:rounds=6', 'gradual, rounds 6')
    >>> Schedule.read("gradual:rounds=many")
    Traceback (most recent call last):
    ValueError: gradual:rounds must be a whole number from 1 to 50, not many
    """

    name: str
    settings: tuple[tuple[str, Value], ...] = ()

    @classmethod
    def read(cls, text: str) -> "Schedule":
        """The schedule that a text names; ``ValueError`` says what is wrong with it."""
        if not isinstance(text, str):
            raise ValueError(f"a schedule is named by a text, such as gradual:rounds=6, not {text!r}")
        name, _, rest = text.partition(":")
        kind = choose(SCHEDULES, name, "schedule")
        found: dict[str, Value] = {}
        for part in filter(None, rest.split(",")):
            key, equals, value = part.partition("=")
            if key not in kind.options or not equals:
                known = f"its settings are {', '.join(kind.options)}" if kind.options else "it has no settings"
                raise ValueError(f"'{part}' is no setting of the schedule {name}; {known}")
            if key in found:
                raise ValueError(f"the schedule '{text}' says {key} twice; leave one of them out")
            found[key] = kind.options[key].read(f"{name}:{key}", value)
        given = [(key, found[key]) for key in kind.options if key in found]
        return cls(name, tuple((key, value) for key, value in given if value != kind.options[key].default))

    @property
    def kind(self) -> Kind:
        """What it is one of."""
        return SCHEDULES[self.name]

    @property
    def text(self) -> str:
        """The text that it is read from."""
        settings = ",".join(f"{key}={text_of(value)}" for key, value in self.settings)
        return f"{self.name}:{settings}" if settings else self.name

    @property
    def label(self) -> str:
        """The same within a contestant's label."""
        return ", ".join([self.name, *(f"{key} {text_of(value)}" for key, value in self.settings)])

    def make(self, ground: Ground) -> Scheduled:
        """What a training run asks between its steps."""
        options = {key: option.default for key, option in self.kind.options.items()}
        return self.kind.make(ground, {**options, **dict(self.settings)})
