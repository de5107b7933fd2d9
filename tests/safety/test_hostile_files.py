"""Every file that the library reads may come from a stranger: it loads as it was, or one plain sentence says why not.

Nothing else may come of it: no other error, no code that runs, and no more time or memory than a file of its size is
worth. The files are drawn by `tests.hostile`, so that a failure names the seed that makes it again.
"""

import io
import json
import pickle
import subprocess
import sys
import time
import warnings
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save
from torch import Tensor, nn

from ranp.__main__ import LONGEST, _sentence, main
from ranp.cli.score_file import load_scores, save_scores
from ranp.data import load
from ranp.exercises import flaws, read_exercises
from ranp.exercises.exercise import LESSONS
from ranp.formats import FORMATS, decode_masks, read_masks
from ranp.graph import ChannelGraph, trace
from ranp.inputs import InputSpec
from ranp.plan import Plan, Provenance, load_plan, prune
from ranp.subject import Scoring, library_network, network_of_plan
from ranp.subject.cache import cached_scores
from tests import hostile, real_formats

FAST, SLOW = 30, 300
SECONDS = 20
"""That a hostile file of a few kilobytes may take of the processor; most take hundredths of a second."""

Change = Callable[[bytes, Random], bytes]


@cache
def network() -> tuple[nn.Module, ChannelGraph]:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv3d(1, 8, 3), nn.ReLU(), nn.Conv3d(8, 6, 1), nn.ReLU(), nn.Conv3d(6, 2, 1))
    return model, trace(model, (torch.empty(1, 1, 5, 5, 5),))


@cache
def plan() -> Plan:
    model, graph = network()
    scores = {name: torch.rand(layer.neurons) + 0.1 for name, layer in graph.layers.items()}
    return prune(graph, scores, model=model, provenance=Provenance(seed=0, data="noise", arguments={"width": 8}))


SCORES = {"0": torch.arange(1.0, 9.0), "2": torch.ones(6)}


@cache
def scores_file(folder: Path) -> bytes:
    save_scores(folder / "honest", SCORES, Provenance(architecture="unet3d", arguments={"width": 8}), Scoring())
    return (folder / "honest").read_bytes()


@dataclass(frozen=True)
class Loader:
    """An honest file, what reads it, how a stranger changes it, and whether what came out may have come out.

    ``exact``: the file has a check sum over all that matters, so accidents are noticed. Changes made with care are
    not: what they give must be whole.
    """

    honest: Callable[[Path], bytes]
    read: Callable[[Path], Any]
    with_care: Change
    whole: Callable[[Any], bool]
    exact: Callable[[Any], bool] | None = None
    of_bytes: Callable[[bytes], Any] | None = None
    """The same from the file's bytes, which must fare as the file does."""


def of_plan(content: bytes, random: Random) -> bytes:
    """The plan's zip, or one of its files, changed with care."""
    if random.random() < 0.4:
        return hostile.altered_zip(content, random)
    files = hostile.unzipped(content)
    if random.random() < 0.7:
        files["plan.json"] = hostile.altered_json(json.loads(files["plan.json"]), random)
    else:
        files["masks.safetensors"] = hostile.altered_safetensors(files["masks.safetensors"], random)
    return hostile.zipped(files.items())


@cache
def _with_weights() -> bytes:
    return plan().zip_bytes(plan().apply(network()[0]))


def files_of_plan() -> dict[str, bytes]:
    return hostile.unzipped(_with_weights())


def folder_of(path: Path, content: bytes) -> Path:
    """A plan's folder in place of its zip, with one of the files damaged as a zip's check sums would not let pass."""
    random = Random(content)
    folder = path.with_suffix("")
    folder.mkdir(exist_ok=True)
    files = files_of_plan()
    name = random.choice(list(files))
    files[name] = hostile.damaged(files[name], random)
    for each, text in files.items():
        (folder / each).write_bytes(text)
    return folder


def is_plan(found: Plan) -> bool:
    """What everything after `load_plan` relies on."""
    shapes = all(mask.dtype == torch.bool and mask.ndim == 1 for mask in found.kept.values())
    counts = {name: int(mask.sum()) for name, mask in found.kept.items()}
    return shapes and counts == found.kept_counts and 0 <= found.achieved_sparsity <= 1


def same_plan(found: Plan) -> bool:
    honest = plan()
    masks = all(torch.equal(found.kept[name], mask) for name, mask in honest.kept.items())
    return masks and (found.config, found.layers, found.full) == (honest.config, honest.layers, honest.full)


def are_masks(found: dict[str, Tensor]) -> bool:
    layers = network()[1].layers
    return all(mask.dtype == torch.bool and mask.shape == (layers[name].neurons,) for name, mask in found.items())


def same_masks(found: dict[str, Tensor]) -> bool:
    return all(torch.equal(mask, plan().kept[name]) for name, mask in found.items())


def masks_from(path: Path) -> dict[str, Tensor]:
    return read_masks(path, *network())


def masks_in(content: bytes) -> dict[str, Tensor]:
    return decode_masks(content, *network())


def exported(name: str) -> Callable[[Path], bytes]:
    return lambda _: FORMATS[name].encode(plan(), network()[0])


def same_scores(found: Any) -> bool:
    return found[0].keys() == SCORES.keys() and all(torch.equal(found[0][name], SCORES[name]) for name in SCORES)


def altered_yaml(content: bytes, random: Random) -> bytes:
    """JSON is YAML; its tags and aliases are not JSON's."""
    import yaml

    text = hostile.altered_json(yaml.safe_load(content), random)
    tag = random.choice(["!!timestamp x ", "!!bool x ", "!!python/name:os.system ", "&a [*a] ", "2001-99-99 ", "? "])
    place = random.randrange(len(text))
    return text if random.random() < 0.7 else text[:place] + tag.encode() + text[place:]


LOADERS: dict[str, Loader] = {
    "plan.zip": Loader(lambda _: plan().zip_bytes(), load_plan, of_plan, is_plan, same_plan, load_plan),
    "plan-folder.zip": Loader(
        lambda _: plan().zip_bytes(), lambda path: load_plan(folder_of(path, path.read_bytes())), of_plan, is_plan
    ),
    "masks.safetensors": Loader(
        exported("masks"), masks_from, hostile.altered_safetensors, are_masks, same_masks, masks_in
    ),
    "masks.npz": Loader(exported("numpy"), masks_from, hostile.altered_zip, are_masks, same_masks, masks_in),
    "prune.safetensors": Loader(
        exported("torch-prune"), masks_from, hostile.altered_safetensors, are_masks, same_masks, masks_in
    ),
    "nni.pt": Loader(exported("nni"), masks_from, hostile.altered_zip, are_masks, of_bytes=masks_in),
    "scores.safetensors": Loader(
        lambda path: scores_file(path.parent),
        lambda path: load_scores(path, Provenance(architecture="unet3d", arguments={"width": 8})),
        hostile.altered_safetensors,
        lambda found: all(isinstance(score, Tensor) for score in found[0].values()),
        same_scores,
    ),
    "lesson.yaml": Loader(
        lambda _: (LESSONS / "03_layer_balance.yaml").read_bytes(),
        lambda path: [str(exercise) for exercise in read_exercises(path).values()],
        altered_yaml,
        lambda found: len(found) > 0,
    ),
}  # fmt: skip


def judge(error: Exception) -> None:
    """One sentence that a terminal shows as it stands."""
    assert type(error) is ValueError or isinstance(error, OSError), f"{type(error).__name__}: {error}"
    said = _sentence(error)
    assert said.isprintable()
    assert 10 < len(said) <= LONGEST + 1


def attack(loader: Loader, honest: bytes, path: Path, seed: int) -> bool:
    """Whether the file of this seed loads; an assertion fails where it should not have, or where its bytes differ."""
    random = Random(seed)
    accident = random.random() < 0.5
    content = (hostile.damaged if accident else loader.with_care)(honest, random)
    path.write_bytes(content)
    outcomes = [tried(loader.read, path)]
    if loader.of_bytes is not None:
        outcomes.append(tried(loader.of_bytes, content))
        assert str(path) not in (outcomes[1][1] or ""), "bytes have no place"
    assert len({said is None for _, said in outcomes}) == 1, f"the file and its bytes fare differently: {outcomes}"
    if outcomes[0][1] is not None:
        return False
    for found, _ in outcomes:
        assert loader.whole(found)
        if accident and loader.exact is not None:
            assert loader.exact(found)
    return True


def tried(read: Callable[[Any], Any], source: Any) -> tuple[Any, str | None]:
    """What is read, or the sentence that says why not."""
    started = time.process_time()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return read(source), None
    except Exception as error:
        judge(error)
        return None, str(error)
    finally:
        assert time.process_time() - started < SECONDS


def with_number(key: str) -> bytes:
    files = hostile.unzipped(plan().zip_bytes())
    document = json.loads(files["plan.json"])
    document[key] = {"0": 10**400} if key == "caps" else 10**400
    files["plan.json"] = json.dumps(document).encode()
    return hostile.zipped(files.items())


def far_away() -> bytes:
    """A zip whose first entry begins at the end of what 64 bits count."""
    found = bytearray(plan().zip_bytes())
    hostile.move_away(found, found.find(b"PK\1\2"), 2**64 - 1)
    return bytes(found)


def badly_packed() -> bytes:
    content = hostile.zipped(hostile.unzipped(plan().zip_bytes()).items(), zipfile.ZIP_LZMA)
    return content[:60] + bytes(byte ^ 0x55 for byte in content[60:90]) + content[90:]


@pytest.mark.parametrize(
    "content",
    [far_away, badly_packed, *(partial(with_number, key) for key in ("lambda", "alpha", "achieved_sparsity", "caps"))],
    ids=["place", "lzma", "lambda", "alpha", "achieved", "caps"],
)
def test_a_zip_or_a_number_that_python_cannot_hold(content: Callable[[], bytes]) -> None:
    with pytest.raises(ValueError, match=r"\w") as caught:
        load_plan(content())
    judge(caught.value)


def test_a_layer_twice_in_a_numpy_archive(tmp_path: Path) -> None:
    arrays = hostile.unzipped(FORMATS["numpy"].encode(plan(), None))
    path = tmp_path / "masks.npz"
    path.write_bytes(hostile.zipped([*arrays.items(), ("0.npy", arrays["0.npy"])]))
    with pytest.raises(ValueError, match="twice") as caught:
        masks_from(path)
    judge(caught.value)


@pytest.mark.parametrize("name", list(LOADERS))
def test_the_honest_file_loads(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(LOADERS[name].honest(path))
    found = LOADERS[name].read(path) if name != "plan-folder.zip" else load_plan(path)
    assert LOADERS[name].whole(found)
    exact = LOADERS[name].exact
    assert exact is None or exact(found)


def attack_all(name: str, folder: Path, seeds: range) -> None:
    loaded, honest = 0, LOADERS[name].honest(folder / name)
    for seed in seeds:
        try:
            loaded += attack(LOADERS[name], honest, folder / name, seed)
        except AssertionError as error:
            raise AssertionError(f"{name}, seed {seed}: {error}") from error
    assert loaded < 0.6 * len(seeds), "files that load are no attack"


@pytest.mark.parametrize("name", list(LOADERS))
def test_a_strangers_file_loads_as_it_was_or_is_told_in_a_sentence(name: str, tmp_path: Path) -> None:
    attack_all(name, tmp_path, range(FAST))


@pytest.mark.slow
@pytest.mark.parametrize("name", list(LOADERS))
def test_many_files_of_strangers(name: str, tmp_path: Path) -> None:
    attack_all(name, tmp_path, range(10_000, 10_000 + (SLOW if name != "lesson.yaml" else SLOW // 5)))


def check_cache(folder: Path, seeds: range) -> None:
    key = "0" * 64
    path = folder / "scores" / f"{key}.safetensors"
    cached_scores(key, lambda: SCORES, folder)
    honest = path.read_bytes()
    for seed in seeds:
        random = Random(seed)
        change = hostile.damaged if seed % 2 else hostile.altered_safetensors
        path.write_bytes(change(honest, random))
        assert same_scores([cached_scores(key, lambda: SCORES, folder)]), f"seed {seed}"


def test_a_damaged_cache_is_computed_again(tmp_path: Path) -> None:
    check_cache(tmp_path, range(FAST))


@pytest.mark.slow
def test_many_damaged_caches(tmp_path: Path) -> None:
    check_cache(tmp_path, range(10_000, 10_000 + SLOW))


BITS = torch.zeros(8, 1, 3, 3, 3, dtype=torch.uint8)
SAVED: dict[str, Any] = {
    "numbers as names": {5: torch.ones(8, dtype=torch.bool)},
    "none as a name": {None: torch.ones(8, dtype=torch.bool), "0": torch.ones(8, dtype=torch.bool)},
    "a list": [torch.ones(8)],
    "a number": {"0": {"weight": 5}},
    "bits": {"0.weight_mask": BITS.view(torch.bits8)},
    "half bytes": {"0.weight_mask": BITS.view(torch.float4_e2m1fn_x2)},
    "complex": {"0.weight_mask": BITS.to(torch.complex64)},
    "sparse": {"0.weight_mask": BITS.to_sparse()},
    "on no device": {"0.weight_mask": BITS.to("meta")},
    "not a number": {"0.weight_mask": torch.full((8, 1, 3, 3, 3), torch.nan)},
    "a vector that is longer": {"0": torch.ones(9, dtype=torch.bool)},
    "names of half characters": {"\ud800": torch.ones(8, dtype=torch.bool)},
    "a name that clears the screen": {"\x1b[2J": torch.ones(8, dtype=torch.bool)},
}


@pytest.mark.parametrize("name", list(SAVED))
def test_masks_of_a_kind_that_nobody_saves(name: str, tmp_path: Path) -> None:
    path = tmp_path / "masks.pt"
    torch.save(SAVED[name], path)
    for read, source in ((masks_from, path), (masks_in, path.read_bytes())):
        with pytest.raises(ValueError, match=r"\w") as caught:
            read(source)
        judge(caught.value)


class Spy:
    """An object that tells when it is unpickled."""

    def __reduce__(self) -> Any:
        return (pytest.fail, ("a stranger's code was run",))


@pytest.mark.parametrize("way", ["pickle", "torch", "old torch", "numpy", "in the zip"])
def test_nothing_is_unpickled(way: str, tmp_path: Path) -> None:
    path = tmp_path / "masks"
    if way == "pickle":
        path.write_bytes(pickle.dumps({"0": Spy()}))
    elif way in ("torch", "old torch"):
        torch.save({"0": Spy()}, path, _use_new_zipfile_serialization=way == "torch")
    elif way == "numpy":
        with path.open("wb") as file:
            np.savez(file, **{"0": np.array([Spy()] * 8, dtype=object)})
    else:
        path.write_bytes(hostile.zipped([("0.npy", pickle.dumps(Spy()))]))
    content = path.read_bytes()
    for read, source in ((masks_from, path), (masks_in, content), (load_plan, path), (load_plan, content)):
        with pytest.raises(ValueError, match=r"\w") as caught:
            read(source)
        judge(caught.value)


ARGUMENTS: dict[str, Any] = {
    "a width without end": {"base_channels": 10**9},
    "blocks without end": {"blocks": [10**9]},
    "a list without end": {"blocks": [1] * 1000},
    "a negative width": {"base_channels": -4},
    "half a neuron": {"base_channels": 4.5},
    "a text": {"classes": "4"},
    "a place": {"device": "cuda"},
    "a name": {"name": "psmnet"},
    "no argument": {"__class__": 1},
    "an object": {"classes": {"a": 1}},
    "nothing": {"classes": None},
    "more than memory": {"base_channels": 2**14},
}


@pytest.mark.parametrize("name", list(ARGUMENTS))
def test_a_plan_cannot_ask_for_any_network(name: str) -> None:
    known = library_network("unet3d", "classroom", {}, 0, "xavier").provenance
    asking = Provenance(**{**vars(known), "arguments": {**known.arguments, **ARGUMENTS[name]}})
    honest = plan()
    with pytest.raises(ValueError, match=r"\w") as caught:
        network_of_plan(type(honest)(**{**vars(honest), "provenance": asking}), None).shapes()
    judge(caught.value)


SHAPES: dict[str, tuple[tuple[int, ...], ...]] = {
    "more than a number holds": ((2**62, 2**62),),
    "more than memory": ((1, 4, 2**40, 8, 8),),
    "many of them": ((1, 4, 2**20, 8, 8),) * 5000,
    "no input": (),
    "a scalar": ((),),
    "nothing inside": ((1, 4, 0, 0, 0),),
}


@pytest.mark.parametrize("name", list(SHAPES))
def test_a_plan_cannot_ask_for_any_input(name: str) -> None:
    known = library_network("unet3d", "classroom", {}, 0, "xavier").provenance
    asking = type(plan())(**{**vars(plan()), "provenance": known, "inputs": InputSpec.of_shapes(SHAPES[name])})
    with pytest.raises(ValueError, match=r"\w") as caught:
        network_of_plan(asking, None).trace()
    assert _sentence(caught.value).isprintable()


EXERCISES = {
    "deep": hostile.DEEP[:3000],
    "a name for more than memory": "- &a [1, *a]",
    "laughs": "- &a [x, x]\n- &b [*a, *a]\n- &c [*b, *b]",
    "a date": "- 2001-99-99",
    "a time": "- !!timestamp noon",
    "a truth": "- !!bool perhaps",
    "a number": f"- {'1' * 5000}",
    "code": "- !!python/object/apply:os.system [false]",
    "a key twice": "- {name: a, name: b, answer: number, task: t, solution: 1, wrong: []}",
    "no options": "- {name: a, answer: choice, task: t, solution: [1], wrong: [], options: {x: y}}",
    "options of numbers": "- {name: a, answer: choice, task: t, solution: 1, wrong: [], options: 5}",
    "a rule on a list": "- {name: a, answer: plan, task: t, solution: {}, wrong: [], architecture: unet3d, rules: "
    "[{measure: [1]}]}",
    "an architecture of lists": "- {name: a, answer: plan, task: t, solution: {}, wrong: [], architecture: [x], rules: "
    "[{measure: macs}]}",
    "not a number": "- {name: a, answer: number, task: t, solution: .nan, wrong: []}",
    "a number of 400 digits": f"- {{name: a, answer: number, task: t, solution: 1{'0' * 400}, wrong: []}}",
    "half a character": '- {name: "\\ud800", answer: number}',
    "large": "- " + "x" * 70_000,
}


@pytest.mark.parametrize("name", list(EXERCISES))
def test_exercises_that_are_none(name: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(EXERCISES[name])
    with pytest.raises(ValueError, match=r"mine\.yaml") as caught:
        read_exercises(path)
    judge(caught.value)


def test_settings_that_no_plan_has_are_told_when_an_exercise_is_proven(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(
        "- {name: a, answer: plan, task: t, architecture: unet3d, solution: {speed: 3}, wrong: [], rules: "
        "[{measure: macs}]}"
    )
    with pytest.raises(ValueError, match=r"'a' has settings that no plan has: .*speed"):
        flaws(read_exercises(path)["a"])


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """What the command line says of a mistake, in its one line."""
    assert main(list(arguments)) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    (line,) = captured.err.splitlines()
    assert line.isprintable()
    assert line.startswith(f"ranp {arguments[0]}: ")
    return line


def test_the_command_line_says_it_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "plan.zip"
    for seed in range(FAST):
        path.write_bytes(of_plan(plan().zip_bytes(), Random(seed)))
        told(capsys, "verify", str(path))  # this plan names no network, so that none of them verifies


def renamed(name: str) -> bytes:
    """The plan with another name for its first layer in ``plan.json`` alone, the first of those that do not fit."""
    files = hostile.unzipped(plan().zip_bytes())
    document = json.loads(files["plan.json"])
    document["layers"][0]["name"] = f"!{name}"
    files["plan.json"] = json.dumps(document).encode()
    return hostile.zipped(files.items())


@pytest.mark.parametrize(
    "name", ["\x1b]0;owned\x07", "\ud800", "\r\n", "x" * 100_000], ids=["title", "half", "lines", "long"]
)
def test_a_name_is_shown_and_not_obeyed(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "plan.zip"
    path.write_bytes(renamed(name))
    assert len(told(capsys, "verify", str(path))) < LONGEST + 50


@pytest.mark.parametrize("name", ["\ud800", "\x1b[2J"], ids=["half", "clear"])
def test_one_students_file_does_not_spoil_the_classs_table(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "eve").mkdir()
    (tmp_path / "eve" / "fifth-of-the-macs.zip").write_bytes(renamed(name))
    table = tmp_path / "table.csv"
    assert main(["grade", str(tmp_path), "--csv", str(table)]) == 0
    assert "unreadable" in table.read_text(encoding="utf-8")
    assert capsys.readouterr().out.replace("\n", "").isprintable()


BOMBS = """
import io, resource, sys, zipfile
from pathlib import Path
import tests.safety.test_hostile_files as tests
from ranp.plan import load_plan

def memory():
    return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()

tests.plan()
most = memory() + tests.ROOM
resource.setrlimit(resource.RLIMIT_AS, (most, most))
for path in sorted(Path(sys.argv[1]).iterdir()):
    for read in (load_plan, tests.masks_from, lambda path: tests.masks_in(path.read_bytes())):
        try:
            read(path)
        except Exception as error:
            tests.judge(error)
        else:
            raise AssertionError(f"{path} loads")
print("none went off")
"""
ROOM = 200 * 2**20
"""Of memory, for files of a few megabytes that ask for gigabytes."""


def bombs(folder: Path) -> None:
    zeros = bytes(2**20)

    def swollen(name: str, megabytes: int, packing: int = zipfile.ZIP_DEFLATED) -> bytes:
        file = io.BytesIO()
        with (
            zipfile.ZipFile(file, "w", packing, compresslevel=1) as archive,
            archive.open(name, "w", force_zip64=True) as entry,
        ):
            for _ in range(megabytes):
                entry.write(zeros)
        return file.getvalue()

    files = hostile.unzipped(plan().zip_bytes())
    arrays = hostile.unzipped(FORMATS["numpy"].encode(plan(), None))
    huge = save({"0": torch.ones(8, dtype=torch.bool)}).replace(b"[8]", b"[999999999999]")
    contents = {
        "weights": swollen("model.safetensors", 300),
        "json": swollen("plan.json", 135),
        "array": swollen("0.npy", 135),
        "torch": swollen("archive/data.pkl", 135),
        "lzma": swollen("model.safetensors", 2, zipfile.ZIP_LZMA),
        "entries": hostile.many_entries(300_000),
        "deep": hostile.zipped({**files, "plan.json": hostile.DEEP.encode()}.items()),
        "shape": len(huge[8:].split(b"}}")[0] + b"}}").to_bytes(8, "little") + huge[8:],
        "header": (2**24).to_bytes(8, "little") + b"{" * 2**24,
        "numpy": hostile.zipped((name, text.replace(b"(8,)", b"(99999999999,)")) for name, text in arrays.items()),
    }
    for name, content in contents.items():
        (folder / name).write_bytes(content)


def test_no_file_goes_off_like_a_bomb(tmp_path: Path) -> None:
    """In a process of its own, which may take little more memory than it has with everything loaded."""
    folder = tmp_path / "bombs"
    folder.mkdir()
    bombs(folder)
    command = [sys.executable, "-c", BOMBS, str(folder)]
    here = Path(__file__).parents[2]
    run = subprocess.run(
        command, cwd=here, env={"PYTHONPATH": str(here), "PATH": ""}, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert run.stdout == "none went off\n", run.stderr[-2000:]


@dataclass(frozen=True)
class Data:
    """A folder of a real data set with one sample, and which of its files a stranger changed."""

    task: str
    write: Callable[[Path], None]
    file: str
    shape: tuple[int, ...]
    classes: int


def write_case(root: Path) -> None:
    names = ("flair", "t1", "t1ce", "t2", "seg")
    voxels = {name: (np.indices((8, 9, 7)).sum(0) % 3).astype(np.int16) for name in names}
    voxels["seg"][voxels["seg"] == 3] = 0
    real_formats.write_case(root, "case", voxels, np.diag([-1.0, -1.0, 1.0, 1.0]), ".nii.gz")


def write_case_unpacked(root: Path) -> None:
    import gzip

    write_case(root)
    for path in sorted((root / "case").glob("*.gz")):
        path.with_suffix("").write_bytes(gzip.decompress(path.read_bytes()))
        path.unlink()


def write_raw_data(root: Path) -> None:
    voxels = (np.indices((8, 9, 7)).sum(0) % 3).astype(np.int16)
    labels = {"background": 0, "part": 1, "rest": 2}
    description = {"channel_names": {"0": "T1", "1": "T2"}, "labels": labels, "file_ending": ".nii"}
    real_formats.write_dataset(root, {"case": ([voxels, voxels + 1], voxels)}, description)


def write_pair(root: Path) -> None:
    left = torch.linspace(-1, 1, 3 * 40 * 80).reshape(3, 40, 80)
    real_formats.write_pair(root, "scene", "0001", left, left, torch.full((40, 80), 5.0))


def write_cloud(root: Path) -> None:
    points = np.random.default_rng(0).random((40, 3))
    real_formats.write_cloud(root / "train" / "02691156", "shape", points, np.arange(40) % 4 + 1)


def write_clip(root: Path) -> None:
    pictures = np.full((10, 32, 48, 3), 90, np.uint8)
    real_formats.write_video(root / "Archery" / "v.avi", pictures)


def write_frames(root: Path) -> None:
    from PIL import Image

    (root / "Archery" / "v").mkdir(parents=True)
    for number in range(8):
        Image.fromarray(np.full((32, 48, 3), number, np.uint8)).save(root / "Archery" / "v" / f"{number}.png")


DATA: dict[str, Data] = {
    "nifti": Data("brain", write_case_unpacked, "case/case_t1.nii", (1, 4, 8, 8, 8), 4),
    "nifti packed": Data("brain", write_case, "case/case_seg.nii.gz", (1, 4, 8, 8, 8), 4),
    "raw data": Data("tissue", write_raw_data, "dataset.json", (1, 2, 8, 8, 8), 3),
    "raw image": Data("tissue", write_raw_data, "imagesTr/case_0001.nii", (1, 2, 8, 8, 8), 3),
    "raw labels": Data("tissue", write_raw_data, "labelsTr/case.nii", (1, 2, 8, 8, 8), 3),
    "pfm": Data("stereo", write_pair, "disparity/scene/left/0001.pfm", (1, 3, 40, 80), 32),
    "png": Data("stereo", write_pair, "frames_finalpass/scene/left/0001.png", (1, 3, 40, 80), 32),
    "points": Data("voxel-parts", write_cloud, "train/02691156/shape.pts", (1, 1, 16, 16, 16), 50),
    "parts": Data("voxel-parts", write_cloud, "train/02691156/shape.seg", (1, 1, 16, 16, 16), 50),
    "avi": Data("motion", write_clip, "Archery/v.avi", (1, 3, 8, 24, 32), 101),
    "frame": Data("motion", write_frames, "Archery/v/3.png", (1, 3, 8, 24, 32), 101),
}


def attack_data(data: Data, root: Path, seeds: range) -> None:
    data.write(root)
    path = root / data.file
    honest = path.read_bytes()

    def read() -> Any:
        [batch], _ = load(data.task, root, data.shape, data.classes, batch_size=1, count=1, seed=0)
        return batch

    read()
    for seed in seeds:
        path.write_bytes(hostile.damaged(honest, Random(seed)))
        started = time.process_time()
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                inputs, target = read()
        except Exception as error:
            try:
                judge(error)
            except AssertionError as wrong:
                raise AssertionError(f"{data.file}, seed {seed}: {wrong}") from error
        else:
            parts = (*inputs, target) if isinstance(inputs, tuple) else (inputs, target)
            assert all(bool(torch.isfinite(part.float()).all()) for part in parts), f"{data.file}, seed {seed}"
        assert time.process_time() - started < SECONDS


@pytest.mark.parametrize("name", list(DATA))
def test_damaged_data_is_told_in_a_sentence(name: str, tmp_path: Path) -> None:
    attack_data(DATA[name], tmp_path, range(15))


@pytest.mark.slow
@pytest.mark.parametrize("name", list(DATA))
def test_much_damaged_data(name: str, tmp_path: Path) -> None:
    attack_data(DATA[name], tmp_path, range(10_000, 10_000 + SLOW // 3))


def with_dims(honest: bytes, *dims: int) -> bytes:
    """The same NIfTI header, of a volume of this size."""
    return honest[:42] + np.array(dims, "<i2").tobytes() + honest[42 + 2 * len(dims) :]


FOREIGN: dict[str, tuple[str, Callable[[bytes], bytes], str]] = {
    "a program for a printer": ("png", lambda _: b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "identify"),
    "a picture of terapixels": ("pfm", lambda _: b"Pf\n999999 999999\n-1.0\n", "pixels"),
    "a chain of films": ("avi", lambda _: b"ffconcat version 1.0\nfile v2.avi\n", "cannot be decoded"),
    "a list of films": (
        "avi", lambda _: b"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nv2.avi\n#EXT-X-ENDLIST\n",
        "cannot be decoded",
    ),
    "a volume of terabytes": ("nifti", lambda honest: with_dims(honest, 32000, 32000, 32000), "voxels"),
    "a volume of nothing": ("nifti", lambda honest: with_dims(honest, 0, 8, 8), "voxels"),
    "a volume of less than nothing": ("nifti", lambda honest: with_dims(honest, -1, -8, 8), "voxels|NIfTI"),
}  # fmt: skip


@pytest.mark.parametrize("name", list(FOREIGN))
def test_a_sample_of_another_kind_is_not_opened(name: str, tmp_path: Path) -> None:
    """The films that a list names are there, and would be decoded if the list were believed."""
    kind, change, message = FOREIGN[name]
    data = DATA[kind]
    data.write(tmp_path)
    path = tmp_path / data.file
    if kind == "avi":
        path.with_name("v2.avi").write_bytes(path.read_bytes())
        (tmp_path / "trainlist01.txt").write_text("Archery/v.avi 1\n")
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(ValueError, match=message) as caught:
        load(data.task, tmp_path, data.shape, data.classes, batch_size=1, count=1, seed=0)
    judge(caught.value)


def test_a_video_of_an_unknown_codec(tmp_path: Path) -> None:
    data = DATA["avi"]
    data.write(tmp_path)
    path = tmp_path / data.file
    path.write_bytes(path.read_bytes().replace(b"FMP4", b"\1\2\3\4"))
    with pytest.raises(ValueError, match="cannot be decoded") as caught:
        load(data.task, tmp_path, data.shape, data.classes, batch_size=1, count=1, seed=0)
    judge(caught.value)


def test_a_list_does_not_lead_out_of_the_folder(tmp_path: Path) -> None:
    write_clip(tmp_path / "other")
    write_clip(tmp_path / "own")
    (tmp_path / "own" / "trainlist01.txt").write_text("Archery/../../other/Archery/v.avi 1\n")
    with pytest.raises(ValueError, match="may lie outside of the folder"):
        load("motion", tmp_path / "own", DATA["avi"].shape, 101, batch_size=1, count=1, seed=0)
