"""What this server offers: networks in their sizes, methods, criteria."""

from explorer import wording
from explorer.compute import heavy
from explorer.compute.own import Own
from explorer.state import ArchitectureChoice, Choices, PresetChoice
from ranp.data import TASKS, task
from ranp.files import one_line
from ranp.importance import CRITERIA
from ranp.models import ARCHITECTURES, Architecture, find_preset
from ranp.selection import DEFAULT_SPARSITY, METHODS, PruningConfig

OFFERED = {name: method for name, method in METHODS.items() if not method.needs_seconds}
"""The methods that need no time table: what is on offer where there is none."""

FIRST = ("unet3d", "classroom-tissue")
"""The network and the size that a visit starts with where the scan that it learns from is installed."""

YOURS = "yours"
"""The group of the networks that the app was started with."""


def choices() -> Choices:
    """What this server offers: one's own networks first, then task by task; classroom sizes, where a visit need not
    wait, before others."""
    architectures = {}
    for name, own in heavy.owns().items():
        source = "your own" if own.model is not None else "your weights"
        architectures[name] = ArchitectureChoice(own.title, source, _sizes(own), YOURS)
    for name, architecture in sorted(ARCHITECTURES.items(), key=lambda item: list(TASKS).index(_task(item[1]))):
        presets = {size: architecture.presets[size] for size in _ordered(architecture)}
        sizes = {key: PresetChoice(key, each.description, each.sparsity, each.lam) for key, each in presets.items()}
        architectures[name] = ArchitectureChoice(
            architecture.title, architecture.source, sizes, _tasks(architecture), unnamed=_usual(architecture)[0]
        )
    return Choices(
        architectures,
        {name: method.title for name, method in METHODS.items()},
        {name: f"{name}: {criterion.title}" for name, criterion in CRITERIA.items()},
        lacking="" if _lacks() is None else wording.lacking(str(_lacks())),
    )


def _usual(architecture: Architecture) -> list[str]:
    """Its sizes, a classroom's first."""
    return sorted(architecture.presets, key=lambda size: not size.startswith("classroom"))


def _ordered(architecture: Architecture) -> list[str]:
    """Its sizes as they are offered: that which a visit starts with before the others, where it can."""
    name, first = FIRST
    starts = architecture.name == name and _lacks() is None
    return sorted(_usual(architecture), key=lambda size: not (starts and size == first))


def _lacks() -> str | None:
    """Why a visit cannot start with `FIRST`, in a sentence."""
    name, size = FIRST
    return task(find_preset(name, size).task).lacks()


def _task(architecture: Architecture) -> str:
    """What it is for, at the size that is offered first."""
    return architecture.presets[_ordered(architecture)[0]].task


def _tasks(architecture: Architecture) -> str:
    """What it is for, at all of its sizes."""
    tasks = dict.fromkeys(architecture.presets[size].task for size in _ordered(architecture))
    return ", ".join(task.replace("-", " ") for task in tasks)


def _sizes(own: Own) -> dict[str, PresetChoice]:
    """With trained weights first, where there are any, and as its factory makes it: before training, and after."""
    preset = None if own.model is not None else find_preset(own.architecture, own.preset)
    start = (DEFAULT_SPARSITY, PruningConfig().lam) if preset is None else (preset.sparsity, preset.lam)
    sizes = {}
    if own.trained is not None:
        title = f"trained: {one_line(own.trained.file)[:40]}"
        sizes[heavy.TRAINED] = PresetChoice(title, f"with the weights of {own.trained.title}", *start)
    if own.model is not None:
        sizes[heavy.OWN] = PresetChoice("as given", "with the weights that its factory gives it", *start)
    return sizes
