"""The gallery on Explore: chosen, traced, scored in the queue and shown as the library's other networks are."""

import pytest

import ranp
from explorer import compute
from explorer.state import default_state
from explorer.units import count
from ranp.models import GALLERY, find_preset
from ranp.plan import Plan
from ranp.subject import Scoring, compute_scores, library_network
from tests.explore.test_explorer import figures, visit
from tests.packaging.test_extras import hide

EACH = [name if name == "nnunet-plain" else pytest.param(name, marks=pytest.mark.slow) for name in GALLERY]


@pytest.mark.parametrize("name", EACH)
def test_the_page_shows_what_the_library_finds(name: str) -> None:
    app = visit(architecture=name)
    assert not app.exception
    assert [message.value for message in (*app.error, *app.warning)] == []
    assert app.selectbox(key="architecture").value == name
    plan = by_library(name)
    shown = figures(app)
    assert shown["Neurons"] == count(sum(plan.kept_counts.values()))
    assert shown["MACs"] == count(plan.pruned.macs)
    assert compute.peak_before(default_state(compute.choices(), name)), "the memory of training is estimated"


def by_library(name: str) -> Plan:
    preset, network = find_preset(name, "classroom"), library_network(name, "classroom", {}, 0, "xavier")
    graph = network.trace()
    scores, _ = compute_scores(network, graph, Scoring())
    return ranp.prune(graph, scores, ranp.PruningConfig(sparsity=preset.sparsity, lam=preset.lam))


@pytest.mark.slow
@pytest.mark.parametrize("name", GALLERY)
def test_a_published_size_is_traced_and_scored_on_request_only(name: str) -> None:
    app = visit(architecture=name, preset="published")
    assert not app.exception
    assert all("memory" in message.value for message in app.error)
    assert compute.peak_before(default_state(compute.choices(), name, "published"))
    assert len(app.error) == 1 or any(button.key == "compute" for button in app.button) or figures(app)


def test_a_missing_package_is_said_on_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    hide("dynamic_network_architectures", monkeypatch)
    app = visit(architecture="nnunet-resenc", preset="published")
    assert not app.exception
    [message] = app.error
    assert message.value.endswith("which is not installed; run pip install 'ranp-explorer[gallery]'")
    assert app.selectbox(key="architecture").value == "nnunet-resenc", "another network can be chosen"
