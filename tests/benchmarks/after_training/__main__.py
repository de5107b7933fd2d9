"""Pruning after training: a checkpoint pruned to half of its MACs and fine-tuned, beside the same network trained anew.

    python -m tests.benchmarks.after_training [--only unet3d ...] [--seeds 1] [--out FILE.json]
    python -m tests.benchmarks.after_training --show FILE.json [--picture FILE.svg]

Each network is trained for 100 steps of its recipe and saved. RANP-f prunes it by its trained weights to half of its
MACs; what is left is fine-tuned for 50 steps, from each seed in another order and on other examples, and stands beside
the full network that goes on as long, and the same smaller network that starts anew. All are judged on the same
examples.
"""

import argparse
import json
from pathlib import Path

from ranp.files import check_writable, read_text, write_atomically
from tests.benchmarks.after_training.measuring import NETWORKS, markdown, measure, provenance
from tests.benchmarks.after_training.picture import svg
from tests.benchmarks.table import machine


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=NETWORKS, default=list(NETWORKS))
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--show", type=Path)
    parser.add_argument("--picture", type=Path, help="draw the learning curves here, an SVG file")
    args = parser.parse_args()
    if args.out is not None:
        check_writable(args.out)
    kept = {"machine": machine(), "networks": {}} if args.show is None else json.loads(read_text(args.show))
    for name in args.only if args.show is None else ():
        kept["networks"][name] = measure(name, args.seeds)
        if args.out is not None:
            write_atomically(args.out, (json.dumps(kept, indent=1) + "\n").encode())
    if args.picture is not None:
        write_atomically(check_writable(args.picture), svg(kept).encode())
    print(provenance(kept), markdown(kept), sep="\n\n")


if __name__ == "__main__":
    main()
