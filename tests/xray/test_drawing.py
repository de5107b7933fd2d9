"""The drawings of a network: places, marks, words, and the expander that holds them."""

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from explorer import compute
from explorer.charts import channel_graph, channel_graph_in_words, thinning, thinning_panels
from explorer.charts.layered import layered_layout
from explorer.facts import ChannelGraphFacts
from explorer.lessons import explorer_link
from explorer.state import default_state

FACTS = ChannelGraphFacts(
    layers=("stem", "<b>inner", "side", "head"),
    kinds=("Conv3d",) * 4,
    neurons=(8, 16, 8, 2),
    kept=(4, 0, 8, 2),
    held=(None, None, None, "it is part of what the network returns"),
    tied={"stem": ("side",), "side": ("stem",)},
    edges=(("stem", "<b>inner"), ("<b>inner", "side"), ("side", "head"), ("stem", "head")),
)


def test_ranks_follow_the_longest_way_and_nothing_overlaps() -> None:
    places, ways = layered_layout(FACTS.layers, FACTS.edges)
    assert [places[name][0] for name in FACTS.layers] == [0, 1, 2, 3]
    skipping = ways["stem", "head"]
    assert len(skipping) == 4
    for waypoint, name in zip(skipping[1:3], FACTS.layers[1:3], strict=True):
        assert waypoint[0] == places[name][0]
        assert abs(waypoint[1] - places[name][1]) >= 1 - 1e-9


def test_an_edge_back_is_drawn_and_a_straight_network_is_straight() -> None:
    places, ways = layered_layout(["a", "b", "c"], [("a", "b"), ("b", "c"), ("c", "b")])
    assert {height for _, height in places.values()} == {places["a"][1]}
    assert ("c", "b") in ways


def test_the_chosen_layer_and_its_ties_are_marked_and_names_escaped() -> None:
    traces = {trace.name: trace for trace in channel_graph(FACTS, "stem").data}
    places, _ = layered_layout(FACTS.layers, FACTS.edges)
    assert list(zip(traces["chosen"].x, traces["chosen"].y, strict=True)) == [places["stem"]]
    assert list(zip(traces["tied to it"].x, traces["tied to it"].y, strict=True)) == [places["side"]]
    assert list(traces["full layer"].customdata) == list(FACTS.layers)
    assert traces["neurons kept"].marker.size[1] == 0
    assert "<b>inner" not in "".join(traces["full layer"].text)
    assert "&lt;b&gt;inner" in traces["full layer"].hovertext[1]
    assert channel_graph_in_words(FACTS, "stem").endswith("stem is tied to side.")


def test_a_network_thins_out_by_frames_and_by_panels() -> None:
    kept = [[8, 16, 8, 2], [4, 0, 8, 2]]
    figure = thinning(FACTS.layers, FACTS.neurons, kept, [0.0, 0.5])
    assert [list(frame.data[0].y) for frame in figure.frames] == kept
    assert [step.label for step in figure.layout.sliders[0].steps] == ["0 %", "50 %"]
    panels = thinning_panels(FACTS.layers, FACTS.neurons, kept, ["0 %", "50 %"])
    assert [list(bars.y) for bars in panels.data if bars.name == "kept"] == kept
    assert all(tuple(axis.range) == tuple(panels.layout.yaxis.range) for axis in panels.select_yaxes())


def test_what_is_drawn_is_the_plan() -> None:
    state = default_state(compute.choices(), "unet3d", "classroom")
    compute.tracing(state).wait(60)
    compute.importance(state).wait(60)
    facts, plan = compute.drawing(state), compute.plan(state)
    assert dict(zip(facts.layers, facts.kept, strict=True)) == plan.kept_counts
    assert ("encoder1.conv2", "decoder1.conv1") in facts.edges
    thinner = compute.thinning(state, [0.0, 0.5])
    assert thinner[0] == list(facts.neurons)
    assert np.array_equal(thinner[1], facts.kept), "the classroom 3D-UNet starts at sparsity 0.5"


def test_the_xray_page_draws_the_network_once_it_is_opened() -> None:
    app = AppTest.from_string("from explorer import xray\nxray.page()", default_timeout=120)
    app.session_state["drawing"] = True
    app.query_params["layer"] = "encoder1.conv2"
    app.run()
    assert not app.exception
    assert any("encoder1.conv2 is tied to no other layer." in caption.value for caption in app.caption)


def test_a_link_opens_the_state_it_was_made_from() -> None:
    assert (
        explorer_link("own", sparsity=0.25, address="https://x.example/ranp/")
        == "https://x.example/ranp/?sparsity=0.25"
    )
    assert explorer_link("unet3d", page="compare") == "http://127.0.0.1:8501/compare?preset=classroom"
    with pytest.raises(ValueError, match="has no setting 'sparsty'"):
        explorer_link("unet3d", sparsty=0.3)
