"""All that is said of races in Markdown: the paragraphs on accuracy, then the tables."""

from collections.abc import Mapping

from ranp.checks.evidence.accuracy import accuracy
from ranp.checks.race_table import tables
from ranp.checks.races import Race


def markdown(races: Mapping[str, Race]) -> str:
    """What ``ranp race --markdown`` prints, and what stands in the README in these two parts."""
    return "\n\n".join(part for part in (accuracy(races), tables(races)) if part)
