"""Every figure that Counting shows of the pruned network, worked out anew from the network that the plan builds."""

from types import SimpleNamespace

import pytest
from streamlit.testing.v1 import AppTest

from explorer import compute
from explorer.state import ExplorerState
from ranp.graph import Cost
from ranp.models import build, example_inputs
from ranp.resources import StepTimes, peak_training_bytes
from tests.counting.test_page_counting import finished, told, visit
from tests.explore.test_numbers import counted, neurons_of, read


@pytest.fixture(scope="module")
def app() -> AppTest:
    return visit(sparsity="0.34")


def shown(app: AppTest) -> ExplorerState:
    state = app.session_state["_last_state"]
    assert isinstance(state, ExplorerState)
    return state


def test_cards_have_both_networks_figures_and_what_is_left(app: AppTest) -> None:
    plan = compute.plan(shown(app))
    networks = counted("unet3d"), counted("unet3d", plan)
    expected = {
        "MACs": [sum(network.macs.values()) for network in networks],
        "FLOPs": [2 * sum(network.macs.values()) for network in networks],
        "Parameters": [network.params for network in networks],
        "Activation memory": [network.activations for network in networks],
    }
    # last, for it runs the networks once more, which would count them twice
    expected["Peak training memory"] = [
        peak_training_bytes(network.model, example_inputs("unet3d")) for network in networks
    ]
    cards = {metric.label: metric for metric in app.metric}
    exact = [caption.value.strip() for caption in app.caption]
    for title, (before, after) in expected.items():
        bytes_each = 4 if title == "Activation memory" else 1
        said = [read(text) for text in cards[title].value.split(" → ")]
        assert said == pytest.approx([bytes_each * before, bytes_each * after], rel=0.005)
        assert cards[title].delta == f"{100 * after / before:.1f} % left"
        unit = {"Activation memory": "elements", "Peak training memory": "bytes"}.get(title, "")
        assert f"{before:,} → {after:,} {unit}".strip() in exact


def test_a_row_has_its_layer_before_and_after(app: AppTest) -> None:
    plan = compute.plan(shown(app))
    full, small = counted("unet3d"), counted("unet3d", plan)
    table = {row["Layer"]: row for row in app.dataframe[0].value.to_dict("records")}
    assert list(table) == list(full.layers)
    for name, row in table.items():
        for network, columns in (
            (full, ("Neurons", "MACs", "Parameters")),
            (small, ("Kept", "MACs after", "Parameters after")),
        ):
            layer = network.layers[name]
            params = sum(one.numel() for one in layer.parameters())
            assert [row[column] for column in columns] == [neurons_of(layer), network.macs[name], params]
        assert row["Kind"] == type(full.layers[name]).__name__
        assert row["Activations after"] * row["Neurons"] == row["Activations"] * row["Kept"]
        voxels, odd = divmod(row["Activations"], row["Neurons"])
        assert (odd, row["MACs"]) == (0, row["Neurons"] * voxels * full.layers[name].weight[0].numel())  # type: ignore[operator]


def test_the_comparison_tells_its_difference_and_what_is_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    found = SimpleNamespace(difference=1.5e-15, tolerance=1e-9)
    monkeypatch.setattr("explorer.counting.measuring.compare_shrunk", lambda *_, **__: found)
    app = visit(sparsity="0.33")
    app.button(key="verify").click().run()
    assert "the largest difference is **1.5e-15** of the largest output, at most 1e-09 is allowed" in told(app)


def test_a_step_s_sentence_has_the_macs_that_are_left(monkeypatch: pytest.MonkeyPatch) -> None:
    times = [StepTimes((2.0, 4.0, 3.0)), StepTimes((0.5, 0.7, 0.6))]
    monkeypatch.setattr("explorer.counting.step_times.time_steps", lambda *_, **__: times)
    app = visit(sparsity="0.32")
    finished(app.button(key="time").click().run())
    plan = compute.plan(shown(app))
    full, small = (sum(network.macs.values()) for network in (counted("unet3d"), counted("unet3d", plan)))
    assert (
        f"**600 ms** instead of **3.00 s**: **5.0 times** as fast, with {100 * small / full:.1f} % of the MACs"
        in told(app)
    )
    assert "Full: median of 3 steps of 2 examples, from 2.00 s to 4.00 s." in told(app)
    assert "Pruned: median of 3 steps of 2 examples, from 500 ms to 700 ms." in told(app)


def test_the_paper_s_count_adds_biases_and_four_for_each_element_of_a_norm(app: AppTest) -> None:
    plan = compute.plan(shown(app))
    card = next(metric for metric in app.metric if metric.label == "The paper's count")
    expected = [_paper(plan.full, None, app), _paper(plan.pruned, plan, app)]
    assert [read(text) for text in card.value.split(" → ")] == pytest.approx(expected, rel=0.005)


def _paper(cost: Cost, plan: object, app: AppTest) -> int:
    """MACs, the outputs of layers with a bias, and four times those of norms, as a forward pass meets them."""
    model = build("unet3d", device="meta")
    network = (compute.plan(shown(app)).apply(model) if plan else model).eval()
    found = [cost.macs]
    for module in network.modules():
        if "Norm" in type(module).__name__:
            module.register_forward_hook(lambda *seen: found.append(4 * seen[-1].numel()))
        elif getattr(module, "bias", None) is not None:
            module.register_forward_hook(lambda *seen: found.append(seen[-1].numel()))
    network(*example_inputs("unet3d"))
    return sum(found)
