"""The live component's own files, in a form in which one page carries them.

A module is a `data:` address in the page's import map, so that the browser loads nothing and each still runs once. Such
an address is no place from which `./frame.js` could be found: what modules import from one another by place, they
import here by name.
"""

import base64
import posixpath
import re
from functools import cache

from explorer.live import ASSETS, imported

PAGE = "takeaway/page.js"
"""The module that the page starts with."""

_STARTS = (PAGE, "views/explore.js")
_PREFIX = "ranp/"
_BY_PLACE = re.compile(r'(from |import\()"(\.[^"]+\.js)"')
_STYLES = re.compile(r'"([\w/.-]+\.css)"')


def named(name: str) -> str:
    """What a module of the component is called in the page's import map.

    >>> named("charts/frame.js")
    'ranp/charts/frame.js'
    """
    return _PREFIX + name


@cache
def modules() -> dict[str, str]:
    """The import map of the page: of each module that the view Explore is made of, by its name, its address."""
    return {named(name): _address(_by_name(name)) for name in _carried()}


@cache
def styles() -> dict[str, str]:
    """The stylesheets that these modules ask for, by what they call them."""
    found = dict.fromkeys(name for module in _carried() for name in _STYLES.findall(_text(module)))
    return {name: _text(name) for name in found}


@cache
def _carried() -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for start in _STARTS for name in imported(start)))


def _by_name(name: str) -> str:
    """The module with names in place of what it imports by place."""

    def replaced(found: re.Match[str]) -> str:
        place = posixpath.normpath(posixpath.join(posixpath.dirname(name), found[2]))
        return f'{found[1]}"{named(place)}"'

    return _BY_PLACE.sub(replaced, _text(name))


def _text(name: str) -> str:
    return (ASSETS / name).read_text(encoding="utf-8")


def _address(text: str) -> str:
    return f"data:text/javascript;charset=utf-8;base64,{base64.b64encode(text.encode()).decode('ascii')}"
