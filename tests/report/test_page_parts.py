"""Parts of a page: where its links lead, what is marked, what stands out, what is readable."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path

import pytest

from dlkit.config.catalogue import PluginFile
from dlkit.reading.finding import Finding
from dlkit.report.command import repeating_line
from dlkit.report.page import HEADINGS, Page, Picture, render_page
from dlkit.report.run_folder import RunFolder

PLAIN = Page(
    title="net",
    run="net/1",
    verdict="Test accuracy 0.9.",
    notice=None,
    numbers=(),
    facts=(("seed", "0"),),
    command="dlkit run net.yaml",
    pictures=(),
    layers=(("layer", "type"), ("dense_0", "Dense")),
    config_text="seed: 0 # as ever\n",
    resolved_text="name: net\nseed: 0\nunits: 3\n",
    environment=(("python", "3.11"),),
    data=(("source", "iris"),),
)


class Texts(HTMLParser):
    """Keeps the text of each element, and the headings with their anchors."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[tuple[str, dict[str, str | None]]] = []
        self.found: list[tuple[str, dict[str, str | None], str]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag != "meta":
            self.open.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        self.open.pop()

    def handle_data(self, data: str) -> None:
        if self.open:
            self.found.append((*self.open[-1], data))

    def all(self, tag: str) -> list[str]:
        return [text for found, _, text in self.found if found == tag]


def test_links_lead_to_the_parts_that_are_there() -> None:
    texts = Texts(render_page(PLAIN))
    headings = {f"#{at['id']}": text for tag, at, text in texts.found if tag == "h2"}
    links = {at["href"]: text for tag, at, text in texts.found if tag == "a"}
    assert links == headings
    assert [*links] == ["#run", "#model", "#data", "#configuration", "#environment"]
    assert set(links.values()) <= set(HEADINGS.values())


def test_two_parts_need_no_links() -> None:
    short = replace(PLAIN, layers=(), data=(), environment=())
    assert "<nav" in render_page(PLAIN)
    assert "<nav" not in render_page(short)


def test_tables_stand_with_the_pictures_of_their_question() -> None:
    picture = Picture("graph", "<svg></svg>", "A graph", section="model")
    html = render_page(replace(PLAIN, pictures=(picture,)))
    assert html.count("What is it?</h2>") == 1
    assert html.index("What is it?</h2>") < html.index("A graph") < html.index("dense_0")
    assert html.index("dense_0") < html.index("What did it see?</h2>") < html.index("iris")


def test_lines_that_differ_are_marked() -> None:
    texts = Texts(render_page(replace(PLAIN, changed=frozenset({1, 3}))))
    assert texts.all("mark") == ["name: net\n", "units: 3\n"]
    assert "".join(text for tag, _, text in texts.found if tag in {"code", "mark"}).endswith(
        PLAIN.resolved_text
    )
    assert any("marked lines differ from the defaults" in text for text in texts.all("h3"))


def test_nothing_is_said_of_marks_where_none_are() -> None:
    html = render_page(PLAIN)
    assert "<mark>" not in html
    assert "differ from the defaults</h3>" not in html


def test_config_that_was_never_a_file_is_shown_once() -> None:
    assert render_page(PLAIN).count("As it was written") == 1
    same = replace(PLAIN, config_text=PLAIN.resolved_text)
    assert "As it was written" not in render_page(same)


def test_findings_say_what_why_and_what_to_try() -> None:
    change = "regularization:\n  dropout: 0.3\n"
    found = (
        Finding("overfitting", "Overfitting <from> 4", "0.2, then 0.3.", change, "Less."),
        Finding("imbalance", "One class is rare", "3 of 90."),
    )
    texts = Texts(render_page(replace(PLAIN, findings=found)))
    assert texts.all("h3")[:1] == ["Repeat it"]
    assert {"Overfitting <from> 4", "One class is rare"} <= {*texts.all("h3")}
    assert {"0.2, then 0.3.", "Less.", "3 of 90."} <= {*texts.all("p")}
    assert change in texts.all("code")
    assert len(texts.all("code")) == 2 + 1 + 1


def test_nothing_stands_out_and_nobody_looked_are_two_things() -> None:
    assert "Nothing stands out." in render_page(replace(PLAIN, findings=()))
    assert "stands out" not in render_page(replace(PLAIN, findings=None))


@pytest.mark.parametrize(
    ("program", "plugins", "line"),
    [
        ("/bin/dlkit", (), "dlkit run net.yaml seed=1"),
        ("/bin/train.py", (), "dlkit run 'my runs/net/1/resolved.yaml'"),
        (
            "/x/ipykernel_launcher.py",
            (PluginFile("own.py", "", b""),),
            "dlkit run 'my runs/net/1/resolved.yaml' --plugin 'my runs/net/1/plugins/own.py'",
        ),
    ],
)
def test_run_is_repeated_by_a_command_that_works(
    monkeypatch: pytest.MonkeyPatch, program: str, plugins: tuple[PluginFile, ...], line: str
) -> None:
    monkeypatch.setattr("sys.argv", [program, "run", "net.yaml", "seed=1"])
    assert repeating_line(RunFolder(Path("my runs/net/1")), plugins) == line


HALF = Picture("half", '<svg class="half"></svg>', "a", section="trust")
WIDE = Picture("wide", '<svg class="wide"></svg>', "a", section="trust")
TABLE = Picture("table", "", "a", ("b",), (("c",),), "trust")


@pytest.mark.parametrize(
    ("pictures", "alone"),
    [
        ((HALF,), [True]),
        ((HALF, HALF), [False, False]),
        ((HALF, WIDE, HALF), [False, False, False]),
        ((HALF, HALF, TABLE, HALF), [False, False, False, True]),
        ((WIDE, HALF, TABLE), [False, True, False]),
    ],
)
def test_picture_without_a_neighbor_takes_the_whole_width(
    pictures: tuple[Picture, ...], alone: list[bool]
) -> None:
    different = tuple(replace(picture) for picture in pictures)
    html = render_page(replace(PLAIN, pictures=different))
    assert ["alone" in found for found in re.findall("<figure[^>]*>", html)] == alone
    assert 'class="beside"' not in html


def test_table_of_layers_stands_beside_the_only_picture_of_the_model() -> None:
    one = replace(HALF, section="model")
    html = render_page(replace(PLAIN, pictures=(one,)))
    _, beside = html.split('<div class="beside">')
    assert beside.index("<figure>") < beside.index("dense_0") < beside.index("</section>")
    two = render_page(replace(PLAIN, pictures=(one, one)))
    wide = render_page(replace(PLAIN, pictures=(replace(WIDE, section="model"),)))
    for html in (two, wide):
        assert 'class="beside"' not in html
        assert "dense_0" in html


def test_cells_stand_under_their_head_whatever_they_hold() -> None:
    rows = (("data", "a.csv", "1"), ("seed", "0", ""), ("rate", "0.1", "–"))  # noqa: RUF001
    picture = Picture("t", "", "t", ("setting", "run 1", "run 2"), rows)
    html = render_page(replace(PLAIN, pictures=(picture,), layers=()))
    table = html[html.index("<table>") : html.index("</table>")]
    heads, *lines = [
        ['class="number"' in cell for cell in re.findall("<t[hd][^>]*>", row)]
        for row in table.split("<tr>")[1:]
    ]
    assert heads == [False, False, True]
    assert lines == [heads] * 3


def test_pixels_of_pictures_are_never_changed_by_the_style() -> None:
    style = files("dlkit.report").joinpath("templates/report.css").read_text("utf-8")
    assert "filter:" not in style  # a brighter picture of weights loses the small ones


def colors_of(scheme: str) -> dict[str, tuple[float, ...]]:
    """Return the variables of the style sheet for light or dark, as RGB in [0, 1]."""
    style = files("dlkit.report").joinpath("templates/report.css").read_text("utf-8")
    light, dark = re.findall(r":root \{(.*?)\}", style, re.DOTALL)[:2]
    text = light + (dark if scheme == "dark" else "")
    return {
        name: tuple(int(value[i : i + 2], 16) / 255 for i in (0, 2, 4))
        for name, value in re.findall(r"--([\w-]+): #([0-9a-f]{6});", text)
    }


def contrast(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    """Return the contrast ratio of two colors by WCAG 2.2, section 1.4.3."""

    def luminance(color: tuple[float, ...]) -> float:
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in color]
        return sum(part * c for part, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_black_on_white_has_the_greatest_contrast() -> None:
    assert contrast((0, 0, 0), (1, 1, 1)) == pytest.approx(21)
    gray = (0x77 / 255,) * 3
    assert contrast(gray, (1, 1, 1)) == pytest.approx(4.48, abs=0.005)  # known to fall short


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_can_be_read_on_every_ground(scheme: str) -> None:
    colors = colors_of(scheme)
    for text, grounds in {
        "ink": ("paper", "card", "notice", "mark"),
        "muted": ("paper", "card"),
        "first": ("paper", "card"),
    }.items():
        for ground in grounds:
            assert contrast(colors[text], colors[ground]) >= 4.5, (text, ground)
    for drawn in ("first", "second"):  # lines and points, section 1.4.11
        assert contrast(colors[drawn], colors["card"]) >= 3, drawn
    assert contrast(colors["first"], colors["mark"]) >= 3
