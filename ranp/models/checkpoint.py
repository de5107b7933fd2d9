"""A checkpoint: trained weights from a file, which a network is scored and pruned with in place of its initial ones.

Training code wraps networks, and wrappers put a prefix before every name (`PREFIXES`). It is taken off where all names
fit then. Nothing else is guessed: weights that are missing, too many, or of another shape are named.
"""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import torch
from torch import Tensor, nn

from ranp.files import one_line, read_saved_weights
from ranp.graph import as_written, named_as_written

log = logging.getLogger(__name__)

Network = TypeVar("Network", bound=nn.Module)

PREFIXES = ("module.", "_orig_mod.", "model.", "net.", "network.")
"""Of `nn.DataParallel`, `torch.compile`, and the usual names of the network in a Lightning module."""

_NAMED = 3
"""Names of a kind that a sentence lists before it only counts."""

_COUNTERS = "num_batches_tracked"
"""Of batch norms, which old files do not have, and which no output depends on."""


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """Weights by the names that they have in the file ``file``, whose content has the hash ``sha256``."""

    file: str
    sha256: str
    weights: Mapping[str, Tensor]
    _told: set[str] = field(default_factory=set, repr=False)

    @property
    def title(self) -> str:
        """Which file, for a person.

        >>> Checkpoint("best.pt", "9f86d081884c7d65" * 4, {}).title
        'best.pt (SHA-256 9f86d081)'
        """
        return checkpoint_title(self.file, self.sha256)

    def check_fits(self, model: nn.Module) -> None:
        """Raise ``ValueError`` unless ``model``, on any device, has these weights; names what does not fit."""
        self._fitted(as_written(model).state_dict())

    def load_into(self, model: Network) -> Network:
        """Give ``model`` these weights, in place, each in the dtype that it has there; returns the model.

        Raises ``ValueError`` where they do not fit, before anything is changed.
        """
        state = {name: value for name, value in as_written(model).state_dict().items() if isinstance(value, Tensor)}
        fitted = self._fitted(state)
        with torch.no_grad():
            for name, value in fitted.items():
                state[name].copy_(value)
        return model

    def _fitted(self, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """The weights by the network's own names."""
        wanted = {name: value for name, value in state.items() if isinstance(value, Tensor)}
        ways = reversed(list(_unwrapped(self.weights)))
        prefix, weights = min(ways, key=lambda way: len(way[1].keys() ^ wanted.keys()))
        told = [
            *_listed("missing", [name for name in wanted if name not in weights and not name.endswith(_COUNTERS)]),
            *_listed("unexpected", [name for name in weights if name not in wanted]),
            *_listed("of another shape", list(_of_another_shape(wanted, weights)), quoted=False),
            *_listed("of another type", list(_of_another_type(wanted, weights)), quoted=False),
        ]
        if told:
            raise ValueError(
                f"the weights in {self.file} are not this network's: {'; '.join(told)}; name the network that they are "
                "of, with its width and its classes"
            )
        broken = next((name for name, value in weights.items() if not _finite(value)), None)
        if broken is not None:
            raise ValueError(f"'{one_line(broken[:80])}' in {self.file} holds nan or infinity: that training diverged")
        if prefix:
            self._tell(f"names in {self.file} begin with '{prefix}', which a wrapper put there; it is taken off")
        return weights

    def _tell(self, sentence: str) -> None:
        """Once, however often a network is built."""
        if sentence not in self._told:
            self._told.add(sentence)
            log.info("%s", sentence)


def read_checkpoint(path: Path | str) -> Checkpoint:
    """The weights in a safetensors file, or in one of `torch.save` whose content needs no unpickling.

    Raises as `ranp.files.read_saved_weights` does.
    """
    path = Path(path)
    weights, sha256 = read_saved_weights(path)
    return Checkpoint(path.name, sha256, weights)


def load_checkpoint(model: nn.Module, path: Path | str) -> Checkpoint:
    """Give ``model`` the trained weights of a file, in place; returns what a plan's `Provenance` records of it.

    A state dict in safetensors, or by `torch.save`, alone or under one of the usual keys (Lightning's ``state_dict``,
    nnU-Net's ``network_weights``, ...); objects are never unpickled. Prefixes of wrappers are taken off. Raises
    ``FileNotFoundError`` where there is no file, and ``ValueError`` for one that cannot be read and for weights that
    do not fit, which are named; the model is then as it was.

    >>> import tempfile
    >>> from ranp.files import write_tensors
    >>> trained, fresh = nn.Linear(2, 2), nn.Linear(2, 2)
    >>> file = Path(tempfile.mkdtemp()) / "trained.safetensors"
    >>> write_tensors(file, trained.state_dict())
    >>> load_checkpoint(fresh, file).file, torch.equal(fresh.weight, trained.weight)
    ('trained.safetensors', True)
    """
    checkpoint = read_checkpoint(path)
    checkpoint.load_into(model)
    return checkpoint


def checkpoint_title(file: str | None, sha256: str | None) -> str:
    """A checkpoint in words, by what a plan records of it."""
    return f"{file or 'a file'} (SHA-256 {(sha256 or 'unknown')[:8]})"


def _unwrapped(weights: Mapping[str, Tensor]) -> Iterator[tuple[str, dict[str, Tensor]]]:
    """The weights by the names that they have, and by those below each prefix that all of them share."""
    names, prefix = dict(weights), ""
    yield prefix, names
    while names:
        found = next((each for each in PREFIXES if all(name.startswith(each) for name in names)), None)
        if found is None:
            break
        prefix, names = prefix + found, {name.removeprefix(found): value for name, value in names.items()}
        yield prefix, names
    if any("_orig_mod." in name for name in names):
        yield prefix + "_orig_mod.", named_as_written(names)


def _of_another_shape(wanted: Mapping[str, Tensor], weights: Mapping[str, Tensor]) -> Iterator[str]:
    for name, here in wanted.items():
        there = weights.get(name, here)
        if here.shape != there.shape:
            yield f"'{name}' ({_shape(here)} expected, {_shape(there)} found)"


def _of_another_type(wanted: Mapping[str, Tensor], weights: Mapping[str, Tensor]) -> Iterator[str]:
    """Numbers of another precision are converted; whole ones do not stand for others."""
    for name, here in wanted.items():
        there = weights.get(name, here)
        if here.is_floating_point() != there.is_floating_point() or here.is_complex() != there.is_complex():
            yield f"'{name}' ({here.dtype} expected, {there.dtype} found)"


def _shape(tensor: Tensor) -> str:
    return "x".join(map(str, tensor.shape)) or "a number"


def _listed(kind: str, names: list[str], quoted: bool = True) -> Iterator[str]:
    if names:
        shown = [one_line(f"'{name[:80]}'" if quoted else name[:160]) for name in names[:_NAMED]]
        more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
        yield f"{kind} {', '.join(shown)}{more}"


def _finite(value: Tensor) -> bool:
    small = value.is_floating_point() and value.element_size() == 1  # for which PyTorch has no such test
    return bool((value.float() if small else value).isfinite().all())
