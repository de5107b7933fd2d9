"""``ranp check-exercise``: grade one answer, or list the exercises, or prove that they are sound."""

import argparse
from pathlib import Path
from typing import Any

from ranp.cli.allowing import add_allow, allow_named
from ranp.cli.command import Command, Result
from ranp.exercises import Exercise, find, flaws, grade, lesson_exercises, read_exercises
from ranp.plan import load_plan


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", nargs="?", metavar="EXERCISE", help="its name; without one, all are listed")
    parser.add_argument("answer", nargs="?", metavar="ANSWER", help="a plan's folder or zip, a number, or an option")
    add_file(parser)
    parser.add_argument(
        "--prove", action="store_true", help="check that solutions pass and wrong answers get their hints"
    )


def add_file(parser: argparse.ArgumentParser) -> None:
    """Which exercises there are, and the code of one's own that they may run."""
    parser.add_argument("--file", type=Path, metavar="YAML", help="a teacher's own exercises instead of the notebooks'")
    add_allow(parser, "run the network, data and loss that an exercise of --file names in this module; {own_code}")


def known_exercises(args: argparse.Namespace) -> dict[str, Exercise]:
    """The notebooks' exercises, or those of the file; from now on the code that the arguments name may run."""
    allow_named(args)
    return lesson_exercises() if args.file is None else read_exercises(args.file)


def _run(args: argparse.Namespace) -> Result:
    known = known_exercises(args)
    chosen = known if args.name is None else {args.name: find(args.name, known)}
    if args.prove:
        return {"flaws": [flaw for exercise in chosen.values() for flaw in flaws(exercise)], "proven": len(chosen)}
    if args.name is None:
        return {
            "exercises": [
                {"name": each.name, "answer": each.answer, "task": each.task, "options": dict(each.options)}
                for each in known.values()
            ]
        }
    exercise = chosen[args.name]
    given = load_plan(Path(args.answer)) if exercise.answer == "plan" and args.answer else args.answer
    verdict = grade(exercise, given)
    return {
        "exercise": exercise.name,
        "passed": verdict.passed,
        "hints": list(verdict.hints),
        "options": dict(exercise.options),
        "text": str(verdict),
    }


def _text(result: Result) -> str:
    if "exercises" in result:
        return "\n".join(
            f"{each['name']} ({each['answer']}): {each['task'].strip()}{_options(each)}" for each in result["exercises"]
        )
    if "flaws" in result:
        return "\n".join(result["flaws"]) or f"{result['proven']} exercises are sound."
    return f"{result['exercise']}: {result['text']}{'' if result['passed'] else _options(result)}"


def _options(of: dict[str, Any]) -> str:
    """What may be answered where that is a choice, an option a line."""
    return "".join(f"\n    {name}: {text}" for name, text in of["options"].items())


CHECK_EXERCISE = Command(
    "grade an answer to an exercise of the notebooks, with hints",
    "ranp check-exercise fifth-of-the-macs plan.zip",
    _arguments,
    _run,
    _text,
    exit_code=lambda result: 1 if result.get("flaws") or result.get("passed", True) is False else 0,
)
