"""A browser for tests: pages opened from files, what they asked for, what they complained of."""

from __future__ import annotations

import importlib.util
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
DRIVER = shutil.which("chromedriver")
FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
    "--force-color-profile=srgb",
)  # fmt: skip
PATIENCE_S = 60.0
"""For a machine that has other work, too."""

CHOOSE = """
const select = document.querySelector(arguments[0]);
select.value = arguments[1];
select.dispatchEvent(new Event('change'));
"""
UNDRAWN = """
const chart = document.querySelector('.chart:not([data-drawn])');
if (chart) chart.scrollIntoView();
return !chart;
"""


class Browser:
    """Chromium at one window size. `go` opens a page of the site and waits until it is drawn."""

    def __init__(self, driver: Any, site: Path) -> None:
        self.driver = driver
        self.site = site

    def go(self, page: str, **query: str) -> None:
        self.open(f"{(self.site / page).as_uri()}{'?' + urlencode(query) if query else ''}")

    def open(self, address: str) -> None:
        self.driver.get(address)
        self.until("return document.documentElement.dataset.ready === 'yes'")

    def until(self, script: str) -> Any:
        from selenium.webdriver.support.ui import WebDriverWait

        return WebDriverWait(self.driver, PATIENCE_S).until(lambda driver: driver.execute_script(script))

    def js(self, script: str, *given: Any) -> Any:
        return self.driver.execute_script(script, *given)

    def click(self, selector: str) -> None:
        self.js("document.querySelector(arguments[0]).click()", selector)

    def texts(self, selector: str) -> list[str]:
        return list(self.js("return [...document.querySelectorAll(arguments[0])].map(n => n.innerText)", selector))

    def text(self, selector: str = "body") -> str:
        return str(self.js("return document.querySelector(arguments[0]).innerText", selector))

    def choose(self, selector: str, value: str) -> None:
        self.js(CHOOSE, selector, value)

    def size(self, width: int, height: int = 900) -> None:
        facts = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", facts)

    def system_theme(self, theme: str) -> None:
        features = [{"name": "prefers-color-scheme", "value": theme}]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})

    def complaints(self) -> list[str]:
        """Return what the console said since the last time."""
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def asked_for(self) -> list[str]:
        """Return the addresses that pages asked for since the last time."""
        found = []
        for entry in self.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                found.append(message["params"]["request"]["url"])
        return found

    def charts_are_drawn(self) -> int:
        """Wait until every chart is drawn, each brought into view; return how many there are."""
        self.until(UNDRAWN)
        return int(self.js("return document.querySelectorAll('.chart canvas').length"))


@contextmanager
def browser(site: Path, profile: Path) -> Iterator[Browser]:
    """Start a browser with an empty profile. Skips the test where there is none, with the reason."""
    pytest.importorskip("selenium", reason="selenium is not here (extra browser)")
    if CHROMIUM is None or DRIVER is None:
        pytest.skip("chromium and chromedriver are not here")
    from selenium import webdriver
    from selenium.webdriver.chrome.options import Options
    from selenium.webdriver.chrome.service import Service

    options = Options()
    options.binary_location = CHROMIUM
    for flag in (*FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(DRIVER))
    try:
        driver.set_script_timeout(PATIENCE_S)
        yield Browser(driver, site)
    finally:
        driver.quit()


def axe_script() -> str:
    """Return the source of axe-core. Skips the test where the package that carries it is not here."""
    found = importlib.util.find_spec("axe_playwright_python")
    if found is None or not found.submodule_search_locations:
        pytest.skip("axe is not here (extra browser)")
    return (Path(found.submodule_search_locations[0]) / "axe.min.js").read_text(encoding="utf-8")
