"""Links of strangers: whatever a query says, a valid state comes out, and what was wrong is said briefly and plainly.

Drawn from a seed, so that a failure names the link that makes it again. A few go through the real pages.
"""

import json
import re
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from random import Random
from urllib.parse import urlencode

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from explorer.learn.tours import TOURS
from explorer.page import session
from explorer.page.component import from_settings, to_settings
from explorer.state import (
    MAX_NAME,
    MAX_PINS,
    ExplorerState,
    Scene,
    default_state,
    from_query,
    known_layers,
    read_lesson,
    read_pins,
    read_step,
    to_query,
)
from tests.hostile import VALUES
from tests.safety.test_safety import APP
from tests.state.test_state import CHOICES

FAST, SLOW = 400, 5_000
MARKUP = (
    "</script><script>alert(1)</script>", "`<img src=x onerror=alert(1)>", "[x](javascript:alert(1))", "![](//evil)",
    "$\\LaTeX$", ":red[x]", ":material/home:", "# x", "\n\n# x", "\r\nSet-Cookie: a=b", "{{7*7}}", "${7*7}",
    "'; DROP TABLE x; --", "../../etc/passwd", "file:///etc/passwd", "\0", "\x1b[2J", "\ud800", "\u202eabc", "ａ",
    "%00", "%", "a" * 5000, "=1+1", "__class__", "{0.__class__}", "%s%n",
)  # fmt: skip
NUMBERS = (
    "nan", "-nan", "inf", "1e999", "-1", "-0", "0", "1", "0.5", "0,5", "0x10", "1_0", "٣", "½", "1" * 5000, "1e-400",
    "True", " 1 ", "1\n", "+1", "",
)  # fmt: skip
TEXTS = (
    *MARKUP,
    *NUMBERS,
    *(value[:5000] for value in VALUES),
    "unet3d",
    "i3d",
    "classroom",
    "shapenet",
    "ranp-f",
    "blend",
    "macs",
    "memory",
)
FIELDS = (
    "architecture", "preset", "method", "target", "sparsity", "budget", "alpha", "lambda", "coupling", "min_neurons",
    "protect", "cap", "layer", "neuron", "xray", "criterion", "reduce", "seed", "hide", "fix", "tour", "step", "pin",
    "name", "caps", "lam", "__class__", "",
)  # fmt: skip
SCENES = (
    Scene({}),
    Scene({"tour": "x"}, {"method": "blend", "alpha": 0.25}, ("unet3d", "shapenet")),
    Scene({}, {}, ("gone", "x")),
)

Query = dict[str, list[str]]


def hostile_query(random: Random, deep: bool = True) -> Query:
    """A query of one to thirty fields, some of them many times."""
    return {
        random.choice([*FIELDS, random.choice(TEXTS)[:50]]): [
            hostile_text(random, deep)
            for _ in range(700 if deep and random.random() < 0.01 else random.choice([0, 1, 1, 1, 2, 3]))
        ]
        for _ in range(random.randrange(1, 15))
    }


def hostile_text(random: Random, deep: bool) -> str:
    text = random.choice(TEXTS)
    match random.randrange(6):
        case 0:
            return f"{random.choice(TEXTS)[:100]}={text}"
        case 1 if deep:
            query = {
                name.encode(errors="replace"): [text.encode(errors="replace") for text in texts[:20]]
                for name, texts in hostile_query(random, deep=False).items()
            }
            return urlencode(query, doseq=True)
    return text


def check_plain(sentences: Sequence[str]) -> None:
    """Each is short and printable, and a stranger's words stand in code, where nothing is markup."""
    for sentence in sentences:
        assert sentence.isprintable(), ascii(sentence)
        assert len(sentence) < 500
        assert sentence.count("`") % 2 == 0
        outside = re.sub(r"`[^`]*`", "", sentence)
        assert not set(outside) & set("<>[]{}$\\"), ascii(sentence)


def check_state(state: ExplorerState) -> None:
    """Valid: a link to it is read without complaint, and gives it back."""
    assert from_query(to_query(state, CHOICES), CHOICES) == (state, [])


def check_link(query: Mapping[str, Sequence[str]], scene: Scene) -> None:
    state, notices = from_query(query, CHOICES, scene)
    check_state(state)
    fitting, unknown = known_layers(state, ["a"], ["a", "b"])
    assert set(fitting.protect) <= {"a"}
    assert fitting.layer in ("", "a", "b")
    _, strange = read_lesson(query)
    place, lost = read_step(query, {name: len(tour.steps) for name, tour in TOURS.items()})
    assert place is None or 1 <= place[1] <= len(TOURS[place[0]].steps)
    found, missed = read_pins(query.get("pin", []), CHOICES)
    assert len(found) <= MAX_PINS
    for name, pinned in found:
        assert name.isprintable()
        assert 0 < len(name) <= max(MAX_NAME, 80)
        check_state(pinned)
    check_plain(session.shortened([*notices, *unknown, *strange, *lost, *missed]))
    check_plain([*notices, *unknown, *strange, *lost, *missed])


def check_links(seeds: range) -> None:
    said = 0
    for seed in seeds:
        random = Random(seed)
        query = hostile_query(random)
        started = time.process_time()
        try:
            check_link(query, random.choice(SCENES))
        except Exception as error:
            raise AssertionError(f"seed {seed}: {type(error).__name__}: {error}") from error
        assert time.process_time() - started < 5
        said += bool(from_query(query, CHOICES)[1])
    assert said > 0.5 * len(seeds), "links that are not refused anything are no attack"


def test_whatever_a_link_says_a_valid_state_comes_out() -> None:
    check_links(range(FAST))


@pytest.mark.slow
def test_many_links() -> None:
    check_links(range(100_000, 100_000 + SLOW))


def test_a_link_of_thousands_of_mistakes_is_not_told_them_all() -> None:
    sentences = session.shortened([f"mistake {number}" for number in range(5000)])
    assert sentences[:2] == ["mistake 0", "mistake 1"]
    assert len(sentences) == session.MOST_NOTICES + 1
    assert "4,980 more" in sentences[-1]
    assert session.shortened(["one"]) == ["one"]


def check_messages(seeds: range) -> None:
    """What a browser says is JSON of any kind; a value that makes no sense leaves the state as it was."""
    for seed in seeds:
        random = Random(seed)
        before = default_state(CHOICES)
        said = dict(to_settings(before))
        for name in random.sample(sorted(said), random.randrange(1, len(said))):
            said[name] = random.choice([*_values(), random.choice(TEXTS), [random.choice(TEXTS)] * 700])
        try:
            check_state(from_settings(before, said, CHOICES))
        except Exception as error:
            raise AssertionError(f"seed {seed}: {type(error).__name__}: {error}") from error


def _values() -> list[object]:
    found: list[object] = [
        10**400,
        -(10**400),
        float("nan"),
        float("inf"),
        {"a": {"b": [None]}},
    ]
    for text in VALUES:
        try:
            found.append(json.loads(text))
        except (ValueError, RecursionError):
            continue
    return found


def test_whatever_a_browser_reports_a_valid_state_comes_out() -> None:
    check_messages(range(FAST // 4))


@pytest.mark.slow
def test_many_reports() -> None:
    check_messages(range(100_000, 100_000 + SLOW))


PAGES = ("", "xray", "compare", "training", "export", "counting", "learn")


def open_page(page: str, query: Mapping[str, Sequence[str]]) -> AppTest:
    app = AppTest.from_file(APP, default_timeout=120)
    if page:
        app._page_hash = calc_hash(page)
    for name, texts in query.items():
        if name and texts:
            app.query_params[name] = list(texts)
    return app.run()


_SLOW = ("architecture", "preset", "criterion", "reduce", "seed")
"""Fields that would make the pages wait for other networks or scores."""


def small(query: Query) -> Query:
    """Without what is slow, and in letters that an address can have."""
    calm = {name: texts[:40] for name, texts in query.items() if name not in _SLOW}
    return {name: [text.encode(errors="replace").decode() for text in texts] for name, texts in calm.items()}


def check_page(page: str, seed: int) -> None:
    app = open_page(page, small(hostile_query(Random(seed))))
    assert not app.exception
    assert not [error.value for error in app.error if "wrong on the server" in error.value]
    check_plain([warning.value for warning in app.warning if "The link" in warning.value])
    assert len(app.warning) <= session.MOST_NOTICES + 5
    values = [element.value for element in (*app.markdown, *app.caption, *app.error, *app.get("html"))]
    assert not [value for value in values if "alert(1)" in str(value)]


@pytest.mark.parametrize("page", PAGES)
def test_pages_stand_hostile_links(page: str) -> None:
    for seed in range(3):
        check_page(page, seed)


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES)
def test_pages_stand_many_hostile_links(page: str) -> None:
    for seed in range(1000, 1006):
        check_page(page, seed)


@pytest.mark.parametrize("value", ["<b>", "", "unet4d", -1, 10**9], ids=repr)
@pytest.mark.parametrize("name", session.WIDGETS)
def test_a_choice_that_was_never_offered_is_taken_back(
    name: str, value: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Streamlit hands over whatever a browser says for a selection, offered or not."""
    start = default_state(CHOICES)
    widgets = {"_last_state": start, **{each: getattr(start, each) for each in session.WIDGETS}, name: value}
    monkeypatch.setattr(session.st, "session_state", widgets)
    monkeypatch.setattr(session, "reads_url", lambda: False)
    if name in ("architecture", "preset"):
        session.start_preset(CHOICES)  # what Streamlit calls first
    assert session.begin(CHOICES) == start
    assert {each: widgets[each] for each in session.WIDGETS} == {each: getattr(start, each) for each in session.WIDGETS}


def test_the_pages_of_this_test_are_the_apps() -> None:
    assert set(re.findall(r'url_path="(\w+)"', Path(APP).read_text(encoding="utf-8"))) == set(PAGES) - {""}
