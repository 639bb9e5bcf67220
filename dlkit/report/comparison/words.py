"""What a comparison says: its sentences, and its tables as the terminal shows them."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterator, Sequence

from dlkit.report.comparison.comparison import Comparison
from dlkit.report.comparison.groups import Spread
from dlkit.report.comparison.noise import CONFIDENCE, Noise
from dlkit.report.comparison.settings import short_paths
from dlkit.report.tables import cut_end, cut_start, fitted, format_table, one_line, table_width
from dlkit.report.terminal import format_figure

WIDTH = 80
"""Of the lines, where there is no terminal that says another."""

WIDEST_CELL = 26
WIDEST_HEAD = 38

MOST_TOLD = 8
"""Groups whose difference from the best is told in a sentence on the terminal."""

LONGEST_LABEL = 48
"""Of what tells a group from the others, in a sentence."""

Table = list[list[str]]


def format_comparison(comparison: Comparison, width: int | None = None) -> str:
    """Write a comparison for the terminal.

    Args:
        comparison: What was compared.
        width: What a line may take; None: 80.
    """
    width = width or WIDTH
    parts = [_opening(comparison, width)]
    if comparison.differences:
        tables = [setting_table(comparison), setting_table(comparison, short=True)]
        ways = [tables[0], *map(turned, tables)]
        parts += ["what differs", _fitted_table(ways, width)]
    if comparison.figures:
        told = [name for name in comparison.figures if name.startswith("test_")]
        table = figure_table(comparison, told or comparison.figures)
        parts += [_figures_head(comparison), _fitted_table([table, turned(table)], width)]
    sentences = verdicts(comparison)
    shown = sentences[: MOST_TOLD + 1]
    if len(sentences) > len(shown):
        shown.append(f"The other {len(sentences) - len(shown)} are in the page.")
    parts.append("\n".join(_wrapped(sentence, width) for sentence in shown))
    return "\n\n".join(part for part in parts if part)


def _opening(comparison: Comparison, width: int) -> str:
    lines = [_hanging("compared", headline(comparison), width)]
    lines += [_hanging("note", note, width) for note in comparison.notes]
    if comparison.left_out:
        lines.append(_hanging("left out", left_out_note(comparison), width))
    return "\n".join(lines)


def headline(comparison: Comparison) -> str:
    """Say how many runs of how many settings there are, and of which experiment."""
    runs, groups = len(comparison.runs), len(comparison.groups)
    experiments = {run.title.partition("/")[0] for run in comparison.runs}
    of = f"{one_line(experiments.pop())}: " if len(experiments) == 1 else ""
    if groups == 1:
        return f"{of}{runs} runs with the same settings"
    return f"{of}{runs} runs, {groups} settings" if groups < runs else f"{of}{runs} runs"


def left_out_note(comparison: Comparison) -> str:
    """Say which runs are not over."""
    titles = comparison.left_out
    rest = f" and {len(titles) - 8} more" if len(titles) > 8 else ""
    return f"{', '.join(titles[:8])}{rest}: not finished."


def _figures_head(comparison: Comparison) -> str:
    spreads = [g.spread(comparison.figures[0]) for g in comparison.groups]
    over = {spread.over for spread in spreads if spread.count > 1}
    if not over:
        return "figures"
    return f"figures, mean ± standard deviation over {' or '.join(sorted(over))}"


def setting_table(comparison: Comparison, *, short: bool = False) -> Table:
    """Return what differs: a row a setting, the head first.

    Args:
        comparison: What was compared.
        short: Whether settings are called by the ends of their paths alone.
    """
    paths = [each.path for each in comparison.differences]
    heads = short_paths(paths) if short else paths
    rows = [
        [head, *each.values] for head, each in zip(heads, comparison.differences, strict=True)
    ]
    return [["setting", *(group.title for group in comparison.groups)], *rows]


def figure_table(comparison: Comparison, names: Sequence[str]) -> Table:
    """Return figures: a row a figure, the head first, the number of samples last."""
    groups = comparison.groups
    rows = [[name, *(format_spread(g.spread(name)) for g in groups)] for name in names]
    counts = [spread.count for spread in (g.spread(names[0]) for g in groups)]
    if max(counts) > 1:
        rows.append(["samples", *(_samples(group.spread(names[0])) for group in groups)])
    return [["figure", *(group.title for group in groups)], *rows]


def turned(table: Table) -> Table:
    """Return a table of groups in columns as one of groups in rows."""
    rows = _turned(table)
    return [["run", *rows[0][1:]], *rows[1:]]


def _samples(spread: Spread) -> str:
    return f"{spread.count} {spread.over if spread.count > 1 else spread.over[:-1]}"


def format_spread(spread: Spread) -> str:
    """Write a mean, with its deviation where there is one."""
    if not math.isfinite(spread.deviation):
        return format_figure(spread.mean)
    return f"{format_figure(spread.mean)} ± {format_figure(spread.deviation)}"


def verdicts(comparison: Comparison) -> list[str]:
    """Say which group is best, and of each other whether that is noise."""
    if comparison.main is None or comparison.best is None:
        return _lone_verdict(comparison)
    best, main = comparison.best, comparison.main
    figure = format_spread(comparison.groups[best].spread(main))
    lines = [f"Best {main}: {figure}, {_called(comparison, best)}."]
    lines += _unknowns(comparison)
    lines += [
        _sentence(comparison, index, noise)
        for index, noise in comparison.noises.items()
        if noise.judgement != "unknown"
    ]
    return lines


def _lone_verdict(comparison: Comparison) -> list[str]:
    if comparison.main is None or len(comparison.groups) > 1:
        return []
    spread = comparison.groups[0].spread(comparison.main)
    if spread.count < 2 or spread.over != "seeds":
        return ["Nothing differs in these runs."]
    return [
        (
            f"Nothing but the seed differs: {comparison.main} {format_spread(spread)} over"
            f" {spread.count} seeds."
        )
    ]


def _unknowns(comparison: Comparison) -> Iterator[str]:
    """Say what nobody can tell, and what would tell it; one sentence for all such groups."""
    reasons: dict[str, list[str]] = {}
    for index, noise in comparison.noises.items():
        if noise.judgement == "unknown":
            title = one_line(comparison.groups[index].title)
            reasons.setdefault(noise.reason, []).append(title)
    for reason, titles in reasons.items():
        rest = f" and {len(titles) - 4} more" if len(titles) > 4 else ""
        hint = " `repeat: 5` in both would tell." if "one seed" in reason else ""
        yield f"Against {'; '.join(titles[:4])}{rest}: {reason[0].lower()}{reason[1:]}{hint}"


def _sentence(comparison: Comparison, index: int, noise: Noise) -> str:
    """Say how far a group is from the best one, and whether that is noise."""
    interval = noise.interval
    if interval is None:
        return noise.reason
    size, low, high = interval.difference, interval.low, interval.high
    if size < 0:
        size, low, high = -size, -high, -low
    word = "below" if comparison.rising else "above"
    range_ = f"{format_figure(low)} to {format_figure(high)}"
    meaning = {
        "larger": f"more than the noise of {noise.basis}",
        "within": f"no more than the noise of {noise.basis}",
    }[noise.judgement]
    title = _called(comparison, index)
    interval_words = f"{confidence_word(comparison)} {range_}"
    return f"{title} is {format_figure(size)} {word} ({interval_words}): {meaning}."


def _called(comparison: Comparison, index: int) -> str:
    """Name a group by its runs and, where that is short, by what it differs in."""
    title, label = one_line(comparison.groups[index].title), one_line(comparison.labels[index])
    if label.startswith(title) or len(label) > LONGEST_LABEL:
        return title
    return f"{title} ({label})"


def confidence_word(comparison: Comparison) -> str:
    """Name the interval."""
    joint = comparison.confidence > CONFIDENCE
    return f"{CONFIDENCE:.0%} {'joint ' if joint else ''}interval"


def _wrapped(text: str, width: int) -> str:
    return textwrap.fill(text, width, break_on_hyphens=False)


def _hanging(head: str, text: str, width: int) -> str:
    return textwrap.fill(
        one_line(text),
        width,
        initial_indent=f"{head:<10}",
        subsequent_indent=" " * 10,
        break_on_hyphens=False,
    )


def _fitted_table(ways: Sequence[Table], width: int) -> str:
    """Write a table in the first of some ways that needs the fewest blocks."""
    least = min((_blocks(_cut(way), width) for way in ways), key=len)
    return "\n\n".join(format_table(block[0], block[1:]) for block in least)


def _cut(table: Table) -> Table:
    """Return a table whose cells are of a bearable width."""
    return [
        [
            fitted(
                one_line(cell),
                *((WIDEST_CELL, cut_end) if row and column else (WIDEST_HEAD, cut_start)),
            )
            for column, cell in enumerate(cells)
        ]
        for row, cells in enumerate(table)
    ]


def _turned(table: Table) -> Table:
    """Return a table with rows and columns exchanged."""
    return [list(column) for column in zip(*table, strict=True)]


def _blocks(table: Table, width: int) -> list[Table]:
    """Split a table into blocks of columns that fit, each behind the first column."""
    columns = _turned(table)
    blocks: list[list[list[str]]] = []
    for column in columns[1:]:
        block = [*(blocks[-1] if blocks else columns[:1]), column]
        if blocks and table_width(_turned(block)) > width:
            blocks.append([columns[0], column])
        elif blocks:
            blocks[-1] = block
        else:
            blocks.append(block)
    return [_turned(block) for block in blocks]
