"""What a sweep says of itself in two small files, for whoever lists, compares or uses trials.

Read are ``sweep.json`` and ``trials.csv``, which are whole at every moment of a sweep. The
study itself is Optuna's, and slow to open.
"""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dlkit.errors import StorageError
from dlkit.report.direction import best_first
from dlkit.report.sweep.folder import SweepFolder
from dlkit.report.tables import FORMULA_STARTS

LEADING = ("trial", "state")
"""The first columns of the table; objectives follow, then parameters, then facts."""

OVER = ("complete", "pruned", "failed")
"""How trials end."""


@dataclass(frozen=True)
class TrialSummary:
    """A trial, as the table has it.

    Attributes:
        number: From 1.
        state: ``complete``, ``pruned``, ``failed``; or ``running``, as far as is known.
        values: Its objectives by name; empty where it came to none.
        settings: What each parameter was, by its name; without those it did not have.
        facts: The other columns that are numbers: ``epochs``, ``parameters``, ``seconds``.
        reason: Why it failed.
    """

    number: int
    state: str
    values: Mapping[str, float]
    settings: Mapping[str, str]
    facts: Mapping[str, float]
    reason: str


@dataclass(frozen=True)
class SweepSummary:
    """A sweep, as its files have it.

    Attributes:
        status: ``complete``; else ``running``, whether somebody works on it or not.
        wanted: How many trials there are to be in all.
        objectives: What is made best, and which side of it is better: ``min`` or ``max``.
        parameters: The names of what is tried.
        trials: Those that are in the table, by number.
    """

    status: str
    wanted: int
    objectives: Mapping[str, str]
    parameters: tuple[str, ...]
    trials: tuple[TrialSummary, ...]

    @property
    def over(self) -> tuple[TrialSummary, ...]:
        """The trials that have ended."""
        return tuple(trial for trial in self.trials if trial.state in OVER)

    @property
    def ranked(self) -> tuple[TrialSummary, ...]:
        """The complete trials, the best one first; of several objectives by the first."""
        name, mode = next(iter(self.objectives.items()))
        complete = [each for each in self.trials if each.state == "complete"]
        rising = mode == "max"
        return tuple(
            sorted(complete, key=lambda each: best_first(each.values.get(name), rising=rising))
        )

    @property
    def best(self) -> TrialSummary | None:
        """The best trial; None where none is complete."""
        return next(iter(self.ranked), None)

    @property
    def seconds(self) -> float:
        """How long its trials took, one after the other."""
        return math.fsum(trial.facts.get("seconds", 0.0) for trial in self.trials)

    @property
    def epochs(self) -> int:
        """How many epochs its trials were trained, all together."""
        return int(sum(trial.facts.get("epochs", 0) for trial in self.trials))


def read_summary(folder: SweepFolder) -> SweepSummary:
    """Read what a sweep says of itself.

    Raises:
        StorageError: If a file is damaged.
    """
    try:
        known = json.loads(folder.facts.read_text("utf-8"))
        objectives = {str(name): str(mode) for name, mode in known["objectives"].items()}
        parameters = tuple(known["question"]["sweep"]["parameters"])
        status, wanted = str(known["status"]), int(known["trials"])
        next(iter(objectives))
    except (
        *(OSError, ValueError, KeyError, TypeError, AttributeError),
        *(RecursionError, StopIteration),
    ) as error:
        raise StorageError(f"{folder.facts}: the file is damaged ({error!r}).") from error
    names, trials = _read_trials(folder, tuple(objectives), len(parameters))
    return SweepSummary(status, wanted, objectives, names or parameters, trials)


def _read_trials(
    folder: SweepFolder, objectives: Sequence[str], parameters: int
) -> tuple[tuple[str, ...], tuple[TrialSummary, ...]]:
    """Read the table; before the first trial is over there is none.

    Raises:
        StorageError: If it is damaged.
    """
    try:
        with folder.table.open(newline="", encoding="utf-8") as file:
            head, *rows = csv.reader(file)
        first = len(LEADING) + len(objectives)
        last = first + parameters
        names = tuple(map(_unsafe, head[first:last]))
        trials = tuple(_trial(head, row, objectives, names, last) for row in rows if row)
    except FileNotFoundError:
        return (), ()
    except (OSError, ValueError, csv.Error) as error:
        raise StorageError(f"{folder.table}: the file is damaged ({error}).") from error
    return names, trials


def _trial(
    head: Sequence[str],
    row: Sequence[str],
    objectives: Sequence[str],
    names: Sequence[str],
    last: int,
) -> TrialSummary:
    """Read a row.

    Raises:
        ValueError: If it is not as long as the head, or has a word for a number.
    """
    first = len(LEADING) + len(objectives)
    cells = zip(head[last:], row[last:], strict=True)
    facts = {name: _unsafe(cell) for name, cell in cells}
    values = zip(objectives, row[len(LEADING) : first], strict=True)
    return TrialSummary(
        number=int(row[0]),
        state=row[1],
        values={name: float(cell) for name, cell in values if cell},
        settings={
            name: _unsafe(cell)
            for name, cell in zip(names, row[first:last], strict=True)
            if cell
        },
        facts={name: found for name in facts if (found := _number(facts[name])) is not None},
        reason=facts.get("reason", ""),
    )


def _number(cell: str) -> float | None:
    try:
        return int(cell) if cell.isdecimal() else float(cell)
    except ValueError:
        return None


def _unsafe(cell: str) -> str:
    """Return a cell as it was before it was kept from being a formula."""
    return cell[1:] if cell.startswith("'") and cell[1:2] in (*FORMULA_STARTS,) else cell
