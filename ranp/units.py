"""Numbers as a person reads them. SI prefixes: 1 k = 1,000 and 1 MB = 1,000,000 bytes, as in the paper.

What is held against the memory of a card is in MiB and GiB, as cards are sold.
"""

PREFIXES = ("", "k", "M", "G", "T", "P")
_SECONDS = (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6))


def count(value: float, unit: str = "") -> str:
    """Three significant digits with an SI prefix.

    >>> count(237_850_000_000), count(62_260_000, "B"), count(999_960), count(12)
    ('238 G', '62.3 MB', '1.00 M', '12')
    """
    size = 0
    while abs(value) >= 999.5 and size < len(PREFIXES) - 1:
        value /= 1000
        size += 1
    whole = size == 0 and float(value).is_integer()
    digits = 0 if whole or abs(value) >= 99.95 else 1 if abs(value) >= 9.995 else 2
    return f"{value:.{digits}f} {PREFIXES[size]}{unit}".rstrip()


def duration(seconds: float) -> str:
    """Three significant digits in seconds, milliseconds or microseconds.

    >>> duration(1.5), duration(0.0123), duration(0.00025)
    ('1.50 s', '12.3 ms', '250 µs')
    """
    unit, size = next((each for each in _SECONDS if seconds >= 0.9995 * each[1]), _SECONDS[-1])
    value = seconds / size
    digits = 0 if value >= 99.95 else 1 if value >= 9.995 else 2
    return f"{value:.{digits}f} {unit}"


def binary_bytes(value: float) -> str:
    """Bytes in KiB, MiB or GiB, as those count who sell memory.

    >>> binary_bytes(3 * 2**29), binary_bytes(2**21), binary_bytes(2**19)
    ('1.50 GiB', '2.0 MiB', '512.0 KiB')
    """
    if value >= 2**30:
        return f"{value / 2**30:.2f} GiB"
    return f"{value / 2**20:.1f} MiB" if value >= 2**20 else f"{value / 2**10:.1f} KiB"
