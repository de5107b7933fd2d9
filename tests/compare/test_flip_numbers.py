"""What Compare writes of rank flips, worked out anew: by pruning again, by sorting, by sets of neurons."""

from itertools import combinations

import pytest
import torch

from explorer import compute
from explorer.compare import facts_of
from explorer.compare.charts.bump import bump, bump_in_words
from explorer.compare.charts.flips import flips as flips_figure
from explorer.compare.charts.flips import flips_in_words
from explorer.state import ExplorerState
from ranp.plan import Plan
from ranp.selection import METHODS, ranked_scores
from tests.compare.by_library import CHOICES, in_words, kept_by, left, pruned
from tests.compare.test_page_compare import tab, visit

RANKED = ("vanilla", "weighted", "ranp-f", "ranp-m")


@pytest.fixture(scope="module")
def ranked(state: ExplorerState) -> dict[str, Plan]:
    """The four methods of the rank flips at two thirds of the MACs."""
    return {method: pruned(method, budget=("macs", 0.65)) for method in RANKED}


def test_the_rank_view_says_where_each_method_stands(state: ExplorerState, ranked: dict[str, Plan]) -> None:
    facts = facts_of.flips(state, "macs", 0.65, CHOICES)
    graph, scores = compute.tracing(state).result().graph, compute.importance(state).result().scores
    for method, plan in ranked.items():
        one = facts.methods[method]
        assert (100 * one.macs_left, 100 * one.memory_left) == pytest.approx(
            (left(plan, "macs"), left(plan, "activations"))
        )
        assert (one.title, one.sparsity, one.unmet) == (METHODS[method].title, plan.requested_sparsity, False)
        final = ranked_scores(graph, scores, plan.config)
        pool = torch.cat(list(final.values()))
        stay = int(pool.numel() * (1 - plan.requested_sparsity))
        assert one.threshold == stay / pool.numel()
        for layer, values in final.items():
            higher = (pool[None, :] > values[:, None]).sum(dim=1)
            assert one.ranks[layer] * pool.numel() == pytest.approx(higher.numpy(), abs=_ties(pool) + 1e-6)
            assert one.kept[layer].tolist() == plan.kept[layer].tolist()


def _ties(pool: torch.Tensor) -> int:
    """By how much the rank of a neuron may differ whose score others have, too."""
    return int(pool.unique(return_counts=True)[1].max()) - 1


def test_the_rank_view_writes_its_figures_out(state: ExplorerState, ranked: dict[str, Plan]) -> None:
    app = visit()
    app.session_state["equal_macs"] = 65.0
    app.session_state["_equal_terms"] = (facts_of.fitting(state), "macs", 0.65)
    app = tab(app, "Rank flips")
    assert app.slider(key="equal_macs").value == 65.0
    for method, plan in ranked.items():
        said = (
            f"{METHODS[method].title}: sparsity {100 * plan.requested_sparsity:.1f} %, {left(plan, 'macs'):.1f} % of "
            f"the MACs, {left(plan, 'activations'):.1f} % of the memory"
        )
        assert any(said in caption.value for caption in app.caption)
    rows = app.dataframe[0].value.to_dict("records")
    for (first, second), row in zip(combinations(RANKED, 2), rows, strict=True):
        one, other = kept_by(ranked[first].kept), kept_by(ranked[second].kept)
        assert row == {
            "From": METHODS[first].title,
            "To": METHODS[second].title,
            "Rescued": len(other - one),
            "Lost": len(one - other),
            "Kept by both": len(one & other),
            "In common (Jaccard)": f"{100 * len(one & other) / len(one | other):.1f} %",
        }
    changes = {
        layer: (len(other - one), len(one - other))
        for layer in ranked["vanilla"].kept
        for one, other in [[kept_by({layer: ranked[name].kept[layer]}) for name in ("vanilla", "ranp-f")]]
    }
    options = app.selectbox(key="flip_layer").options
    assert sorted(options) == sorted(f"{name}: {more} rescued, {less} lost" for name, (more, less) in changes.items())
    order = [sum(changes[option.split(":")[0]]) for option in options]
    assert order == sorted(order, reverse=True)


def test_what_the_charts_of_flips_say_is_in_the_plans(state: ExplorerState, ranked: dict[str, Plan]) -> None:
    facts, pair = facts_of.flips(state, "macs", 0.65, CHOICES), ("vanilla", "ranp-f")
    one, other = (ranked[name].kept for name in pair)
    words = in_words(flips_figure(facts, *pair))
    counts = {
        layer: (len(b - a), len(a - b), len(a & b), one[layer].numel())
        for layer in one
        for a, b in [(kept_by({layer: one[layer]}), kept_by({layer: other[layer]}))]
    }
    for layer, (rescued, lost, both, neurons) in counts.items():
        said = f"<b>{layer}</b><br>{rescued} rescued, {lost} lost, {both} kept by both<br>of {neurons} neurons"
        assert words.count(said) == 2
    up, down = flips_figure(facts, *pair).data
    assert list(up.y) == pytest.approx([rescued / neurons for rescued, _, _, neurons in counts.values()])
    assert list(down.y) == pytest.approx([-lost / neurons for _, lost, _, neurons in counts.values()])
    rescued, lost = (len(kept_by(b) - kept_by(a)) for a, b in ((one, other), (other, one)))
    assert f"RANP-f rescues {rescued} neurons and loses {lost}." in flips_in_words(facts, *pair)
    layer = max(counts, key=lambda name: counts[name][0] + counts[name][1])
    told = bump_in_words(facts, layer, pair)
    assert f"{counts[layer][0]} rescued, {counts[layer][1]} lost." in told
    for method, plan in ranked.items():
        assert f"{METHODS[method].title} {int(plan.kept[layer].sum())} of {plan.kept[layer].numel()}" in told
    for words in filter(None, in_words(bump(facts, layer, pair, 0))):
        neuron, method = int(words.split("neuron ")[1].split("<")[0]), words.split("<br>")[1].split(":")[0]
        name = next(name for name in RANKED if METHODS[name].title == method)
        share = facts.methods[name].ranks[layer][neuron]
        fate = "kept" if ranked[name].kept[layer][neuron] else "removed"
        assert words.endswith(f"{method}: {fate}, {100 * share:.1f}% of all neurons rank higher")
