"""Names that others chose, such as those of layers, where a reader would act on what is in them."""


def one_line(text: str) -> str:
    r"""The text with its line ends, and what a terminal would act on, as escapes.

    >>> print(one_line("conv\n\x1b[2J, 3 × 3"))
    conv\n\x1b[2J, 3 × 3
    """
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text)


def cell(text: str) -> str:
    """The same for a spreadsheet, which would compute what begins like a formula.

    >>> cell("=1+1"), cell("conv.1")
    ("'=1+1", 'conv.1')
    """
    return one_line(f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text)
