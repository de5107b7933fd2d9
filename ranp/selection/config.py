"""What a user decides: the method and its settings, checked once, where they enter."""

from dataclasses import dataclass, fields

from ranp.selection.allocations import ALLOCATIONS, Allocation
from ranp.selection.amounts import Limit, limits_of
from ranp.selection.counts.filling import Fill
from ranp.selection.counts.other_neurons import Pick
from ranp.selection.methods import IMPORTED, METHODS
from ranp.selection.scaling.tied import Tied
from ranp.selection.settings import SETTINGS, Chosen

DEFAULT_SPARSITY: float = SETTINGS["sparsity"].default


@dataclass(frozen=True)
class PruningConfig(Chosen):
    """The settings of one pruning; ``ValueError`` at construction names the one that makes no sense.

    Either ``sparsity``, the fraction of all neurons to remove (0 <= sparsity < 1), or ``budget``, for instance
    ``("macs", 0.1)``: the smallest sparsity that leaves a tenth of the full network's MACs; or several, such as
    ``(("macs", 0.3), ("peak", "6GiB"))``, all of which are then met. With neither, half of the neurons go. These two
    and ``method`` may be given by position. ``allocation``, one of `ALLOCATIONS`, replaces the method's own:
    ``measured`` weighs layers by ``layer_costs``, of every layer and in any unit, and ``by-hand`` removes of the layers
    in ``layer_sparsities`` the share given there, and of all others the sparsity. What weighs by seconds takes those
    of ``layer_costs``, too, which `ranp.prune` fills in from a pricer of ``time``. Layers of one group in
    ``equal_widths`` keep the same share, each its own best neurons (`ranp.selection.equal_widths`). ``widths`` are
    layers with the number of neurons that each keeps, and ``multiple`` rounds the counts of all others up. ``fill``
    gives back what a budget leaves over; ``snap`` moves counts to fast ones (`ranp.selection.counts.snapping`);
    ``pick`` keeps other neurons of each layer, as a control; ``tied`` scores tied neurons as the group that they are.
    The rest is told in `ranp.selection.settings.SETTINGS`: the values each may have, and what it does.

    >>> PruningConfig(method="ranp-m", budget=("memory", 0.3)).sparsity is None
    True
    >>> PruningConfig(sparsity=1.0)
    Traceback (most recent call last):
    ValueError: sparsity must be at least 0 and below 1 (the fraction of neurons removed), not 1.0
    """

    method: str = SETTINGS["method"].default
    sparsity: float | None = None
    budget: Limit | tuple[Limit, ...] | None = None
    allocation: str | None = SETTINGS["allocation"].default
    layer_costs: tuple[tuple[str, float], ...] = SETTINGS["layer_costs"].default
    layer_sparsities: tuple[tuple[str, float], ...] = SETTINGS["layer_sparsities"].default
    equal_widths: tuple[tuple[str, ...], ...] = SETTINGS["equal_widths"].default
    widths: tuple[tuple[str, int], ...] = SETTINGS["widths"].default
    multiple: int = SETTINGS["multiple"].default
    fill: Fill = SETTINGS["fill"].default
    pick: Pick = SETTINGS["pick"].default
    tied: Tied = SETTINGS["tied"].default

    def __post_init__(self) -> None:
        for name in (field.name for field in fields(self) if field.name not in ("sparsity", "budget")):
            value, form = getattr(self, name), SETTINGS[name].form
            if value is not None and (name, value) != ("method", IMPORTED):
                form.check("lambda" if name == "lam" else name, value)
            if isinstance(SETTINGS[name].default, tuple):
                object.__setattr__(self, name, form.from_json(form.to_json(value)))
        if self.method != IMPORTED:
            _check_given(self)
        _check_widths(self)
        if self.sparsity is None and self.budget is None:
            object.__setattr__(self, "sparsity", DEFAULT_SPARSITY)
        if self.sparsity is not None:
            SETTINGS["sparsity"].form.check("sparsity", self.sparsity)
        if self.budget is not None:
            self._keep_budget(self.budget)

    @property
    def budgets(self) -> tuple[Limit, ...]:
        """What is limited, and to how much, each budget a pair; none where a sparsity is given."""
        return () if self.budget is None else limits_of(self.budget)

    def _keep_budget(self, budget: object) -> None:
        if self.sparsity is not None:
            raise ValueError(f"give a sparsity or a budget, not both (sparsity {self.sparsity}, budget {budget})")
        limits = limits_of(budget)
        object.__setattr__(self, "budget", limits[0] if len(limits) == 1 else limits)

    @property
    def rule(self) -> Allocation:
        """How what goes is shared out among the layers: the allocation asked for, or the method's."""
        return METHODS[self.method].rule if self.allocation is None else ALLOCATIONS[self.allocation]

    @property
    def weighs_time(self) -> bool:
        """Whether layers are weighed by their seconds."""
        if self.method == IMPORTED:
            return False
        return self.rule.cost == "seconds" or (self.rule.cost == "blend" and self.time_share > 0)

    @property
    def lacks_seconds(self) -> bool:
        """Whether layers are weighed by seconds that ``layer_costs`` do not tell."""
        return self.weighs_time and not self.layer_costs

    @property
    def snaps(self) -> bool:
        """Whether counts are moved to fast ones."""
        return self.snap != "off"


def _check_given(config: PruningConfig) -> None:
    """Costs and sparsities of layers are there where the allocation takes them, and only there."""
    rule = config.rule
    for name, allocation, wanted, taken in (
        ("layer_costs", "measured", rule.cost == "given", config.weighs_time),
        ("layer_sparsities", "by-hand", rule.line == "given", False),
    ):
        if wanted and not getattr(config, name):
            raise ValueError(f"the allocation {allocation} needs {name}: pairs of a layer and a number")
        if getattr(config, name) and not (wanted or taken):
            raise ValueError(f"{name} go with the allocation {allocation}; add it, or leave them out")


def _check_widths(config: PruningConfig) -> None:
    """A layer whose width is given is told nothing else, and groups of equal width choose theirs by themselves."""
    if config.equal_widths and (config.widths or config.multiple > 1):
        raise ValueError("equal_widths do not go with widths or multiple; leave one of them out")
    if config.fill == "yes" and (config.equal_widths or config.multiple > 1):
        raise ValueError("fill gives back single neurons: it does not go with equal_widths or multiple; leave one out")
    if config.snaps and (config.equal_widths or config.multiple > 1 or config.fill == "yes" or config.pick != "best"):
        raise ValueError("snap does not go with equal_widths, multiple, fill or pick; leave one of them out")
    others = {"protect": config.protect, "caps": dict(config.caps), "layer_sparsities": dict(config.layer_sparsities)}
    for layer, width in config.widths:
        for name, layers in others.items():
            if layer in layers:
                raise ValueError(f"layer '{layer}' has a width ({width}) and is in {name}, too; leave one of them out")
