"""Numbers as a person reads them. SI prefixes throughout: 1 k = 1,000 and 1 MB = 1,000,000 bytes, as in the paper."""

_PREFIXES = ("", "k", "M", "G", "T", "P")
BYTES_PER_ELEMENT = 4  # float32


def count(value: float, unit: str = "") -> str:
    """Three significant digits with an SI prefix.

    >>> count(237_850_000_000), count(62_260_000, "B"), count(999_960), count(12)
    ('238 G', '62.3 MB', '1.00 M', '12')
    """
    size = 0
    while abs(value) >= 999.5 and size < len(_PREFIXES) - 1:
        value /= 1000
        size += 1
    whole = size == 0 and float(value).is_integer()
    digits = 0 if whole or abs(value) >= 99.95 else 1 if abs(value) >= 9.995 else 2
    return f"{value:.{digits}f} {_PREFIXES[size]}{unit}".rstrip()


def percent(share: float, digits: int = 1) -> str:
    """A share of one as a percentage.

    >>> percent(0.7824), percent(0.5, 0)
    ('78.2 %', '50 %')
    """
    return f"{100 * share:.{digits}f} %"
