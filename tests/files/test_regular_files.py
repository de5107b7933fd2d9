"""Nothing but a file is read or replaced: by no command, and in no place where files are read from."""

import io
import os
import socket
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import nn

from ranp.__main__ import main
from ranp.checks import read_races
from ranp.data import load
from ranp.exercises import read_exercises
from ranp.files import (
    check_inside,
    check_replaceable,
    decode_text,
    open_regular,
    open_to_append,
    read_files,
    read_regular,
    read_tensors,
    read_text,
    write_atomically,
    write_files,
    write_tensors,
)
from ranp.files.regular import read_limited
from ranp.formats import read_masks
from ranp.graph import trace
from ranp.plan import load_plan, plan_from_masks
from ranp.queue import Database, StudyError
from ranp.subject.cache import cached_scores

KINDS = ("fifo", "socket", "device")
NET = nn.Sequential(nn.Conv3d(1, 4, 1), nn.Conv3d(4, 1, 1))
GRAPH = trace(NET, (torch.empty(1, 1, 2, 2, 2),))


def make(kind: str, path: Path) -> None:
    """A node of our own, in a folder of our own."""
    if kind == "fifo":
        os.mkfifo(path)
    elif kind == "socket":
        before = Path.cwd()
        os.chdir(path.parent)  # the name of a socket may have 108 bytes only
        try:
            socket.socket(socket.AF_UNIX).bind(path.name)
        finally:
            os.chdir(before)
    else:
        try:
            os.mknod(path, stat.S_IFCHR | 0o600, os.makedev(1, 3))
        except PermissionError:
            pytest.skip("only root makes devices")


def plan_zip() -> bytes:
    return plan_from_masks(GRAPH, {"0": torch.tensor([True, False, True, True])}).zip_bytes()


READERS: dict[str, Callable[[Path], object]] = {
    "bytes": lambda path: read_regular(path, 10),
    "text": read_text,
    "tensors": read_tensors,
    "plan": load_plan,
    "masks": lambda path: read_masks(path, NET, GRAPH),
    "races": read_races,
    "exercises": read_exercises,
}
WRITERS: dict[str, Callable[[Path], object]] = {
    "bytes": lambda path: write_atomically(path, b"x"),
    "tensors": lambda path: write_tensors(path, {"a": torch.zeros(1)}),
    "folder": lambda path: write_files(path, {"a": b"x"}, {"a": 10}),
    "log": open_to_append,
    "check": lambda path: check_replaceable(path, {}),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("through", ["itself", "link"])
def test_readers_and_writers_refuse_what_is_no_file(kind: str, through: str, tmp_path: Path) -> None:
    node = tmp_path / "node"
    make(kind, node)
    path = node if through == "itself" else tmp_path / "link"
    if through == "link":
        path.symlink_to(node)
    before = node.lstat()
    for use in (*READERS.values(), *WRITERS.values()):
        with pytest.raises(ValueError, match=f"{path.name} is a (FIFO|socket|device).*neither read nor replaced"):
            use(path)
    assert (node.lstat().st_ino, node.lstat().st_mode) == (before.st_ino, before.st_mode)
    assert not list(tmp_path.glob(".*"))


def test_what_is_exchanged_after_the_look_is_refused_when_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(tmp_path / "fifo")
    monkeypatch.setattr("ranp.files.regular.check_regular", lambda path: None)
    with pytest.raises(ValueError, match="fifo is a FIFO"):
        open_regular(tmp_path / "fifo")


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    for use in (lambda: read_regular(tmp_path, 10), lambda: write_atomically(tmp_path, b"x")):
        with pytest.raises(ValueError, match="is a folder, where a file is expected"):
            use()


def test_a_link_is_written_through_within_its_folder_only(tmp_path: Path) -> None:
    inside, outside = tmp_path / "here" / "plan", tmp_path / "there"
    inside.parent.mkdir()
    outside.write_bytes(b"theirs")
    (tmp_path / "here" / "link").symlink_to("plan")
    write_atomically(tmp_path / "here" / "link", b"ours")
    assert inside.read_bytes() == b"ours"
    assert (tmp_path / "here" / "link").is_symlink()
    (tmp_path / "here" / "away").symlink_to(outside)
    (tmp_path / "here" / "away.zip").symlink_to(tmp_path / "nowhere.zip")
    (tmp_path / "here" / "round").symlink_to("round")
    for name, said in (("away", "out of its folder"), ("away.zip", "out of its folder"), ("round", "leads nowhere")):
        for write in WRITERS.values():
            with pytest.raises(ValueError, match=f"{name} is a link that .*{said}|{name} is a link that {said}"):
                write(tmp_path / "here" / name)
    assert outside.read_bytes() == b"theirs"
    assert not (tmp_path / "nowhere.zip").exists()


def test_a_folder_from_a_stranger_gives_no_other_files_away(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"secret")
    plan = tmp_path / "plan"
    plan.mkdir()
    (plan / "a").symlink_to(tmp_path / "secret")
    with pytest.raises(ValueError, match="is a link that leads out of"):
        read_files(plan, {"a": 10})
    (plan / "b").write_bytes(b"b")
    (plan / "a").unlink()
    (plan / "a").symlink_to("b")
    assert read_files(plan, {"a": 10}) == {"a": b"b"}
    (tmp_path / "other name").symlink_to(plan)
    check_inside(tmp_path / "other name" / "a", tmp_path)


@pytest.mark.parametrize("kind", KINDS)
def test_one_students_odd_hand_in_does_not_stop_the_others(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for student in ("ann", "bob", "cleo", "dora", ".eve"):
        (tmp_path / "class" / student).mkdir(parents=True)
    name = "fifth-of-the-macs.zip"
    make(kind, tmp_path / "class" / "ann" / name)
    (tmp_path / "elsewhere.zip").write_bytes(plan_zip())
    (tmp_path / "class" / "bob" / name).symlink_to(tmp_path / "elsewhere.zip")
    (tmp_path / "class" / "cleo" / name).write_bytes(plan_zip())
    (tmp_path / "class" / "dora" / f"._{name}").write_bytes(b"what a Mac leaves")
    (tmp_path / "class" / ".eve" / name).write_bytes(plan_zip())
    assert main(["grade", str(tmp_path / "class")]) == 0
    ann, bob, cleo, total = capsys.readouterr().out.splitlines()
    assert "ann" in ann
    assert "unreadable" in ann
    assert "neither read nor replaced" in ann
    assert "unreadable" in bob
    assert "leads out of" in bob
    assert cleo.split()[2] == "no"
    assert total == "0 of 3 pass"


COMMANDS = {
    "nnunet": "nnunet {0} --method random",
    "bundle": "bundle {0} --input 1x1x8x8x8 --method random",
    "prune": "prune unet3d --preset classroom --method random --sparsity 0.5 --out {}",
    "score": "score unet3d --preset classroom --out {}",
    "train": "train unet3d --preset classroom --out {}",
    "export": "export plan.zip --format csv --out {}",
    "grade": "grade . --exercise fifth-of-the-macs --csv {}",
    "race": "race motion --seeds 1 --out {}",
    "queue": "queue --database {}",
    "sweep": "sweep mine --database q.db --out {}.csv",
}


@pytest.mark.parametrize("command", COMMANDS)
def test_no_command_replaces_what_is_no_file(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "plan.zip").write_bytes(plan_zip())
    for name in ("fifo", "fifo.csv"):
        os.mkfifo(tmp_path / name)
    assert main(COMMANDS[command].format("fifo").split()) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "is a FIFO (a pipe with a name), which is neither read nor replaced" in said
    assert stat.S_ISFIFO((tmp_path / "fifo").lstat().st_mode)
    assert stat.S_ISFIFO((tmp_path / "fifo.csv").lstat().st_mode)


@pytest.mark.parametrize("end", ["", ".lock", "-wal"])
def test_a_database_is_a_file(end: str, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / f"q.db{end}")
    with pytest.raises(StudyError, match="is a FIFO"):
        Database(str(tmp_path / "q.db"))


@pytest.mark.parametrize("end", ["lock", "safetensors"])
def test_a_cache_without_files_costs_a_warning(end: str, tmp_path: Path) -> None:
    (tmp_path / "scores").mkdir()
    os.mkfifo(tmp_path / "scores" / f"key.{end}")
    assert list(cached_scores("key", lambda: {"conv": torch.ones(1)}, tmp_path)) == ["conv"]
    assert stat.S_ISFIFO((tmp_path / "scores" / f"key.{end}").lstat().st_mode)


def test_no_more_is_asked_for_than_there_is() -> None:
    class Counted(io.BytesIO):
        asked = 0

        def read(self, size: int | None = -1) -> bytes:
            self.asked = max(self.asked, size or 0)
            return super().read(size)

    file = Counted(b"1234")
    assert read_limited(file, 4, 2**40, "it") == b"1234"
    assert file.asked == 5
    with pytest.raises(ValueError, match="it grew while it was read"):
        read_limited(io.BytesIO(b"12345"), 4, 10, "it")
    with pytest.raises(ValueError, match="it has 4 bytes, more than the 3 that such a file may have"):
        read_limited(io.BytesIO(b"1234"), 4, 3, "it")


LOADS = """
import resource, sys
from pathlib import Path
from ranp.plan import load_plan
def memory():
    return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
load_plan(Path(sys.argv[1]).parent / "small.zip")
most = memory() + 200 * 2**20
resource.setrlimit(resource.RLIMIT_AS, (most, most))
for path in sys.argv[1:]:
    assert load_plan(Path(path)).kept
print("loaded")
"""


def test_a_plan_with_weights_takes_the_memory_of_its_size(tmp_path: Path) -> None:
    """In a process of its own, which may take 200 MB more than it has with everything loaded."""
    plan = plan_from_masks(GRAPH, {"0": torch.tensor([True, False, True, True])})
    plan.save(tmp_path / "small.zip")
    for name in ("folder", "plan.zip"):
        plan.save(tmp_path / name, plan.apply(NET))
    paths = [str(tmp_path / name) for name in ("folder", "plan.zip")]
    done = subprocess.run([sys.executable, "-c", LOADS, *paths], capture_output=True, text=True, check=False)
    assert done.stdout == "loaded\n", done.stderr


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
def test_text_is_read_in_what_editors_write(encoding: str) -> None:
    content = "1 Zürich\n".encode(encoding)
    if encoding == "utf-16-le":
        content = b"\xff\xfe" + content
    assert decode_text(content, "it") == "1 Zürich\n"


@pytest.mark.parametrize("content", [b"Z\xfcrich", "1 Bern".encode("utf-16-be"), b"\xff\xfea"])
def test_other_text_is_told(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"^list.txt .*; save it as UTF-8$"):
        decode_text(content, "list.txt")


def test_what_a_killed_process_left_is_cleared_once_nobody_can_be_writing_it(tmp_path: Path) -> None:
    ends = ("0123456789abcdef.tmp", "fedcba9876543210.tmp")
    for name in ("file", "folder"):
        for end in ends:
            (tmp_path / f".{name}.{end}").mkdir()
            (tmp_path / f".{name}.{end}" / "part").write_bytes(b"x")
        os.utime(tmp_path / f".{name}.{ends[0]}", (0, 0))
    (tmp_path / ".file.notes.tmp").write_bytes(b"theirs")
    os.utime(tmp_path / ".file.notes.tmp", (0, 0))
    write_atomically(tmp_path / "file", b"x")
    write_files(tmp_path / "folder", {"a": b"x"}, {"a": 10})
    young = {f".{name}.{ends[1]}" for name in ("file", "folder")}
    assert {path.name for path in tmp_path.glob(".*")} == {".file.notes.tmp", *young}


@pytest.mark.parametrize(
    ("task", "shape", "name"),
    [
        ("brain", (1, 4, 8, 8, 8), "case/case_flair.nii"),
        ("voxel-parts", (1, 1, 8, 8, 8), "train/03636649/lamp.pts"),
        ("motion", (1, 3, 4, 8, 8), "Archery/v.avi"),
        ("motion", (1, 3, 1, 8, 8), "Archery/v/1.png"),
        ("motion", (1, 3, 1, 8, 8), "classInd.txt"),
        ("stereo", (1, 3, 8, 8), "frames_finalpass/left/1.png"),
        ("tissue", (1, 1, 8, 8, 8), "dataset.json"),
    ],
)
def test_no_sample_is_read_from_what_is_no_file(task: str, shape: tuple[int, ...], name: str, tmp_path: Path) -> None:
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    os.mkfifo(tmp_path / name)
    with pytest.raises(ValueError, match=f"{Path(name).name} is a FIFO .*neither read nor replaced"):
        load(task, tmp_path, shape, 50, 1, 1, 0)


@pytest.mark.parametrize("below", ["plan.json/masks.csv", "plan.json/a/b.csv"])
def test_nothing_is_written_below_a_file(
    below: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "plan.json").write_text("mine")
    plan = plan_from_masks(GRAPH, {"0": torch.tensor([True, False, True, False])})
    plan.save(tmp_path / "plan")
    assert main(["export", "plan", "--format", "csv", "--out", below]) == 2
    said = capsys.readouterr().err
    assert f"{below} cannot be written: plan.json" in said
    assert "is no folder; name a place in one" in said
    with pytest.raises(ValueError, match="is no folder; name a place in one"):
        plan.save(tmp_path / below)
    assert (tmp_path / "plan.json").read_text() == "mine"
