"""What ``dlkit data`` prints: 80 columns for a person who is about to train on the data."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from dlkit.data.profile.findings import (
    Column,
    Dates,
    Finding,
    Names,
    Numbers,
    Profile,
    Values,
    Words,
)

WIDTH = 80

MOST_COLUMNS = 40
"""Columns that are listed; the others are counted."""

MOST_CLASSES = 20
MOST_FINDINGS = 30

NAME_LENGTH = 20
LEAST_WIDTH = 24
ROUNDING = 1e-6
TOGETHER = "\N{NO-BREAK SPACE}"

HEADER = ("column", "kind", "missing", "distinct")


def format_profile(
    opening: Sequence[str], profile: Profile, pictures: Sequence[Path], unit: str = "rows"
) -> str:
    """Lay out what data is, what looks wrong with it, and where its pictures are.

    Args:
        opening: Lines that say which data it is.
        profile: What was found.
        pictures: Files that were written.
        unit: What examples are called: ``rows``, ``pictures``.
    """
    lines = [*opening, *_sampling(profile, unit), "", *_table(profile.columns)]
    if profile.classes:
        lines += ["", *_hanging("classes", _classes(profile))]
    lines += ["", *_findings(profile.findings), ""]
    if pictures:
        head = ["pictures", *[""] * (len(pictures) - 1)]
        lines += [f"{word:<10}{path}" for word, path in zip(head, pictures, strict=True)]
    return "\n".join(lines)


def _hanging(head: str, text: str) -> list[str]:
    """Wrap a text beside a head."""
    return _wrapped(text, WIDTH, f"{head:<10}", " " * 10)


def _wrapped(text: str, width: int, first: str = "", then: str = "") -> list[str]:
    """Wrap a text at its plain spaces; those that do not break become plain ones."""
    lines = textwrap.wrap(
        text,
        width,
        initial_indent=first,
        subsequent_indent=then,
        break_on_hyphens=False,
    )
    return [line.replace(TOGETHER, " ") for line in lines]


def _sampling(profile: Profile, unit: str) -> list[str]:
    """Say what is not of all examples."""
    if profile.sampled == profile.examples:
        return []
    sample = f"a random sample of {profile.sampled:,} of {profile.examples:,} {unit}"
    if not profile.exact:
        return _hanging("", f"All figures are of {sample}.")
    return _hanging(
        "",
        f"Missing values, ranges and means are of all {unit}; distinct values and what is"
        f" suspicious of {sample}.",
    )


def _table(columns: Sequence[Column]) -> Iterator[str]:
    """Yield the lines of the table of columns."""
    shown = [(*_cells(column), format_facts(column)) for column in _some(columns)]
    widths = [max(len(row[i]) for row in [HEADER, *shown]) for i in range(len(HEADER))]
    indent = sum(widths) + 2 * len(widths)
    yield from _row((*HEADER, "what is in it"), widths, indent)
    for row in shown:
        yield from _row(row, widths, indent)
    if len(columns) > MOST_COLUMNS:
        yield f"... and {len(columns) - MOST_COLUMNS:,} columns more"


def _some(columns: Sequence[Column]) -> list[Column]:
    """Return the columns that are listed: what is learned among them."""
    if len(columns) <= MOST_COLUMNS:
        return list(columns)
    targets = [column for column in columns if column.kind == "target"][: MOST_COLUMNS // 2]
    others = [column for column in columns if column.kind != "target"]
    return [*others[: MOST_COLUMNS - len(targets)], *targets]


def _row(cells: Sequence[str], widths: Sequence[int], indent: int) -> list[str]:
    """Lay out one column of the data; what is in it may take several lines."""
    name, kind, missing, distinct, what = cells
    start = (
        f"{name:<{widths[0]}}  {kind:<{widths[1]}}  {missing:>{widths[2]}}"
        f"  {distinct:>{widths[3]}}  "
    )
    room = max(LEAST_WIDTH, WIDTH - indent)
    first, *more = _wrapped(what, room) or [""]
    return [f"{start}{first}".rstrip(), *(f"{'':<{indent}}{line}" for line in more)]


def _cells(column: Column) -> tuple[str, str, str, str]:
    """Return name, kind, missing and distinct as they are shown."""
    name = " ".join(column.name.split()) or "(unnamed)"
    name = name if len(name) <= NAME_LENGTH else f"{name[: NAME_LENGTH - 1]}…"
    missing = "" if column.missing is None else f"{column.missing:,}"
    if column.missing and column.examples:
        missing += f" ({format_share(column.missing / column.examples)})"
    distinct = "" if column.distinct is None else f"{column.distinct:,}"
    return name, column.kind, missing, distinct


def format_share(share: float) -> str:
    """Write a share: ``25%``, ``0.4%``, ``<0.1%``."""
    if 0 < share < 0.0005:
        return "<0.1%"
    whole = share == 0 or 0.01 <= share <= 0.99 or share == 1
    return f"{share:.0%}" if whole else f"{share:.1%}"


def format_number(number: float) -> str:
    """Write a number as people read it: ``1,234``, ``20.3``, ``0.00012``."""
    if number == round(number) and abs(number) < 1e9:
        return f"{number:,.0f}"
    if 1000 <= abs(number) < 1e9:
        return f"{number:,.0f}"
    return f"{number:.3g}" if abs(number) < 100 else f"{number:.4g}"


def format_facts(column: Column) -> str:
    """Say what stands in a column."""
    facts = column.facts
    if isinstance(facts, Numbers):
        return _numbers(facts)
    if isinstance(facts, Names):
        if column.distinct == column.examples - (column.missing or 0) > len(facts.top):
            return f"all different, {_short(facts.top[0][0])} for one"
        others = "" if column.distinct == len(facts.top) else ", ..."
        names = (
            _together(f"{_short(name)} {format_share(share)}") for name, share in facts.top
        )
        return ", ".join(names) + others
    if isinstance(facts, Words):
        return (
            f"{facts.least} to {facts.most} words, median {facts.median:g},"
            f" {facts.vocabulary:,} different ones"
        )
    if isinstance(facts, Dates):
        ends = (facts.first, facts.last)
        days = all(end.endswith(" 00:00:00") for end in ends)
        first, last = (end.removesuffix(" 00:00:00") if days else end for end in ends)
        return f"{first} to {last}"
    if isinstance(facts, Values):
        return f"{_shape(facts.shape, column.kind)} of {facts.dtype}, {_numbers(facts.numbers)}"
    return column.note or ("nothing" if column.missing == column.examples else "")


def _shape(shape: Sequence[int], kind: str) -> str:
    """Write the shape of an example; of pictures with a word for their colors."""
    colors = {1: "gray", 3: "rgb", 4: "rgba"}
    if kind != "pictures":
        return " x ".join(map(str, shape))
    channels = shape[2] if len(shape) == 3 else 1
    return f"{shape[0]} x {shape[1]} {colors.get(channels, '')}"


def _numbers(facts: Numbers) -> str:
    """Write a range, a mean and a spread; a mean that is 0 but for rounding is 0."""
    low, high = format_number(facts.low), format_number(facts.high)
    rounded = 0.0 if abs(facts.mean) < ROUNDING * facts.deviation else facts.mean
    mean, deviation = format_number(rounded), format_number(facts.deviation)
    return f"{low} to {high}, mean {mean}, sd {deviation}"


def _together(text: str) -> str:
    """Return a text that is not broken into lines."""
    return text.replace(" ", TOGETHER)


def _short(name: str) -> str:
    name = " ".join(name.split())
    return name if len(name) <= NAME_LENGTH else f"{name[: NAME_LENGTH - 1]}…"


def _classes(profile: Profile) -> str:
    """List the classes with their examples and shares, in their order."""
    classes: Mapping[str, int] = profile.classes
    total = profile.sampled if not profile.exact else profile.examples
    listed = list(classes.items())[:MOST_CLASSES]
    text = ", ".join(
        _together(f"{_short(name)}: {count:,} ({format_share(count / max(1, total))})")
        for name, count in listed
    )
    rest = list(classes.values())[MOST_CLASSES:]
    if rest:
        text += f", and {len(rest)} more of {min(rest):,} to {max(rest):,}"
    return text


def _findings(findings: Sequence[Finding]) -> Iterator[str]:
    """Yield what looks wrong."""
    if not findings:
        yield "suspicious  nothing"
        return
    yield "suspicious"
    for finding in findings[:MOST_FINDINGS]:
        place = f"{_short(finding.place)}: " if finding.place else ""
        stop = "" if finding.message.endswith("?") else "."
        yield from _wrapped(f"{place}{finding.message}{stop}", WIDTH, "  ", "    ")
        yield from _wrapped(finding.hint, WIDTH, "    ", "    ")
    if len(findings) > MOST_FINDINGS:
        yield f"  ... and {len(findings) - MOST_FINDINGS:,} more"
