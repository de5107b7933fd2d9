"""The work of a step: which operations it calls, and which kept counts their sizes multiply.

A convolution or a matrix product is worth its time at two widths; everything else is worth its elements. What is timed
once is a `Task`: operations of the same form and sizes are one, wherever they are in the network.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

from ranp.graph import ChannelGraph, narrow, plain_copy
from ranp.resources import BATCH, Factors, Probe, counted_sets, draw_probes, known_ratios, ratio, squared_error
from ranp.timing.operations import Operation, Shape, inference_operations, training_operations

KINDS = ("training", "inference")

Form = tuple[Fraction, Factors]
"""A whole number as a constant times the counts of some sets."""

_BY_WIDTH = frozenset(
    f"aten.{name}"
    for name in (
        *("convolution.default", "convolution_backward.default", "mm.default", "addmm.default", "bmm.default"),
        *("baddbmm.default", "linear.default", "linear_backward.default"),
    )
)
MOST_WIDTHS = 2


@dataclass(frozen=True, eq=False)
class Example:
    """An operation as the full network calls it.

    ``full`` are the widths that it has there, and ``forms`` give each of its whole numbers (`Operation.integers`) as a
    constant, the batch in it, times widths, by their place in ``full``.
    """

    operation: Operation
    full: tuple[int, ...]
    forms: tuple[tuple[Fraction, tuple[int, ...]], ...]

    def integers(self, widths: Sequence[int]) -> list[int]:
        """Its whole numbers at other widths."""
        return [int(constant * prod(widths[number] for number in of)) for constant, of in self.forms]

    def elements(self, widths: Sequence[int]) -> int:
        """How many elements it reads and writes at these widths."""
        given, found = iter(self.integers(widths)), 0
        for leaf in (*self.operation.leaves, *self.operation.results):
            if isinstance(leaf, Shape):
                found += prod(next(given) for _ in leaf.dims)
            elif type(leaf) is int:
                next(given)
        return found


@dataclass(frozen=True, eq=False)
class Task:
    """Something to time: one operation over a grid of its widths, or one kind of operation over its ``examples``."""

    key: str
    by_width: bool
    examples: list[Example]

    @property
    def full(self) -> tuple[int, ...]:
        """The widths that a grid ends at."""
        return self.examples[0].full


@dataclass(frozen=True, eq=False)
class Call:
    """One operation of the step: ``sets`` are those of its task's widths, or ``sizes`` sum to its elements."""

    task: str
    owner: str
    sets: tuple[int, ...]
    sizes: tuple[tuple[float, Factors], ...]

    def elements(self, counts: NDArray[np.float64]) -> NDArray[np.float64]:
        """How many it reads and writes at counts of all sets ``(sets, columns)``, ``(columns,)``; 0 of one by width."""
        found = np.zeros(counts.shape[1])
        for constant, factors in self.sizes:
            found += constant * counts[list(factors)].prod(axis=0)
        return found


@dataclass(frozen=True, eq=False)
class Work:
    """All operations of a step at one batch; ``sets`` as in `ranp.resources.probing`."""

    kind: str
    batch: int
    sets: tuple[NDArray[np.int64], ...]
    calls: tuple[Call, ...]
    tasks: dict[str, Task]

    @cached_property
    def owners(self) -> tuple[str, ...]:
        """Who the operations belong to, in the order of their first."""
        return tuple(dict.fromkeys(call.owner for call in self.calls))

    def counts(self, kept: NDArray[np.bool_]) -> NDArray[np.float64]:
        """The count of every set for columns of kept units, ``(sets, columns)``."""
        found = np.ones((len(self.sets), kept.shape[1]))
        found[BATCH] = self.batch
        for number, members in enumerate(self.sets[2:], 2):
            found[number] = kept[members].sum(axis=0)
        return found


def merged_tasks(work: Sequence[Work]) -> list[Task]:
    """Of all kinds of step; a forward pass has operations that a training step has, too."""
    merged: dict[str, Task] = {}
    for each in work:
        for key, task in each.tasks.items():
            merged.setdefault(key, task)
    return list(merged.values())


def read_work(
    model: nn.Module,
    graph: ChannelGraph,
    kind: str = "training",
    batch: int | None = None,
    optimizer: str = "adamw",
    loss: Callable[[Any], Tensor] = squared_error,
    seed: int = 0,
) -> Work:
    """Read the operations of ``model`` at any plan, from a few runs without data; ``model`` may lie on ``meta``.

    ``kind`` is one of `KINDS`: a step of forward, backward and optimizer, or a forward pass in evaluation mode.

    Raises:
        ValueError: the step fails without data, or calls other operations at other widths.
    """
    if kind not in KINDS:
        raise ValueError(f"expected a step of kind {' or '.join(KINDS)}, got {kind!r}")
    bare, sets = plain_copy(model).to("meta"), counted_sets(graph)
    probes = draw_probes(graph, sets, seed)

    def run(probe: Probe) -> list[Operation]:
        small = plain_copy(bare)
        narrow(small, graph, probe.units)
        inputs = graph.inputs.with_batch(probe.batch)
        if kind == "training":
            return training_operations(small, graph, inputs, optimizer, loss)
        return inference_operations(small, graph, inputs)

    runs = [run(probe) for probe in probes]
    _check_same(runs)
    return _work(kind, batch or graph.inputs.batch, sets, probes, runs)


def _work(
    kind: str, batch: int, sets: list[NDArray[np.int64]], probes: list[Probe], runs: list[list[Operation]]
) -> Work:
    known = known_ratios(probes)
    memo: dict[tuple[int, ...], Form] = {}
    calls, tasks = [], dict[str, Task]()

    def form(values: tuple[int, ...], of: Operation) -> Form:
        if values not in memo:
            memo[values] = _form(values, probes, known, of)
        return memo[values]

    for steps in zip(*runs, strict=True):
        operation = steps[-1]  # of the full network
        values = list(zip(*(step.integers for step in steps), strict=True))
        forms = [form(each, operation) for each in values]
        call, task = _called(operation, forms, [len(members) for members in sets], batch)
        same = tasks.setdefault(task.key, task)
        if same is not task and not task.by_width:
            same.examples.extend(task.examples)
        calls.append(call)
    return Work(kind, batch, tuple(sets), tuple(calls), tasks)


def _form(
    values: tuple[int, ...], probes: Sequence[Probe], known: dict[tuple[int, ...], Factors], of: Operation
) -> Form:
    if len(set(values)) == 1:
        return Fraction(values[0]), ()
    factors = known.get(ratio(values))
    if factors is None:
        raise ValueError(
            f"{of.name} in '{of.owner}' is called with {values[0]} at one plan and {values[1]} at another, which is no "
            "product of kept counts; its time at other plans cannot be worked out"
        )
    amount = prod(int(probes[0].counts[number]) for number in factors)
    return Fraction(values[0], amount), tuple(number for number in factors if number)


def _called(operation: Operation, forms: list[Form], sizes: list[int], batch: int) -> tuple[Call, Task]:
    """The call, and the task that tells its time."""
    widths = tuple(dict.fromkeys(number for _, factors in forms for number in factors if number > BATCH))
    local = tuple(
        (constant * batch ** factors.count(BATCH), tuple(widths.index(number) for number in factors if number > BATCH))
        for constant, factors in forms
    )
    example = Example(operation, tuple(sizes[number] for number in widths), local)
    if operation.name in _BY_WIDTH and 1 <= len(widths) <= MOST_WIDTHS:
        numbers = [f"{constant}{''.join(f'*w{width}' for width in of)}" for constant, of in local]
        key = _key(operation, numbers, example.full)
        return Call(key, operation.owner, widths, ()), Task(key, True, [example])
    fixed, sizes_of = _by_elements(operation, forms)
    key = _key(operation, fixed, ())
    return Call(key, operation.owner, (), sizes_of), Task(key, False, [example])


def _by_elements(operation: Operation, forms: list[Form]) -> tuple[list[str], tuple[tuple[float, Factors], ...]]:
    """The whole numbers that are no sizes, such as a pool's; and the elements, as constants times counts."""
    terms: dict[Factors, Fraction] = {}
    fixed: list[str] = []
    given = iter(forms)
    for leaf in (*operation.leaves, *operation.results):
        if isinstance(leaf, Shape):
            dims = [next(given) for _ in leaf.dims]
            factors = tuple(sorted(number for _, part in dims for number in part))
            constant = prod((constant for constant, _ in dims), start=Fraction(1))
            terms[factors] = terms.get(factors, Fraction(0)) + constant
        elif type(leaf) is int:
            constant, part = next(given)
            fixed.append("n" if part else str(constant))
    return fixed, tuple((float(constant), factors) for factors, constant in terms.items())


def _key(operation: Operation, integers: list[str], full: tuple[int, ...]) -> str:
    name, kinds, _ = operation.frame
    words = [kind if isinstance(kind, str) else f"{kind[0]}d {kind[1].removeprefix('torch.')}" for kind in kinds]
    return json.dumps([name, words, integers, list(full)], separators=(",", ":"))


def _check_same(runs: list[list[Operation]]) -> None:
    first = [operation.frame for operation in runs[0]]
    if any([operation.frame for operation in run] != first for run in runs[1:]):
        raise ValueError(
            "the network calls other operations at other widths, so their time at a plan cannot be worked out from "
            "kept counts; time the shrunk networks themselves (ranp.resources.time_steps)"
        )
