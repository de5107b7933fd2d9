"""What a budget leaves over comes back, neuron by neuron, and never more than that."""

from dataclasses import replace

import pytest

from ranp.graph import ChannelGraph, trace
from ranp.models import build, example_inputs
from ranp.plan import load_plan, prune
from ranp.selection import METHODS, NEAR, Pricer, PruningConfig
from tests.selection.test_widths import VOLUME, Tied, grouped, scores_of


@pytest.fixture(scope="module")
def unet() -> ChannelGraph:
    return trace(build("unet3d", "classroom", seed=0), example_inputs("unet3d", "classroom"))


@pytest.fixture(scope="module")
def graph() -> ChannelGraph:
    return trace(Tied(), VOLUME)


@pytest.mark.parametrize("method", [name for name, method in METHODS.items() if method.scores != "magnitude"])
@pytest.mark.parametrize("allocation", [None, "uniform-up", "thin"])
def test_every_method_comes_within_half_a_percent_of_its_budget(
    method: str, allocation: str | None, unet: ChannelGraph
) -> None:
    config = PruningConfig(method, budget=("macs", 0.25), allocation=allocation, fill="yes")
    seconds = {"time": Pricer(lambda kept: 1.0, {}, layer_costs=unet.layer_costs("params"))}  # for who weighs by them
    plan = prune(unet, scores_of(unet), config, pricers=seconds)
    assert NEAR * 0.25 * plan.full.macs <= plan.pruned.macs <= 0.25 * plan.full.macs
    before = prune(unet, scores_of(unet), replace(config, fill="no"), pricers=seconds)
    assert all(bool((plan.kept[name] >= before.kept[name]).all()) for name in plan.kept)


def test_layer_wise_is_far_below_without_it(unet: ChannelGraph) -> None:
    plan = prune(unet, scores_of(unet), PruningConfig("layerwise", budget=("macs", 0.25)))
    assert plan.pruned.macs < 0.24 * plan.full.macs


@pytest.mark.parametrize("share", [0.2, 0.3, 0.5])
def test_those_come_back_first_that_would_have_gone_last(share: float, unet: ChannelGraph) -> None:
    """Within a layer the best of those that went, and among them some of the next smaller sparsity that changes it."""
    scores, config = scores_of(unet), PruningConfig("layerwise", budget=("macs", share))
    less, more = prune(unet, scores, config), prune(unet, scores, replace(config, fill="yes"))
    for name, kept in more.kept.items():
        gone, back = scores[name][~kept], scores[name][kept & ~less.kept[name]]
        assert not len(back) or not len(gone) or back.min() > gone.max()
    plans = (
        prune(unet, scores, PruningConfig("layerwise", less.requested_sparsity - step / 200)) for step in range(50)
    )
    first = next(plan for plan in plans if plan.pruned.macs > less.pruned.macs)
    back = [(name, i) for name in more.kept for i in (more.kept[name] & ~less.kept[name]).nonzero().flatten().tolist()]
    assert back
    assert any(bool(first.kept[name][i]) for name, i in back)


def test_several_budgets_are_all_met(unet: ChannelGraph) -> None:
    config = PruningConfig("layerwise", budget=(("macs", 0.5), ("params", 0.3)), fill="yes")
    plan = prune(unet, scores_of(unet), config)
    shares = plan.pruned.macs / (0.5 * plan.full.macs), plan.pruned.params / (0.3 * plan.full.params)
    assert NEAR <= max(shares) <= 1
    smaller = prune(unet, scores_of(unet), replace(config, fill="no"))
    assert smaller.pruned.params < plan.pruned.params


def test_a_width_by_hand_stays_and_units_of_several_neurons_come_back_whole(graph: ChannelGraph) -> None:
    config = PruningConfig("layerwise", budget=("macs", 0.5), widths=(("free", 5),), fill="yes")
    assert prune(graph, scores_of(graph), config).kept_counts["free"] == 5
    groups = trace(grouped(), VOLUME)
    plan = prune(groups, scores_of(groups), PruningConfig("vanilla", budget=("macs", 0.7), fill="yes"))
    assert plan.kept_counts["0"] % 4 == 0


def test_what_a_step_takes_counts_too(graph: ChannelGraph) -> None:
    pricer = Pricer(lambda kept: float(100 if kept is None else 10 + int(kept["free"].sum())), {"batch": 1})
    config = PruningConfig("layerwise", budget=("peak", "17B"), fill="yes")
    plan = prune(graph, scores_of(graph), config, pricers={"peak": pricer})
    assert plan.kept_counts["free"] == 7


def test_it_is_off_for_plans_unless_asked_for_and_a_plan_says_so(graph: ChannelGraph, tmp_path) -> None:  # type: ignore[no-untyped-def]
    assert PruningConfig(budget=("macs", 0.5)).fill == "no"
    plan = prune(graph, scores_of(graph), PruningConfig("vanilla", budget=("macs", 0.5), fill="yes", pick="worst"))
    plan.save(tmp_path / "plan")
    assert load_plan(tmp_path / "plan").config == plan.config


@pytest.mark.parametrize("settings", [{"multiple": 4}, {"equal_widths": (("a", "b"),)}])
def test_it_does_not_go_with_counts_in_steps(settings: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="fill gives back single neurons"):
        PruningConfig(budget=("macs", 0.5), fill="yes", **settings)  # type: ignore[arg-type]
