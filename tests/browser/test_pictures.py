"""The README's pictures can be taken anew, and are small enough to open at once."""

from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser

from tests.pictures.taking import LARGEST, SCREEN, STRIP, take

pytestmark = pytest.mark.browser


@pytest.mark.slow
def test_pictures_are_taken_of_the_running_app(server: str, browser: Browser, tmp_path: Path) -> None:
    screen, strip = tmp_path / "screen.png", tmp_path / "strip.png"
    take(browser, server, screen, strip)
    for taken, kept in ((screen, SCREEN), (strip, STRIP)):
        assert Image.open(taken).width == Image.open(kept).width, "the picture has another form: make pictures"
        assert len(set(Image.open(taken).convert("L").getdata())) > 20  # something is drawn


def test_pictures_are_small() -> None:
    assert all(0 < picture.stat().st_size <= LARGEST for picture in (SCREEN, STRIP))
