"""Trained networks of a check as files: the full one as a checkpoint, a pruned one as its plan with its weights.

``full-seed0.safetensors`` is what ``--checkpoint`` takes. ``ranp-f-seed0.zip`` is a plan whose ``weights`` are those of
the smaller network after training.
"""

import re
from dataclasses import replace
from pathlib import Path

from torch import nn

from ranp.checks.check import Check
from ranp.checks.entry import Entry
from ranp.files import check_writable, write_tensors
from ranp.fingerprint import weights_sha256
from ranp.plan import Plan


class Saver:
    """Writes each network of ``check`` into ``folder`` as it ends; ``ValueError`` where that cannot be.

    >>> from ranp.checks.check import pair
    >>> from ranp.selection import PruningConfig
    >>> from ranp.subject import Subject
    >>> saver = Saver(pair(Subject("unet3d"), PruningConfig("ranp-f")), Path("trained"))
    >>> [str(saver.place(contestant, 3)) for contestant in range(2)]
    ['trained/full-seed3.safetensors', 'trained/ranp-f-seed3.zip']
    """

    def __init__(self, check: Check, folder: Path) -> None:
        self._check, self.folder = check, folder
        if folder.exists() and not folder.is_dir():
            raise ValueError(f"{folder} is no folder; name one for the trained weights")
        for contestant in range(len(check.contestants)):
            for seed in check.seeds:
                check_writable(self.place(contestant, seed))

    def place(self, contestant: int, seed: int) -> Path:
        """Where the network trained from ``seed`` goes."""
        label = self._check.labels[contestant]
        suffix = "safetensors" if self._check.contestants[contestant].pruning is None else "zip"
        return self.folder / f"{re.sub(r'[^a-z0-9.]+', '-', label.lower())}-seed{seed}.{suffix}"

    def has(self, entry: Entry) -> bool:
        """Whether the network that an entry is about was written."""
        return self.place(entry.contestant, entry.seed).exists()

    def __call__(self, entry: Entry, plan: Plan | None, model: nn.Module) -> None:
        """Write the network that an entry is about."""
        place = self.place(entry.contestant, entry.seed)
        self.folder.mkdir(parents=True, exist_ok=True)
        if plan is None:
            write_tensors(place, model.state_dict())
            return
        network = self._check.subject.network(entry.seed)
        known = replace(network.provenance, weights_sha256=weights_sha256(network.model))
        replace(plan, provenance=known).save(place, model.cpu())
