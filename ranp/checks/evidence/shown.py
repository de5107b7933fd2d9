"""All that is said of races in Markdown: the paragraphs on accuracy, then the tables, then those of schedules."""

from collections.abc import Mapping

from ranp.checks.evidence.accuracy import accuracy
from ranp.checks.evidence.when import when_tables
from ranp.checks.race_table import tables
from ranp.checks.races import WHEN, Race


def markdown(races: Mapping[str, Race]) -> str:
    """What ``ranp race --markdown`` prints, and what stands in the README in these parts."""
    methods = {name: race for name, race in races.items() if name not in WHEN}
    parts = (accuracy(races), tables(races)) if methods or not races else ()
    return "\n\n".join(part for part in (*parts, when_tables(races)) if part)
