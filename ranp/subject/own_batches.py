"""Batches of one's own, to learn from and to be judged on.

What ``--data`` names is a function (or what one returns): of ``split``, which is ``"train"`` or ``"test"``, where it
has such a parameter; else one that returns ``(train, test)`` in a tuple, or everything in one. Each of these is an
iterable of batches ``(inputs, target)``, a DataLoader, or a Dataset of examples, of which batches are made. What comes
in one is split:

    Dataset, and DataLoader over one     a fifth of the examples, drawn once, is held out
    any other iterable                   every fifth batch, or the last where there are fewer than five

Examples and lists of batches are learnt from in an order drawn from the seed, pass after pass; other iterables as they
come, while torch's, numpy's and Python's random numbers are those of the seed. So they may be endless.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Sized
from itertools import islice
from typing import Any

import torch
from torch import Tensor
from torch.utils import _pytree as pytree
from torch.utils.data import DataLoader, Dataset, IterableDataset, RandomSampler, SequentialSampler, Subset

from ranp.subject.own_code import OwnCodeError, call_own, guarded, load_own, takes
from ranp.subject.randomness import Randomness

HELD_OUT = 5
"""One in so many is held out of what comes in one."""
SPLIT_SEED = 0
_END = object()

Begin = Callable[[], Iterable[Any]]


class OwnBatches:
    """The batches at an import path; ``ValueError`` where it gives none, or what cannot be iterated."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._known: dict[str, Any] = {}
        self._parts = self._read()
        self._short: int | None = None

    def train(self, batch_size: int, seed: int) -> Iterator[Any]:
        """Batch after batch, without end; ``batch_size`` is that of batches made of a Dataset."""
        return self._passes(lambda: self._train_pass(batch_size), Randomness(seed), endless=True)

    def to_score(self, batch_size: int, seed: int, count: int) -> Iterator[Any]:
        """The first ``count`` of these, or as many as one pass has."""
        return islice(self._passes(lambda: self._train_pass(batch_size), Randomness(seed), endless=False), count)

    def test(self, batch_size: int, examples: int) -> list[Any]:
        """Held-out batches of so many examples at least, or all that there are."""
        found, seen = [], 0
        for batch in self._passes(lambda: self._test_pass(batch_size), Randomness(SPLIT_SEED), endless=False):
            found.append(batch)
            seen += examples_in(batch)
            if seen >= examples:
                break
        if not found:
            raise OwnCodeError(
                f"'{self._path}' gives too little to learn from some and be judged on the rest: one batch or example; "
                "return two at least, or (train, test)"
            )
        return found

    def _read(self) -> tuple[str, ...]:
        """Call the function; the names of what it gives, ``all`` or ``train`` and ``test``."""
        function = load_own(self._path)
        if callable(function) and takes(function, "split"):
            for part in ("train", "test"):
                self._keep(part, self._call(function, split=part))
            return ("train", "test")
        given = self._call(function) if callable(function) else function
        if _is_pair_of_parts(given):
            self._keep("train", given[0])
            self._keep("test", given[1])
            return ("train", "test")
        self._keep("all", given)
        return ("all",)

    def _call(self, function: Any, **named: Any) -> Any:
        with Randomness(SPLIT_SEED).drawn():
            return call_own(self._path, function, **named)

    def _keep(self, part: str, given: Any) -> None:
        if isinstance(given, (Tensor, Mapping, str)) or not (isinstance(given, (Iterable, Dataset)) or _indexed(given)):
            raise OwnCodeError(
                f"'{self._path}' must return batches of (inputs, target), a Dataset or a DataLoader, not "
                f"{type(given).__name__}"
            )
        if isinstance(given, Dataset) and not isinstance(given, (Sized, IterableDataset)):
            raise OwnCodeError(
                f"the dataset of '{self._path}' has no length; give it __len__, or make it an IterableDataset"
            )
        self._known[part] = given

    def _again(self, part: str) -> Any:
        """What was returned; of an iterator, which can be used once, another."""
        before = self._known[part]
        if isinstance(before, Iterator):
            self._read()
            if self._known[part] is before:
                raise OwnCodeError(
                    f"'{self._path}' gives the same iterator each time, which is used up once; return a list, a "
                    "Dataset, a DataLoader, or a new iterator each time"
                )
        return self._known[part]

    def _train_pass(self, batch_size: int) -> Iterable[Any]:
        if "all" not in self._parts:
            return _batched(self._again("train"), batch_size, shuffle=True)
        source = self._again("all")
        examples = _examples_of(source)
        if examples is not None:
            return _batched(source, batch_size, shuffle=True, only=_split(examples)[0])
        batches = _batched(source, batch_size, shuffle=False)
        if isinstance(batches, Sequence):
            return _shuffled([batch for place, batch in enumerate(batches) if not self._is_held_out(place)])
        return (batch for place, batch in enumerate(batches) if not self._is_held_out(place))

    def _test_pass(self, batch_size: int) -> Iterable[Any]:
        if "all" not in self._parts:
            return _batched(self._again("test"), batch_size, shuffle=False)
        source = self._again("all")
        examples = _examples_of(source)
        if examples is not None:
            return _batched(source, batch_size, shuffle=False, only=_split(examples)[1])
        batches = _batched(source, batch_size, shuffle=False)
        return (batch for place, batch in enumerate(batches) if self._is_held_out(place))

    def _is_held_out(self, place: int) -> bool:
        """Of batches that come in one; a single one is not."""
        if self._short is None:
            source = self._known["all"]
            if isinstance(source, Sequence):
                self._short = min(len(source), HELD_OUT)
            else:
                begin = lambda: _batched(self._again("all"), 1, shuffle=False)  # noqa: E731
                found = islice(self._passes(begin, Randomness(SPLIT_SEED), endless=False), HELD_OUT)
                self._short = sum(1 for _ in found)
        if self._short < HELD_OUT:
            return place == self._short - 1 > 0
        return place % HELD_OUT == HELD_OUT - 1

    def _passes(self, begin: Begin, randomness: Randomness, endless: bool) -> Iterator[Any]:
        number = 0
        while True:
            before = number
            with randomness.drawn(), guarded(self._path):
                batches = iter(begin())
            while True:
                with randomness.drawn(), guarded(self._path):
                    batch = next(batches, _END)
                if batch is _END:
                    break
                number += 1
                yield batch
            if not endless:
                return
            if number == before:
                more = "" if number == 0 else f" after {number}, though more were to come"
                raise OwnCodeError(
                    f"'{self._path}' gives no batch to learn from{more}; return a list, a Dataset, a DataLoader, or a "
                    "new iterator each time"
                )


def examples_in(batch: Any) -> int:
    """How many examples a batch holds: the first size of its first tensor."""
    tensors = (leaf for leaf in pytree.tree_leaves(batch) if isinstance(leaf, Tensor))
    return next((len(tensor) if tensor.ndim else 1 for tensor in tensors), 1)


def _is_pair_of_parts(given: Any) -> bool:
    """Whether a tuple is ``(train, test)``, and no two batches."""
    return (
        isinstance(given, tuple)
        and len(given) == 2
        and not any(isinstance(part, Tensor) for part in given)
        and not all(_is_batch(part) for part in given)
    )


def _is_batch(value: Any) -> bool:
    if isinstance(value, Mapping):
        return True
    return isinstance(value, (tuple, list)) and len(value) == 2 and any(isinstance(part, Tensor) for part in value)


def _indexed(value: Any) -> bool:
    return hasattr(value, "__getitem__") and hasattr(value, "__len__")


def _examples_of(source: Any) -> int | None:
    """How many examples a source of examples has; None for batches that are ready-made."""
    if isinstance(source, DataLoader):
        plain = isinstance(source.sampler, (RandomSampler, SequentialSampler)) and source.batch_size is not None
        return _examples_of(source.dataset) if plain else None
    if isinstance(source, Dataset) and not isinstance(source, IterableDataset) and isinstance(source, Sized):
        return len(source)
    return None


def _split(examples: int) -> tuple[list[int], list[int]]:
    """Which examples are learnt from, and which are held out; of a single one, none is."""
    order = torch.randperm(examples, generator=torch.Generator().manual_seed(SPLIT_SEED)).tolist()
    held = max(1, examples // HELD_OUT) if examples > 1 else 0
    return sorted(order[held:]), sorted(order[:held])


def _batched(source: Any, batch_size: int, shuffle: bool, only: list[int] | None = None) -> Iterable[Any]:
    """Batches of a source, or of ``only`` these of its examples."""
    if isinstance(source, DataLoader):
        if only is None:
            if source.generator is not None:  # its own draws, too, are to be a function of the seed
                source.generator.manual_seed(int(torch.randint(2**31, ())))
            return source
        size = source.batch_size or 1
        return DataLoader(
            Subset(source.dataset, only),
            batch_size=size,
            shuffle=shuffle and bool(only),
            drop_last=shuffle and len(only) >= size,
            collate_fn=source.collate_fn,
            num_workers=source.num_workers,
        )
    if isinstance(source, IterableDataset):
        return DataLoader(source, batch_size=batch_size)
    if isinstance(source, Dataset):
        dataset = source if only is None else Subset(source, only)
        length = len(dataset)  # type: ignore[arg-type]
        if not length:
            return []
        return DataLoader(dataset, batch_size=batch_size, shuffle=shuffle, drop_last=shuffle and length >= batch_size)
    if isinstance(source, Sequence) and shuffle:
        return _shuffled(source)
    batches: Iterable[Any] = source
    return batches


def _shuffled(batches: Sequence[Any]) -> Iterator[Any]:
    return (batches[place] for place in torch.randperm(len(batches)).tolist())
