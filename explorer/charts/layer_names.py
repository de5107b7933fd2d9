"""Short names of layers: what tells a layer from the others stays, what they have in common goes or is shortened."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

LEGIBLE = 3
"""Letters of a word that are kept where there is room, so that it can be guessed."""

WHOLE = 5
"""A word of so many letters is not worth shortening."""

_END = ""
"""Stands in a tree of names for a name that ends there."""

_WORD = re.compile(r"([A-Za-z_-]*)(.*)", re.DOTALL)


def short_names(names: Sequence[str]) -> list[tuple[str, ...]]:
    """For each layer four names from the longest to the shortest; those of one length tell all layers apart.

    First the name itself; then without the parts that say nothing, since all names that begin alike go on with them;
    then with words cut where no neighbour's begins so; at last with as few letters as tell them apart. Cut names lack
    the first part that most of them have.

    >>> short_names(["model.encoder1.conv1", "model.encoder1.conv2", "model.decoder1.conv1", "model.final"])[0]
    ('model.encoder1.conv1', 'encoder1.conv1', 'enc1.conv1', 'e1.c1')
    """
    paths = [tuple(name.split(".")) for name in names]
    after: dict[tuple[str, ...], dict[str, None]] = {}
    for path in paths:
        for place, part in enumerate((*path, _END)):
            after.setdefault(path[:place], {})[part] = None
    legible = {prefix: _cut(list(parts), LEGIBLE, WHOLE) for prefix, parts in after.items()}
    least = {prefix: _cut(list(parts), 1, 0) for prefix, parts in after.items()}
    found = []
    for path in paths:
        telling = [place for place in range(len(path)) if len(after[path[:place]]) > 1] or [len(path) - 1]
        whole = ".".join(path[place] for place in telling)
        cut = (".".join(words[path[:place]][path[place]] for place in telling) for words in (legible, least))
        found.append((".".join(path), whole, *cut))
    lengths = [list(length) for length in zip(*found, strict=True)]
    return list(zip(*lengths[:2], *map(_without_common_start, lengths[2:]), strict=True))


def _without_common_start(names: Sequence[str]) -> list[str]:
    """The names without the first part that most of them have, unless two are the same without it."""
    starts = Counter(name.partition(".")[0] for name in names if "." in name)
    ((start, times),) = starts.most_common(1) or [("", 0)]
    cut = [name.removeprefix(f"{start}.") for name in names]
    return cut if 2 * times > len(names) and len(set(cut)) == len(names) else list(names)


def _cut(parts: Sequence[str], least: int, whole: int) -> dict[str, str]:
    """Each part with its word cut to the fewest letters by which no other word begins; its number stays."""
    words = {part: _word(part) for part in parts}
    known = {word for word, _ in words.values()}
    short = {part: next(_cuts(word, known, least, whole)) + rest for part, (word, rest) in words.items()}
    return short if len(set(short.values())) == len(parts) else {part: part for part in parts}


def _word(part: str) -> tuple[str, str]:
    found = _WORD.fullmatch(part)
    assert found is not None
    return found[1], found[2]


def _cuts(word: str, others: set[str], least: int, whole: int) -> Iterator[str]:
    if len(word) > whole:
        for letters in range(least, len(word)):
            if not any(other != word and other.startswith(word[:letters]) for other in others):
                yield word[:letters].rstrip("_-") or word[:letters]
    yield word
