"""Plan files: what is saved comes back, and nothing that a stranger sends is believed."""

import contextlib
import csv
import io
import json
import random
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load, save
from torch import nn

from ranp.files import write_files, zip_bytes
from ranp.formats import FORMATS, export_plan
from ranp.graph import VerificationError, trace
from ranp.plan import FILES, Plan, Provenance, load_plan, prune
from ranp.selection import PruningConfig

SHAPE = (1, 2, 6, 6, 6)


def network(width: int = 8) -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv3d(2, width, 3), nn.BatchNorm3d(width), nn.ReLU(), nn.Conv3d(width, 6, 3), nn.ReLU(), nn.Conv3d(6, 3, 1)
    )


@pytest.fixture(scope="module")
def model() -> nn.Module:
    return network()


@pytest.fixture(scope="module")
def plan(model: nn.Module) -> Plan:
    graph = trace(model, (torch.empty(SHAPE),))
    return prune(
        graph,
        {"0": torch.rand(8) + 0.1, "3": torch.rand(6) + 0.1, "5": torch.ones(3)},
        PruningConfig("ranp-m", budget=("macs", 0.5), lam=7.0, protect=("3",), caps=(("0", 0.75),)),
        model,
        Provenance(import_path="tests:network", seed=0, arguments={"width": 8}, data="noise"),
    )


@pytest.fixture(scope="module")
def infeasible(model: nn.Module) -> Plan:
    graph = trace(model, (torch.empty(SHAPE),))
    return prune(graph, None, PruningConfig("random", 0.99))


def assert_same(one: Plan, two: Plan) -> None:
    for name in Plan.__dataclass_fields__:
        if name == "kept":
            assert list(one.kept) == list(two.kept)
            assert all(torch.equal(one.kept[layer], two.kept[layer]) for layer in one.kept)
        elif name != "weights":
            assert getattr(one, name) == getattr(two, name), name


@pytest.mark.parametrize("name", ["plan", "plan.zip", "deep/er/plan.ZIP"])
def test_round_trip(name: str, plan: Plan, tmp_path: Path) -> None:
    plan.save(tmp_path / name)
    assert_same(load_plan(tmp_path / name), plan)
    assert_same(load_plan(str(tmp_path / name)), plan)
    left = [path.name for path in (tmp_path / name).parent.iterdir()]
    assert left == [Path(name).name]


def test_round_trip_through_bytes(plan: Plan, infeasible: Plan) -> None:
    for one in (plan, infeasible):
        assert_same(load_plan(io.BytesIO(one.zip_bytes())), one)
    assert plan.zip_bytes() == plan.zip_bytes()


def test_weights_come_back_through_the_plan(plan: Plan, model: nn.Module, tmp_path: Path) -> None:
    small = plan.apply(model)
    plan.save(tmp_path / "plan.zip", small)
    loaded = load_plan(tmp_path / "plan.zip")
    again = loaded.apply(network(), init="xavier", seed=9)
    assert loaded.weights is not None
    again.load_state_dict(loaded.weights)
    volume = torch.rand(2, *SHAPE[1:])
    assert torch.equal(small.eval()(volume), again.eval()(volume))


def test_only_the_shrunk_network_is_saved(plan: Plan, model: nn.Module, infeasible: Plan, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not the plan's shrunk network"):
        plan.save(tmp_path / "plan", model)
    with pytest.raises(ValueError, match="cannot be built"):
        infeasible.save(tmp_path / "plan", model)
    assert list(tmp_path.iterdir()) == []


def test_files_are_what_other_tools_read(plan: Plan, tmp_path: Path) -> None:
    plan.save(tmp_path / "plan")
    assert sorted(path.name for path in (tmp_path / "plan").iterdir()) == [
        "layers.csv",
        "masks.safetensors",
        "plan.json",
    ]
    masks = load((tmp_path / "plan" / "masks.safetensors").read_bytes())
    assert all(torch.equal(masks[name], mask) for name, mask in plan.kept.items())
    assert {mask.dtype for mask in masks.values()} == {torch.bool}
    document = json.loads((tmp_path / "plan" / "plan.json").read_text())
    assert document["requested_sparsity"] == plan.requested_sparsity
    assert document["achieved_sparsity"] == plan.achieved_sparsity
    assert document["budget"] == {"macs": 0.5}
    assert document["lambda"] == 7.0
    assert document["pruned"]["flops"] == 2 * plan.pruned.macs
    assert document["weights_sha256"] is None
    rows = list(csv.DictReader((tmp_path / "plan" / "layers.csv").open()))
    assert {row["name"]: int(row["kept"]) for row in rows} == plan.kept_counts


def test_a_plan_is_read_without_pickle_and_without_this_library(plan: Plan, tmp_path: Path) -> None:
    plan.save(tmp_path / "plan")
    script = (
        "import json, sys; from safetensors.numpy import load_file\n"
        "masks = load_file(sys.argv[1] + '/masks.safetensors')\n"
        "layers = json.load(open(sys.argv[1] + '/plan.json'))['layers']\n"
        "assert all(masks[layer['name']].sum() == layer['kept'] for layer in layers)\n"
        "assert not any(name.split('.')[0] in ('ranp', 'torch') for name in sys.modules)"
    )
    subprocess.run([sys.executable, "-I", "-c", script, str(tmp_path / "plan")], check=True)


# What apply refuses


def test_apply_gives_the_planned_network(plan: Plan, model: nn.Module) -> None:
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    small = plan.apply(model)
    assert type(small) is type(model)
    assert small[0].out_channels == plan.kept_counts["0"]
    assert sum(parameter.numel() for parameter in small.parameters()) == plan.pruned.params
    assert torch.equal(small[0].weight, model[0].weight[plan.kept["0"]])
    assert all(torch.equal(before[name], tensor) for name, tensor in model.state_dict().items())


def test_apply_can_draw_new_weights(plan: Plan, model: nn.Module) -> None:
    one, two, other = (plan.apply(model, init="xavier", seed=seed) for seed in (1, 1, 2))
    assert torch.equal(one[0].weight, two[0].weight)
    assert not torch.equal(one[0].weight, other[0].weight)


def test_apply_on_meta(plan: Plan) -> None:
    with torch.device("meta"):
        small = plan.apply(network())
    assert small[0].weight.is_meta
    assert small[0].out_channels == plan.kept_counts["0"]


def test_plan_for_another_width(plan: Plan) -> None:
    with pytest.raises(ValueError, match="another width: its mask for '0' has 8 entries, the layer has 12 neurons"):
        plan.apply(network(width=12))


def test_plan_for_another_architecture(plan: Plan) -> None:
    with pytest.raises(ValueError, match="the plan has a layer '3' and the network does not"):
        plan.apply(nn.Sequential(nn.Conv3d(2, 8, 3), nn.ReLU(), nn.Conv3d(8, 3, 1)))
    with pytest.raises(ValueError, match="the network has a layer '7' and the plan does not"):
        plan.apply(network().append(nn.ReLU()).append(nn.Conv3d(3, 2, 1)))


def test_plan_against_the_couplings(plan: Plan) -> None:
    class Tied(nn.Sequential):
        def forward(self, volume: torch.Tensor) -> torch.Tensor:
            first = self[0](volume)
            return self[5](self[3](self[2](self[1](first))) + first[:, :6, 1:-1, 1:-1, 1:-1])

    with pytest.raises(ValueError, match="disagrees with the layers that are tied to it"):
        plan.apply(Tied(*network()))


def test_plan_that_empties_a_layer_is_not_applied(infeasible: Plan, model: nn.Module) -> None:
    with pytest.raises(ValueError, match=r"'\d' has no neuron left at sparsity 0.99\d*; prune to at most 0.\d+"):
        infeasible.apply(model)


def test_other_weights_cost_a_warning(model: nn.Module) -> None:
    made = prune(trace(model, (torch.empty(SHAPE),)), None, PruningConfig("random", 0.3), model)
    assert made.provenance.weights_sha256 is not None
    torch.manual_seed(5)
    other = nn.Sequential(*(type(layer)(*_arguments(layer)) for layer in network()))
    with pytest.warns(UserWarning, match="other weights"):
        made.apply(other)


def _arguments(layer: nn.Module) -> tuple[int, ...]:
    if isinstance(layer, nn.Conv3d):
        return layer.in_channels, layer.out_channels, layer.kernel_size[0]
    return (layer.num_features,) if isinstance(layer, nn.BatchNorm3d) else ()


def test_a_wrong_rule_is_not_handed_over(plan: Plan, model: nn.Module, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ranp.graph.proof.verify.masked_difference", lambda *_, **__: 0.1)
    with pytest.raises(VerificationError):
        plan.apply(model)
    assert plan.apply(model, verify=False) is not model


# Where things are written


def test_saving_again_replaces_the_plan(plan: Plan, infeasible: Plan, tmp_path: Path) -> None:
    for name in ("plan", "plan.zip"):
        infeasible.save(tmp_path / name)
        plan.save(tmp_path / name)
        assert_same(load_plan(tmp_path / name), plan)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["plan", "plan.zip"]


def test_nobody_elses_folder_is_overwritten(plan: Plan, tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("three years")
    with pytest.raises(ValueError, match=r"holds other files \('thesis.tex'\)"):
        plan.save(tmp_path)
    with pytest.raises(ValueError, match="is a file"):
        plan.save(tmp_path / "thesis.tex")
    (tmp_path / "folder.zip").mkdir()
    with pytest.raises(ValueError, match="is a folder"):
        plan.save(tmp_path / "folder.zip")
    assert (tmp_path / "thesis.tex").read_text() == "three years"


@pytest.mark.parametrize("name", ["plan", "plan.zip"])
def test_a_failed_save_leaves_the_old_plan(
    name: str, plan: Plan, infeasible: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    infeasible.save(tmp_path / name)

    def full_disk(_: int) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr("os.fsync", full_disk)
    with pytest.raises(OSError, match="no space"):
        plan.save(tmp_path / name)
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert_same(load_plan(tmp_path / name), infeasible)


@pytest.mark.parametrize("format", ["zip", "masks", "numpy", "csv", "weights"])  # test_formats.py has the others
def test_own_formats(format: str, plan: Plan, model: nn.Module, tmp_path: Path) -> None:
    path = tmp_path / f"out{FORMATS[format].suffix}"
    export_plan(plan, format, path, model)
    if format == "zip":
        assert_same(load_plan(path), plan)
    elif format == "masks":
        assert load(path.read_bytes())["0"].tolist() == plan.kept["0"].tolist()
    elif format == "numpy":
        with np.load(path, allow_pickle=False) as arrays:
            assert {name: int(arrays[name].sum()) for name in arrays} == plan.kept_counts
    elif format == "csv":
        assert len(path.read_text().splitlines()) == 1 + len(plan.kept)
    else:
        assert load(path.read_bytes())["0.weight"].shape[0] == plan.kept_counts["0"]


def test_export_refuses(plan: Plan, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="there is no format 'gif'; choose one of zip"):
        export_plan(plan, "gif", tmp_path / "plan.gif")
    with pytest.raises(ValueError, match="pass the model"):
        export_plan(plan, "weights", tmp_path / "weights.safetensors")
    with pytest.raises(ValueError, match="is a folder"):
        export_plan(plan, "csv", tmp_path)
    assert list(tmp_path.iterdir()) == []


# What a stranger sends


def altered(plan: Plan, change: Callable[[dict[str, Any]], None]) -> io.BytesIO:
    """The plan's zip with its plan.json changed."""
    with zipfile.ZipFile(io.BytesIO(plan.zip_bytes())) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    document = json.loads(files["plan.json"])
    change(document)
    files["plan.json"] = json.dumps(document).encode()
    return io.BytesIO(zip_bytes(files))


def _drop(key: str) -> Callable[[dict[str, Any]], None]:
    return lambda document: document.pop(key)


def _put(key: str, value: Any) -> Callable[[dict[str, Any]], None]:
    return lambda document: document.update({key: value})


def _layer(**values: Any) -> Callable[[dict[str, Any]], None]:
    return lambda document: document["layers"][0].update(values)


def test_a_plan_of_the_first_version_says_how_it_was_made() -> None:
    older = load_plan(Path(__file__).parents[1] / "reference" / "plan_schema_1")
    assert (older.config.plateau, older.equal_scores, older.scored_by) == ("keep", (), "importance")
    assert (older.config.fill, older.config.pick, older.config.tied) == ("no", "best", "votes")


def test_synflow_of_the_first_version_was_one_pass(tmp_path: Path) -> None:
    shutil.copytree(Path(__file__).parents[1] / "reference" / "plan_schema_1", tmp_path / "plan")
    place = tmp_path / "plan" / "plan.json"
    place.write_text(json.dumps({**json.loads(place.read_text()), "criterion": "synflow"}))
    assert load_plan(tmp_path / "plan").config.criterion == "synflow-once"


DOCUMENTS: dict[str, tuple[Callable[[dict[str, Any]], None], str]] = {
    "missing key": (_drop("method"), "lacks the key 'method'"),
    "unknown key": (_put("__class__", "os.system"), 'unknown key "__class__"'),
    "missing nested key": (
        lambda document: document["full"].pop("macs"),
        "'full' in plan.json .* lacks the key 'macs'",
    ),
    "newer version": (_put("schema_version", 3), "schema version 3, this program reads up to 2; update"),
    "much newer version": (lambda document: (document.clear(), document.update(schema_version=9)), "version 9"),
    "version zero": (_put("schema_version", 0), "never existed"),
    "version a text": (_put("schema_version", "1"), "'schema_version' .* must be a whole number"),
    "version true": (_put("schema_version", True), "must be a whole number .* not true"),
    "layers a mapping": (_put("layers", {}), "'layers' .* must be a list"),
    "no layers": (_put("layers", []), "lists no layer"),
    "layer twice": (lambda document: document["layers"].append(document["layers"][0]), "lists a layer twice"),
    "layer without mask": (_layer(name="conv9"), "layer '0' is in masks.safetensors and not in plan.json"),
    "neurons a fraction": (_layer(neurons=8.0), r"'layers\[0\].neurons' .* whole number"),
    "neurons negative": (_layer(neurons=-8), "whole number of at least 0, not -8"),
    "neurons of another width": (_layer(neurons=16), r"mask of '0' .* must be 16 bools"),
    "kept disagrees": (_layer(kept=1), "plan.json says 1"),
    "achieved disagrees": (_put("achieved_sparsity", 0.123), "'achieved_sparsity' in plan.json"),
    "feasible disagrees": (_put("feasible", False), "'feasible' in plan.json .* contradicts"),
    "unknown method": (_put("method", "magic"), "setting that makes no sense: method must be one of"),
    "budget of nothing": (_put("budget", {}), r"'budget' .* must be an object such as"),
    "budget unknown": (_put("budget", {"watts": 0.1}), "budget must be one of macs"),
    "budget a text": (_put("budget", {"macs": "all"}), "the macs budget must be above 0"),
    "lambda huge": (_put("lambda", -4), "lambda must be"),
    "seed a list": (_put("seed", [1]), r"'seed' .* must be a whole number of at least 0 or null, not \[1\]"),
    "shape a text": (_put("inputs", {"args": [{"tensor": "1x2"}], "kwargs": {}}), r"'inputs.args\[0\]' in"),
}


@pytest.mark.parametrize(("change", "message"), DOCUMENTS.values(), ids=DOCUMENTS)
def test_documents_that_are_not_believed(change: Callable, message: str, plan: Plan) -> None:
    with pytest.raises(ValueError, match=message) as caught:
        load_plan(altered(plan, change))
    assert "\n" not in str(caught.value)


def test_the_unaltered_plan_is(plan: Plan) -> None:
    assert_same(load_plan(altered(plan, lambda document: None)), plan)


def with_files(plan: Plan, **changed: bytes | None) -> io.BytesIO:
    """The plan's zip with files replaced (``plan_json=b"..."``) or left out."""
    with zipfile.ZipFile(io.BytesIO(plan.zip_bytes())) as archive:
        files: dict[str, bytes | None] = {name: archive.read(name) for name in archive.namelist()}
    files.update({name.replace("_", "."): content for name, content in changed.items()})
    return io.BytesIO(zip_bytes({name: content for name, content in files.items() if content is not None}))


TEXTS = {
    "empty": b"",
    "text": b"hello",
    "list": b"[]",
    "null": b"null",
    "truncated": b'{"schema_version": 1, ',
    "nan": b'{"schema_version": NaN}',
    "key twice": b'{"schema_version": 1, "schema_version": 1}',
    "deep": b"[" * 200_000,
    "long number": b"1" * 10_000,
    "not unicode": b'{"\xff": 1}',
}


@pytest.mark.parametrize("content", TEXTS.values(), ids=TEXTS)
def test_plan_json_that_is_none(content: bytes, plan: Plan) -> None:
    with pytest.raises(ValueError, match=r"plan\.json") as caught:
        load_plan(with_files(plan, plan_json=content))
    assert "\n" not in str(caught.value)


def test_masks_that_are_none(plan: Plan) -> None:
    masks = {name: mask.clone() for name, mask in plan.kept.items()}
    whole = save(masks)
    wrong = {
        "truncated": whole[:-3],
        "cut header": whole[:5],
        "floats": save({name: mask.float() for name, mask in masks.items()}),
        "a matrix": save({**masks, "0": masks["0"].reshape(2, 4)}),
        "one too many": save({**masks, "other": masks["0"].clone()}),
        "one missing": save({name: mask for name, mask in masks.items() if name != "0"}),
        "others kept": save({**masks, "0": ~masks["0"]}),
        "header of a terabyte": (2**40).to_bytes(8, "little") + b"{}",
    }
    assert plan.kept_counts["0"] != 4, "inverting the mask must change its count"
    for name, content in wrong.items():
        with pytest.raises(ValueError, match=r"safetensors|mask of '0'") as caught:
            load_plan(with_files(plan, masks_safetensors=content))
        assert "\n" not in str(caught.value), name


def test_truncated_weights(plan: Plan, model: nn.Module) -> None:
    content = plan.zip_bytes(plan.apply(model))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        weights = archive.read("model.safetensors")
    with pytest.raises(ValueError, match=r"model\.safetensors"):
        load_plan(with_files(plan, model_safetensors=weights[:-1]))


@pytest.mark.parametrize("name", ["plan_json", "masks_safetensors"])
def test_missing_files(name: str, plan: Plan, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=rf"holds no {name.replace('_', '.')}, so it is no plan"):
        load_plan(with_files(plan, **{name: None}))
    with pytest.raises(ValueError, match="so it is no plan"):
        load_plan(tmp_path)
    with pytest.raises(FileNotFoundError, match="does not exist"):
        load_plan(tmp_path / "nothing")


@pytest.mark.parametrize(
    "name", ["../escape", "/etc/passwd", "plan/plan.json", "extra.py", "C:\\plan.json", "plan.json/"]
)
def test_foreign_names_in_a_zip(name: str, plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    content = io.BytesIO(plan.zip_bytes())
    with zipfile.ZipFile(content, "a") as archive:
        archive.writestr(name, b"surprise")
    with pytest.raises(ValueError, match=r"which is none of plan\.json"):
        load_plan(content)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_name_twice_in_a_zip(plan: Plan) -> None:
    content = io.BytesIO(plan.zip_bytes())
    with zipfile.ZipFile(content, "a") as archive:
        archive.writestr("plan.json", b"{}")
    with pytest.raises(ValueError, match=r"'plan\.json' twice"):
        load_plan(content)


def test_zip_bomb(plan: Plan) -> None:
    bomb = with_files(plan, layers_csv=b"0" * (FILES["layers.csv"] + 1))
    assert len(bomb.getvalue()) < 100_000
    with pytest.raises(ValueError, match=r"'layers\.csv' in the zip has 16,777,217 bytes, more than the 16,777,216"):
        load_plan(bomb)


def test_large_file_in_a_folder(plan: Plan, tmp_path: Path) -> None:
    plan.save(tmp_path / "plan")
    with (tmp_path / "plan" / "plan.json").open("ab") as file:
        file.truncate(FILES["plan.json"] + 1)
    with pytest.raises(ValueError, match=r"plan\.json has 16,777,217 bytes, more than the 16,777,216"):
        load_plan(tmp_path / "plan")


def test_no_damage_of_a_zip_is_a_traceback(plan: Plan) -> None:
    """Any byte may be wrong: the plan loads all the same, or a ValueError says what is the matter."""
    content = plan.zip_bytes()
    generator = random.Random(0)
    loaded = 0
    for _ in range(1500):
        damaged = bytearray(content)
        for _ in range(generator.choice([1, 1, 2, 8])):
            damaged[generator.randrange(len(damaged))] = generator.randrange(256)
        if generator.random() < 0.2:
            del damaged[generator.randrange(len(damaged)) :]
        with contextlib.suppress(ValueError):
            load_plan(io.BytesIO(bytes(damaged)))
            loaded += 1
    assert loaded < 500


def test_unknown_files_in_a_folder_are_left_alone(plan: Plan, tmp_path: Path) -> None:
    plan.save(tmp_path / "plan")
    (tmp_path / "plan" / "notes.txt").write_text("mine")
    assert_same(load_plan(tmp_path / "plan"), plan)


def test_folder_is_written_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_files(tmp_path / "out", {"plan.json": b"old", "layers.csv": b"old"}, FILES)
    seen = []
    rename = Path.rename

    def interrupted(self: Path, target: Path) -> Path:
        seen.append(self.name)
        if len(seen) == 2:
            raise KeyboardInterrupt
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_files(tmp_path / "out", {"plan.json": b"new"}, FILES)
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert (tmp_path / "out" / "layers.csv").read_bytes() == b"old"
