"""What the visitor chose, as one frozen value that a link can carry (`explorer.state.links`).

Sparsity and lambda default to what the preset states.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ranp.selection import METHODS, PRICED_LIVE, SETTINGS, Chosen, Limit, Number, Whole


def largest(name: str) -> float:
    """The most of a setting that pages offer."""
    form = SETTINGS[name].form
    assert isinstance(form, (Number, Whole)), "only numbers have a largest"
    return form.offered[1]


MAX_SPARSITY = largest("sparsity")
MAX_SEED = int(largest("seed"))
STEPS = 5
OF_TIME = frozenset({"time", "inference"})
"""What is prescribed in seconds."""
EXAMPLES = {"usual": "Usual", "1": "1", "8": "8"}
"""How many examples importance is computed on, each with its label."""


@dataclass(frozen=True)
class PresetChoice:
    """A size at which an architecture is offered, with the sparsity and lambda to start from."""

    title: str
    description: str
    sparsity: float
    lam: float


@dataclass(frozen=True)
class ArchitectureChoice:
    """A network, and in a word what it is for or whose it is.

    ``unnamed`` is the size of links that name none: what was offered first when such links were first written, whatever
    is offered first by now. Empty: the first.
    """

    title: str
    source: str
    presets: Mapping[str, PresetChoice]
    group: str = ""
    unnamed: str = ""


@dataclass(frozen=True)
class Choices:
    """What can be chosen on this server. The first architecture, preset and method are where a visit starts.

    ``lacking`` says how to get what a visit would rather start with, where that is not installed.
    """

    architectures: Mapping[str, ArchitectureChoice]
    methods: Mapping[str, str]  # name -> what it does, in a sentence
    criteria: Mapping[str, str]  # name -> what it measures
    lacking: str = ""

    @property
    def moved(self) -> bool:
        """Whether a visit starts with another size than links mean that name none."""
        first = next(iter(self.architectures.values()))
        return first.unnamed not in ("", next(iter(first.presets)))


@dataclass(frozen=True)
class ExplorerState(Chosen):
    """Everything that decides what the pages show: a network, the settings of `SETTINGS` and what is looked at.

    Sparsity, budget, alpha and caps are shares of one. ``layer`` and ``neuron`` are what is looked at closely: none
    while the name is empty, or the number negative. And ``xray`` is the step of the pipeline that is looked at, from 1.
    ``examples`` is a key of `EXAMPLES`: a thorough importance of a large network takes minutes and much memory.
    ``table`` names the time table that prices the network; empty: the one at hand. No link carries it.
    """

    architecture: str
    preset: str
    target: str = SETTINGS["target"].default
    sparsity: float = SETTINGS["sparsity"].default
    budget: float = SETTINGS["budget"].default
    also: str = SETTINGS["also"].default
    also_budget: float = SETTINGS["also_budget"].default
    alpha: float = field(default=1.0, kw_only=True)  # where the method of the start has it
    card: float = SETTINGS["card"].default
    batch: int = SETTINGS["batch"].default
    layer: str = ""
    neuron: int = -1
    xray: int = 1
    examples: str = "usual"
    table: str = ""

    @property
    def limits(self) -> tuple[tuple[str, float], ...]:
        """What is prescribed instead of the sparsity: of one resource or two the share that may be left."""
        if self.target == "sparsity":
            return ()
        second = ((self.also, self.also_budget),) if self.also not in ("none", self.target) else ()
        return ((self.target, self.budget), *second)

    @property
    def limits_peak(self) -> bool:
        """Whether the plan hangs on what a training step holds, and so on its batch."""
        return "peak" in dict(self.limits)

    @property
    def limits_time(self) -> bool:
        """Whether the plan hangs on the seconds of a step, and so on a time table."""
        return not OF_TIME.isdisjoint(dict(self.limits))


@dataclass(frozen=True)
class Lesson:
    """What a lesson link takes out of the visitor's hands: controls that are not shown, and controls that are fixed."""

    hide: tuple[str, ...] = ()
    fix: tuple[str, ...] = ()


@dataclass(frozen=True)
class Scene:
    """A place on a page that a link can name, such as a step of a tour: what such a link carries, and where it starts.

    ``settings`` are fields of the state by name, but for the layers; ``network`` is an architecture and its size, where
    the place needs one to start with.
    """

    query: Mapping[str, str]
    settings: Mapping[str, Any] = field(default_factory=dict)
    network: tuple[str, str] | None = None


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


def scene_state(choices: Choices, scene: Scene, architecture: str | None = None) -> ExplorerState:
    """Where the scene starts: on its own network unless another is named, with its settings.

    Where nobody names the size, it is the one that links mean which name none.
    """
    home = scene.network if scene.network and scene.network[0] in choices.architectures else (None, None)
    preset = home[1] if architecture in (None, home[0]) else None
    architecture = architecture or home[0] or next(iter(choices.architectures))
    unnamed = choices.architectures[architecture].unnamed or None
    return replace(default_state(choices, architecture, preset or unnamed), **scene.settings)


_CORNERS: dict[str, dict[str, Any]] = {
    "ranp-f": {"alpha": 1.0, "time_share": 0.0},
    "ranp-m": {"alpha": 0.0, "time_share": 0.0},
    "ranp-t": {"time_share": 1.0},
}
"""Where the blend is another method."""


def settle(state: ExplorerState) -> ExplorerState:
    """What belongs together: RANP-f, RANP-m and RANP-t are corners of the blend; a second budget is another's."""
    state = replace(state, **_CORNERS.get(state.method, {}))
    return state if len(state.limits) == 2 else replace(state, also=SETTINGS["also"].default)


def only_plan(state: ExplorerState) -> ExplorerState:
    """The state without what is only looked at, and what the plan is held against: two that are equal have one plan."""
    card, batch = (SETTINGS[name].default for name in ("card", "batch"))
    batch = state.batch if state.limits_peak else batch
    table = state.table if needs_seconds(state) else ""
    return replace(state, layer="", neuron=-1, xray=1, card=card, batch=batch, table=table)


def weighs_seconds(state: ExplorerState) -> bool:
    """Whether layers are weighed by what a time table tells."""
    method = METHODS[state.method]
    return method.needs_seconds or (method.rule.cost == "blend" and state.time_share > 0)


def prices_time(state: ExplorerState) -> bool:
    """Whether a time table prices plans on the way to the state's: time is limited, or counts move to fast ones."""
    return state.limits_time or state.snap != "off"


def needs_seconds(state: ExplorerState) -> bool:
    """Whether the plan hangs on what a time table tells, by its ranking or by prices of plans."""
    return weighs_seconds(state) or prices_time(state)


def without_seconds(state: ExplorerState) -> ExplorerState:
    """The state without what needs a time table, for a network that has none."""
    method = SETTINGS["method"].default if weighs_seconds(state) else state.method
    return settle(replace(_without(state, OF_TIME), method=method, snap="off"))


def as_state(limits: Sequence[Limit], batch: int) -> dict[str, Any] | None:
    """The fields of the state that prescribe these limits, nothing where there are none.

    None where pages have no control for them: they prescribe shares, of one resource or two that they price.
    """
    if len(limits) > 2 or any(kind not in PRICED_LIVE or isinstance(amount, str) for kind, amount in limits):
        return None
    names = ("target", "budget", "also", "also_budget")[: 2 * len(limits)]
    told = dict(zip(names, (told for limit in limits for told in limit), strict=True))
    return {**told, "batch": batch} if "peak" in dict(limits) else told


def without_peak(state: ExplorerState) -> ExplorerState:
    """The state without a budget of peak memory, for a network whose training step cannot be priced."""
    return settle(_without(state, {"peak"}))


def _without(state: ExplorerState, kinds: Collection[str]) -> ExplorerState:
    """The state without budgets of these kinds."""
    others = [limit for limit in state.limits if limit[0] not in kinds]
    if len(others) == len(state.limits):
        return state
    if not others:
        return replace(state, target="sparsity", also=SETTINGS["also"].default)
    [(target, budget)] = others
    return replace(state, target=target, budget=budget, also=SETTINGS["also"].default)


def known_layers(
    state: ExplorerState, prunable: Collection[str], layers: Collection[str]
) -> tuple[ExplorerState, list[str]]:
    """The state without layers that this network does not have, and a sentence for each of them."""
    notices = [
        f"This network has no prunable layer {quote(name)}, so it cannot be {what}."
        for what, names in (("protected", state.protect), ("capped", dict(state.caps)))
        for name in names
        if name not in prunable
    ]
    if state.layer and state.layer not in layers:
        notices.append(f"This network has no layer {quote(state.layer)} to look at.")
        state = replace(state, layer="", neuron=-1)
    protect = tuple(name for name in state.protect if name in prunable)
    caps = tuple((name, share) for name, share in state.caps if name in prunable)
    return replace(state, protect=protect, caps=caps), notices


def quote(text: str) -> str:
    """A stranger's text inside a sentence: short, printable, and with nothing that Markdown would act on."""
    plain = "".join(character for character in text if character.isprintable() and character != "`")
    return f"`{plain[:40]}…`" if len(plain) > 40 else f"`{plain}`" if plain else "(nothing)"


def quote_reason(text: str, most: int = 400) -> str:
    """A reason of the library, in which a stranger's words may stand, without anything that Markdown would act on."""
    plain = "".join(c for c in text if c.isprintable())[:most]
    return "".join(f"\\{c}" if c in "\\`*_[]<>#$|~:" else c for c in plain)
