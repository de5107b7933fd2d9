"""A class counts who is where, knows nobody, and has its limits."""

import pytest

from explorer.compute import Visitor
from explorer.learn import in_class
from explorer.learn.classes import LASTS, MOST, MOST_OF_ADDRESS, MOST_VISITORS, Classes, read_code
from tests.learn.test_page_learn import told, visit

TEACHER, OTHER = Visitor("desk", "teacher"), Visitor("lab", "other")


@pytest.fixture
def tabs() -> set[str]:
    """The tabs that are open."""
    return {"ann", "ben", "eve"}


def test_each_visitor_counts_once_where_the_visitor_is(tabs: set[str]) -> None:
    classes = Classes(tabs.__contains__)
    code, other = classes.open(TEACHER), classes.open(OTHER)
    assert code != other
    for session in tabs:
        classes.tell(code, session, None)
    classes.tell(code, "ann", ("empty", 1))
    classes.tell(code, "ann", ("empty", 2))
    classes.tell(code, "ben", ("empty", 2))
    assert classes.counts(code) == {("empty", 2): 2, None: 1}
    assert classes.counts(other) == {}
    tabs.remove("ben")
    classes.leave(code, "eve")
    assert classes.counts(code) == {("empty", 2): 1}, "who closed the tab or left is not counted"
    classes.close(code, TEACHER)
    with pytest.raises(ValueError, match=f"no class {code}"):
        classes.tell(code, "ann", None)


def test_who_enters_another_class_is_not_counted_in_the_former(tabs: set[str]) -> None:
    classes = Classes(tabs.__contains__)
    former, later = classes.open(TEACHER), classes.open(OTHER)
    classes.tell(former, "ann", ("empty", 1))
    classes.tell(former, "ben", None)
    classes.tell(later, "ann", None)
    assert classes.counts(former) == {None: 1}
    assert classes.counts(later) == {None: 1}


def test_a_class_ends_when_nobody_looks_at_it(tabs: set[str]) -> None:
    now = [0.0]
    classes = Classes(tabs.__contains__, lambda: now[0])
    code = classes.open(TEACHER)
    now[0] = LASTS - 1
    classes.counts(code)
    now[0] = 2 * LASTS - 2
    classes.tell(code, "ann", None)
    now[0] = 2 * LASTS
    with pytest.raises(ValueError, match="has ended"):
        classes.counts(code)


def test_classes_and_their_visitors_are_limited() -> None:
    classes = Classes(lambda session: True)
    codes = [classes.open(Visitor(str(number), str(number))) for number in range(MOST)]
    with pytest.raises(ValueError, match=f"at most {MOST} classes"):
        classes.open(TEACHER)
    for number in range(MOST_VISITORS):
        classes.tell(codes[0], str(number), None)
    with pytest.raises(ValueError, match=f"at most {MOST_VISITORS} visitors"):
        classes.tell(codes[0], "one more", None)
    classes.tell(codes[0], "0", ("empty", 1))
    assert classes.counts(codes[0]).total() == MOST_VISITORS
    classes.tell(codes[1], "late", None)
    with pytest.raises(ValueError, match=f"at most {MOST_VISITORS} visitors"):
        classes.tell(codes[0], "late", None)
    assert classes.counts(codes[1]).total() == 1, "who finds a class full stays in the former"


def test_a_person_has_one_class_and_an_address_half_of_them() -> None:
    classes = Classes(lambda session: True)
    code = classes.open(TEACHER)
    with pytest.raises(ValueError, match=f"You have class {code} open"):
        classes.open(Visitor("another tab", TEACHER.person))
    classes.close(code, TEACHER)
    assert classes.open(TEACHER) != code
    for number in range(MOST_OF_ADDRESS):
        classes.open(Visitor(str(number), str(number), "10.0.0.1"))
    with pytest.raises(ValueError, match=f"{MOST_OF_ADDRESS} from one address"):
        classes.open(Visitor("one more", "one more", "10.0.0.1"))
    classes.open(Visitor("elsewhere", "elsewhere", "10.0.0.2"))


def test_only_who_opened_a_class_ends_it() -> None:
    classes = Classes(lambda session: True)
    code = classes.open(TEACHER)
    with pytest.raises(ValueError, match=f"Class {code} is ended by who opened it"):
        classes.close(code, OTHER)
    assert classes.counts(code) == {}, "it goes on"
    classes.close(code, Visitor("another tab", TEACHER.person))
    with pytest.raises(ValueError, match="has ended"):
        classes.counts(code)


@pytest.mark.parametrize("text", ["", "abc", "A" * 7, "<script>", "ACD37O", "A" * 100_000])
def test_what_cannot_be_a_code_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(ValueError, match="has 6 letters and figures") as refused:
        read_code(text)
    assert len(str(refused.value)) < 100


def test_a_wrong_code_of_a_link_or_typed_is_told() -> None:
    assert "has 6 letters and figures" in told(visit(**{"class": "<script>"}))
    app = visit(**{"class": "ACDEFG"})
    assert "no class ACDEFG" in told(app)
    app.text_input(key="class_code").set_value("acd efg").run()
    app.button(key="class_join").click().run()
    assert "no class ACDEFG" in told(app)
    assert not app.exception


def test_a_visitor_joins_is_counted_and_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    classes = Classes(lambda session: True)
    monkeypatch.setattr(in_class, "CLASSES", classes)
    code, later = classes.open(TEACHER), classes.open(OTHER)
    app = visit(tour="neuron", step="2", **{"class": code.lower()})
    assert classes.counts(code) == {("neuron", 2): 1}
    assert "class" not in app.query_params, "whoever is sent the link of a step does not join by it"
    app.button(key="tour_all").click().run()
    app.text_input(key="class_code").set_value(later).run()
    app.button(key="class_join").click().run()
    assert classes.counts(code) == {}
    assert classes.counts(later) == {None: 1}
    app.button(key="class_leave").click().run()
    assert classes.counts(later) == {}
    assert "class_leave" not in [button.key for button in app.button]
    assert not app.exception


def test_a_teacher_opens_a_class_watches_and_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    classes = Classes(lambda session: True)
    monkeypatch.setattr(in_class, "CLASSES", classes)
    app = visit(architecture="unet3d")
    app.button(key="class_open").click().run()
    [code] = classes._classes
    assert any(f"Class {code}" in element.value for element in app.markdown)
    classes.tell(code, "ann", ("empty", 3))
    app.button(key="class_hide").click().run()
    app.text_input(key="class_code").set_value(code).run()
    app.button(key="class_watch").click().run()
    assert app.table[0].value.to_dict("records") == [
        {"Tour": "Why vanilla pruning empties layers", "Step": "3 · An empty layer ends the network", "Visitors": 1}
    ]
    app.button(key="class_close").click().run()
    assert classes._classes == {}
    assert not app.exception


def test_who_watches_with_the_pupils_code_cannot_end_the_class(monkeypatch: pytest.MonkeyPatch) -> None:
    classes = Classes(lambda session: True)
    monkeypatch.setattr(in_class, "CLASSES", classes)
    code = classes.open(TEACHER)
    app = visit()
    app.text_input(key="class_code").set_value(code).run()
    app.button(key="class_watch").click().run()
    assert any(f"Class {code}" in element.value for element in app.markdown)
    assert [button.key for button in app.button if str(button.key) in ("class_close", "class_hide")] == ["class_hide"]
    assert not app.exception
