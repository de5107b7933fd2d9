"""Numbers as a person reads them; counts have the library's SI prefixes (`ranp.units`)."""

from ranp.units import binary_bytes, count, duration

__all__ = ["BYTES_PER_ELEMENT", "asked", "binary_bytes", "count", "duration", "percent"]

BYTES_PER_ELEMENT = 4  # float32


def percent(share: float, digits: int = 1) -> str:
    """A share of one as a percentage.

    >>> percent(0.7824), percent(0.5, 0)
    ('78.2 %', '50 %')
    """
    return f"{100 * share:.{digits}f} %"


def asked(share: float) -> str:
    """A share that somebody chose, as a percentage of up to two decimals and no zeros at its end.

    >>> asked(0.01), asked(0.0306)
    ('1 %', '3.06 %')
    """
    return f"{100 * share:.2f}".rstrip("0").rstrip(".") + " %"
