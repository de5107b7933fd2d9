"""The channel graph: which neurons of a network stay or go together, and what any choice of them costs.

Built once per network by `ranp.graph.trace`; from then on masks are resolved and priced by array arithmetic alone.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray

from ranp.graph.cost import CompiledTerms, Cost, CostTable, Counts
from ranp.graph.couplings import Coupling, Ties, check_coupling
from ranp.graph.edges import Edges, Topology
from ranp.graph.flow import Flow
from ranp.graph.labels import LabelVector, Tracked
from ranp.graph.least import least_kept, unit_kinds
from ranp.graph.units import Freeze, Layer, Tie, Units
from ranp.inputs import InputSpec
from ranp.types import Costs, Lifetimes, Masks

Value = TypeVar("Value", bound=np.generic)

COSTS = ("macs", "activations", "params", "paper_macs")


class ChannelGraph:
    """What a trace knows of a network's channels.

    Attributes:
        layers: name -> `Layer`, in network order.
        freezes: what stays whole and why.
        uncounted: operations that cost something and are in no figure.
        notes: what the trace could not check, in words.
        inputs: how the network was called when it was traced, without the values; batch first.
        edges: layer -> the layers that its output reaches without another layer between.
        topology: inputs, layers, the operations that join them and outputs, with the ways between: what is drawn.
        layer_units: layer -> the unit of each neuron (0 = always kept).
        unit_members: how many neurons each unit ties together, ``(units,)``.
        parameter_units: parameter or buffer -> dim -> the unit of each position along it (0 = always kept).
        masked_units: the same without dims that may not be set to zero, since what is computed from them would divide
            by it (a weight norm's directions).
        held_units: the same for weights that a hook computes and leaves in a module as a plain attribute.
        attribute_units: module -> attribute -> the units that it counts, e.g. a group norm's ``num_groups``.
        widths: the units of the channels of every tensor that flows through, sorted, each set of them once.
    """

    def __init__(
        self,
        flow: Flow,
        inputs: InputSpec,
        notes: tuple[str, ...] = (),
        edges: Edges | None = None,
        topology: Topology = (),
    ) -> None:
        units = self._units = Units(flow)
        self.edges: Edges = edges or {}
        self.topology = topology
        self.layers: dict[str, Layer] = {layer.name: layer for layer in units.describe()}
        self.freezes: list[Freeze] = units.freezes()
        self.uncounted: list[str] = list(flow.uncounted)
        self.notes = list(notes)
        self.inputs = inputs
        self.output_layers = tuple(layer.name for layer in self.layers.values() if layer.output)
        self.parameter_units: dict[str, dict[int, LabelVector]] = {
            name: {dim: units.of(labels) for dim, labels in dims.items()} for name, dims in flow.parameters.items()
        }
        self.held_units = self._held(flow, units)
        self.masked_units = {
            name: {dim: of for dim, of in dims.items() if (name, dim) not in flow.not_zeroed}
            for name, dims in self.parameter_units.items()
        }
        self.attribute_units: dict[str, dict[str, LabelVector]] = {
            path: {name: units.of(labels) for name, labels in named.items()} for path, named in flow.attributes.items()
        }
        self.layer_units: dict[str, LabelVector] = units.of_layer
        self.widths = _distinct(
            units.of(value.labels) for value in _tracked(flow.values.values()) if value.dim is not None
        )
        self._count = units.count
        self._table = CostTable(flow.terms, units.of)
        self._unit = np.concatenate([*units.of_layer.values(), np.empty(0, dtype=np.int64)])
        self._sizes = [layer.neurons for layer in self.layers.values()]
        self._voters = self._with_a_say()
        self.unit_members = np.bincount(self._unit, minlength=units.count)

    @property
    def ties(self) -> dict[str, tuple[Tie, ...]]:
        """Layer -> why it is tied to each layer in its ``coupled``: the operations that tie the two, in order."""
        return self._units.ties

    @property
    def input_shapes(self) -> tuple[tuple[int, ...], ...]:
        """Shapes of the tensors among ``inputs``."""
        return self.inputs.shapes

    @staticmethod
    def _held(flow: Flow, units: Units) -> dict[str, dict[int, LabelVector]]:
        values = {name: flow.values.get(key) for name, key in flow.held.items()}
        names = {name: value.parameter for name, value in values.items() if isinstance(value, Tracked)}
        return {
            name: {
                dim: units.of(labels)
                for dim, labels in enumerate(flow.extents(computed))
                if not isinstance(labels, int)
            }
            for name, computed in names.items()
            if computed in flow.computed
        }

    def layer_costs(self, kind: str) -> Costs:
        """What each full layer costs, for reweighting.

        Args:
            kind: ``"macs"``, ``"activations"`` (elements of the layer's output), ``"params"``, or ``"paper_macs"``
                (MACs + 1 per output element where the layer has a bias).

        Raises:
            ValueError: another kind.
        """
        if kind not in COSTS:
            raise ValueError(f"expected a cost of {', '.join(COSTS)}, got {kind!r}")
        table = self._table
        costs = table.full_by_owner("outputs" if kind == "activations" else "macs" if "macs" in kind else "params")
        bias = table.full_by_owner("bias") if kind == "paper_macs" else {}
        return {name: float(costs.get(name, 0) + bias.get(name, 0)) for name in self.layers}

    def resolve(self, masks: Masks, coupling: Coupling = "any") -> Masks:
        """One consistent set of kept neurons: those of a unit all stay or all go, and frozen ones stay.

        Args:
            masks: layer -> bool ``(neurons,)``; a layer that is left out is kept whole.
            coupling: whose masks decide for tied neurons, one of `COUPLINGS` or a function (`ranp.graph.couplings`).

        Raises:
            ValueError: an unknown layer, a mask of another length, or another coupling.
        """
        return self._split(torch.from_numpy(self._unit_kept(masks, coupling)[self._unit]))

    def resolve_lifetimes(self, lifetimes: Lifetimes, points: int, coupling: Coupling = "any") -> Lifetimes:
        """`resolve` at every point of a sparsity grid at once; a frozen neuron lives at all ``points``."""
        flat = self._concatenate(lifetimes, points, np.int64)
        return self._split(torch.from_numpy(self._unit_lifetimes(flat, points, coupling)[self._unit]))

    def empty_layers(self, kept: Masks) -> list[str]:
        """The layers in which no neuron is left, in network order."""
        return [name for name in self.layers if name in kept and not bool(kept[name].any())]

    def masked_entries(
        self, tensors: Mapping[str, torch.Tensor], unit_kept: NDArray[np.bool_]
    ) -> Iterator[tuple[str, torch.Tensor]]:
        """Each of ``tensors`` in `masked_units`, with its entries that lie along a unit that goes.

        With all of these at zero the full network computes what the kept channels do, whatever the others are.

        Args:
            tensors: parameter or buffer -> its values.
            unit_kept: bool ``(units,)``, as `unit_kept` gives it.

        Yields:
            The name, and a bool tensor of its shape, on the processor.
        """
        for name, dims in self.masked_units.items():
            if name in tensors:
                gone = torch.zeros(tensors[name].shape, dtype=torch.bool)
                for dim, units in dims.items():
                    gone.index_fill_(dim, torch.from_numpy(np.flatnonzero(~unit_kept[units])), True)
                yield name, gone

    def cost(self, kept: Masks | None = None) -> Cost:
        """The network's cost with only ``kept`` left; ``None`` prices the full network.

        Raises:
            ValueError: the sets are not consistent (`resolve` makes them so), or of another network.
        """
        return self._table.price(self.unit_kept(kept))

    def cost_by_layer(self, kept: Masks | None = None) -> dict[str, Cost]:
        """`cost`, split by layer or leaf module, qualified name -> cost."""
        return self._table.price_by_owner(self.unit_kept(kept))

    def cost_by_unit(self, kind: str, kept: Masks | None = None) -> Counts:
        """By how much ``"macs"``, ``"params"`` or ``"activations"`` grow with each unit, ``(units,)``, the others being
        ``kept``: the cost's derivative by a gate on the unit, whether that is kept or not."""
        return self._table.price_by_unit(self.unit_kept(kept), kind)

    def cost_curve(self, lifetimes: Lifetimes, points: int) -> dict[str, Counts]:
        """Costs at every point of a sparsity grid: ``macs``, ``paper_macs``, ``params``, ``activations``, each
        ``(points,)``. ``lifetimes`` come from `resolve_lifetimes`."""
        return self._table.price_curve(self.unit_lifetimes(lifetimes, points), points)

    def unit_lifetimes(self, lifetimes: Lifetimes, points: int) -> LabelVector:
        """At how many points of the grid each unit is kept, ``(units,)``; lifetimes from `resolve_lifetimes`."""
        return self._unit_lifetimes(self._concatenate(lifetimes, points, np.int64), points, "any")

    def compiled(self) -> CompiledTerms:
        """The cost terms as arrays, over units as in `layer_units`: all that it takes to price elsewhere."""
        return self._table.compiled()

    @cached_property
    def least(self) -> dict[str, Cost]:
        """What the cheapest networks cost in which every layer keeps a neuron: ``"macs"`` -> the one of the fewest
        MACs, ``"params"`` -> the one of the fewest parameters. No plan that can be built leaves less."""
        terms = self._table.compiled()
        found = {}
        for kind in ("macs", "params"):
            kept = least_kept(self.layer_units, terms, lambda units: int(getattr(self._table.price(units), kind)))  # noqa: B023
            found[kind] = self._table.price(kept)
        return found

    @cached_property
    def unit_kinds(self) -> LabelVector:
        """Of each unit the first one that is in the same layers and the same sets of channels, ``(units,)``: units of a
        kind can stand in for each other, and any network costs the same."""
        return unit_kinds(list(self.layer_units.values()), self._table.compiled(), self._count)

    @property
    def unit_count(self) -> int:
        """How many units there are, unit 0 included."""
        return self._count

    @property
    def voters(self) -> NDArray[np.bool_]:
        """Which neurons decide for their unit under coupling ``paper``, ``(neurons of all layers,)``."""
        return self._voters

    def unit_kept(self, kept: Masks | None = None) -> NDArray[np.bool_]:
        """Which units a consistent choice of neurons keeps, ``(units,)``; unit 0 is everything that always stays.

        Raises:
            ValueError: the choice keeps one neuron of a unit and drops another, or drops one that cannot go.
        """
        if kept is None:
            return np.ones(self._count, dtype=np.bool_)
        flat = self._concatenate(kept, True, np.bool_)
        units = self._any(flat)
        torn = units[self._unit] != flat
        if torn.any():
            name = self._layer_at(int(np.flatnonzero(torn)[0]))
            raise ValueError(
                f"expected kept neurons that respect the network's couplings, got a choice that tears apart or drops "
                f"tied neurons of '{name}'; pass the masks through graph.resolve first"
            )
        return units

    def _unit_kept(self, masks: Masks, coupling: Coupling) -> NDArray[np.bool_]:
        flat = self._concatenate(masks, True, np.bool_)
        check_coupling(coupling)
        if callable(coupling):
            by_rule: NDArray[np.bool_] = self._unit_lifetimes(flat.astype(np.int64), 1, coupling) > 0
            return by_rule
        if coupling == "all":
            units: NDArray[np.bool_] = np.bincount(self._unit, weights=flat, minlength=self._count) == self.unit_members
            units[0] = True
            return units
        return self._any(flat if coupling == "any" else flat & self._voters)

    def _any(self, flat: NDArray[np.bool_]) -> NDArray[np.bool_]:
        units = np.zeros(self._count, dtype=np.bool_)
        units[self._unit[flat]] = True
        units[0] = True
        return units

    def _unit_lifetimes(self, flat: LabelVector, points: int, coupling: Coupling) -> LabelVector:
        check_coupling(coupling)
        if coupling == "all":
            units = np.full(self._count, points, dtype=np.int64)
            np.minimum.at(units, self._unit, flat)
        else:
            units = np.zeros(self._count, dtype=np.int64)
            np.maximum.at(units, self._unit, np.where(self._voters, flat, 0) if coupling == "paper" else flat)
        if callable(coupling):
            units = self._ties.decided(coupling, flat, units)
        units[0] = points
        return units

    @cached_property
    def _ties(self) -> Ties:
        return Ties(self._unit, [name for name, layer in self.layers.items() for _ in range(layer.neurons)])

    def _with_a_say(self) -> NDArray[np.bool_]:
        """Which neurons decide under coupling ``paper``: all but depthwise ones, unless a unit has no others."""
        parts = [np.full(layer.neurons, not layer.depthwise) for layer in self.layers.values()]
        dense = np.concatenate([*parts, np.empty(0, dtype=np.bool_)])
        decided = np.zeros(self._count, dtype=np.bool_)
        decided[self._unit[dense]] = True
        having: NDArray[np.bool_] = dense | ~decided[self._unit]
        return having

    def _concatenate(self, values: dict[str, torch.Tensor], missing: int, dtype: type[Value]) -> NDArray[Value]:
        unknown = [name for name in values if name not in self.layers]
        if unknown:
            raise ValueError(
                f"expected layers of this network, got '{unknown[0]}', which it does not have; "
                f"its layers are {_listed(list(self.layers))}"
            )
        parts: list[NDArray[Value]] = []
        for name, size in zip(self.layers, self._sizes, strict=True):
            value = values.get(name)
            if value is None:
                parts.append(np.full(size, missing, dtype=dtype))
                continue
            if tuple(value.shape) != (size,):
                raise ValueError(
                    f"mask for '{name}' has {value.numel()} entries, the layer has {size} neurons; "
                    "use masks made for this network at this width"
                )
            parts.append(value.numpy(force=True).astype(dtype, copy=False))
        return np.concatenate(parts) if parts else np.empty(0, dtype=dtype)

    def _split(self, flat: torch.Tensor) -> dict[str, torch.Tensor]:
        return dict(zip(self.layers, flat.split(self._sizes), strict=True)) if self._sizes else {}

    def _layer_at(self, position: int) -> str:
        ends = np.cumsum(self._sizes)
        return list(self.layers)[int(np.searchsorted(ends, position, side="right"))]


def _tracked(values: Iterable[Any]) -> Iterator[Tracked]:
    for value in values:
        if isinstance(value, Tracked):
            yield value
        elif isinstance(value, (list, tuple)):
            yield from _tracked(value)


def _distinct(sets: Iterable[LabelVector]) -> tuple[LabelVector, ...]:
    found = {units.tobytes(): units for units in map(np.sort, sets)}
    return tuple(found.values())


def _listed(names: list[str], most: int = 8) -> str:
    rest = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(f"'{name}'" for name in names[:most]) + rest
