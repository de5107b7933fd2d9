"""RANP Explorer: see what pruning a network before training removes.

In: a visitor's browser, and the library. Out: the app. `server.py` serves and guards `app.py`, which lists the pages,
each a folder. Files at the top are what several folders need: plain facts, units, words and limits.
Test: `pytest tests/explore tests/safety`
"""

from pathlib import Path

ASSETS = Path(__file__).parent / "assets"
