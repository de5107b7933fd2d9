"""The Export page by what a visitor sees, and its files by what they do: the texts that it shows are run."""

import io
import json
import shlex
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from explorer import compute, takeaway
from explorer.compute import Job
from explorer.export import files, wording
from explorer.export import upload as importing
from explorer.export.reproducing import script, steps
from explorer.page import command_line
from explorer.state import ExplorerState, decisive, default_state
from explorer.units import count
from ranp.__main__ import main
from ranp.formats import FORMATS
from ranp.plan import Plan, load_plan
from ranp.timing import write_table
from tests.cases import SMALL

APP = str(Path(__file__).parents[2] / "explorer" / "app.py")


def visit(**query: str) -> AppTest:
    app = AppTest.from_file(APP, default_timeout=120)
    app._page_hash = calc_hash("export")
    for name, value in (query or SMALL).items():
        app.query_params[name] = value
    return app.run()


def upload(app: AppTest, name: str, content: bytes) -> AppTest:
    return app.file_uploader(key="upload").upload(name, content).run()


def downloads(app: AppTest) -> list[str]:
    """What the buttons of files say, but for the explorer's, which is there once a training step was measured."""
    labels = [button.proto.label for button in app.get("download_button")]
    return [label for label in labels if not label.startswith("Explorer")]


def told(app: AppTest) -> str:
    return " ".join(element.value for element in (*app.error, *app.warning, *app.info, *app.markdown, *app.caption))


@pytest.fixture(scope="module")
def state() -> ExplorerState:
    """A state of which little is as by default, with its importance computed."""
    chosen = replace(
        default_state(compute.choices(), "unet3d", "classroom"),
        sparsity=0.4321,
        lam=7.0,
        seed=1,
        protect=("encoder2.conv1",),
    )
    chosen = replace(chosen, caps=(("encoder1.conv1", 0.25),), min_neurons=2, coupling="all")
    compute.tracing(chosen).result()
    compute.importance(chosen).result()
    return chosen


def same(one: Plan, other: Plan) -> bool:
    return one.config == other.config and all(torch.equal(mask, other.kept[name]) for name, mask in one.kept.items())


def test_every_kind_of_file_is_offered_and_explained() -> None:
    app = visit(sparsity="0.3217")  # of which no other test has made a file
    assert not app.exception
    assert not app.error
    labels = downloads(app)
    assert {"Plan (.zip)", "Report (.html)", "Notebook (.ipynb)"} <= set(labels)
    offered = {offer.name for offer in files.offers()}
    assert offered == {*FORMATS, files.WITH_WEIGHTS} - {"zip"}
    made = {button.key for button in app.button if button.key and button.key.startswith("make_")} - {"make_explorer"}
    assert made == {f"make_{offer.name}" for offer in files.offers() if offer.needs_network}


def test_a_file_that_needs_the_network_is_made_on_request() -> None:
    app = visit(sparsity="0.31")
    app.button(key="make_weights").click().run()
    assert not app.error
    assert "make_weights" not in {button.key for button in app.button}
    labels = downloads(app)
    assert labels.count("Download .safetensors") == 2  # the masks, and now the weights


def test_a_missing_package_is_said_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("explorer.export.files.find_spec", lambda name: None if name == "onnx" else object())
    app = visit()
    assert "Not possible here: onnx is not installed on this server." in told(app)
    assert "make_onnx" not in {button.key for button in app.button}


def test_without_a_network_to_build_what_describes_it_can_be_had() -> None:
    app = visit(sparsity="0.97")
    assert wording.INFEASIBLE in told(app)
    assert app.button(key="make_weights").disabled
    assert len(downloads(app)) == 8


def contents(archive: bytes) -> dict[str, Any]:
    """The files of a zipped plan, JSON read."""
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        files = {name: opened.read(name) for name in opened.namelist()}
    return {name: json.loads(read) if name.endswith(".json") else read for name, read in files.items()}


def test_the_command_and_the_script_make_the_very_plan(
    state: ExplorerState, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The script gives the same file as the page does, byte for byte; the command's tells the peak of training, too."""
    monkeypatch.chdir(tmp_path)
    command = shlex.split(files.shell(state).replace("\\\n", " "))
    assert command[:3] == ["python", "-m", "ranp"]
    assert main(command[3:]) == 0
    theirs, ours = contents(Path("plan.zip").read_bytes()), contents(compute.plan_zip(state))
    assert [cost["budget"] for cost in theirs["plan.json"].pop("step_costs")] == ["peak"]
    assert ours["plan.json"].pop("step_costs") == []
    assert theirs == ours
    Path("plan.zip").unlink()
    exec(files.python(state), {})
    assert Path("plan.zip").read_bytes() == compute.plan_zip(state)
    assert f"{compute.plan(state).pruned.params} parameters" in capsys.readouterr().out


@pytest.mark.parametrize(
    "change",
    [
        {"method": "magnitude"},
        {"method": "random"},
        {"method": "blend", "alpha": 0.3},
        {"target": "macs", "budget": 0.2},
        {"target": "macs", "budget": 0.6, "also": "peak", "also_budget": 0.5, "batch": 3},
    ],
    ids=str,
)
def test_the_script_makes_the_plan_of_other_methods_too(
    state: ExplorerState, change: dict[str, object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = replace(state, **change)  # type: ignore[arg-type]
    monkeypatch.chdir(tmp_path)
    code = files.python(chosen).partition("# The smaller network")[0]
    names: dict[str, object] = {}
    exec(code, names)
    assert same(names["plan"], compute.plan(chosen))  # type: ignore[arg-type]


def test_a_plan_within_two_budgets_is_the_commands_and_opens_as_such(
    state: ExplorerState, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = replace(state, target="macs", budget=0.6, also="peak", also_budget=0.5, batch=3)
    monkeypatch.chdir(tmp_path)
    command = shlex.split(files.shell(chosen).replace("\\\n", " "))
    assert command[command.index("--batch") + 1] == "3"
    assert main(command[3:]) == 0
    content = Path("plan.zip").read_bytes()
    assert content == compute.plan_zip(chosen)
    opened = importing.read(content, "plan.zip", state, scored=True).opens
    assert opened is not None
    assert decisive(opened) == decisive(chosen)


def test_a_plan_within_a_budget_of_time_is_the_commands_and_opens_as_such(
    state: ExplorerState, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = replace(state, target="time", budget=0.7, also="inference", also_budget=0.65)
    table = compute.table_of(chosen)
    assert table is not None
    compute.calling(chosen, table.batch).result()
    write_table(table, tmp_path / "table.json")
    monkeypatch.chdir(tmp_path)
    plan = compute.plan(chosen)
    assert all(cost.pruned is not None and cost.pruned <= 0.7 * cost.full for cost in plan.step_costs)
    assert main(shlex.split(files.shell(chosen).replace("\\\n", " "))[3:]) == 0
    assert same(load_plan(Path("plan.zip")), plan)
    opened = importing.read(compute.plan_zip(chosen), "plan.zip", state, scored=True).opens
    assert opened is not None
    assert decisive(opened) == decisive(chosen)
    least = replace(chosen, budget=0.01)
    assert compute.results(least).plan.unmet is not None


@pytest.mark.parametrize("change", [{"snap": "add"}, {"snap": "drop", "method": "ranp-t"}], ids=str)
def test_a_plan_at_fast_widths_is_the_commands_and_the_scripts_and_opens_as_such(
    state: ExplorerState, change: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = replace(state, target="macs", budget=0.6, **change)
    table = compute.table_of(chosen)
    assert table is not None
    compute.calling(chosen, table.batch).result()
    write_table(table, tmp_path / "table.json")
    monkeypatch.chdir(tmp_path)
    plan = compute.plan(chosen)
    assert plan.snapped is not None
    assert plan.snapped.added + plan.snapped.removed > 0
    assert plan.pruned.macs <= 0.6 * plan.full.macs
    assert main(shlex.split(files.shell(chosen).replace("\\\n", " "))[3:]) == 0
    theirs = load_plan(Path("plan.zip"))
    assert same(theirs, plan)
    assert theirs.snapped == plan.snapped
    names: dict[str, Any] = {}
    exec(files.python(chosen).partition("# The smaller network")[0], names)
    assert same(names["plan"], plan)
    opened = importing.read(compute.plan_zip(chosen), "plan.zip", state, scored=True).opens
    if chosen.method == "ranp-t":
        assert opened is None, "its layers were weighed by seconds that another table may not tell"
    else:
        assert opened is not None
        assert decisive(opened) == decisive(chosen)


def test_the_notebook_is_valid_and_its_cells_make_the_plan(state: ExplorerState, tmp_path: Path) -> None:
    content = files.ipynb(state)
    notebook = nbformat.reads(content.decode(), as_version=4)
    nbformat.validate(notebook)
    kinds = [cell.cell_type for cell in notebook.cells]
    assert kinds == ["markdown", *["markdown", "code"] * 4, "markdown"]
    code = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code")
    assert code == "\n".join(step.code for step in steps(compute.planned_state(state)))  # which the script's test runs


@pytest.mark.slow
def test_the_notebook_runs(state: ExplorerState, tmp_path: Path) -> None:
    from nbclient import NotebookClient

    notebook = nbformat.reads(files.ipynb(state).decode(), as_version=4)
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(tmp_path)}}).execute()
    assert same(load_plan(tmp_path / "plan.zip"), compute.plan(state))


def test_names_reach_a_shell_and_python_quoted(state: ExplorerState) -> None:
    nasty = "x'; rm -rf $HOME; '"
    chosen = replace(state, protect=(nasty,))
    assert f"--protect={nasty}" in shlex.split(command_line(chosen).replace("\\\n", " "))
    assert repr((nasty,)) in script(chosen)


def test_files_that_take_room_are_forgotten_oldest_first(state: ExplorerState, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "ROOM", 1)
    jobs: list[Job[bytes]] = [files.building(state, name) for name in ("torch-pruning", "pytorch")]
    assert all(job.result() for job in jobs)
    assert files.made(state, "torch-pruning") is None
    assert files.made(state, "pytorch") is not None


def test_a_plan_comes_back_and_opens_its_state(state: ExplorerState) -> None:
    app = upload(visit(), "mine.zip", compute.plan_zip(state))
    assert not app.error
    assert wording.FITS in told(app)
    assert f"It keeps {sum(compute.plan(state).kept_counts.values())} neurons" in told(app)
    app.button(key="pin_imported").click().run()
    assert wording.PINNED in told(app)
    app.button(key="open_imported").click().run()
    assert app.session_state["_last_state"] == state
    assert not app.exception


def test_a_plan_for_another_network_says_what_does_not_fit(state: ExplorerState) -> None:
    other = default_state(compute.choices(), "unet3d", "classroom-shapes")
    compute.tracing(other).result()
    found = importing.read(compute.plan_zip(state), "mine.zip", other, scored=False)
    assert found.plan is None
    assert "another width" in (found.problem or "")
    assert found.opens == state


@pytest.mark.parametrize("name", ["masks", "numpy", "torch-prune"])
def test_masks_come_back_as_they_were_exported(
    name: str, state: ExplorerState, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = files.building(state, name).result()
    monkeypatch.setattr(tempfile, "tempdir", "/nowhere")  # an upload is read as it lies in memory
    found = importing.read(content, "masks", state, scored=True)
    assert found.problem is None
    assert found.plan is not None
    assert {layer.name: layer.kept for layer in found.plan.layers} == compute.plan(state).kept_counts
    assert wording.SAME_PLAN in found.remarks


def edited(content: bytes, change: Callable[[dict], None]) -> bytes:
    """A plan's zip with another `plan.json`."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(file, "w") as new:
        for name in old.namelist():
            text = old.read(name)
            if name == "plan.json":
                document = json.loads(text)
                change(document)
                text = json.dumps(document).encode()
            new.writestr(name, text)
    return file.getvalue()


def test_a_strangers_words_are_shown_as_words_and_their_figures_not_at_all(state: ExplorerState) -> None:
    def change(document: dict) -> None:
        document["architecture"] = "<script>alert(1)</script> [x](y) `"
        document["pruned"]["macs"] = 1

    found = importing.read(edited(compute.plan_zip(state), change), "`a`<b>.zip", state, scored=False)
    assert found.plan is not None
    assert found.plan.pruned.macs == compute.plan(state).pruned.macs
    assert wording.FIGURES_DIFFER in found.remarks
    assert found.opens is None
    assert "`<script>alert(1)</script> [x](y) `" in found.remarks[0]  # in a code span, where nothing is markup


@pytest.mark.parametrize(
    "setting",
    [
        {"lambda": 5000.0},
        {"allocation": "plain"},
        {"widths": {"encoder1.conv2": 3}},
        {"multiple": 4},
        {"criterion": "mine:criterion"},
        {"coupling": "mine:rule"},
    ],
    ids=str,
)
def test_settings_out_of_reach_are_not_opened(setting: dict[str, object], state: ExplorerState) -> None:
    """Among them code of somebody's own, whose name is a word and nothing more."""
    content = edited(compute.plan_zip(state), lambda document: document.update(setting))
    found = importing.read(content, "p", state, False)
    assert found.plan is not None
    assert found.opens is None
    assert wording.OUT_OF_RANGE in found.remarks


def test_a_plan_that_was_scored_on_the_scan_opens_and_one_scored_on_a_folder_does_not() -> None:
    scanned = default_state(compute.choices(), "unet3d", "classroom-tissue")
    compute.tracing(scanned).result()
    compute.importance(scanned).result()
    content = compute.plan_zip(scanned)
    assert importing.read(content, "p", scanned, True).opens == scanned
    elsewhere = edited(content, lambda document: document.update(data="tissue from Task01, 8 examples"))
    assert importing.read(elsewhere, "p", scanned, True).opens is None


def bomb() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("plan.json", b"{}")
        archive.writestr("model.safetensors", b"\0" * (importing.MAX_UNPACKED + 1))
    return file.getvalue()


def saved_by_torch() -> bytes:
    file = io.BytesIO()
    torch.save({"encoder1.conv1.weight_mask": torch.ones(3)}, file)
    return file.getvalue()


def arrays(**named: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.savez(file, **named)
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "neither a plan"),
        (b"hello", "neither a plan"),
        (b"\x80\x04K\x01.", "pickle"),
        (saved_by_torch(), "pickle"),
        (bomb(), "unpacks to more"),
        (b"PK\x03\x04 cut", "not a whole"),
        (arrays(elsewhere=np.ones(3, bool)), "no layer of the network"),
        (b"\0" * (importing.MAX_BYTES + 1), "at most"),
        (b"\x10\0\0\0\0\0\0\0{not json at all", "JSON"),
    ],
    ids=["empty", "text", "pickle", "torch", "bomb", "cut", "foreign", "large", "header"],
)
def test_a_wrong_file_is_told_in_a_sentence(content: bytes, message: str, state: ExplorerState) -> None:
    found = importing.read(content, "<i>file</i>", state, scored=False)
    assert found.plan is None
    assert message in (found.problem or "")
    assert "Traceback" not in (found.problem or "")


def test_a_wrong_upload_leaves_the_page_as_it_is() -> None:
    app = upload(visit(), "x.zip", b"hello")
    assert app.error[0].value.startswith("`x.zip`: This is neither a plan's zip nor")
    assert len(downloads(app)) == 8


def test_the_explorer_is_made_once_it_is_asked_for_and_its_size_is_said_before(
    state: ExplorerState, monkeypatch: pytest.MonkeyPatch
) -> None:
    compute.measuring(state).result()
    size, made = takeaway.size(state), takeaway.html(state, date(2026, 1, 1))
    assert 0 <= len(made) - size < 40_000, "what it says of the network is little"
    monkeypatch.setattr("explorer.takeaway.html", lambda *_: pytest.fail("nobody has asked"))
    app = visit()
    assert not app.exception
    assert "Explorer (.html)" in [button.proto.label for button in app.get("download_button")]
    assert f"About {count(takeaway.size(app.session_state['_last_state']), 'B')}." in told(app)
    monkeypatch.setattr("explorer.takeaway.document.MOST_BYTES", 1000)
    app.run()
    assert "Explorer (.html)" not in [button.proto.label for button in app.get("download_button")]
    assert "at most 1.00 kB are written" in told(app)
