"""The table of trials as a sweep runs: a line a trial, of one width from the first to the last.

How wide a column gets is known before any trial is: from the values that a parameter may
have. So lines can be printed as trials end, and stand below each other all the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from rich.cells import cell_len

from dlkit.config.sweep.space import Parameter, Scalar, format_label, shown_names
from dlkit.report.sweep.record import SweepRecord, TrialRecord
from dlkit.report.tables import GAP, cut_end, fitted, one_line
from dlkit.report.terminal import format_figure, format_seconds

WIDEST = 24
"""Of a column of values, and of its head."""

LEAST = 8
"""Down to this a column of words is cut before the last one is left out."""

SHORTEST_HEAD = 5
"""To this the head of a column of numbers may be cut."""

REMARK = 14
"""Of a line is kept for what is said behind the figures: ``after epoch 29``."""

TIME = 9
"""``12:05 min``."""


@dataclass(frozen=True)
class Column:
    """A column of the table.

    Attributes:
        name: What it is of: a parameter, an objective.
        head: What it is called.
        width: In columns of a terminal.
        least: Down to this width it may be cut: no number is.
        is_number: Whether its cells end below each other, and not begin.
    """

    name: str
    head: str
    width: int
    least: int
    is_number: bool

    def cell(self, text: str) -> str:
        """Return a text as wide as the column."""
        text = fitted(one_line(text), self.width, cut_end)
        space = " " * (self.width - cell_len(text))
        return space + text if self.is_number else text + space


@dataclass(frozen=True)
class TrialTable:
    """The columns of a sweep's trials.

    Attributes:
        width: What a line may take.
        number: The trials' numbers.
        settings: Of the parameters, those that there is room for.
        objectives: Of what is aimed at.
    """

    width: int
    number: Column
    settings: tuple[Column, ...]
    objectives: tuple[Column, ...]

    @property
    def header(self) -> str:
        """The line of the heads."""
        columns = (self.number, *self.settings, *self.objectives, TIME_COLUMN)
        return GAP.join(column.cell(column.head) for column in columns).rstrip()

    def line(
        self,
        trial: TrialRecord,
        figures: Mapping[str, str],
        took: str,
        remark: str = "",
    ) -> str:
        """Write the line of a trial.

        Args:
            trial: The trial.
            figures: What stands below each objective.
            took: How long it took.
            remark: What is said behind; of a long one the beginning.
        """
        cells = [
            self.number.cell(str(trial.number)),
            *(each.cell(_label(trial.labels, each.name)) for each in self.settings),
            *(each.cell(figures.get(each.name, "")) for each in self.objectives),
            TIME_COLUMN.cell(took),
        ]
        line = GAP.join(cells)
        room = max(self.width - cell_len(line) - len(GAP), REMARK)
        return f"{line}{GAP}{fitted(one_line(remark), room, cut_end)}".rstrip()

    def ended(self, trial: TrialRecord, record: SweepRecord) -> str:
        """Write the line of a trial that is over.

        Args:
            trial: The trial.
            record: All of the sweep by then.
        """
        names, first = [*record.objectives], next(iter(record.objectives))
        figures: dict[str, str] = {first: trial.state}
        remark = one_line(trial.reason)
        if trial.state == "complete":
            values = map(format_objective, names, trial.values)
            figures = dict(zip(names, values, strict=True))
            remark = "best so far" if record.best == trial else ""
        elif trial.state == "pruned":
            remark = f"after {record.step} {max(trial.curve, default=0)}"
        seconds = trial.facts.get("seconds")
        took = "" if seconds is None else time_words(seconds)
        return self.line(trial, figures, took, remark)


TIME_COLUMN = Column("time", "time", TIME, TIME, is_number=True)


def trial_table(record: SweepRecord, width: int) -> TrialTable:
    """Return the columns of a sweep, as many as fit.

    Args:
        record: The sweep.
        width: What a line may take.
    """
    digits = max(5, len(str(record.wanted)))
    number = Column("trial", "trial", digits, digits, is_number=True)
    heads = shown_names(record.parameters)
    settings = [_setting(each, heads[each.name]) for each in record.parameters]
    objectives = [_column(name, name, LEAST, is_number=True) for name in record.objectives]
    gaps = len(GAP) * (3 + len(objectives))
    others = number.width + sum(each.width for each in objectives) + TIME + REMARK + gaps
    fitting = _fitting(settings, width - others)
    return TrialTable(width, number, tuple(fitting), tuple(objectives))


def _setting(parameter: Parameter, head: str) -> Column:
    labels = parameter.labels or tuple(_ends(parameter))
    numbers = all(_is_number(label) for label in labels)
    widest = max(cell_len(one_line(format_label(label))) for label in labels)
    return _column(parameter.name, head, widest, is_number=numbers)


def _ends(parameter: Parameter) -> Sequence[Scalar]:
    """Return the widest numbers of a range: four digits, or those of its ends."""
    low, high, _ = parameter.bounds
    if parameter.config.int:
        return int(low), int(high)
    return low, high, 0.0001234 if low < 0.001 else 0.01234


def _is_number(label: Scalar) -> bool:
    return isinstance(label, (int, float)) and not isinstance(label, bool)


def _column(name: str, head: str, width: int, *, is_number: bool) -> Column:
    head = fitted(one_line(head), WIDEST, cut_end)
    width = min(width, WIDEST)
    least = max(width, SHORTEST_HEAD) if is_number else min(width, LEAST)
    return Column(name, head, max(cell_len(head), width), least, is_number)


def _fitting(columns: Sequence[Column], room: int) -> list[Column]:
    """Cut columns until all fit, the widest first; then leave the last ones out."""
    found = list(columns)
    while found and sum(each.width + len(GAP) for each in found) > room:
        cuttable = [place for place, each in enumerate(found) if each.width > each.least]
        if not cuttable:
            found.pop()
            continue
        place = max(cuttable, key=lambda index: found[index].width)
        found[place] = replace(found[place], width=found[place].width - 1)
    return found


def time_words(seconds: float) -> str:
    """Write a duration in nine letters: ``12:05 min``."""
    if seconds < 59.95:
        return f"{seconds} s" if isinstance(seconds, int) else format_seconds(seconds)
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes}:{rest:02} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02} h"


def _label(labels: Mapping[str, Scalar], name: str) -> str:
    return format_label(labels[name]) if name in labels else ""


def format_objective(name: str, value: float) -> str:
    """Write what a trial came to in an objective; a number of parameters is a whole one."""
    return f"{value:,.0f}" if name == "parameters" else format_figure(value)
