"""One run as one HTML page that opens anywhere: no network, no script, no second file.

The page shows plain values and computes none, so it can be drawn again from what a run
folder holds. Every text is escaped; only the pictures are markup, and those we draw.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from dlkit.reading.finding import Finding
from dlkit.report.sections import SECTIONS, Section

_NUMBER = re.compile(r"[-+−]?[\d.,]+(e[-+]?\d+)?\s?%?|–|nan|[-+]?inf", re.IGNORECASE)  # noqa: RUF001
"""A cell that is set like a number: digits under digits."""

HEADINGS = {
    "run": "The run",
    "folds": "The folds",
    "reading": "What stands out",
    **{str(name): heading for name, heading in SECTIONS.items()},
    "configuration": "Configuration",
    "environment": "Environment",
}
"""What each part of a page is headed, in their order; their names are its anchors."""


@dataclass(frozen=True)
class Picture:
    """A figure and the numbers it was drawn from, or only a table.

    Attributes:
        title: A caption that says what is to be seen.
        svg: An ``<svg>`` element of ours, the only text that is not escaped; empty where
            the table is all there is.
        alt: What the figure shows, for people who do not see it.
        columns: Heads of the table behind it; empty for no table.
        rows: Its rows, each as long as ``columns``.
        section: Which question of the page it answers.
    """

    title: str
    svg: str
    alt: str
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    section: Section = "answers"

    @property
    def is_half(self) -> bool:
        """Whether it leaves room for another one beside it."""
        return bool(self.svg) and not self.svg.startswith('<svg class="wide"')


@dataclass(frozen=True)
class Page:
    """What a page says, in the order it says it. Empty parts are left out.

    Attributes:
        title: The experiment's name.
        run: Which run it is, e.g. ``mnist_mlp / 3``.
        verdict: How it went, in one sentence.
        notice: What must be known before any number is believed, or None.
        numbers: The few figures that matter, as label and value.
        facts: Data, device, time, seed, ..., as label and value.
        command: How to repeat the run.
        pictures: The figures.
        layers: The table of layers; its first row is the head.
        config_text: The config as given.
        resolved_text: The config with everything filled in.
        changed: The numbers (from 1) of its lines that differ from the defaults.
        environment: Versions and settings, as name and value.
        data: What the data is, as label and value.
        notes: What was found in the data and chosen by rule, a line each.
        folds: The table of folds, or of seeds; its first row is the head.
        links: For each row of ``folds`` a page beside this one, or "".
        findings: What stands out, the most telling first; None: nobody looked.
        members: What the rows of ``folds`` are.
    """

    title: str
    run: str
    verdict: str
    notice: str | None
    numbers: tuple[tuple[str, str], ...]
    facts: tuple[tuple[str, str], ...]
    command: str
    pictures: tuple[Picture, ...]
    layers: tuple[tuple[str, ...], ...]
    config_text: str
    resolved_text: str
    environment: tuple[tuple[str, str], ...]
    data: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    folds: tuple[tuple[str, ...], ...] = ()
    links: tuple[str, ...] = ()
    findings: tuple[Finding, ...] | None = None
    changed: frozenset[int] = frozenset()
    members: str = "folds"

    @property
    def galleries(self) -> dict[Section, tuple[Picture, ...]]:
        """The pictures that answer each question; a table may, where no picture does."""
        return {
            name: pictures
            for name in SECTIONS
            if (pictures := tuple(p for p in self.pictures if p.section == name))
            or self._beside(name)
        }

    @property
    def contents(self) -> dict[str, str]:
        """The parts that the page has: anchor and heading, in their order."""
        there = {
            "run": bool(self.facts or self.command),
            "folds": bool(self.folds),
            "reading": self.findings is not None,
            "configuration": bool(self.config_text or self.resolved_text),
            "environment": bool(self.environment),
        }
        there |= {str(name): True for name in self.galleries}
        headings = {**HEADINGS, "folds": f"The {self.members}"}
        return {name: heading for name, heading in headings.items() if there.get(name)}

    def _beside(self, section: Section) -> bool:
        """Tell whether a section says something beside its pictures."""
        if section == "model":
            return bool(self.layers)
        return section == "data" and bool(self.data or self.notes)


def render_page(page: Page) -> str:
    """Write a page as HTML that can be encoded as UTF-8, whatever a file name held."""
    return render("report.html", page=page)


def render(template: str, **values: Any) -> str:
    """Fill in a template of ours; all values are escaped but those it calls safe."""
    html = _environment().get_template(template).render(**values)
    return html.encode("utf-8", "replace").decode("utf-8")


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("dlkit.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.tests["numeric_column"] = _is_column_of_numbers
    return environment


def _is_number(cell: str) -> bool:
    return _NUMBER.fullmatch(cell) is not None


def _is_column_of_numbers(index: int, rows: Sequence[Sequence[str]]) -> bool:
    """Tell whether a column of a table holds numbers, empty cells aside."""
    cells = [row[index] for row in rows if row[index]]
    return bool(cells) and all(_is_number(cell) for cell in cells)
