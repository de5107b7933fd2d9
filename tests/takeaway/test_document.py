"""The file as text: what its policy allows, that no name becomes markup, and that it has a largest size."""

import base64
import hashlib
import json
import re
from html.parser import HTMLParser

import pytest

from explorer.live import imported
from explorer.takeaway import document
from explorer.takeaway.document import Carried
from explorer.takeaway.modules import modules, styles

NASTY = "</script></title><script>hacked=1</script><img src=x onerror='hacked=2'>"


def carried(**changes: object) -> Carried:
    data = {"base": "", "packet": "0", "says": {"noPeak": NASTY, "noTimes": "\u2028"}}
    return Carried(**{"title": NASTY, "lead": NASTY, "origin": NASTY, "data": data, "packets": {}, **changes})  # type: ignore[arg-type]


class Elements(HTMLParser):
    """The elements of a page as a browser finds them, each with its attributes and its text."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[str, dict[str, str | None], list[str]]] = []
        self.inside = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs), []))
        self.inside = True

    def handle_data(self, data: str) -> None:
        if self.inside:
            self.found[-1][2].append(data)

    def handle_endtag(self, tag: str) -> None:
        self.inside = False

    def of(self, tag: str) -> list[tuple[dict[str, str | None], str]]:
        return [(attributes, "".join(texts)) for name, attributes, texts in self.found if name == tag]


@pytest.fixture(scope="module")
def page() -> str:
    return document.document(carried()).decode()


def test_names_are_text_wherever_they_stand(page: str) -> None:
    elements = Elements(page)
    assert elements.of("img") == []
    assert [text for _, text in elements.of("title")] == [NASTY]
    assert [text for _, text in elements.of("h1")] == [NASTY]
    [(_, data)] = [one for one in elements.of("script") if one[0].get("id") == "ranp-data"]
    assert json.loads(data)["says"] == {"noPeak": NASTY, "noTimes": "\u2028"}
    kinds = [attributes.get("type") for attributes, _ in elements.of("script")]
    assert kinds == ["importmap", "application/json", None, "module"]


def test_its_policy_names_every_script_by_its_hash_and_no_host(page: str) -> None:
    elements = Elements(page)
    [policy] = [each["content"] for each, _ in elements.of("meta") if each.get("http-equiv")]
    assert policy is not None
    rules = {name: values for name, *values in (rule.split() for rule in policy.split(";"))}
    running = [text for each, text in elements.of("script") if each.get("type") in (None, "module", "importmap")]
    hashes = {f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" for text in running}
    assert set(rules["script-src"]) == {"data:", *hashes}
    assert rules["default-src"] == ["'none'"]
    named = {value for values in rules.values() for value in values if not value.startswith("'")}
    assert named == {"data:", "blob:"}, "no host"
    loads = [
        each.get("src") or each.get("href") for _, each, _ in elements.found if each.get("src") or each.get("href")
    ]
    assert all(address is not None and address.startswith("data:") for address in loads)


def test_every_module_finds_what_it_imports_and_every_stylesheet_is_there() -> None:
    texts = {name: base64.b64decode(address.partition("base64,")[2]).decode() for name, address in modules().items()}
    assert len(texts) > 50
    for name, text in texts.items():
        assert re.findall(r'from "(\.[^"]*\.js)"', text) == [], name
        assert set(re.findall(r'from "([^"]+\.js)"', text)) <= set(texts), name
    assert {"ranp/" + name for name in imported("main.js")} <= set(texts)
    assert {"live.css", "controls.css", "takeaway/page.css"} <= set(styles())
    assert not any("url(" in text or "</style" in text for text in styles().values())


def test_its_size_is_said_and_has_a_limit(page: str, monkeypatch: pytest.MonkeyPatch) -> None:
    size = len(page.encode())
    assert f"This file has {size / 1e6:.2f} MB." in page
    monkeypatch.setattr(document, "MOST_BYTES", size - 100)
    with pytest.raises(ValueError, match=r"would be a file of .* MB, and at most .* are written"):
        document.document(carried())


def test_a_script_cannot_end_its_element() -> None:
    """plotly.js needs nothing of it now; another release may."""
    assert document._script('"</SCRIPT>" + "<!--"') == r'"\x3c/SCRIPT>" + "\x3c!--"'
