"""How busy other work keeps the machine, on which every comparison of several threads hangs.

With two of two cores taken on purpose, torch's calls on several threads took many times as long while our pricing, on
one thread, took no longer: the ratio between them rose from about 1,500 to over 20,000 and meant nothing.
"""

import psutil

MOST_PERCENT = 10.0
SECONDS = 2.0


def busy_percent() -> float:
    """Share of all cores that others use, over the next seconds, while we sleep."""
    return psutil.cpu_percent(interval=SECONDS)


def caution(busy: dict[str, float]) -> str | None:
    """A sentence when any measurement began on a busy machine; `busy` is measurement -> percent."""
    loud = [f"{name} {percent:.0f} %" for name, percent in busy.items() if percent > MOST_PERCENT]
    if not loud:
        return None
    return f"NOT TO BE QUOTED: other work kept the cores busy before {', '.join(loud)}; run again on an idle machine."
