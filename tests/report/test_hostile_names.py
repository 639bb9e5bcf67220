"""Names that would be markup, mathematics or formulas are shown as the text they are."""

from __future__ import annotations

import csv
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import pytest

pytestmark = [
    pytest.mark.keras,
    pytest.mark.filterwarnings("ignore:When providing `inputs` as a dict"),
]

pytest.importorskip("keras")

import dlkit  # noqa: E402
from dlkit.errors import ConfigError  # noqa: E402
from dlkit.report.run_folder import RunFolder  # noqa: E402

CLASSES = (
    "<script>alert(1)</script>",
    "$x$ costs $5",
    "=cmd()|' /C calc'!A0",
    "\N{GRINNING FACE} \N{RAINBOW}",
    "שלום עולם",
    "longer" * 50,
    "</pre></code></style></title><b>",
    "two\nlines",
)
"""The long one has 300 characters."""

COLUMNS = ('"><img src=x onerror=alert(1)>', "=1+1", "{{ 7 * 7 }}")

VOID = {"meta", "img", "br", "hr", "input", "link"}


class Reader(HTMLParser):
    """Reads a page: its elements with their attributes, its texts, its drawings."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.cells: list[str] = []
        self.open: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)
        if tag in {"td", "th"}:
            self.cells.append("")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"</{tag}> closes nothing"

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] in {"td", "th"}:
            self.cells[-1] += data


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """Return a run on a table whose columns, classes and file are named to do harm."""
    place = tmp_path_factory.mktemp("hostile")
    path = place / "<b>$data$ &amp; '.csv"
    generator = np.random.default_rng(0)
    labels = np.arange(96) % len(CLASSES)
    numbers = (generator.normal(size=(96, 2)) + labels[:, None]).round(3)
    words = generator.choice(["<i>", "=2", "$y$"], 96)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow([*COLUMNS, "y"])
        for row, word, label in zip(numbers, words, labels, strict=True):
            writer.writerow([*row, word, CLASSES[label]])
    config: dict[str, Any] = {
        "name": "hostile",
        "dataset": {"source": {"csv": str(path)}, "target": "y", "test": 0.5},
        "architecture": {
            "layers": [{"Dense": {"units": len(CLASSES), "activation": "softmax"}}]
        },
        "loss": "sparse_categorical_crossentropy",
        "metrics": ["accuracy"],
        "training": {"epochs": 2},
    }
    return dlkit.run(config, output=place / "out").folder


@pytest.fixture(scope="module")
def html(folder: RunFolder) -> str:
    return folder.report.read_text("utf-8")


@pytest.fixture(scope="module")
def page(html: str) -> Reader:
    return Reader(html)


def test_page_has_no_element_that_a_name_made(page: Reader) -> None:
    names = {name for name, _ in page.elements}
    assert not names & {"script", "img", "b", "i", "iframe", "object", "link", "base"}
    assert page.open == []
    for _, attributes in page.elements:
        assert not any(name.startswith("on") for name in attributes)


@pytest.mark.parametrize("name", CLASSES)
def test_class_is_shown_whole_in_the_tables(page: Reader, name: str) -> None:
    known = {" ".join(cell.split()) for cell in page.cells}
    assert " ".join(name.split()) in known


@pytest.mark.parametrize("name", COLUMNS)
def test_column_is_shown_as_it_is(page: Reader, html: str, name: str) -> None:
    escaped = name.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert escaped.replace('"', "&#34;") in html
    assert not any(name in value for tag, at in page.elements for value in at.values()
                   if tag not in {"div", "pre", "svg"})  # fmt: skip


def test_drawings_hold_names_as_text(html: str) -> None:
    drawings = re.findall(r"<svg .*?</svg>", html, re.DOTALL)
    assert len(drawings) >= 4
    text = ""
    for drawing in drawings:
        root = ET.fromstring(drawing)  # noqa: S314  # our own
        tags = {element.tag.rpartition("}")[2] for element in root.iter()}
        assert tags <= {
            *("svg", "g", "path", "text", "tspan", "use", "defs", "clipPath", "rect", "image"),
            *("style", "metadata", "title"),
        }
        text += " ".join(root.itertext())
    assert "$x$ costs $5" in text
    assert "=cmd()" in text
    assert "<script>" in text
    assert "longer" * 50 not in text


def test_answers_hold_no_formula(folder: RunFolder) -> None:
    with folder.predictions.open(newline="", encoding="utf-8") as file:
        head, *rows = csv.reader(file)
    assert len(rows) == 48
    cells = [cell for row in (head, *rows) for cell in row]
    assert not [cell for cell in cells if cell[:1] in {"=", "+", "@"}]
    told = {row[head.index("true")] for row in rows}
    assert told == {f"'{name}" if name.startswith("=") else name for name in CLASSES}


def test_files_of_pictures_have_harmless_names(folder: RunFolder) -> None:
    pictures = [*folder.plots.iterdir()]
    assert len(pictures) >= 4
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+\.png", path.name) for path in pictures)


def test_facts_keep_the_names(folder: RunFolder) -> None:
    facts = json.loads(folder.metrics.read_text("utf-8"))
    assert facts["dataset"] == "<b>$data$ &amp; '.csv"


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", "../up", "$x$", "a\nb", "=cmd()"]
)
def test_experiment_cannot_have_such_a_name(tmp_path: Path, name: str) -> None:
    config = {
        "name": name,
        "dataset": {"source": "iris"},
        "architecture": {"layers": [{"Dense": {"units": 3, "activation": "softmax"}}]},
        "loss": "sparse_categorical_crossentropy",
    }
    with pytest.raises(ConfigError, match="name"):
        dlkit.run(config, output=tmp_path)
    assert list(tmp_path.iterdir()) == []
