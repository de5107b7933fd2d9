"""What a page with live charts tells the browser to load while Streamlit's own scripts start."""

import re

import pytest

from explorer.live.serve import ASSETS, preloading


@pytest.mark.parametrize("view", ["explore", "lesson", "xray"])
def test_modules_and_nothing_else_are_preloaded(view: str) -> None:
    modules = re.findall(r"</live/assets/([^>]+)>; rel=modulepreload", preloading(view))
    assert {"main.js", f"views/{view}.js", "engine/plan.js"} <= set(modules)
    assert all(name.endswith(".js") and (ASSETS / name).is_file() for name in modules), "types are no modules"
    assert len(modules) == len(set(modules))
