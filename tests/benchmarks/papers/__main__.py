"""The papers' setting: their networks on the real data, for as many epochs as there, the full one and RANP-f's.

    python -m tests.benchmarks.papers --estimate [--only unet3d/brats ...] [--device cuda]
    python -m tests.benchmarks.papers --data brain=FOLDER ... --out FOLDER [--seeds 3] [--device cuda] [--workers 8]
    python -m tests.benchmarks.papers --show FOLDER

Tasks are brain (BraTS'18), voxel-parts (ShapeNet), motion (UCF101) and stereo (SceneFlow), each a folder as the data
set is distributed. What it will take is printed first. Stopped or killed, the same command goes on after the last epoch
that was finished. First seeds of all come before second seeds of any. ``--trial 2`` trains narrow networks on small
inputs for so many epochs, to see on the real files that everything works.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from ranp.devices import check_device
from ranp.files import check_writable, write_atomically
from tests.benchmarks.papers.estimate import estimate, whole
from tests.benchmarks.papers.network import Size
from tests.benchmarks.papers.settings import CONTESTANTS, SETTINGS
from tests.benchmarks.papers.table import RESULTS, markdown, read
from tests.benchmarks.papers.training import Run, trained
from tests.benchmarks.table import machine


def main(given: Sequence[str] | None = None) -> int:
    options = arguments(given)
    if options.show is not None:
        print(markdown(read(options.show)))
        return 0
    try:
        check_device(options.device)
        if options.estimate:
            tell_estimate(options.only, options.device)
            return 0
        return train(options)
    except (ValueError, OSError) as error:
        print(error, file=sys.stderr)
        return 1


def tell_estimate(names: Sequence[str], device: str) -> None:
    """Print what each network takes, and all of them."""
    found = []
    for name in names:
        found.append(estimate(name, device))
        print(found[-1].text, flush=True)
    print(whole(found), flush=True)


def train(options: argparse.Namespace) -> int:
    """Train what has no result yet, and print the table."""
    folders = dict(options.data)
    names = [name for name in options.only if SETTINGS[name].known.task in folders]
    if not names or options.out is None:
        raise ValueError("name the data with --data TASK=FOLDER and a folder for the results with --out, or --estimate")
    options.out.mkdir(parents=True, exist_ok=True)
    place = check_writable(options.out / RESULTS)
    if not options.trial:
        tell_estimate(names, options.device)
    for seed in range(options.seeds):
        for name in names:
            for contestant in CONTESTANTS:
                setting, results = SETTINGS[name], read(options.out)
                size = Size(setting, options.trial is not None)
                epochs = options.trial or setting.epochs
                known = (name, contestant, seed, size.trial, epochs)
                if known in [_known(each) for each in results]:
                    continue
                run = Run(size, contestant, folders[setting.known.task], epochs, seed, options.device, options.workers)
                found = {**trained(run, options.out, _tell), "machine": machine(), "device": options.device}
                write_atomically(place, (json.dumps([*results, found], indent=1) + "\n").encode())
    print(markdown(read(options.out)))
    return 0


def _known(result: dict[str, object]) -> tuple[object, ...]:
    return tuple(result[name] for name in ("network", "contestant", "seed", "trial", "epochs"))


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def arguments(given: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.papers",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--only", nargs="+", choices=SETTINGS, default=list(SETTINGS), metavar="NETWORK/PRESET")
    parser.add_argument("--data", action="append", type=_folder, default=[], metavar="TASK=FOLDER")
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="for checkpoints, plans and results.json")
    parser.add_argument("--seeds", type=_positive, default=1, help="how many (default: 1)")
    parser.add_argument("--device", default="cpu", help="to train on (default: cpu)")
    parser.add_argument("--workers", type=int, default=0, help="processes that read samples (default: none)")
    parser.add_argument(
        "--trial", type=_positive, metavar="EPOCHS", help="narrow networks, small inputs, so many epochs"
    )
    parser.add_argument("--estimate", action="store_true", help="say what it takes, and train nothing")
    parser.add_argument("--show", type=Path, metavar="FOLDER", help="print the table of the results in a folder")
    return parser.parse_args(given)


def _folder(text: str) -> tuple[str, Path]:
    task, equals, folder = text.partition("=")
    tasks = [setting.known.task for setting in SETTINGS.values()]
    if not equals or task not in tasks:
        raise argparse.ArgumentTypeError(
            f"'{text}' is not TASK=FOLDER with a task of {', '.join(dict.fromkeys(tasks))}"
        )
    return task, Path(folder)


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"'{text}' is not a whole number of at least 1")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
