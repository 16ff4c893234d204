"""The pages in a browser, opened from files: tables that sort and filter, links that keep what was seen."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import pytest

from tests.board.browsing import Browser, axe_script
from tests.flow.flows import affectbench, arguments, colours

pytestmark = pytest.mark.timeout(600)

RANKED = "[data-part=ranked] tbody tr"
PHONE = 360


def models(browser: Browser, part: str = "ranked") -> list[str]:
    return [text.split("\n")[0].split(" ")[0] for text in browser.texts(f"[data-part={part}] tbody tr > th")]


def addresses(browser: Browser) -> dict[str, str]:
    """Return one address of every kind of page."""
    browser.go("index.html", task="colours")
    keys = browser.js(
        "const links = [...document.querySelectorAll('[data-part=ranked] td a')].map(a => a.href);"
        "return links.filter(link => link.includes('run='))"
    )
    runs = [re.search("run=([^&]+)", address)[1] for address in keys]  # type: ignore[index]
    site = browser.site.as_uri()
    return {
        "all tables": f"{site}/index.html",
        "table": f"{site}/index.html?task=colours",
        "table with all rows": f"{site}/index.html?task=colours&reported=mixed",
        "suite": f"{site}/index.html?suite=demo",
        "harmful table": f"{site}/index.html?task=harm",
        "task": f"{site}/task.html?id=colours",
        "harmful task": f"{site}/task.html?id=harm",
        "models": f"{site}/model.html",
        "model": f"{site}/model.html?id=steady-colours",
        "run": f"{site}/run.html?run={runs[0]}",
        "compare": f"{site}/compare.html?task=colours&a={runs[0]}&b={runs[1]}",
        "nothing": f"{site}/task.html?id=nothing",
    }


def test_a_table_ranks_what_compares_and_says_why_the_rest_does_not(browser: Browser) -> None:
    browser.go("index.html", task="colours")
    assert models(browser)[:3] == ["steady-colours", "close-colours", "shy-colours"]
    ranks = browser.texts(f"{RANKED} > td:first-child")
    assert ranks == ["1–2", "1–2", "3", "", ""], "two whose intervals overlap share their places, guesses have none"
    apart = browser.text("[data-part=apart]")
    assert "errors in 20.0% of the answers" in apart
    assert "trained on colours" in apart
    assert "a part of the samples alone (60)" in apart
    assert models(browser, "reported")[:2] == ["steady", "PrintedNet"]
    assert "chance 16.7" in browser.text(".lines")


def test_a_bar_spans_its_interval_and_holds_its_dot(browser: Browser) -> None:
    browser.go("index.html", task="colours")
    found = browser.js(
        "const b = document.querySelector('[data-part=ranked] tbody svg.bar');"
        "const ci = b.querySelector('.ci'), dot = b.querySelector('.dot'), wide = b.getAttribute('width') - 8;"
        "return ['x1', 'x2'].map(n => (ci.getAttribute(n) - 4) / wide).concat((dot.getAttribute('cx') - 4) / wide)"
    )
    cells = browser.texts(f"{RANKED}:first-child td")
    low, high = re.search(r"([\d.]+)–([\d.]+)", " ".join(cells[3:5])).groups()  # type: ignore[union-attr]
    assert found == pytest.approx([float(low) / 100, float(high) / 100, 0.85], abs=0.006)


def test_heads_sort_and_the_address_remembers(browser: Browser) -> None:
    browser.go("index.html", task="colours")
    browser.click("[data-part=ranked] [data-sort=model]")
    assert models(browser) == sorted(models(browser))
    assert "sort=model" in browser.driver.current_url
    assert browser.js("return document.activeElement.dataset.sort") == "model", "the keyboard stays where it was"
    browser.click("[data-part=ranked] [data-sort=model]")
    assert models(browser) == sorted(models(browser), reverse=True)
    assert browser.js("return document.querySelector('th[aria-sort]').getAttribute('aria-sort')") == "descending"
    browser.open(browser.driver.current_url)
    assert models(browser) == sorted(models(browser), reverse=True)


def test_what_is_missing_sorts_last_both_ways(browser: Browser) -> None:
    browser.go("index.html", task="colours")
    for _ in range(2):
        browser.click("[data-part=ranked] [data-sort=billions]")
        assert browser.texts(f"{RANKED} > td:nth-child(3)")[-2:] == ["–", "–"]


def test_filters_say_how_many_rows_they_hide_and_come_back_from_a_link(browser: Browser) -> None:
    browser.go("index.html", task="colours")
    whole = len(browser.texts("tbody tr"))
    browser.click("input[name=size][value=large]")
    assert models(browser) == ["shy-colours"]
    shown = len(browser.texts("tbody tr"))
    assert browser.text(".told").startswith(f"{whole - shown} rows of {whole} hidden by filters")
    browser.click("input[name=size][value=middle]")
    link = browser.driver.current_url
    before = browser.texts("tbody tr")
    browser.go("index.html")
    browser.open(link)
    assert browser.texts("tbody tr") == before
    assert browser.js("return [...document.querySelectorAll('input[name=size]:checked')].map(b => b.value)") == [
        "middle",
        "large",
    ]
    browser.click(".told button")
    assert len(browser.texts("tbody tr")) == whole
    assert "size=" not in browser.driver.current_url


def test_search_measured_reported_and_apart(browser: Browser) -> None:
    browser.go("index.html", task="colours", q="close")
    assert models(browser) == ["close-colours"]
    browser.go("index.html", task="colours", rows="reported")
    assert browser.texts("[data-part=apart]") == []
    assert len(browser.texts("[data-part=reported] tbody tr")) == 3
    browser.go("index.html", task="colours", apart="hide")
    assert browser.texts("[data-part=apart]") == []
    browser.go("index.html", task="colours")
    browser.choose("select[name=reported]", "mixed")
    assert browser.texts("[data-part=reported]") == []
    mixed = models(browser)
    assert mixed.index("PrintedNet") == mixed.index("shy-colours") - 1, "among the measured, by its value"
    assert "reported" in browser.texts("tr.reported")[0]
    assert "2501.00001" in browser.text("#table"), "where it was printed"
    assert "The question is open." in browser.text("#table"), "in what it differs"


def test_columns_are_chosen_and_kept(browser: Browser) -> None:
    browser.go("index.html", task="colours")
    assert "Backend" not in browser.texts("[data-part=ranked] thead th")
    browser.click(".menu input[value=backend]")
    browser.click(".menu input[value=n]")
    heads = browser.texts("[data-part=ranked] thead th")
    assert "Backend" in heads
    assert "n" not in heads
    browser.open(browser.driver.current_url)
    assert browser.texts("[data-part=ranked] thead th") == heads


def test_columns_of_a_suite_are_chosen_and_kept(browser: Browser, tmp_path: Path) -> None:
    plugin, runs = colours(tmp_path / "plugin", n=6), tmp_path / "runs"
    assert affectbench(*arguments(plugin, "baseline:majority", runs)).code == 0
    built = affectbench("board", "build", runs, "-o", tmp_path / "site", "--plugin", plugin)
    assert built.code == 0, built.err
    browser = Browser(browser.driver, tmp_path / "site")
    browser.go("index.html", suite="emobench-m-fer")
    before = browser.texts("[data-part=reported] thead th")
    browser.click(".menu input[value='task:emobench-m-ravdess-speech']")
    heads = browser.texts("[data-part=reported] thead th")
    assert len(heads) == len(before) - 1 and set(heads) < set(before)
    assert browser.js("return document.querySelector('.menu input[value=model]').disabled")
    browser.open(browser.driver.current_url)
    assert browser.texts("[data-part=reported] thead th") == heads
    browser.click(".menu button")
    assert browser.texts("[data-part=reported] thead th") == before


def test_csv_and_latex_hold_what_is_shown(browser: Browser) -> None:
    browser.go("index.html", task="colours", q="colours", apart="hide", rows="measured")
    browser.click(".export > summary")
    browser.until("return document.querySelector('.export textarea').value.length > 0")
    rows = list(csv.DictReader(io.StringIO(browser.js("return document.querySelector('.export textarea').value"))))
    assert [row["Model"] for row in rows] == models(browser)
    assert float(rows[0]["accuracy"]) == pytest.approx(0.85, abs=0.01)
    browser.choose(".export select", "tex")
    text = browser.js("return document.querySelector('.export textarea').value")
    assert "\\toprule" in text
    assert text.count("\\\\\n") == len(rows) + 1


def test_no_spreadsheet_takes_a_name_for_a_formula(browser: Browser) -> None:
    browser.go("index.html", task="colours")
    shown = browser.js(
        "return board.exporting.csv([{label: 'a', text: r => r}], ['=1+1', '@x', '+y', '-z', -1.5, 'a,\"b\"', 'c\\nd'])"
    )
    assert shown == 'a\n\'=1+1\n\'@x\n\'+y\n\'-z\n-1.5\n"a,""b"""\n"c\nd"\n'
    tex = browser.js("return board.exporting.latex([{label: 'a_b', text: r => r}], ['50 % & {x}'], 'c')")
    assert "50 \\% \\& \\{x\\}" in tex


def test_the_list_finds_tables(browser: Browser) -> None:
    browser.go("index.html")
    browser.js(
        "const f = document.querySelector('.list input'); f.value = 'one colour'; f.dispatchEvent(new Event('input'))"
    )
    assert [text.split("\n")[0] for text in browser.texts(".list li:not([hidden])")] == ["Pictures of one colour"]


def test_dark_follows_the_system_and_the_choice_is_kept(browser: Browser) -> None:
    paper = "return getComputedStyle(document.body).backgroundColor"
    browser.go("index.html", task="colours")
    light = browser.js(paper)
    browser.system_theme("dark")
    dark = browser.js(paper)
    assert (light, dark) == ("rgb(255, 255, 255)", "rgb(20, 23, 26)")
    browser.choose("#theme", "light")
    assert browser.js(paper) == light
    browser.go("model.html", id="steady-colours")
    assert browser.js(paper) == light, "the next page knows"
    browser.choose("#theme", "auto")
    browser.go("model.html", id="steady-colours", theme="dark")
    browser.system_theme("light")
    assert browser.js(paper) == dark, "a link brings its theme"
    assert "theme=dark" in browser.js("return document.querySelector('header nav a').href")


def test_no_page_is_wider_than_a_phone(browser: Browser) -> None:
    every = addresses(browser)
    browser.size(PHONE, 740)
    for name, address in every.items():
        browser.open(address)
        browser.js("document.querySelectorAll('details').forEach(d => { d.open = true; })")
        browser.charts_are_drawn()
        assert browser.js("return document.documentElement.scrollWidth") <= PHONE, name


def test_no_page_asks_another_host_for_anything(browser: Browser) -> None:
    for address in addresses(browser).values():
        browser.open(address)
        browser.charts_are_drawn()
    asked = browser.asked_for()
    assert len(asked) > 50
    assert [address for address in asked if not address.startswith((browser.site.as_uri(), "data:", "blob:"))] == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_on_any_page(browser: Browser, theme: str) -> None:
    script, every = axe_script(), addresses(browser)
    browser.system_theme(theme)
    found = {}
    for name, address in every.items():
        browser.open(address)
        browser.charts_are_drawn()
        browser.js("document.querySelectorAll('details:not(.menu)').forEach(d => { d.open = true; })")
        browser.js(script)
        done = browser.driver.execute_async_script("axe.run(document, {preload: false}).then(arguments[0])")
        found[name] = [
            f"{one['id']}: {node['html'][:160]} {node['failureSummary'][:200]}"
            for one in done["violations"]
            for node in one["nodes"][:3]
        ]
    assert {name: faults for name, faults in found.items() if faults} == {}


def test_the_first_page_is_small(browser: Browser) -> None:
    browser.go("index.html")
    sizes = browser.js("return performance.getEntriesByType('resource').map(e => e.name)")
    files = [browser.site / name.removeprefix(browser.site.as_uri() + "/").split("?")[0] for name in sizes]
    assert not any(file.name == "vega.js" for file in files)
    assert sum(file.stat().st_size for file in files if file.is_file()) < 300_000
