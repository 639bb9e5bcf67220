"""The commands ``list`` and ``compare`` from outside, and the page that one of them leaves."""

from __future__ import annotations

import csv
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest
from compared_folders import lay_run

import dlkit
from dlkit.cli import main
from dlkit.report.figures.comparison import (
    LOOKS,
    GroupCurve,
    GroupScore,
    draw_curves_together,
    draw_group_scores,
)
from dlkit.report.figures.style import to_svg

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "$x$ \\frac{1}{2} {{ 7 * 7 }}",
    "=cmd()",
    "\N{GRINNING FACE} שלום 中文",
    "_underscored",
    "n" * 300,
]


def leave(*words: str) -> int:
    """Run a command and return its exit code."""
    try:
        main(words)
    except SystemExit as leaving:
        return int(leaving.code or 0)
    return 0


class Reader(HTMLParser):
    """Collects elements, links and texts of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str]] = []
        self.links: list[str] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        self.links += [value or "" for name, value in attrs if (tag, name) == ("a", "href")]

    def handle_data(self, data: str) -> None:
        self.text += data


def test_compare_prints_and_leaves_a_page_and_a_table(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for number, units in enumerate((8, 4), start=1):
        lay_run(tmp_path / "my runs", f"a/{number}", number / 4, units=units)
    output, table = tmp_path / "my runs", tmp_path / "table.csv"
    assert leave("compare", "a", "--output", str(output), "--csv", str(table)) == 0
    told = capsys.readouterr().out
    page = output / "compare.html"
    assert told.splitlines()[0] == "compared  a: 2 runs"
    assert told.splitlines()[-2:] == [f"table     {table}", f"page      {page}"]
    with table.open(newline="") as file:
        assert [row["run"] for row in csv.DictReader(file)] == ["a/1", "a/2"]
    read = Reader(page.read_text("utf-8"))
    assert read.links == ["a/1/report.html", "a/2/report.html"]
    assert "architecture.layers[0].Dense.units" in read.text
    assert "0.5000" in read.text


def test_page_links_runs_from_where_it_lies(tmp_path: Path) -> None:
    for number in (1, 2):
        lay_run(tmp_path / "my runs#", f"a/{number}", 0.5, units=number)
    (tmp_path / "pages").mkdir()
    page = tmp_path / "pages" / "x.html"
    dlkit.compare("a", output=tmp_path / "my runs#", page=page)
    assert Reader(page.read_text("utf-8")).links[0] == "../my%20runs%23/a/1/report.html"


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_names_are_text_everywhere(tmp_path: Path, text: str) -> None:
    quoted = "'" + text.replace("'", "''") + "'"
    for number in (1, 2):
        facts = {"dataset": text}
        lay_run(tmp_path, f"a/{number}", 0.5, seed=number, facts=facts, metric=text)
    lay_run(tmp_path, "a/3", 0.25, units=quoted, facts={"dataset": text}, metric=text)
    plain = lay_run(tmp_path, "b/1", 0.25, facts={"dataset": "x"})
    page, table = tmp_path / "page.html", tmp_path / "table.csv"
    dlkit.compare("a", output=tmp_path, page=page, csv=table)
    read, other = Reader(page.read_text("utf-8")), tmp_path / "plain.html"
    dlkit.compare("a/1", str(plain), output=tmp_path, page=other)
    allowed = Reader(other.read_text("utf-8")).tags | {"ul", "li", "div"}
    assert read.tags <= allowed
    assert not any(name.startswith("on") for name, _ in read.attributes)
    assert not {"script", "img"} & read.tags
    assert text in read.text
    with table.open(newline="", encoding="utf-8") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    assert not any(cell.startswith(("=", "@")) for cell in cells)
    assert any(cell in (text, f"'{text}") for cell in cells)


def test_page_loads_nothing_and_says_so(tmp_path: Path) -> None:
    for number in (1, 2):
        lay_run(tmp_path, f"a/{number}", 0.5, units=number)
    page = tmp_path / "page.html"
    dlkit.compare("a", output=tmp_path, page=page)
    html = page.read_text("utf-8")
    assert "default-src 'none'" in html
    names = {"src", "srcset", "action"}
    assert not [name for name, _ in Reader(html).attributes if name in names]
    outside = re.findall(r"""(?:href|url)\s*[=(]\s*["']?(?!#|a/)([^"')>]+)""", html)
    assert not outside


@pytest.mark.parametrize(
    ("words", "code", "text"),
    [
        (("compare", "gone"), 2, "there is no run 'gone'"),
        (("compare", "a/1"), 2, "expected two finished runs or more to compare"),
        (("compare",), 2, "Missing argument 'RUN...'"),
        (("compare", "a", "--out", "gone/x.html"), 5, "gone/x.html: cannot be written"),
        (("compare", "a", "--csv", "gone/x.csv"), 5, "gone/x.csv: cannot be written"),
        (("list", "--sort", "acuracy"), 2, "Did you mean 'test_accuracy'?"),
        (("list", "aa"), 2, "there are no runs of 'aa' in out. Did you mean 'a'?"),
        (("list", "--csv", "gone/x.csv"), 5, "gone/x.csv: cannot be written"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_mistakes_are_one_line_and_have_a_code(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: tuple[str, ...],
    code: int,
    text: str,
) -> None:
    for number in (1, 2):
        lay_run(tmp_path / "out", f"a/{number}", 0.5, units=number)
    monkeypatch.chdir(tmp_path)
    assert leave(*words, "--output", "out") == code
    told = capsys.readouterr().err
    assert text in told
    assert "Traceback" not in told


def test_list_sorts_and_writes_a_table(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for number, value in enumerate((0.25, 0.75, None), start=1):
        lay_run(tmp_path, f"a/{number}", value)
    assert leave("list", "--sort", "test_accuracy", "--output", str(tmp_path)) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["run", "a/2", "a/1", "a/3"]
    assert (
        leave("list", "--csv", "-", "--sort", "test_accuracy", "--output", str(tmp_path)) == 0
    )
    rows = list(csv.DictReader(capsys.readouterr().out.splitlines()))
    assert [row["test_accuracy"] for row in rows] == ["0.75", "0.25", ""]
    table = tmp_path / "runs.csv"
    assert leave("list", "--csv", str(table), "--output", str(tmp_path)) == 0
    assert capsys.readouterr().out == f"3 runs in {table}\n"
    assert len(table.read_text().splitlines()) == 4


def test_comparing_needs_no_tensorflow(tmp_path: Path) -> None:
    for number in (1, 2):
        lay_run(tmp_path, f"a/{number}", 0.5, units=number)
    code = (
        "import sys, dlkit\n"
        f"dlkit.compare('a', output={str(tmp_path)!r}, page={str(tmp_path / 'x.html')!r})\n"
        "print({'tensorflow', 'keras', 'pandas', 'sklearn'} & set(sys.modules))"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert result.stdout == "set()\n", result.stderr


def test_best_groups_are_named_and_the_others_counted() -> None:
    curves = [GroupCurve(f"setting {n}", [n, n + 1.0]) for n in range(12)]
    svg = to_svg(draw_curves_together([("val_loss", curves)], list(range(len(LOOKS)))))
    assert [n for n in range(12) if f">setting {n}<" in svg] == list(range(8))
    assert ">4 others<" in svg


@pytest.mark.parametrize("values", [[], [float("nan")], [1e200, 2.0], [0.5]], ids=str)
def test_figures_take_what_cannot_be_drawn(values: list[float]) -> None:
    curves = [GroupCurve("a", values, values), GroupCurve("b", [1.0, 2.0])]
    to_svg(draw_curves_together([("loss", curves), ("accuracy", curves)], [0, 1]))
    mean = values[0] if values else float("nan")
    svg = to_svg(draw_group_scores("loss", [GroupScore("a", values, mean, 0)]))
    if values != [0.5] and len(values) < 2:
        assert "no finite value" in svg


@pytest.mark.parametrize("text", HOSTILE)
def test_labels_are_drawn_as_text(text: str) -> None:
    curve = to_svg(draw_curves_together([(text, [GroupCurve(text, [1.0, 2.0])])], [0]))
    score = to_svg(draw_group_scores(text, [GroupScore(text, [0.5, 0.6], 0.55, 0)]))
    read = Reader(curve + score)
    assert not {"script", "img"} & read.tags
    assert text[:20] in read.text
