"""Kill a process at each moment at which it touches the disk, one after the other:

python -m tests.killing FOLDER

A copy of this process does the work in an empty folder of its own and kills itself, as `kill -9` would, just before the
first, second, third ... operation on files, until one comes to the end. After each, whoever looks finds what was there
before or what was to come, whole; and the next one who does the work is not hindered. Prints how often each work was
killed, as JSON.
"""

import json
import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from ranp.formats import export_plan
from ranp.graph import ChannelGraph, trace
from ranp.models import build, example_inputs
from ranp.plan import Plan, load_plan, prune
from ranp.selection import PruningConfig
from ranp.subject.cache import cached_scores, is_cached

KEY = "a" * 64
SCORES = {"conv": torch.arange(4.0)}
EVENTS = ("open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.truncate", "shutil.rmtree")


def unet() -> tuple[torch.nn.Module, ChannelGraph]:
    model = build("unet3d", "classroom", seed=0, base_channels=4)
    return model, trace(model, example_inputs("unet3d", "classroom"), check=False)


def plans() -> list[Plan]:
    _, graph = unet()
    return [prune(graph, None, PruningConfig("random", sparsity=sparsity)) for sparsity in (0.2, 0.5)]


def dies(moment: int, work: Callable[[], object]) -> bool:
    """Whether a copy of this process is killed at that operation on files, rather than that it comes to the end."""
    child = os.fork()
    if child == 0:
        passed = 0

        def hook(event: str, _: tuple[Any, ...]) -> None:
            nonlocal passed
            if event in EVENTS:
                passed += 1
                if passed == moment:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(hook)
        try:
            work()
        except BaseException as error:
            print(f"the work failed: {error!r}", file=sys.stderr)
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
        return True
    if status:
        raise RuntimeError(f"the work ended with {status}")
    return False


def at_every_moment(folder: Path, before: Callable[[Path], object], work: Callable[[Path], object],
                    check: Callable[[Path, bool], object]) -> int:  # fmt: skip
    """How often it was killed; `check` is told whether the work came to its end."""
    for moment in range(1, 10_000):
        here = folder / str(moment)
        here.mkdir()
        before(here)
        killed = dies(moment, lambda here=here: work(here))
        check(here, not killed)
        work(here)  # nobody has to clean up first
        check(here, True)
        shutil.rmtree(here)
        if not killed:
            return moment - 1
    raise RuntimeError("the work never came to its end")


def plan_folder(folder: Path, name: str = "plan") -> int:
    old, new = plans()

    def check(here: Path, ended: bool) -> None:
        found = load_plan(here / name).requested_sparsity
        assert found == new.requested_sparsity or (not ended and found == old.requested_sparsity)
        assert not ended or not list(here.glob(".*.old"))

    return at_every_moment(folder, lambda here: old.save(here / name), lambda here: new.save(here / name), check)


def plan_zip(folder: Path) -> int:
    return plan_folder(folder, "plan.zip")


def export(folder: Path) -> int:
    old, new = plans()
    target = "layers.csv"

    def check(here: Path, ended: bool) -> None:
        found, first, then = ((each / target).read_bytes() for each in (here, folder / "old", folder / "new"))
        assert found == then or (not ended and found == first)

    for name, plan in (("old", old), ("new", new)):
        export_plan(plan, "csv", folder / name / target)
    return at_every_moment(
        folder,
        lambda here: export_plan(old, "csv", here / target),
        lambda here: export_plan(new, "csv", here / target),
        check,
    )


def scores(folder: Path) -> int:
    def check(here: Path, ended: bool) -> None:
        assert is_cached(KEY, here) or not ended
        found = cached_scores(KEY, lambda: SCORES, here)
        assert torch.equal(found["conv"], SCORES["conv"])

    return at_every_moment(folder, lambda _: None, lambda here: cached_scores(KEY, lambda: SCORES, here), check)


if __name__ == "__main__":
    torch.set_num_threads(1)
    killed = {}
    for each in (plan_folder, plan_zip, export, scores):
        own = Path(sys.argv[1], each.__name__)
        own.mkdir()
        killed[each.__name__] = each(own)
    print(json.dumps(killed))
