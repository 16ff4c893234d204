"""Pages of tasks, models and runs, comparisons, and what means harm, in a browser."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from affectbench.metrics.paired import mcnemar
from tests.board.browsing import Browser
from tests.board.example import EVIL, RUNS, SCRIPT, TURNED, N
from tests.flow.flows import affectbench

pytestmark = pytest.mark.timeout(600)

READY = "return document.querySelectorAll('article.sample').length > 0"


def key(browser: Browser, model: str, task: str = "colours") -> str:
    """Return the key of a model's plain run, from the table's data."""
    text = (browser.site / f"data/tables/{task}.js").read_text(encoding="ascii")
    table = json.loads(re.search(r'^board\.take\("[^"]*",(.*)\);$', text.strip())[1])  # type: ignore[index]
    rows = [row for row in table["rows"] if row["model"] == model and row["kind"] == "measured"]
    return str(max(rows, key=lambda row: row["n"])["key"])


def test_a_task_says_what_is_asked_and_draws_its_runs(browser: Browser) -> None:
    browser.go("task.html", id="colours")
    page = browser.text("main")
    assert "colours/accuracy" in page
    assert "<image:face>" in page, "the prompt as it was rendered"
    assert browser.charts_are_drawn() >= 4
    assert browser.texts("figure[data-chart=confusion] figcaption") != []
    browser.js("document.querySelector('figure[data-chart=recall] details').open = true")
    assert len(browser.texts("figure[data-chart=recall] tbody tr")) == 6
    browser.choose("#by-label", key(browser, "shy-colours"))
    browser.until("return document.querySelectorAll('figure[data-chart=confusion]').length === 1")
    assert f"run={key(browser, 'shy-colours')}" in browser.driver.current_url


def test_a_model_has_its_card_its_runs_and_its_groups(browser: Browser) -> None:
    browser.go("model.html", id="steady-colours")
    assert "7B" in browser.text(".facts")
    assert len(browser.texts("table tbody tr")) >= 2
    assert browser.charts_are_drawn() >= 1
    assert "by side" in browser.text("main")


def test_a_chart_is_drawn_again_in_other_colours(browser: Browser) -> None:
    browser.go("task.html", id="colours")
    browser.charts_are_drawn()
    ink = "const c = document.querySelector('.chart canvas'); return c.toDataURL().length && c.toDataURL()"
    light = browser.js(ink)
    browser.system_theme("dark")
    browser.until(f"return (() => {{ {ink} }})() !== {json.dumps(light)}")


def test_samples_come_page_by_page_and_chunk_by_chunk(browser: Browser) -> None:
    run = key(browser, "shy-colours")
    browser.asked_for()
    browser.go("run.html", run=run)
    browser.until(READY)
    assert browser.texts("article.sample h3")[0].startswith("s0000")
    chunks = {address.rsplit("/", 1)[1] for address in browser.asked_for() if "/samples-" in address}
    assert chunks == {"samples-0000.js"}, "no more than is looked at"
    for _ in range(10):
        page = browser.js("return Number(document.querySelector('.pages input').value)")
        browser.click("[data-go=next]")
        browser.until(f"const f = document.querySelector('.pages input'); return f && Number(f.value) === {page + 1}")
    assert browser.texts("article.sample h3")[0].startswith("s0100")
    assert "page=11" in browser.driver.current_url


def test_samples_by_status_and_by_id(browser: Browser) -> None:
    browser.go("run.html", run=key(browser, "shy-colours"))
    browser.until(READY)
    browser.click("[data-status=refused]")
    browser.until("return [...document.querySelectorAll('article .status')].every(n => n.textContent === 'refused')")
    refused = int(browser.text("[data-status=refused]").split()[-1])
    assert browser.text(".pages").startswith(f"{refused} samples")
    browser.open(browser.driver.current_url)
    browser.until(
        "const all = [...document.querySelectorAll('article .status')];"
        "return all.length && all.every(n => n.textContent === 'refused')"
    )
    browser.go("run.html", run=key(browser, "shy-colours"), sample="s0217")
    browser.until("return document.querySelectorAll('article.sample').length === 1")
    assert browser.texts("article.sample h3")[0].startswith("s0217")


def test_a_sample_shows_what_was_read_where_and_what_was_sent(browser: Browser) -> None:
    browser.go("run.html", run=key(browser, "steady-colours"), sample="s0000")
    browser.until(READY)
    said, read = browser.text("article .said"), browser.text("article mark")
    assert said == f"It is {read}."
    assert "✓ right" in browser.text("article h3") or "✗ wrong" in browser.text("article h3")
    browser.js("document.querySelectorAll('article details').forEach(d => { d.open = true; })")
    assert "<image:face>" in browser.text("article")
    assert "s0000.png" in browser.text("article")


def test_failures_are_listed_with_their_reasons(browser: Browser) -> None:
    browser.go("run.html", run=key(browser, "broken-colours"))
    browser.js("document.querySelector('.failures').open = true")
    assert browser.text(".failures summary").startswith("48 answers without a value")
    assert "the server said no" in browser.text(".failures")


def test_two_runs_are_compared_as_the_command_compares_them(browser: Browser) -> None:
    steady, close = key(browser, "steady-colours"), key(browser, "close-colours")
    runs = [next((browser.site.parent / "runs/colours").glob(f"*/{one}")) for one in (steady, close)]
    found = affectbench("compare", *runs, "--json").json
    best = found["pairs"][0]
    main = next(one for one in best["differences"] if one["metric"] == "accuracy" and one["label"] is None)
    browser.go("compare.html", task="colours", a=steady, b=close)
    browser.until("return document.body.innerText.includes('answered differently')")
    page = browser.text("main")
    assert f"{main['split']['only_first']} by the first alone" in page
    assert f"{main['p_mcnemar']:.3f}" in page
    assert "computed when this site was built" in page


def test_a_comparison_that_was_not_stored_is_computed_in_the_page(browser: Browser) -> None:
    shy, guess = key(browser, "shy-colours"), key(browser, "baseline:majority")
    browser.go("compare.html", task="colours", a=shy, b=guess)
    browser.until("return document.body.innerText.includes('answered differently')")
    page = browser.text("main")
    only = [int(re.search(rf"(\d+) by the {which} alone", page)[1]) for which in ("first", "second")]  # type: ignore[index]
    p = mcnemar(*only)
    assert ("< 0.001" if p < 0.001 else f"{p:.3f}") in page
    assert f"p of {1}" not in page
    for pair in ((9, 2), (0, 0), (5, 5), (130, 90), (1000, 900)):
        assert browser.js("return board.stats.mcnemar(arguments[0], arguments[1])", *pair) == pytest.approx(
            mcnemar(*pair), rel=1e-9
        )


def test_runs_that_do_not_compare_say_why(browser: Browser) -> None:
    run = key(browser, "steady-colours")
    browser.go("compare.html", task="colours", a=run, b=run)
    assert "one and the same run" in browser.text("main")
    part = next(
        file.parent.name
        for file in (browser.site / "data/runs").glob("*/run.js")
        if '"partial":true' in file.read_text()
    )
    browser.go("compare.html", task="colours", a=run, b=part)
    assert "different samples: 240 and 60" in browser.text("main")


@pytest.mark.parametrize(
    "address",
    [
        "run.html?run=../../x",
        "run.html?run=%2e%2e",
        "run.html",
        "task.html?id=x",
        "model.html?id=__proto__",
        "index.html?task=constructor",
        "compare.html?task=colours&a=../x&b=y",
    ],
)
def test_an_address_leads_nowhere_else(browser: Browser, address: str) -> None:
    browser.asked_for()
    browser.open(f"{browser.site.as_uri()}/{address}")
    assert browser.texts("[role=alert]") != []
    assert all(one.startswith(browser.site.as_uri()) for one in browser.asked_for() if one.startswith("file:"))


def test_what_means_harm_is_text(browser: Browser) -> None:
    run = f"run.html?run={key(browser, EVIL + TURNED, 'harm')}"
    tables = ["index.html", "index.html?task=harm", "index.html?task=colours&reported=mixed"]
    pages = [*tables, "task.html?id=harm", "model.html", run]
    for page in pages:
        browser.open(f"{browser.site.as_uri()}/{page}")
        browser.charts_are_drawn()
        browser.js("document.querySelectorAll('details').forEach(d => { d.open = true; })")
        if page.startswith("run"):
            browser.until("return document.querySelectorAll('article.sample').length === 10")
        assert browser.js("return window.harmed === undefined"), page
        assert browser.js("return document.querySelectorAll('main img, main script, header img').length") == 0, page
        assert (
            browser.js(
                "return [...document.querySelectorAll('a[href]')].filter(a => !/^(file|https?):/.test(a.href)).length"
            )
            == 0
        ), page
        assert "onerror=" in browser.js("return document.body.textContent"), page
        browser.js("document.querySelectorAll('a[href^=\"javascript\"]').forEach(a => a.click())")
    model = browser.js("return [...document.querySelectorAll('h1 a')][0].href")
    browser.open(model)
    assert "onerror=" in browser.text("h1")
    assert browser.js("return window.harmed === undefined")


def test_replies_that_mean_harm_are_shown_as_they_are(browser: Browser) -> None:
    browser.go("run.html", run=key(browser, EVIL + TURNED, "harm"))
    browser.until("return document.querySelectorAll('article.sample').length === 10")
    said = browser.texts("article .two > div:first-child .said")
    assert said[:4] == [EVIL, SCRIPT, "\"]);window.harmed='call'//", RUNS]
    assert "U+202E" in said[4]
    assert "\u202e" not in browser.js("return document.body.textContent"), "nothing turns the page round"
    assert "all 100,000 characters" in said[5]
    assert "broken \ufffd\ufffd\ufffd bytes" in said[7]
    cards = browser.texts("article")
    assert "cannot be read" in cards[8]
    assert "harmed='line'" in cards[8]
    assert "cannot be read" in cards[9] or "?" in cards[9]
    browser.click("article:nth-of-type(6) .more")
    assert len(browser.texts("article:nth-of-type(6) .said")[0]) >= 100_000
    assert browser.js("return document.documentElement.scrollWidth <= innerWidth")


def test_no_page_writes_markup_from_text() -> None:
    folder = Path(__file__).parents[2] / "leaderboard/site"
    for file in folder.glob("**/*.js"):
        text = file.read_text(encoding="utf-8")
        for word in (
            "innerHTML",
            "outerHTML",
            "insertAdjacentHTML",
            "document.write",
            "eval(",
            "new Function",
            "fetch(",
            "XMLHttpRequest",
            "http://cdn",
        ):
            assert word not in text, f"{file.name}: {word}"
    for file in folder.glob("*.html"):
        text = file.read_text(encoding="utf-8")
        assert "default-src 'none'" in text
        assert "unsafe" not in text
        assert not re.search(r"\son\w+=|style=", text), f"{file.name}: inline script or style"
    assert N % 60 == 0
