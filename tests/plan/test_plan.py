"""Plans: the order of the stages, feasibility and budgets against a slow search, curves against single plans."""

import io
import json
import math
import zipfile
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

import ranp
from ranp.graph import ChannelGraph, trace
from ranp.importance import importance
from ranp.plan import Plan, load_plan, plan_from_masks, prune
from ranp.selection import (
    METHODS,
    PruningConfig,
    blend_costs,
    magnitude_scores,
    plan_curve,
    random_scores,
    ranked_scores,
    reweight,
    select,
)
from ranp.selection.select import select_layerwise
from ranp.types import ImportanceScores, Scores


class Residual(nn.Module):
    """Two convolutions tied by an addition, a wide branch of its own, and a head."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv3d(2, 8, 3, padding=1)
        self.block = nn.Conv3d(8, 8, 3, padding=1)
        self.wide = nn.Conv3d(8, 20, 1)
        self.head = nn.Conv3d(20, 3, 1)

    def forward(self, volume: Tensor) -> Tensor:
        stem = self.stem(volume)
        return self.head(torch.relu(self.wide(torch.relu(stem + self.block(torch.relu(stem))))))


@pytest.fixture(scope="module")
def model() -> nn.Module:
    torch.manual_seed(0)
    return Residual()


@pytest.fixture(scope="module")
def graph(model: nn.Module) -> ChannelGraph:
    return trace(model, (torch.empty(1, 2, 6, 6, 6),))


@pytest.fixture(scope="module")
def scores(graph: ChannelGraph) -> Scores:
    generator = torch.Generator().manual_seed(1)
    return {name: torch.rand(layer.neurons, generator=generator) + 0.01 for name, layer in graph.layers.items()}


def plain(graph: ChannelGraph, scores: Scores, model: nn.Module, config: PruningConfig) -> Scores:
    """What each method ranks by, written out one by one."""
    macs, memory = graph.layer_costs("macs"), graph.layer_costs("activations")
    return {
        "ranp-f": lambda: reweight(scores, macs, config.lam),
        "ranp-m": lambda: reweight(scores, memory, config.lam),
        "ranp-t": lambda: reweight(scores, dict(config.layer_costs), config.lam),
        "blend": lambda: reweight(scores, blend_costs(macs, memory, config.alpha), config.lam, largest=1.0),
        "weighted": lambda: reweight(scores, None),
        "vanilla": lambda: scores,
        "layerwise": lambda: scores,
        "random": lambda: random_scores(scores, config.seed),
        "magnitude": lambda: magnitude_scores(model, list(graph.layers.values()), config.reduce),
    }[config.method]()


def seconds_of(method: str) -> tuple[tuple[str, float], ...]:
    """Made up, for the method that weighs by them."""
    return (("stem", 0.1), ("block", 0.4), ("wide", 0.2), ("head", 0.05)) if METHODS[method].needs_seconds else ()


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("coupling", ["any", "paper", "all"])
def test_stages_in_order(method: str, coupling: str, graph: ChannelGraph, scores: Scores, model: nn.Module) -> None:
    config = PruningConfig(method, 0.4, alpha=0.3, lam=5.0, coupling=coupling, seed=3, layer_costs=seconds_of(method))
    plan = prune(graph, scores, config, model)
    choose = select_layerwise if method == "layerwise" else select
    selected = choose(plain(graph, scores, model, config), 0.4, graph.output_layers)
    expected = graph.resolve(selected, coupling)
    assert list(plan.kept) == list(graph.layers)
    assert all(torch.equal(plan.kept[name], expected[name]) for name in expected)
    assert plan.pruned == graph.cost(expected)
    assert plan.full == graph.cost()
    assert plan.kept_counts == {name: int(mask.sum()) for name, mask in expected.items()}


@pytest.mark.parametrize(("alpha", "method"), [(1.0, "ranp-f"), (0.0, "ranp-m")])
def test_ends_of_the_blend(alpha: float, method: str, graph: ChannelGraph, scores: Scores) -> None:
    blended = ranked_scores(graph, scores, PruningConfig("blend", alpha=alpha))
    pure = ranked_scores(graph, scores, PruningConfig(method))
    assert all(torch.equal(blended[name], pure[name]) for name in pure)


def test_sparsity_zero_is_the_identity(graph: ChannelGraph, scores: Scores) -> None:
    plan = prune(graph, scores, PruningConfig(sparsity=0.0))
    assert all(bool(mask.all()) for mask in plan.kept.values())
    assert plan.pruned == plan.full
    assert plan.achieved_sparsity == 0
    assert plan.feasible


def test_inputs_are_left_alone(graph: ChannelGraph, scores: Scores) -> None:
    before = {name: score.clone() for name, score in scores.items()}
    prune(graph, scores, PruningConfig(sparsity=0.5))
    assert all(torch.equal(before[name], scores[name]) for name in before)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("coupling", "min_neurons", "protect"), [("any", 0, ()), ("all", 0, ()), ("any", 2, ("wide",))]
)
def test_curve_is_the_plans_point_for_point(
    method: str,
    coupling: str,
    min_neurons: int,
    protect: tuple[str, ...],
    graph: ChannelGraph,
    scores: Scores,
    model: nn.Module,
) -> None:
    config = PruningConfig(
        method, coupling=coupling, min_neurons=min_neurons, protect=protect, layer_costs=seconds_of(method)
    )
    grid = np.linspace(0, 0.98, 30)
    curve = plan_curve(graph, scores, config, grid, model)
    assert curve.layers == tuple(graph.layers)
    for point, sparsity in enumerate(grid.tolist()):
        plan = prune(graph, scores, PruningConfig(**{**config.__dict__, "sparsity": sparsity}), model)
        assert curve.kept[point].tolist() == list(plan.kept_counts.values())
        assert curve.macs[point] == plan.pruned.macs
        assert curve.paper_macs[point] == plan.pruned.paper_macs
        assert curve.params[point] == plan.pruned.params
        assert curve.activations[point] == plan.pruned.activations
        assert curve.feasible[point] == plan.feasible
        assert curve.achieved[point] == pytest.approx(plan.achieved_sparsity)
        assert curve.max_feasible_sparsity == plan.max_feasible_sparsity


def feasible_at(graph: ChannelGraph, scores: Scores, config: PruningConfig, sparsity: float) -> Plan:
    return prune(graph, scores, PruningConfig(**{**config.__dict__, "sparsity": sparsity}))


@pytest.mark.parametrize("method", ["ranp-f", "ranp-m", "vanilla", "layerwise", "random"])
@pytest.mark.parametrize("coupling", ["any", "paper", "all"])
def test_largest_feasible_sparsity(method: str, coupling: str, graph: ChannelGraph, scores: Scores) -> None:
    config = PruningConfig(method, coupling=coupling, seed=5)
    limit = prune(graph, scores, config).max_feasible_sparsity
    assert 0 < limit < 1
    assert feasible_at(graph, scores, config, limit).feasible
    beyond = feasible_at(graph, scores, config, limit + 1e-6)
    assert not beyond.feasible
    # The layer that is named is one that is empty right there, not one that follows later.
    assert beyond.kept_counts[str(beyond.first_empty_layer)] == 0
    assert feasible_at(graph, scores, config, limit).first_empty_layer is None
    hopeless = feasible_at(graph, scores, config, 0.999)
    assert not hopeless.feasible
    assert hopeless.first_empty_layer == beyond.first_empty_layer


def test_feasibility_is_judged_after_coupling(graph: ChannelGraph, scores: Scores) -> None:
    # Every neuron of the block scores lowest, so selection empties it; the addition ties it to the stem, which lives.
    low = {**scores, "block": scores["block"] * 1e-3}
    plan = prune(graph, low, PruningConfig("vanilla", 0.3))
    assert not select(low, 0.3, graph.output_layers)["block"].any()
    assert plan.feasible
    assert plan.kept_counts["block"] == plan.kept_counts["stem"]
    assert not prune(graph, low, PruningConfig("vanilla", 0.3, coupling="all")).feasible


def test_min_neurons_guards_every_layer(graph: ChannelGraph, scores: Scores) -> None:
    plan = prune(graph, scores, PruningConfig("vanilla", 0.999, min_neurons=2))
    assert plan.feasible
    assert min(plan.kept_counts.values()) >= 2
    assert plan.max_feasible_sparsity > 0.999


@pytest.mark.parametrize("coupling", ["any", "paper", "all"])
def test_protected_layers_stay_whole(coupling: str, graph: ChannelGraph, scores: Scores) -> None:
    plan = prune(graph, scores, PruningConfig("vanilla", 0.9, coupling=coupling, protect=("block", "wide")))
    assert bool(plan.kept["block"].all())
    assert bool(plan.kept["wide"].all())


def test_a_cap_keeps_the_best_neurons_of_its_layer(graph: ChannelGraph, scores: Scores) -> None:
    config = PruningConfig("vanilla", 0.95)
    free = prune(graph, scores, config)
    capped = prune(graph, scores, replace(config, caps=(("wide", 0.3),)))
    assert free.kept_counts["wide"] < 14 <= capped.kept_counts["wide"]  # of 20
    best = scores["wide"].argsort(descending=True)[:14]
    assert bool(capped.kept["wide"][best].all())
    assert capped.max_feasible_sparsity >= free.max_feasible_sparsity


@pytest.mark.parametrize("kind", ["macs", "memory", "params"])
@pytest.mark.parametrize("method", ["ranp-f", "layerwise", "random"])
@pytest.mark.parametrize("fraction", [0.75, 0.5, 0.4])
def test_budget_is_met_by_the_smallest_sparsity(
    kind: str, method: str, fraction: float, graph: ChannelGraph, scores: Scores
) -> None:
    field = {"macs": "macs", "memory": "activations", "params": "params"}[kind]
    config = PruningConfig(method, budget=(kind, fraction))
    plan = prune(graph, scores, config)
    assert getattr(plan.pruned, field) <= fraction * getattr(plan.full, field)
    assert plan.feasible
    # A slow search: no sparsity on a fine grid below the one that was found meets the budget.
    for sparsity in np.arange(0, plan.requested_sparsity - 1e-6, 0.004).tolist():
        smaller = prune(graph, scores, PruningConfig(method, sparsity))
        assert getattr(smaller.pruned, field) > fraction * getattr(smaller.full, field)
    just_below = prune(graph, scores, PruningConfig(method, plan.requested_sparsity - 1e-6))
    assert getattr(just_below.pruned, field) > fraction * getattr(just_below.full, field)


def test_budget_of_everything_needs_no_pruning(graph: ChannelGraph, scores: Scores) -> None:
    assert prune(graph, scores, PruningConfig(budget=("macs", 1.0))).requested_sparsity == 0


def test_budget_out_of_reach_names_the_least(graph: ChannelGraph, scores: Scores) -> None:
    with pytest.raises(
        ValueError, match=r"macs=1e-06 cannot be met without emptying '\w+'; the least is macs=(\S+)"
    ) as e:
        prune(graph, scores, PruningConfig("vanilla", budget=("macs", 1e-6)))
    least = float(str(e.value).split("the least is macs=")[1].split()[0])
    plan = prune(graph, scores, PruningConfig("vanilla", budget=("macs", least)))
    assert plan.feasible
    with pytest.raises(ValueError, match="cannot be met"):
        prune(graph, scores, PruningConfig("vanilla", budget=("macs", least - 2e-4)))


def _refusal(graph: ChannelGraph, scores: Scores, config: PruningConfig) -> str | None:
    """What is said where the budget cannot be met."""
    try:
        plan = prune(graph, scores, config)
    except ValueError as error:
        return str(error)
    assert plan.feasible
    return None


def test_a_neuron_in_every_layer_is_advised_where_it_meets_the_budget(graph: ChannelGraph, scores: Scores) -> None:
    """In a chain it helps; tied layers that each keep a neuron of their own may be left with more than without."""
    model = nn.Sequential(nn.Conv3d(1, 8, 1), nn.Conv3d(8, 32, 1), nn.Conv3d(32, 8, 1), nn.Conv3d(8, 2, 1))
    chain = trace(model, (torch.empty(1, 1, 4, 4, 4),))
    uneven = {name: torch.rand(layer.neurons) + 10 * int(name) for name, layer in chain.layers.items()}
    advised = []
    for of, ranks in ((graph, scores), (chain, uneven)):
        for share in (0.6, 0.3, 0.1, 0.06, 0.03, 1e-6):
            config = PruningConfig("vanilla", budget=("macs", share))
            if said := _refusal(of, ranks, config):
                other = _refusal(of, ranks, replace(config, min_neurons=1))
                assert ("with min_neurons=1 every layer keeps a neuron, and it can be met" in said) == (other is None)
                assert "min_neurons" not in (other or "")
                advised.append(other is None)
    assert {True, False} == set(advised)


def test_a_tie_that_empties_a_layer_of_one_neuron_is_told(graph: ChannelGraph, scores: Scores) -> None:
    """Where all tied layers must vote for a neuron, one each is not enough, and is not advised again."""
    config = PruningConfig("vanilla", budget=("macs", 1e-6), coupling="all", min_neurons=1)
    said = _refusal(graph, scores, config)
    assert said is not None
    assert "cannot be met without emptying" in said
    assert "min_neurons" not in said


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"sparsity": 1.0}, "sparsity must be at least 0 and below 1"),
        ({"sparsity": 1}, "sparsity must be at least 0 and below 1"),
        ({"sparsity": -0.1}, "sparsity must be at least 0 and below 1"),
        ({"sparsity": math.nan}, "sparsity must be .* not nan"),
        ({"sparsity": math.inf}, "sparsity must be"),
        ({"sparsity": True}, "sparsity must be"),
        ({"sparsity": "0.5"}, "sparsity must be"),
        ({"sparsity": 0.5, "budget": ("macs", 0.1)}, "a sparsity or a budget, not both"),
        ({"budget": ("macs", 0)}, "must be above 0 and at most 1"),
        ({"budget": ("macs", math.nan)}, "must be above 0"),
        ({"budget": ("flops", 0.1)}, "budget must be one of macs, memory, params"),
        ({"budget": "macs=0.1"}, "budget must be a pair"),
        ({"method": "ranp"}, "method must be one of ranp-f"),
        ({"alpha": 1.5}, "alpha must be between 0"),
        ({"alpha": math.nan}, "alpha must be"),
        ({"lam": -1}, "lambda must be a number of at least 0"),
        ({"lam": math.inf}, "lambda must be"),
        ({"criterion": "snip"}, "criterion must be one of"),
        ({"reduce": "median"}, "reduce must be one of"),
        ({"coupling": "some"}, "coupling must be one of any, paper, all"),
        ({"min_neurons": -1}, "min_neurons must be a whole number"),
        ({"min_neurons": 1.5}, "min_neurons must be a whole number"),
        ({"seed": -1}, "seed must be a whole number"),
        ({"protect": "stem"}, "protect must be a tuple"),
        ({"caps": "stem=0.5"}, "caps must be pairs of a layer and a share"),
        ({"caps": (("stem", 1.5),)}, "the cap of layer 'stem' must be a share"),
        ({"caps": (("stem", "half"),)}, "the cap of layer 'stem' must be a share"),
        ({"caps": (("stem", 0.5), ("stem", 0.6))}, "name each layer once"),
    ],
)
def test_settings_that_make_no_sense(settings: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message) as caught:
        PruningConfig(**settings)
    assert "\n" not in str(caught.value)


def test_scores_and_layers_that_do_not_fit(graph: ChannelGraph, scores: Scores) -> None:
    with pytest.raises(ValueError, match=r"cannot protect layer 'stm', .* did you mean 'stem'"):
        prune(graph, scores, PruningConfig(protect=("stm",)))
    with pytest.raises(ValueError, match=r"cannot cap layer 'stm', .* did you mean 'stem'"):
        prune(graph, scores, PruningConfig(caps=(("stm", 0.5),)))
    with pytest.raises(ValueError, match="scores for 'wide' have 3 entries, the layer has 20 neurons"):
        prune(graph, {**scores, "wide": torch.ones(3)})
    with pytest.raises(ValueError, match="layer 'wide' has no scores"):
        prune(graph, {name: score for name, score in scores.items() if name != "wide"})
    with pytest.raises(ValueError, match="scores for layer 'other', which the network does not have"):
        prune(graph, {**scores, "other": torch.ones(3)})
    with pytest.raises(ValueError, match="every neuron scores zero"):
        prune(graph, {name: torch.zeros_like(score) for name, score in scores.items()})
    with pytest.raises(ValueError, match="needs scores"):
        prune(graph, None)
    with pytest.raises(ValueError, match="pass the model"):
        prune(graph, scores, PruningConfig("magnitude"))
    with pytest.raises(ValueError, match="sparsities must ascend"):
        plan_curve(graph, scores, PruningConfig(), [0.5, 0.2])


def test_scores_in_another_order_give_the_same_plan(graph: ChannelGraph, scores: Scores) -> None:
    backwards = dict(reversed(scores.items()))
    for method in ("ranp-f", "random"):
        one, two = (prune(graph, given, PruningConfig(method)) for given in (scores, backwards))
        assert list(one.kept) == list(two.kept)
        assert all(torch.equal(one.kept[name], two.kept[name]) for name in one.kept)


def test_random_follows_its_seed(graph: ChannelGraph) -> None:
    plans = [prune(graph, None, PruningConfig("random", seed=seed)) for seed in (0, 0, 1)]
    same, other = (torch.cat(list(plan.kept.values())) for plan in plans[1:])
    assert torch.equal(torch.cat(list(plans[0].kept.values())), same)
    assert not torch.equal(same, other)


def zeroed(scores: Scores) -> Scores:
    """Most neurons of a block at zero, as a norm whose scale starts there, and dead units, make them."""
    found = {name: score.clone() for name, score in scores.items()}
    found["wide"][:15] = 0
    found["block"][:] = 0
    return found


@pytest.mark.parametrize("method", ["ranp-f", "vanilla", "layerwise"])
def test_neurons_that_score_zero_go_one_by_one(method: str, graph: ChannelGraph, scores: Scores) -> None:
    low = zeroed(scores)
    kept, achieved = [], []
    for sparsity in (0.1, 0.3, 0.5):
        plan = prune(graph, low, PruningConfig(method, sparsity))
        kept.append(plan.kept_counts["wide"])
        achieved.append(plan.achieved_sparsity)
        assert plan.feasible
    assert kept == sorted(set(kept), reverse=True), "a higher sparsity takes more of them, and not all at once"
    assert achieved == sorted(set(achieved))
    one, other = (prune(graph, low, PruningConfig(method, budget=("macs", share))) for share in (0.9, 0.5))
    assert 0.7 < one.pruned.macs / one.full.macs <= 0.9, "a budget is met closely, as far as a tied channel's cost goes"
    assert 0.3 < other.pruned.macs / other.full.macs <= 0.5
    together = prune(graph, low, PruningConfig("vanilla", 0.3, plateau="keep"))
    assert together.achieved_sparsity == 0


def test_a_plan_says_where_equal_scores_were_cut(graph: ChannelGraph, scores: Scores) -> None:
    low, neurons = zeroed(scores), sum(score.numel() for score in scores.values())
    plan = prune(graph, low, PruningConfig("vanilla", 0.3))
    (found,) = plan.equal_scores
    assert (found.score, found.neurons, found.layer) == (0, 23, None)
    assert found.kept == found.asked == int(neurons * 0.7) - (neurons - 23)
    (kept,) = prune(graph, low, PruningConfig("vanilla", 0.3, plateau="keep")).equal_scores
    assert (kept.asked, kept.kept) == (found.asked, 23)
    loaded = load_plan(io.BytesIO(plan.zip_bytes()))
    assert (loaded.equal_scores, loaded.config) == (plan.equal_scores, plan.config)
    assert prune(graph, scores, PruningConfig("vanilla", 0.3)).equal_scores == ()
    curve = plan_curve(graph, low, PruningConfig("vanilla"), [0.3])
    assert curve.macs.tolist() == [plan.pruned.macs]


def test_a_plan_says_where_its_scores_came_from(graph: ChannelGraph, scores: Scores, model: nn.Module) -> None:
    batch = (torch.rand(1, 2, 6, 6, 6), torch.zeros(1, 3, 6, 6, 6))
    measured = importance(model, [batch], nn.functional.mse_loss, "taylor", "max")
    plan = prune(graph, measured, PruningConfig("vanilla"))
    assert (plan.scored_by, plan.config.criterion, plan.config.reduce) == ("importance", "taylor", "max")
    assert _told(plan) == ("importance", "taylor", "max")
    changed = {name: 2 * score for name, score in measured.items()}
    for given in (scores, changed):
        assert _told(prune(graph, given, PruningConfig("vanilla", criterion="taylor"))) == ("elsewhere", None, None)
    assert _told(prune(graph, None, PruningConfig("random"))) == ("random", None, None)
    assert _told(prune(graph, scores, PruningConfig("magnitude", reduce="max"), model)) == ("magnitude", None, "max")
    assert _told(plan_from_masks(graph, plan.kept)) == ("elsewhere", None, None)
    assert load_plan(io.BytesIO(prune(graph, scores).zip_bytes())).scored_by == "elsewhere"


def _told(plan: Plan) -> tuple[str, str | None, str | None]:
    document = json.loads(zipfile.ZipFile(io.BytesIO(plan.zip_bytes())).read("plan.json"))
    return document["scored_by"], document["criterion"], document["reduce"]


def test_scores_are_saved_by_torch_as_a_plain_dict() -> None:
    file = io.BytesIO()
    torch.save(ImportanceScores({"conv": torch.ones(2)}, "mpmg", "sum"), file)
    assert torch.load(io.BytesIO(file.getvalue()), weights_only=True)["conv"].tolist() == [1, 1]


@pytest.mark.parametrize(
    ("mask", "complaint"),
    [
        ([True] * 8, "must be a tensor of bools, not list"),
        (torch.tensor([0.2] * 8), "must hold bools, or zeros and ones; compare its numbers with a threshold"),
        (torch.full((8,), torch.nan), "must hold bools, or zeros and ones"),
        (torch.ones(7), "has 7 entries, the layer has 8 neurons"),
    ],
)
def test_masks_of_other_code_are_checked(mask: Any, complaint: str) -> None:
    graph = trace(nn.Sequential(nn.Conv3d(1, 8, 1), nn.Conv3d(8, 2, 1)), torch.empty(1, 1, 2, 2, 2))
    with pytest.raises(ValueError, match=complaint):
        ranp.plan_from_masks(graph, {"0": mask})


@pytest.mark.parametrize("dtype", [torch.bool, torch.uint8, torch.float32])
def test_masks_of_zeros_and_ones_are_bools(dtype: torch.dtype) -> None:
    graph = trace(nn.Sequential(nn.Conv3d(1, 4, 1), nn.Conv3d(4, 2, 1)), torch.empty(1, 1, 2, 2, 2))
    plan = ranp.plan_from_masks(graph, {"0": torch.tensor([1, 0, 0, 1]).to(dtype)})
    assert plan.kept["0"].tolist() == [True, False, False, True]
    assert plan.requested_sparsity == pytest.approx(2 / 6)
