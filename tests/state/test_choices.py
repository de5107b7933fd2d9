"""What the library offers can be chosen in a link and on the page: no list of the explorer's leaves one of them out."""

import pytest
from streamlit.testing.v1 import AppTest

from explorer import compute
from explorer.state import default_state, from_query, to_query
from ranp.graph import COUPLINGS
from ranp.importance import CRITERIA, REDUCTIONS
from ranp.selection import METHODS, PLATEAUS, PRICED_LIVE

OFFERED = {
    "method": METHODS,
    "target": ("sparsity", *PRICED_LIVE),
    "coupling": COUPLINGS,
    "plateau": PLATEAUS,
    "criterion": CRITERIA,
    "reduce": REDUCTIONS,
}
CHOICES = compute.choices()


@pytest.mark.parametrize(("name", "choice"), [(name, choice) for name, all in OFFERED.items() for choice in all])
def test_a_link_carries_every_choice_of_the_library(name: str, choice: str) -> None:
    state, notices = from_query({name: [choice]}, CHOICES)
    assert not notices
    assert getattr(state, name) == choice
    assert to_query(state, CHOICES).get(name, [getattr(default_state(CHOICES), name)]) == [choice]


def test_the_page_offers_every_criterion_and_reduction() -> None:
    app = AppTest.from_string("from explorer import explore\nexplore.page()", default_timeout=120).run()
    assert not app.exception
    titles = CHOICES.criteria
    assert app.selectbox(key="criterion").options == [titles[name] for name in CRITERIA]
    assert [option.lower() for option in app.segmented_control(key="reduce").options] == list(REDUCTIONS)
