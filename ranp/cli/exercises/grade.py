"""``ranp grade``: the plans that a class handed in, as one table."""

import argparse
import csv
import io
from pathlib import Path

from ranp.cli.command import Command, Result
from ranp.cli.exercises.check_exercise import add_file, known_exercises
from ranp.cli.report import printable
from ranp.exercises import Exercise, find, grade, network_graph
from ranp.files import cell, check_inside, check_writable, write_atomically
from ranp.plan import load_plan

COLUMNS = ("student", "exercise", "passed", "hints")
MAX_HINTS = 2000


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="holds STUDENT/EXERCISE.zip")
    parser.add_argument("--exercise", metavar="NAME", help="FOLDER holds STUDENT.zip, all of this exercise")
    add_file(parser)
    parser.add_argument("--csv", type=Path, metavar="PATH", help="write the table there too")


def _run(args: argparse.Namespace) -> Result:
    if args.csv is not None:
        check_writable(args.csv)
    known = known_exercises(args)
    if not args.folder.is_dir():
        raise ValueError(f"{args.folder} is no folder; give the one that holds what was handed in")
    if args.exercise is None:
        handed = [(path.parent.name, path.stem, path) for path in _handed_in(args.folder, "*/*.zip")]
    else:
        find(args.exercise, known)
        handed = [(path.stem, args.exercise, path) for path in _handed_in(args.folder, "*.zip")]
    if not handed:
        shape = "STUDENT/EXERCISE.zip" if args.exercise is None else "STUDENT.zip"
        raise ValueError(f"{args.folder} holds no {shape}")
    for name in {name for _, name, _ in handed} & known.keys():
        if known[name].answer == "plan":
            network_graph(known[name])  # what cannot be built is no student's fault
    rows = [_row(student, name, path, args.folder, known) for student, name, path in handed]
    if args.csv is not None:
        write_atomically(args.csv, _csv(rows).encode())
    return {"rows": rows, "passed": sum(row["passed"] == "yes" for row in rows)}


def _handed_in(folder: Path, pattern: str) -> list[Path]:
    """What lies there and was put there by a person: hidden files are what systems and killed programs leave."""
    found = (path for path in folder.glob(pattern) if not {path.name[:1], path.parent.name[:1]} & {"."})
    return sorted(found)


def _row(student: str, name: str, path: Path, folder: Path, known: dict[str, Exercise]) -> dict[str, str]:
    """One plan's line; a file that cannot be read is graded as such, and the others go on."""
    try:
        check_inside(path, folder)
        exercise = find(name, known)
        if exercise.answer != "plan":
            raise ValueError(f"'{name}' asks for a {exercise.answer}, which the notebook grades")
        verdict = grade(exercise, load_plan(path))
        passed, hints = "yes" if verdict.passed else "no", " ".join(verdict.hints)
    except (ValueError, OSError, MemoryError, RecursionError) as error:
        passed, hints = "unreadable", str(error) or type(error).__name__
    texts = (student, name, passed, " ".join(hints.split())[:MAX_HINTS])
    return dict(zip(COLUMNS, map(printable, texts), strict=True))


def _csv(rows: list[dict[str, str]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows({key: cell(value) for key, value in row.items()} for row in rows)
    return text.getvalue()


def _text(result: Result) -> str:
    lines = [f"{row['student']}  {row['exercise']}  {row['passed']}  {row['hints']}" for row in result["rows"]]
    return "\n".join([*lines, f"{result['passed']} of {len(result['rows'])} pass"])


GRADE = Command(
    "grade all plans that a class handed in: a table, and CSV",
    "ranp grade handed-in --csv grades.csv",
    _arguments,
    _run,
    _text,
)
