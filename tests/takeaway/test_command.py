"""``ranp explore``: what it refuses before anything is computed, and that a refusal leaves the old file as it was."""

from pathlib import Path

import pytest

from ranp.__main__ import main

OWN = ["--model", "nets:tiny"]
REFUSED = {
    "nothing named": ([], "name a network of the library"),
    "two networks": (["unet3d", *OWN, "--input", "1x1x4x4x4"], "name a network of the library"),
    "unknown network": (["unet4d"], "there is no architecture 'unet4d'; did you mean 'unet3d'?"),
    "unknown size": (["unet3d", "--preset", "huge"], "has no preset 'huge'"),
    "input of the library's": (["unet3d", "--input", "1x1x4x4x4"], "--input goes with --model"),
    "data of the library's": (["unet3d", "--data", "nets:batches"], "--data goes with --model"),
    "own without an input": (OWN, "needs the shape of its input"),
    "own with a size": ([*OWN, "--input", "1x1x4x4x4", "--preset", "classroom"], "--preset goes with"),
    "sparsity": (["unet3d", "--sparsity", "1"], "--sparsity must be a number from 0 to 0.99 here, not 1"),
    "seed": (["unet3d", "--seed", "-1"], "--seed must be a whole number from 0 to 9999 here, not -1"),
    "own criterion": (["unet3d", "--criterion", "nets:mine"], "--criterion must be one of"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_mistakes_are_told_in_a_sentence(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("subprocess.run", lambda *_, **__: pytest.fail("nothing is to be started"))
    (tmp_path / "explorer.html").write_text("before")
    arguments, sentence = REFUSED[name]
    assert main(["explore", *arguments]) == 2
    told = capsys.readouterr().err
    assert sentence in told
    assert told.count("\n") == 1
    assert (tmp_path / "explorer.html").read_text() == "before"


@pytest.mark.slow
def test_what_the_app_cannot_do_is_told_as_its_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "explorer.html"
    assert main(["explore", "unet3d", "--preset", "classroom-shapes", "--protect", "conv9", "--out", str(out)]) == 2
    told = capsys.readouterr().err
    assert told == "ranp explore: This network has no prunable layer 'conv9', so it cannot be protected.\n"
    assert not out.exists()
