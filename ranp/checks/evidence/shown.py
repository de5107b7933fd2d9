"""All that is said of races in Markdown: the paragraphs on accuracy, then the tables, then those of schedules."""

from collections.abc import Collection, Mapping

from ranp.checks.evidence.accuracy import accuracy
from ranp.checks.evidence.when import when_tables
from ranp.checks.race_table import tables
from ranp.checks.races import WHEN, Race


def markdown(races: Mapping[str, Race], asked: Collection[str] = ()) -> str:
    """What ``ranp race --markdown`` prints, and what stands in the README in these parts.

    ``asked`` names the races that are asked for, whether anything is known of them or not; without it, ``races`` are.
    """
    names = {*asked, *races}
    parts = () if names and names <= WHEN.keys() else (accuracy(races), tables(races))
    return "\n\n".join(part for part in (*parts, when_tables(races)) if part)
