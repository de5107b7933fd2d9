"""The README's paragraphs on accuracy, its tables of races and its picture of score against cost, from the races' file.

    python -m tests.benchmarks.evidence

Run it after ``ranp race``: it writes between the marks in the README, and ``docs/score_against_cost.svg``. Races of
schedules have a part of their own in the README, *when to prune*.
"""

import argparse

from ranp.checks import read_races
from ranp.files import read_text, write_atomically
from tests.benchmarks.evidence.picture import svg
from tests.benchmarks.evidence.readme import PICTURE, README, told


def main() -> None:
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    races = read_races()
    write_atomically(PICTURE, svg(races).encode())
    write_atomically(README, told(read_text(README), races).encode())
    print(f"wrote {README.name} and {PICTURE.name} from {len(races)} races")


if __name__ == "__main__":
    main()
