"""What goes wrong around the library: killed processes, full disks, folders without access, two apps at once."""

import asyncio
import json
import os
import random
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from anyio.from_thread import start_blocking_portal

from ranp.__main__ import main
from ranp.plan import load_plan
from ranp.queue import Database, jobs
from ranp.queue.job import MOST_ATTEMPTS
from ranp.subject.cache import cached_scores
from tests.benchmarks.measurements.visitor import visit
from tests.benchmarks.server import app, free_port

ROOT = Path(__file__).parents[2]
NETWORK = ("unet3d", "--preset", "classroom", "--set", "base_channels=4")
PRUNE = ("prune", *NETWORK, "--method", "random", "--sparsity")


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "ranp", *arguments]


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_killed_at_every_moment_of_saving(tmp_path: Path) -> None:
    """Plans, exports and cached scores are the old ones or the new ones, whole; see `tests.killing`."""
    run = subprocess.run(
        [sys.executable, "-m", "tests.killing", tmp_path], cwd=ROOT, capture_output=True, text=True, timeout=300,
        env={**os.environ, "OMP_NUM_THREADS": "1"}, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    killed = json.loads(run.stdout)
    assert killed.keys() == {"plan_folder", "plan_zip", "export", "scores"}
    assert min(killed.values()) >= 3
    assert killed["plan_folder"] >= 10


@contextmanager
def quota(most: int) -> Iterator[None]:
    """No file of this process may have more bytes; the system then says so as it says that a disk is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize(
    ("line", "first", "then"),
    [
        (f"{' '.join(PRUNE)} {{}} --out plan", "0.2", "0.5"),
        (f"{' '.join(PRUNE)} {{}} --out plan.zip", "0.2", "0.5"),
        ("export {} --format csv --out table.csv", "one", "other"),
        ("export {} --format nni --out masks.pt", "one", "other"),
        (f"score {' '.join(NETWORK)} --seed {{}} --out scores.safetensors", "0", "1"),
    ],
    ids=["plan", "plan.zip", "csv", "nni", "scores"],
)
def test_a_full_disk_leaves_what_was_there(
    line: str,
    first: str,
    then: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("RANP_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    for name, sparsity in (("one", "0.2"), ("other", "0.5")):
        assert main([*PRUNE, sparsity, "--out", name]) == 0
    assert main(line.format(first).split()) == 0
    shutil.rmtree(tmp_path / "cache", ignore_errors=True)
    there = contents(tmp_path)
    capsys.readouterr()
    with quota(200):
        assert main(line.format(then).split()) == 2
    error = capsys.readouterr().err
    assert "too large" in error.lower()
    assert "Traceback" not in error
    shutil.rmtree(tmp_path / "cache", ignore_errors=True)
    assert contents(tmp_path) == there
    assert main(line.format(then).split()) == 0


def mounts() -> bool:
    """Whether this user may mount a small disk of memory, in a world of its own."""
    if shutil.which("unshare") is None:
        return False
    attempt = ["unshare", "-Urm", "mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", "/mnt"]
    return subprocess.run(attempt, capture_output=True, check=False).returncode == 0


@pytest.mark.slow
def test_a_disk_that_is_truly_full(tmp_path: Path) -> None:
    if not mounts():
        pytest.skip("this user may not mount a small disk of memory")
    (tmp_path / "disk").mkdir()
    small, large = (command(*PRUNE, "0.5", "--out", f"disk/{name}") for name in ("small", "large"))
    script = (
        "mount -t tmpfs -o size=160k tmpfs disk && export RANP_CACHE=disk/cache && "
        f"{' '.join(small)} && head -c 1m /dev/zero > disk/rest; {' '.join(large)}; echo code $?; "
        f"{' '.join(command('verify', 'disk/small'))}; echo code $?; ls -A disk"
    )
    run = subprocess.run(
        ["unshare", "-Urm", "sh", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=300,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert run.stdout.count("code 2") == 1
    assert "code 0" in run.stdout.partition("code 2")[2]
    assert "No space left on device" in run.stderr
    assert "Traceback" not in run.stderr
    assert ".tmp" not in run.stdout
    assert "large" not in run.stdout.rpartition("code 0")[2]


def test_a_cache_that_cannot_be_written_costs_a_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("in the way")  # root writes through permissions, but makes no folder below a file
    monkeypatch.setenv("RANP_CACHE", str(tmp_path / "file" / "cache"))
    assert main(["score", *NETWORK, "--out", str(tmp_path / "scores.safetensors")]) == 0
    assert (tmp_path / "scores.safetensors").exists()


def until(true: Callable[[], bool], seconds: float = 300) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.05)


@pytest.mark.slow
def test_killed_at_random_moments_of_scoring_and_saving(tmp_path: Path) -> None:
    """The cache holds whole files only, and the plan is the old one or the new one."""
    draw = random.Random(0)
    environment = {**os.environ, "RANP_CACHE": str(tmp_path / "cache"), "OMP_NUM_THREADS": "1"}
    prune = command("prune", *NETWORK, "--sparsity", "0.3", "--out", str(tmp_path / "plan"))
    started = time.monotonic()
    subprocess.run(prune, cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)
    lasts = time.monotonic() - started
    for seed in range(1, 13):
        again = subprocess.Popen(
            [*prune, "--seed", str(seed)], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL
        )  # fmt: skip
        time.sleep(draw.uniform(0.4, 1.1) * lasts)
        again.send_signal(signal.SIGKILL)
        again.wait()
        assert load_plan(tmp_path / "plan").provenance.seed in range(seed + 1)
        for file in (tmp_path / "cache" / "scores").glob("*.safetensors"):
            cached_scores(file.stem, pytest.fail, tmp_path / "cache")  # is not computed again
    subprocess.run([*prune, "--seed", "99"], cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)
    assert load_plan(tmp_path / "plan").provenance.seed == 99


@pytest.mark.slow
def test_workers_killed_at_random_moments_of_a_sweep(tmp_path: Path) -> None:
    """The study stays readable, every trial ends, none twice."""
    draw, url = random.Random(1), str(tmp_path / "studies.db")
    training = ("--preset", "classroom-shapes", "--steps", "30", "--method", "ranp-f", "--method", "random")
    sweep = command("sweep", "mine", "unet3d", *training, "--sparsity", "0.3,0.5", "--enqueue-only", "--database", url)
    environment = {**os.environ, "RANP_CACHE": str(tmp_path / "cache"), "OMP_NUM_THREADS": "1"}
    subprocess.run(sweep, cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)
    work = command("worker", "--database", url, "--poll", "0.2", "--heartbeat", "1", "--grace", "4")
    database = Database(url)

    def done() -> int:
        return sum(job.state == "done" for job in jobs(database, study="mine"))

    total = len(jobs(database, study="mine"))
    for _ in range(MOST_ATTEMPTS - 1):  # once more might be one job's last
        before = done()
        worker = subprocess.Popen(work, cwd=ROOT, env=environment)
        until(lambda before=before: done() > before)
        time.sleep(draw.uniform(0, 3))
        worker.send_signal(signal.SIGKILL)
        worker.wait()
        with sqlite3.connect(url) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        jobs(database, study="mine")
    last = subprocess.Popen(work, cwd=ROOT, env=environment)
    try:
        until(lambda: all(job.state == "done" for job in jobs(database, study="mine")))
    finally:
        last.terminate()
        last.wait(60)
    from optuna.trial import TrialState

    finished = [
        trial.user_attrs["job"] for trial in database.study("mine").trials if trial.state == TrialState.COMPLETE
    ]
    assert len(finished) == len(set(finished)) == total


@pytest.mark.slow
def test_two_apps_on_one_cache(tmp_path: Path) -> None:
    """Both show the network that both score at once; one computes, the other finds it, and nothing is left behind."""
    cache = tmp_path / "cache"
    network = "seed=5"  # whose scores do not come with the library

    async def look(port: int) -> list[str]:
        visitor = await visit(port)
        await visitor.open(network)
        until_ready = time.monotonic() + 120
        while not visitor.component and time.monotonic() < until_ready:
            await asyncio.sleep(0.5)
            await visitor.open(network)
        await visitor.socket.close()
        assert visitor.component, "the charts never came"
        return visitor.errors

    async def both(ports: list[int]) -> list[list[str]]:
        return list(await asyncio.gather(*(look(port) for port in ports)))

    ports = [free_port(), free_port()]
    with app(ports[0], cache=cache), app(ports[1], cache=cache), start_blocking_portal() as portal:
        assert portal.call(both, ports) == [[], []]
    stored = [file.name for file in (cache / "scores").iterdir() if file.suffix != ".lock"]
    assert len(stored) == 1
    assert stored[0].endswith(".safetensors")
