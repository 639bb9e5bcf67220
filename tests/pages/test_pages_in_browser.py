"""Pages of real runs, opened in a real browser: quiet, alone, in their frame, readable.

The pictures taken lie in the folder that ``pytest --basetemp`` names, to be looked at.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from chromium import CUT, OVERFLOWING, Browser, find_browser, running

pytestmark = [
    pytest.mark.keras,
    pytest.mark.filterwarnings("ignore:When providing `inputs` as a dict"),  # hostile columns
    pytest.mark.skipif(find_browser() is None, reason="no Chromium is installed"),
]

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "=cmd()|$x$",
    "\N{GRINNING FACE} שלום עולם",
    "n" * 300,
)

WIDTHS = (390, 1440)

PAGES = ("classes", "values", "folds", "hostile", "comparison", "index")


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return the pages of runs on small tables, and of one whose every name is hostile."""
    import dlkit

    folder = tmp_path_factory.mktemp("runs")
    generator = np.random.default_rng(0)
    numbers = generator.normal(size=(90, 2)).round(3)
    parts = np.digitize(numbers.sum(axis=1), [-1, -0.3, 0.3, 1])
    table = pd.DataFrame({"a": numbers[:, 0], "b": numbers[:, 1], "sum": numbers.sum(axis=1)})
    table["kind"] = [f"kind {part}" for part in parts]
    table.to_csv(folder / "plain.csv", index=False)
    names = [HOSTILE[part] for part in parts]
    hostile = pd.DataFrame({HOSTILE[0]: numbers[:, 0], HOSTILE[2]: numbers[:, 1], "y": names})
    hostile.to_csv(folder / "hostile.csv", index=False)

    def run(name: str, data: dict[str, Any], units: int, **sections: Any) -> Path:
        activation = "softmax" if units > 1 else "linear"
        loss = "sparse_categorical_crossentropy" if units > 1 else "mse"
        config = {
            "name": name,
            "dataset": data,
            "architecture": {"layers": [{"Dense": {"units": units, "activation": activation}}]},
            "loss": loss,
            "metrics": ["accuracy"] if units > 1 else ["mae"],
            "training": {"epochs": 2},
            **sections,
        }
        return Path(dlkit.run(config, output=folder).folder.report)

    plain = {"source": {"csv": str(folder / "plain.csv")}}
    inputs = {"features": {"a": "numeric", "b": "numeric"}}
    classes = {**plain, **inputs, "target": "kind", "validation": 0.2}
    odd = {"source": {"csv": str(folder / "hostile.csv")}, "target": "y"}
    made = {
        "classes": run("classes", classes, 5),
        "values": run("values", {**plain, **inputs, "target": "sum"}, 1),
        "folds": run("folds", {**classes, "validation": 0, "folds": 2}, 5),
        "hostile": run("hostile", odd, 5),
    }
    comparison = folder / "comparison" / "page.html"
    comparison.parent.mkdir()
    dlkit.compare(made["classes"].parent, made["hostile"].parent, page=comparison)
    return {**made, "comparison": comparison, "index": dlkit.write_index(folder)}


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    program = find_browser()
    assert program
    with running(program, tmp_path_factory.mktemp("profile")) as browser:
        yield browser


@pytest.mark.parametrize("name", PAGES)
def test_page_asks_for_nothing_and_says_nothing(
    browser: Browser, pages: dict[str, Path], name: str
) -> None:
    seen = browser.open(pages[name].as_uri())
    assert seen.requests[0] == pages[name].as_uri()
    assert seen.outside == []
    assert seen.complaints == []
    assert seen.dialogs == []


@pytest.mark.parametrize("name", PAGES)
def test_page_is_light_enough_to_be_mailed(pages: dict[str, Path], name: str) -> None:
    assert pages[name].stat().st_size < 500_000


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", PAGES)
def test_nothing_stands_out_of_the_page(
    browser: Browser, pages: dict[str, Path], name: str, width: int
) -> None:
    browser.open(pages[name].as_uri(), width)
    assert browser.evaluate("innerWidth") == width
    assert browser.evaluate(OVERFLOWING) == []
    browser.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    assert browser.evaluate(OVERFLOWING) == []


@pytest.mark.parametrize("name", PAGES)
def test_no_letter_of_a_figure_is_cut_off(
    browser: Browser, pages: dict[str, Path], name: str
) -> None:
    browser.open(pages[name].as_uri())
    assert browser.evaluate(CUT) == []


@pytest.mark.parametrize("name", PAGES)
def test_page_is_light_or_dark_as_the_reader_likes(
    browser: Browser, pages: dict[str, Path], name: str
) -> None:
    brightness = {}
    for scheme in ("light", "dark"):
        browser.open(pages[name].as_uri(), dark=scheme == "dark")
        picture = browser.picture()
        assert picture.startswith(b"\x89PNG")
        (pages[name].parent / f"{name}_{scheme}.png").write_bytes(picture)
        color = browser.evaluate("getComputedStyle(document.body).backgroundColor")
        brightness[scheme] = sum(map(int, re.findall(r"\d+", color)[:3]))
    assert brightness["dark"] < 3 * 50
    assert brightness["light"] > 3 * 200


def test_hostile_names_are_there_as_text(browser: Browser, pages: dict[str, Path]) -> None:
    browser.open(pages["hostile"].as_uri())
    assert browser.evaluate("document.scripts.length + document.images.length") == 0
    text = browser.evaluate("document.body.textContent")
    for name in HOSTILE:
        assert name in text


def test_links_of_the_page_lead_to_its_parts(browser: Browser, pages: dict[str, Path]) -> None:
    browser.open(pages["classes"].as_uri())
    links = browser.evaluate(
        "Array.from(document.querySelectorAll('nav a')).map(a => a.getAttribute('href'))"
    )
    assert {"#run", "#reading", "#learning", "#configuration", "#environment"} <= set(links)
    for link in links:
        assert browser.evaluate(f"document.querySelector('{link}').tagName") == "H2"


def test_what_the_keyboard_reaches_is_outlined(
    browser: Browser, pages: dict[str, Path]
) -> None:
    browser.open(pages["classes"].as_uri())
    for _ in range(3):
        for kind in ("keyDown", "keyUp"):
            browser.tell("Input.dispatchKeyEvent", type=kind, key="Tab", code="Tab",
                         windowsVirtualKeyCode=9)  # fmt: skip
    assert browser.evaluate("document.activeElement.tagName") == "A"
    outline = browser.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"


def test_page_can_be_printed(browser: Browser, pages: dict[str, Path]) -> None:
    browser.open(pages["classes"].as_uri(), dark=True)
    printed = browser.print()
    assert printed.startswith(b"%PDF")
    (pages["classes"].parent / "page.pdf").write_bytes(printed)
    assert 2 <= len(re.findall(rb"/Type\s*/Page\b", printed)) <= 12


BAD = """<!DOCTYPE html><html><head><title>bad</title>{policy}</head><body>
<img src="http://127.0.0.1:49999/x.png"><script>{program}</script>
<p style="width: 2000px">wide</p></body></html>"""

POLICY = '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'">'


def test_bad_page_is_seen_through(browser: Browser, tmp_path: Path) -> None:
    page = tmp_path / "bad.html"
    page.write_text(BAD.format(policy="", program="alert(7); console.log('heard'); no.such"))
    seen = browser.open(page.as_uri(), 390)
    assert seen.outside == ["http://127.0.0.1:49999/x.png"]
    assert seen.dialogs == ["7"]
    assert "heard" in seen.complaints
    assert "Uncaught" in seen.complaints
    assert any("wide" in each for each in browser.evaluate(OVERFLOWING))


def test_what_a_policy_stops_is_heard(browser: Browser, tmp_path: Path) -> None:
    page = tmp_path / "stopped.html"
    page.write_text(BAD.format(policy=POLICY, program="alert(7)"))
    seen = browser.open(page.as_uri())
    assert seen.dialogs == []
    assert sum("Content Security Policy" in each for each in seen.complaints) >= 2


def test_cut_letters_are_seen(browser: Browser, tmp_path: Path) -> None:
    page = tmp_path / "cut.html"
    drawing = '<svg width="100" height="50"><text x="80" y="20">{}</text></svg>'
    shown = [f'<div class="drawing">{drawing.format(text)}</div>' for text in ("too long", "")]
    page.write_text("".join(shown))
    browser.open(page.as_uri())
    assert browser.evaluate(CUT) == ["too long"]
