"""What the visitor chose, as one frozen value that a link can carry.

`from_query` reads it from URL query parameters: a value that is missing takes its default, a value that makes no
sense takes its default too and leaves a sentence to show. `to_query` writes only what differs from the defaults, so
that links stay short. Sparsity and lambda default to what the preset states.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

MAX_SPARSITY = 0.99
MAX_LAMBDA = 150.0
MAX_MIN_NEURONS = 16
MAX_SEED = 9999
MIN_BUDGET = 0.01

TARGETS = ("sparsity", "macs", "memory", "params")
"""What is prescribed: the sparsity itself, or what may be left of a resource (the sparsity then follows)."""

COUPLINGS = ("any", "paper", "all")
REDUCTIONS = ("sum", "mean", "max")


@dataclass(frozen=True)
class PresetChoice:
    """A size at which an architecture is offered, with the sparsity and lambda to start from."""

    title: str
    description: str
    sparsity: float
    lam: float


@dataclass(frozen=True)
class ArchitectureChoice:
    title: str
    source: str
    presets: Mapping[str, PresetChoice]


@dataclass(frozen=True)
class Choices:
    """What can be chosen on this server. The first architecture, preset and method are where a visit starts."""

    architectures: Mapping[str, ArchitectureChoice]
    methods: Mapping[str, str]  # name -> what it does, in a sentence
    criteria: Mapping[str, str]  # name -> what it measures


@dataclass(frozen=True)
class ExplorerState:
    """Everything that decides what the page shows. Sparsity, budget and alpha are shares of one."""

    architecture: str
    preset: str
    method: str = "ranp-f"
    target: str = "sparsity"
    sparsity: float = 0.5
    budget: float = 0.25
    alpha: float = 1.0
    lam: float = 11.0
    coupling: str = "any"
    min_neurons: int = 0
    protect: tuple[str, ...] = ()
    criterion: str = "mpmg"
    reduce: str = "sum"
    seed: int = 0


def default_state(choices: Choices, architecture: str | None = None, preset: str | None = None) -> ExplorerState:
    """Where a visit starts: the first architecture and preset unless named, at the preset's sparsity and lambda."""
    architecture = architecture or next(iter(choices.architectures))
    presets = choices.architectures[architecture].presets
    preset = preset or next(iter(presets))
    return ExplorerState(
        architecture,
        preset,
        method=next(iter(choices.methods)),
        sparsity=presets[preset].sparsity,
        lam=presets[preset].lam,
    )


def settle(state: ExplorerState) -> ExplorerState:
    """Alpha and method say the same thing twice: RANP-f is the blend at 1 and RANP-m at 0."""
    fixed = {"ranp-f": 1.0, "ranp-m": 0.0}.get(state.method)
    return state if fixed is None else replace(state, alpha=fixed)


def from_query(query: Mapping[str, Sequence[str]], choices: Choices) -> tuple[ExplorerState, list[str]]:
    """The state that a link asks for, and one sentence for each value that had to fall back."""
    notices: list[str] = []

    def read(name: str, default: Any, parse: Callable[[str], Any], expected: str) -> Any:
        if not query.get(name):
            return default
        text = query[name][-1]
        try:
            return parse(text)
        except ValueError:
            notices.append(f"The link asks for {name} {_quote(text)}; expected {expected}. Showing {default} instead.")
            return default

    first = next(iter(choices.architectures))
    architecture = read("architecture", first, *_one_of(choices.architectures))
    presets = choices.architectures[architecture].presets
    preset = read("preset", next(iter(presets)), *_one_of(presets))
    start = default_state(choices, architecture, preset)
    state = ExplorerState(
        architecture,
        preset,
        method=read("method", start.method, *_one_of(choices.methods)),
        target=read("target", start.target, *_one_of(TARGETS)),
        sparsity=read("sparsity", start.sparsity, *_number(0, MAX_SPARSITY)),
        budget=read("budget", start.budget, *_number(MIN_BUDGET, 1)),
        alpha=read("alpha", start.alpha, *_number(0, 1)),
        lam=read("lambda", start.lam, *_number(0, MAX_LAMBDA)),
        coupling=read("coupling", start.coupling, *_one_of(COUPLINGS)),
        min_neurons=read("min_neurons", start.min_neurons, *_whole_number(0, MAX_MIN_NEURONS)),
        protect=tuple(dict.fromkeys(query.get("protect", ()))),
        criterion=read("criterion", start.criterion, *_one_of(choices.criteria)),
        reduce=read("reduce", start.reduce, *_one_of(REDUCTIONS)),
        seed=read("seed", start.seed, *_whole_number(0, MAX_SEED)),
    )
    return settle(state), notices


def to_query(state: ExplorerState, choices: Choices) -> dict[str, list[str]]:
    """The shortest query that `from_query` turns back into this state."""
    start = settle(replace(default_state(choices, state.architecture, state.preset), method=state.method))
    start = replace(start, architecture=next(iter(choices.architectures)), method=next(iter(choices.methods)))
    start = replace(start, preset=next(iter(choices.architectures[state.architecture].presets)))
    query: dict[str, list[str]] = {}
    for field in fields(state):
        value, default = getattr(state, field.name), getattr(start, field.name)
        if value != default:
            texts = value if isinstance(value, tuple) else (f"{value:.6g}" if isinstance(value, float) else str(value),)
            query["lambda" if field.name == "lam" else field.name] = list(texts)
    return query


def known_layers(state: ExplorerState, prunable: Collection[str]) -> tuple[ExplorerState, list[str]]:
    """Protected layers that this network has, and a sentence for each name that it does not have."""
    unknown = [name for name in state.protect if name not in prunable]
    notices = [f"This network has no prunable layer {_quote(name)}, so it cannot be protected." for name in unknown]
    return replace(state, protect=tuple(name for name in state.protect if name in prunable)), notices


def _one_of(names: Collection[str]) -> tuple[Callable[[str], str], str]:
    def parse(text: str) -> str:
        if text not in names:
            raise ValueError(text)
        return text

    return parse, "one of " + ", ".join(names)


def _number(low: float, high: float) -> tuple[Callable[[str], float], str]:
    def parse(text: str) -> float:
        value = float(text)
        if not low <= value <= high:  # nan is neither
            raise ValueError(text)
        return value

    return parse, f"a number from {low:g} to {high:g}"


def _whole_number(low: int, high: int) -> tuple[Callable[[str], int], str]:
    def parse(text: str) -> int:
        value = int(text)
        if not low <= value <= high:
            raise ValueError(text)
        return value

    return parse, f"a whole number from {low} to {high}"


def _quote(text: str) -> str:
    """A stranger's text inside a sentence: short, printable, and with nothing that Markdown would act on."""
    plain = "".join(character for character in text if character.isprintable() and character != "`")
    return f"`{plain[:40]}…`" if len(plain) > 40 else f"`{plain}`" if plain else "(nothing)"
