"""Where scripts and notebooks that the app exported before look for `Scoring`; it lives in `ranp.subject`."""

from ranp.subject import Scoring

__all__ = ["Scoring"]
