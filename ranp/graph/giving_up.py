"""Where a re-trace refuted the labels, and how much is kept whole for it: as little as makes the prediction hold.

An operation may be refuted more than once. Each time more around it stays:

    1   its rule stops to assume a size, where it does (`Call.assume`), unless its module holds it (`Call.states`)
    2   the channels that reach it
    3   the channels that meet its result: a constant sized "fixed width minus present channels" is padded to a tensor
        whose channels decide its size
    4   every channel that its module works on, then that module's parent, up to the whole network

Where a module raised before the operation was reached, as one that checks the number of its channels does, that module
is the one that level 4 begins with, and it is named.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from torch import fx, nn

from ranp.graph.call import operation_name
from ranp.graph.flow import Blame, Key
from ranp.graph.proof.retrace import Mismatch
from ranp.graph.recording.raised import Raised
from ranp.graph.recording.trace import Recording

ARGUMENTS, MEETING, MODULE = 2, 3, 4

_MEETS = "it meets a tensor whose size depends on how many channels there are"
_MODULE = "when shrunk, it could not be traced again in the way that the labels predict"


def blame(
    blamed: Mapping[Key, Blame], mismatch: Mismatch, recordings: Sequence[Recording], model: nn.Module
) -> dict[Key, Blame]:
    """What is blamed once ``mismatch`` is, too: with it, for a start, the same operation of repeated blocks."""
    (training, name), raised = mismatch.key, mismatch.raised
    node = next(node for one in recordings if one.training == training for node in one.operations if node.name == name)
    before = blamed.get(mismatch.key, Blame(0))
    level = before.level + 1
    if level >= ARGUMENTS and not node.all_input_nodes:
        level = max(level, MEETING)  # nothing reaches it
    found = {**blamed, mismatch.key: Blame(level, raised or before.raised)}
    if level <= MEETING:
        for key, alike in _siblings(mismatch, recordings, model):
            known = found.get(key, Blame(0))
            found[key] = Blame(max(known.level, level), known.raised or alike)
    return found


def withdraw(blamed: Mapping[Key, Blame], guesses: Iterable[Key]) -> dict[Key, Blame]:
    """What is blamed once guesses are given up, which a re-trace refuted here or elsewhere: what reaches them stays."""
    return {**blamed, **{key: Blame(ARGUMENTS) for key in guesses}}


def exhausted(blamed: Mapping[Key, Blame], mismatch: Mismatch, recordings: Sequence[Recording]) -> bool:
    """Whether everything was kept for the refuted operation already."""
    known = blamed.get(mismatch.key, Blame(0))
    depth = max((len(_places(mismatch.key, known, one)) for one in recordings), default=0)
    return known.level >= MODULE + depth


def given_up(blamed: Mapping[Key, Blame], recordings: Sequence[Recording]) -> dict[Key, str]:
    """The operations at which every channel stays, and why, in words."""
    found: dict[Key, str] = {}
    for recording in recordings:
        for node in recording.operations:
            key = recording.training, node.name
            known = blamed.get(key, Blame(0))
            if known.level >= MEETING:
                found |= {(recording.training, user.name): known.why(_MEETS) for user in _meetings(node)}
            if known.level >= MODULE:
                places = _places(key, known, recording)
                within = places[min(known.level - MODULE, len(places) - 1)]
                found |= dict.fromkeys(_inside(recordings, within), known.why(_MODULE))
    return found


def _places(key: Key, known: Blame, recording: Recording) -> list[str]:
    """The module that raised, or else that of the operation, its parent, ... and the whole network, which is empty."""
    return _parents(recording.owners.get(key[1], "") if known.raised is None else known.raised.where)


def _siblings(
    mismatch: Mismatch, recordings: Sequence[Recording], model: nn.Module
) -> Iterator[tuple[Key, Raised | None]]:
    """The same operation in modules of the same class: of that name, and in the same place among those of that name.

    Where a module raised, those are the modules of its class, and what each of them would raise comes with it.
    """
    modules = dict(model.named_modules(remove_duplicate=False))
    raised = mismatch.raised
    for recording in recordings:
        if recording.training != mismatch.key[0]:
            continue
        owner = recording.owners.get(mismatch.key[1], "")
        if raised is not None and not _is_in(owner, raised.where):
            continue  # the operation that came next lies outside of the module
        below = "" if raised is None else owner.removeprefix(raised.where)
        places: dict[str, tuple[object, ...]] = {}
        count: Counter[tuple[str, str]] = Counter()
        for node in recording.operations:
            call, name = recording.calls.get(node.name, ""), operation_name(node)
            around = recording.owners.get(node.name, "")
            if around.endswith(below):
                kind = type(modules.get(around.removesuffix(below)))
                places[node.name] = (kind, name, count[call, name])
            count[call, name] += 1
        for name, place in places.items():
            if place == places.get(mismatch.key[1]):
                path = recording.owners.get(name, "").removesuffix(below)
                yield (recording.training, name), None if raised is None else raised.alike(path)


def _meetings(node: fx.Node) -> Iterator[fx.Node]:
    """The operations in which a result meets others, whatever is done to it alone before."""
    for user in node.users:
        if user.op != "call_function":
            continue
        if len(user.all_input_nodes) > 1:
            yield user
        else:
            yield from _meetings(user)


def _parents(owner: str) -> list[str]:
    """A module's path, its parent's, ... and the whole network's, which is empty."""
    found = []
    while owner:
        found.append(owner)
        owner = owner.rpartition(".")[0]
    return [*found, ""]


def _inside(recordings: Sequence[Recording], path: str) -> Iterator[Key]:
    for recording in recordings:
        for node in recording.operations:
            if _is_in(recording.owners.get(node.name, ""), path):
                yield recording.training, node.name


def _is_in(owner: str, path: str) -> bool:
    return not path or owner == path or owner.startswith(f"{path}.")
