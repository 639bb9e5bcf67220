"""A page says what it was given, all of it and nothing as markup, and needs no network."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise

import numpy as np
import pytest

from dlkit.report.figures.classification import draw_confusion_matrix
from dlkit.report.figures.curves import draw_metric
from dlkit.report.figures.style import to_svg
from dlkit.report.page import Page, Picture, render_page

HOSTILE = [
    "$x$ costs $5",
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</pre></code></style></title><script src=http://evil.example/x.js></script>",
    "{{ 7 * 7 }} {% raw %}",
    "&lt;b&gt; &amp;amp;",
    "\N{GRINNING FACE} שלום 中文",
    "n" * 300,
]

VOID = {"meta", "link", "img", "br", "hr", "input"}

EMPTY = Page(
    title="mnist_mlp",
    run="mnist_mlp / 3",
    verdict="Test accuracy 0.9802 on mnist, 10,000 examples.",
    notice=None,
    numbers=(),
    facts=(),
    command="",
    pictures=(),
    layers=(),
    config_text="",
    resolved_text="",
    environment=(),
)


class Reader(HTMLParser):
    """Reads a page as a browser would: elements, attributes, texts."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.texts: list[tuple[str, str]] = []
        self.open: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"</{tag}> closes nothing"

    def handle_data(self, data: str) -> None:
        self.texts.append((self.open[-1] if self.open else "", data))

    def within(self, tag: str) -> list[str]:
        return [text for parent, text in self.texts if parent == tag]

    def having(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]


def make_picture(
    name: str = "accuracy", columns: tuple[str, ...] = ("epoch", "train")
) -> Picture:
    figure = draw_metric(name, [1, 2], [0.5, 0.75], None, 2)
    return Picture(
        f"{name} by epoch", to_svg(figure), f"{name} rises", columns, (("1", "0.5"),)
    )


def make_full(text: str) -> Page:
    """Build a page that holds ``text`` in every place a text can stand."""
    matrix = to_svg(draw_confusion_matrix(np.eye(2, dtype=int), [text, "other"]))
    return Page(
        title=text,
        run=text,
        verdict=text,
        notice=text,
        numbers=((text, text),),
        facts=((text, text),),
        command=text,
        pictures=(
            make_picture(text, (text, text)),
            Picture(text, matrix, text, (text, "n"), ((text, "1"),)),
        ),
        layers=((text, "type"), (text, text)),
        config_text=text,
        resolved_text=f"{text}\n",
        environment=((text, text),),
        data=((text, text),),
        notes=(text,),
        folds=((text, "n"), (text, "1"), (text, "2")),
        links=(f"fold_1/{text}",),
    )


FULL = make_full("plain")


@pytest.mark.parametrize("text", HOSTILE)
def test_texts_are_shown_as_they_are(text: str) -> None:
    reader = Reader(render_page(make_full(text)))
    for tag in ("h1", "dt", "dd", "code", "th", "td", "h3", "li", "a"):
        assert text in reader.within(tag), tag
    assert text in [attributes.get("aria-label") for attributes in reader.having("div")]
    assert reader.within("title") == [f"{text} · dlkit"]
    assert text in "".join(reader.within("p"))


@pytest.mark.parametrize("text", HOSTILE)
def test_texts_never_become_markup(text: str) -> None:
    plain, hostile = Reader(render_page(FULL)), Reader(render_page(make_full(text)))
    names = [name for name, _ in hostile.elements if name not in {"path", "use", "g", "defs"}]
    assert names == [
        name for name, _ in plain.elements if name not in {"path", "use", "g", "defs"}
    ]
    assert not {"script", "iframe", "object", "embed", "link", "img", "base"} & set(names)
    for _, attributes in hostile.elements:
        assert not any(name.startswith("on") for name in attributes)
    assert hostile.open == []


def test_page_refers_to_nothing_outside_itself() -> None:
    html = render_page(FULL)
    reader = Reader(html)
    for _, attributes in reader.elements:
        for name, value in attributes.items():
            if not name.startswith("xmlns"):
                assert "http:" not in value
                assert "https:" not in value
                assert "//" not in value or value.startswith("data:")
            if name in {"href", "xlink:href", "src"}:
                assert value.startswith(("#", "data:image/png;base64,", "fold_1/"))
    style = "".join(reader.within("style"))
    for text in ("@import", "url(", "text-anchor"):
        assert text not in style


def test_page_forbids_everything_but_its_own_style() -> None:
    metas = Reader(render_page(EMPTY)).having("meta")
    (policy,) = [m["content"] for m in metas if m.get("http-equiv")]
    allowed = {"default-src 'none'", "style-src 'unsafe-inline'", "img-src data:"}
    assert {*policy.split("; ")} == allowed | {"base-uri 'none'", "form-action 'none'"}


def test_empty_page_has_a_header_and_nothing_else() -> None:
    reader = Reader(render_page(EMPTY))
    assert reader.within("h1") == ["mnist_mlp"]
    assert EMPTY.verdict in reader.within("p")
    assert reader.having("section") == []
    assert reader.having("figure") == []
    assert not any(attributes.get("role") == "note" for attributes in reader.having("p"))


@pytest.mark.parametrize(
    "part",
    [
        *("numbers", "facts", "command", "pictures", "layers", "config_text", "resolved_text"),
        *("data", "notes", "folds"),
    ],
)
def test_page_stands_without_any_part(part: str) -> None:
    html = render_page(replace(FULL, **{part: getattr(EMPTY, part)}))
    assert Reader(html).open == []
    assert len(html) < len(render_page(FULL))


def test_notice_stands_before_any_number() -> None:
    notice = "mnist was not found; digits stand in for it."
    html = render_page(replace(FULL, notice=notice, numbers=(("accuracy", "0.98"),)))
    assert html.index(FULL.verdict) < html.index(notice) < html.index("0.98</dd>")


def test_ids_are_unique_and_every_reference_is_met() -> None:
    pictures = tuple(make_picture(name) for name in ("loss", "accuracy", "precision"))
    html = render_page(replace(FULL, pictures=pictures))
    ids = [a["id"] for _, a in Reader(html).elements if "id" in a]
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'(?:href="|url\()#([^")]+)', html)) <= set(ids)
    labels = [a["aria-labelledby"] for _, a in Reader(html).elements if "aria-labelledby" in a]
    assert set(labels) <= set(ids)


def test_headings_descend_one_level_at_a_time() -> None:
    levels = [
        int(name[1])
        for name, _ in Reader(render_page(FULL)).elements
        if re.match("h[1-6]$", name)
    ]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_every_drawing_has_a_text_and_a_caption() -> None:
    reader = Reader(render_page(FULL))
    drawings = [a["aria-label"] for a in reader.having("div") if a.get("role") == "img"]
    assert drawings == [picture.alt for picture in FULL.pictures]
    assert len(reader.having("figcaption")) == len(reader.having("figure")) == 2


def test_table_behind_a_picture_holds_its_rows() -> None:
    rows = (("1", "0.5"), ("2", "0.75"))
    picture = replace(make_picture(), columns=("epoch", "train"), rows=rows)
    reader = Reader(render_page(replace(EMPTY, pictures=(picture,))))
    assert [a["scope"] for a in reader.having("th")] == ["col", "col", "row", "row"]
    assert reader.within("th") == ["epoch", "train", "1", "2"]
    assert reader.within("td") == ["0.5", "0.75"]


def test_picture_without_a_table_has_no_details() -> None:
    page = replace(EMPTY, pictures=(replace(make_picture(), columns=(), rows=()),))
    assert Reader(render_page(page)).having("details") == []


@pytest.mark.parametrize(
    ("cell", "numeric"),
    [
        ("1,401,920", True),
        ("-0.5", True),
        ("1e-05", True),
        ("98.0 %", True),
        ("\N{EN DASH}", True),
        ("nan", True),
        ("dense_1", False),
        ("(None, 10)", False),
        ("3 cats", False),
        ("", False),
    ],
)
def test_numbers_are_set_under_each_other(cell: str, numeric: bool) -> None:
    page = replace(EMPTY, layers=(("layer", "value"), ("(columns)", ""), ("a", cell)))
    reader = Reader(render_page(page))
    for cells in (reader.having("td"), reader.having("th")):  # the head stands as they do
        assert (cells[1].get("class") == "number") is numeric


def test_folds_lead_to_their_pages_and_sums_stand_apart() -> None:
    table = (("fold", "loss"), ("fold 1", "0.5"), ("fold 2", "0.7"), ("mean", "0.6"))
    links = ("fold_1/report.html", "")
    reader = Reader(render_page(replace(EMPTY, folds=table, links=links)))
    assert [a["href"] for a in reader.having("a")] == ["fold_1/report.html"]
    assert reader.within("a") == ["fold 1"]
    assert [row.get("class") for row in reader.having("tr")] == [None, None, None, "sum"]
    assert "need the folders beside it" in "".join(reader.within("footer"))


def test_deviation_stands_under_its_figure() -> None:
    reader = Reader(render_page(replace(EMPTY, numbers=(("mae", "0.7612 ± 0.0231"),))))
    assert "".join(reader.within("dd")).strip() == "0.7612"
    assert reader.within("span") == ["± 0.0231"]


def test_config_keeps_its_lines_and_blanks() -> None:
    text = "name: a\n\n  indented:\t1   # why\n"
    assert text in Reader(render_page(replace(EMPTY, config_text=text))).within("code")


def test_page_can_be_written_whatever_a_file_name_held() -> None:
    html = render_page(replace(EMPTY, command="dlkit run caf\udce9.yaml"))
    assert "caf?.yaml" in html.encode("utf-8").decode()


def test_page_has_the_same_text_each_time() -> None:
    assert render_page(make_full("$x$")) == render_page(make_full("$x$"))


def test_page_of_five_epochs_is_light() -> None:
    names = [str(digit) for digit in range(10)]
    counts = np.random.default_rng(0).integers(0, 1200, (10, 10))
    matrix = Picture("Confusion", to_svg(draw_confusion_matrix(counts, names)), "Confusion")
    pictures = (make_picture("loss"), make_picture("accuracy"), matrix)
    assert len(render_page(replace(FULL, pictures=pictures)).encode()) < 150_000


def test_page_never_imports_matplotlib() -> None:
    program = "import sys, dlkit.report.page; assert 'matplotlib' not in sys.modules"
    subprocess.run([sys.executable, "-c", program], check=True)
