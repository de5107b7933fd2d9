"""Tables that were measured here: found again by the network and the machine."""

from dataclasses import replace
from pathlib import Path

import pytest

from ranp.subject import library_network
from ranp.timing import Machine, keep_table, local_table, shipped_table

HERE = Machine("here", "cpu", 2, "2.13")


def test_a_table_is_found_by_its_network_and_its_machine(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    shipped = shipped_table("unet3d", "classroom")
    assert shipped is not None
    table = replace(shipped, machine=HERE)
    network = library_network("unet3d", "classroom", {}, 0, "xavier")
    known, inputs = network.provenance, network.inputs()
    assert local_table(tmp_path, known, inputs, HERE) is None
    keep_table(tmp_path, known, inputs, table)
    found = local_table(tmp_path, known, inputs.with_batch(4), HERE)
    assert found is not None
    assert (found.machine, found.grids.keys()) == (HERE, table.grids.keys())
    other = library_network("unet3d", "classroom", {"base_channels": 4}, 0, "xavier").provenance
    assert local_table(tmp_path, other, inputs, HERE) is None
    assert local_table(tmp_path, known, inputs, replace(HERE, threads=1)) is None
    (path,) = (tmp_path / "tables").iterdir()
    path.write_bytes(path.read_bytes()[:100])
    assert local_table(tmp_path, known, inputs, HERE) is None
    assert "the time table is not used, measure it again" in caplog.text


def test_a_folder_that_cannot_be_written_costs_a_warning(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    shipped = shipped_table("unet3d", "classroom")
    assert shipped is not None
    network = library_network("unet3d", "classroom", {}, 0, "xavier")
    (tmp_path / "file").write_text("")
    keep_table(tmp_path / "file", network.provenance, network.inputs(), shipped)
    assert "could not be kept" in caplog.text
