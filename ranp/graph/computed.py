"""Tensors that are computed from parameters alone: masked, normalised or standardised weights.

Such a tensor has no entries of its own to remove. Each of its dims has an origin: the parameters' dims that it follows,
which carry its labels in its place. Whoever compares with a masked network has to know two things more: whether entries
vanish when those of the parameters are set to zero, and which of them may not be (a norm of zero would divide).
"""

from dataclasses import dataclass, field, replace

from ranp.graph.labels import Reason


@dataclass(frozen=True)
class Source:
    """One dim of one parameter or buffer; ``zeroed``: whether masking may set its entries to zero."""

    parameter: str
    dim: int
    zeroed: bool = True


@dataclass(frozen=True)
class Origin:
    """What a dim of a computed tensor follows; ``vanishes``: its entries are zero where the sources' are."""

    sources: tuple[Source, ...]
    vanishes: bool = True

    def kept_from_zero(self) -> "Origin":
        """The same where zeros would be divided by zeros."""
        return Origin(tuple(replace(source, zeroed=False) for source in self.sources), vanishes=False)

    def surviving(self) -> "Origin":
        """The same after an operation that makes something else of a zero."""
        return replace(self, vanishes=False)


Origins = dict[int, Origin]


@dataclass(frozen=True)
class Computed:
    """A tensor made from ``parameters``; a dim without an origin keeps all its positions, for ``reason``."""

    shape: tuple[int, ...]
    parameters: tuple[str, ...]
    reason: Reason
    origins: Origins = field(default_factory=dict)
