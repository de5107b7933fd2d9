"""Completion as bash does it: the script is sourced in a real shell, and asked what may come next."""

import json
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from ranp.__main__ import COMMANDS, main
from ranp.models import ARCHITECTURES
from ranp.selection import METHODS

ASK = """
source {script}
COMP_WORDS=({words})
COMP_CWORD={last}
$(complete -p ranp | sed 's/.*-F \\([^ ]*\\) .*/\\1/')
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("completion") / "ranp.bash"
    with pytest.MonkeyPatch.context() as patch:
        lines: list[str] = []
        patch.setattr("builtins.print", lambda text, **_: lines.append(text))
        assert main(["completion", "bash"]) == 0
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def completed(script: Path, *words: str, folder: Path | None = None) -> set[str]:
    """What bash offers in place of the last word."""
    if shutil.which("bash") is None:
        pytest.skip("there is no bash here")
    ask = ASK.format(script=shlex.quote(str(script)), words=shlex.join(words), last=len(words) - 1)
    run = subprocess.run(["bash", "-c", ask], cwd=folder, capture_output=True, text=True, check=True)
    return set(run.stdout.split())


def test_commands(script: Path) -> None:
    assert completed(script, "ranp", "") >= set(COMMANDS)
    assert completed(script, "ranp", "pr") == {"profile", "prune"}


def test_networks_presets_and_methods(script: Path) -> None:
    assert completed(script, "ranp", "prune", "") >= set(ARCHITECTURES)
    assert completed(script, "ranp", "train", "un") == {name for name in ARCHITECTURES if name.startswith("un")}
    assert completed(script, "ranp", "prune", "unet3d", "--method", "") == set(METHODS)
    presets = {name for one in ARCHITECTURES.values() for name in one.presets}
    assert completed(script, "ranp", "prune", "unet3d", "--preset", "classroom") == {
        name for name in presets if name.startswith("classroom")
    }


def test_options(script: Path) -> None:
    assert completed(script, "ranp", "prune", "unet3d", "--spar") == {"--sparsity"}
    assert completed(script, "ranp", "sweep", "mine", "unet3d", "--js") == {"--json"}


def test_files(script: Path, tmp_path: Path) -> None:
    (tmp_path / "plan.zip").touch()
    (tmp_path / "plans").mkdir()
    assert completed(script, "ranp", "verify", "pl", folder=tmp_path) == {"plan.zip", "plans"}
    assert completed(script, "ranp", "score", "unet3d", "--data", "pl", folder=tmp_path) == {"plans"}


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "tcsh", "powershell"])
def test_every_shell_has_a_script(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", shell, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["shell"] == shell
    assert "unet3d" in found["script"] or shell == "tcsh"


def test_a_shell_that_is_not_known(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["completion", "zhs"])
    assert stopped.value.code == 2
    assert "did you mean 'zsh'?" in capsys.readouterr().err
