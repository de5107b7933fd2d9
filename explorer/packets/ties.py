"""Why a layer is tied to others, in sentences: which operation joins what they give, and what it does to channels."""

from collections.abc import Sequence

from ranp.graph import Tie

DOES = {
    **dict.fromkeys(("add", "sub"), "adds up"),
    **dict.fromkeys(("mul", "div"), "multiplies"),
    **dict.fromkeys(("cat", "concat", "stack"), "joins along another dimension"),
}
"""What an operation does to the outputs of layers, by its name, channel by channel."""

ALONE = ("conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d", "convolution")
"""Operations that are layers themselves: grouped ones, which work on channels by themselves."""

MOST_NAMED = 3


def in_sentences(layer: str, ties: Sequence[Tie]) -> list[str]:
    """One sentence for each operation that ties the layer to others; then one on those that are tied to these in turn.

    >>> from ranp.graph import Cause
    >>> [said] = in_sentences("conv2", [Tie("skip", (Cause("add", "block"),))])
    >>> said
    'add in block adds up the outputs of conv2 and skip, channel by channel.'
    """
    direct: dict[tuple[str, str], list[str]] = {}
    for tie in ties:
        if len(tie.causes) == 1:
            direct.setdefault(tie.causes[0], []).append(tie.other)
    said = [_said(layer, operation, where, others) for (operation, where), others in direct.items()]
    far = [tie for tie in ties if len(tie.causes) > 1]
    if far:
        places = list(dict.fromkeys(_at(*cause) for tie in far for cause in tie.causes))
        verb = "are" if len(far) > 1 else "is"
        said.append(f"{_listed([tie.other for tie in far])} {verb} tied to it in turn, through {_listed(places)}.")
    return said


def _said(layer: str, operation: str, where: str, others: Sequence[str]) -> str:
    both = _listed([layer, *others])
    if operation in ALONE:
        return f"{_at(operation, where)} works on its channels one by one or in groups, so {both} keep the same ones."
    does = DOES.get(operation)
    if does is None:
        return f"{_at(operation, where)} needs the same channels of {both}."
    return f"{_at(operation, where)} {does} the outputs of {both}, channel by channel."


def _at(operation: str, where: str) -> str:
    return f"{operation} in {where}" if where else f"{operation} in the network's own forward pass"


def _listed(names: Sequence[str]) -> str:
    """A few names, and how many more there are."""
    more = len(names) - MOST_NAMED
    if more > 1:
        return f"{', '.join(names[:MOST_NAMED])} and {more} more"
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
