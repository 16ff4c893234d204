"""The look of four pages, compared with pictures that a person has looked at: places and colours, not pixels.

`python -m tests.board.test_browser_screens FOLDER` takes them anew from a site; look at them before they are kept.
"""

from __future__ import annotations

import io
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.board import browsing
from tests.board.browsing import Browser

pytestmark = pytest.mark.timeout(600)

KEPT = Path(__file__).parent / "screens"
SCREENS = {
    "table-light": ("index.html?task=colours&reported=mixed", 1280, "light"),
    "table-dark": ("index.html?task=colours&reported=mixed", 1280, "dark"),
    "table-phone": ("index.html?task=colours", 360, "light"),
    "task-light": ("task.html?id=colours", 1280, "light"),
}
HIGH = 900
GRID = (32, 24)
"""So coarse that another font changes little, and a lost column, colour or chart much."""
MOST_APART = 0.012
"""The mean difference of colours, of 0 to 1, over the grid."""


def taken(browser: Browser, name: str) -> Image.Image:
    page, width, theme = SCREENS[name]
    browser.size(width, HIGH)
    browser.system_theme(theme)
    browser.open(f"{browser.site.as_uri()}/{page}")
    browser.charts_are_drawn()
    browser.js("scrollTo(0, 0)")
    return Image.open(io.BytesIO(browser.driver.get_screenshot_as_png())).convert("RGB")


def coarse(picture: Image.Image) -> np.ndarray:
    return np.asarray(picture.resize(GRID, Image.Resampling.BOX), dtype=float) / 255


@pytest.mark.parametrize("name", SCREENS)
def test_pages_look_as_they_were_looked_at(browser: Browser, name: str) -> None:
    with Image.open(KEPT / f"{name}.png") as kept:
        before, now = kept.convert("RGB"), taken(browser, name)
    assert now.size == before.size
    assert np.abs(coarse(now) - coarse(before)).mean() < MOST_APART


def test_the_comparison_sees_what_it_should() -> None:
    pages = {name: coarse(Image.open(KEPT / f"{name}.png").convert("RGB")) for name in SCREENS}
    assert np.abs(pages["table-light"] - pages["table-dark"]).mean() > 20 * MOST_APART
    assert np.abs(pages["table-light"] - pages["task-light"]).mean() > 2 * MOST_APART
    assert all((KEPT / f"{name}.png").stat().st_size < 60_000 for name in SCREENS)


def main(site: Path) -> None:
    """Take the pictures anew, with few colours so that they are small."""
    KEPT.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as profile, browsing.browser(site.resolve(), Path(profile)) as found:
        for name in SCREENS:
            taken(found, name).quantize(64, dither=Image.Dither.NONE).save(KEPT / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
