"""What fitting a network came to: the smaller network and the proof, as values and in words."""

from dataclasses import dataclass

from torch import nn

from ranp.plan import Plan, StepCost
from ranp.units import binary_bytes, count


@dataclass(frozen=True, eq=False)
class Fitted:
    """A network cut down to a budget.

    ``network`` is the smaller one and ``plan`` what was decided. ``difference`` is how far the outputs lie, in double
    precision, from those of the full network with what was pruned at zero; None where there are no weights to compute
    with. ``frozen`` says what could not be cut and why, ``notes`` what else one should know.
    """

    network: nn.Module
    plan: Plan
    difference: float | None
    frozen: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def step(self) -> StepCost | None:
        """The peak of a training step before and after, each worked out from that network's own step, and its terms;
        None where it cannot be told."""
        return next((cost for cost in self.plan.step_costs if cost.budget == "peak"), None)

    @property
    def peak_before(self) -> int | None:
        """Most bytes that a training step of the full network holds."""
        return None if self.step is None else int(self.step.full)

    @property
    def peak_after(self) -> int | None:
        """Most bytes that a training step of the smaller network holds."""
        return None if self.step is None or self.step.pruned is None else int(self.step.pruned)

    @property
    def verified(self) -> bool:
        """Whether the smaller network was found to compute what it should; False where it has no weights."""
        return self.difference is not None

    def __str__(self) -> str:
        return "\n".join((self._peak(), self._costs(), self._proof(), *self.frozen, *self.notes))

    def _peak(self) -> str:
        if self.step is None or self.step.pruned is None:
            return "the peak memory of a training step is unknown"
        terms = self.step.terms
        return (
            f"a training step at batch {terms['batch']} ({terms['optimizer']}, {terms['precision']}) holds "
            f"{binary_bytes(self.step.pruned)} at its peak, the full network's {binary_bytes(self.step.full)} "
            f"({self.step.pruned / self.step.full:.1%}; without the workspace within kernels)"
        )

    def _costs(self) -> str:
        full, pruned, config = self.plan.full, self.plan.pruned, self.plan.config
        neurons, kept = (sum(getattr(layer, name) for layer in self.plan.layers) for name in ("neurons", "kept"))
        shares = ", ".join(
            f"{count(after)} {name} ({after / before:.1%})"
            for name, before, after in (
                ("MACs", full.macs, pruned.macs),
                ("parameters", full.params, pruned.params),
                ("activations", full.activations, pruned.activations),
            )
            if before
        )
        return f"{kept:,} of {neurons:,} neurons stay, by {config.method}: {shares}"

    def _proof(self) -> str:
        if self.difference is None:
            return "not compared with the full network, which has no weights to compute with"
        return f"verified: its outputs differ from those of the masked full network by at most {self.difference:.1e}"
