"""The table of runs. It reads one small file a run, and none of a run that is at work."""

from __future__ import annotations

import contextlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from dlkit.config.names import nearest
from dlkit.errors import ConfigError, StorageError
from dlkit.report.direction import (
    DEVIATION,
    best_first,
    declared_metrics,
    is_rising,
    metric_of,
)
from dlkit.report.lock import is_at_work
from dlkit.report.run_folder import RunFolder, find_runs
from dlkit.report.sweep.folder import SweepFolder
from dlkit.report.sweep.summary import read_summary
from dlkit.report.tables import Shrinking, cut_before, cut_end, format_table
from dlkit.report.terminal import format_figure

if TYPE_CHECKING:
    from pathlib import Path

SPREAD_OVER = ("folds", "repeat")
"""Where ``metrics.json`` keeps the figures whose mean and deviation it gives."""


@dataclass(frozen=True)
class RunLine:
    """One run in the table.

    Attributes:
        run: ``name/number``.
        status: ``completed``, ``stopped early``, ``diverged``; ``running``; ``interrupted``
            if it can go on from a state; else ``unfinished``. Of a sweep how many of its
            trials are over.
        score: Its main test figure with its name, and whether it is that of a quick try; of
            a sweep the best value of what it aims at; empty where there is none.
        dataset: The dataset it used.
        seconds: Duration of training; None where it is not known.
        facts: All that ``metrics.json`` says; empty where it cannot be read.
        folder: Where the run is.
        is_sweep: Whether it is several trials of a sweep.
    """

    run: str
    status: str
    score: str
    dataset: str
    seconds: float | None
    facts: Mapping[str, Any] = field(default_factory=dict, compare=False)
    folder: RunFolder | None = field(default=None, compare=False)
    is_sweep: bool = False


def list_runs(output: Path, name: str = "*") -> list[RunLine]:
    """Read the runs below an output folder, by experiment and number.

    Args:
        output: The folder that keeps experiments.
        name: Of the experiments, with ``*`` and ``?`` as wildcards; or one run: ``pima/3``.
    """
    experiment, _, number = name.partition("/")
    runs = find_runs(output, experiment)
    return [_read_line(run) for run in runs if number in ("", run.path.name)]


def _read_line(run: RunFolder) -> RunLine:
    """Read what a run says of itself; a damaged or missing file is an unfinished run."""
    works = is_at_work(run)
    if not run.metrics.is_file() and SweepFolder(run).is_sweep:
        return sweep_line(SweepFolder(run), works=works)
    if works:
        return RunLine(run.title, "running", "", "", None, folder=run)
    try:
        facts = json.loads(run.metrics.read_text("utf-8"))
        seconds = float(facts["seconds"])
        status = str(facts["status"])
        dataset = dataset_of(facts)
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        status = "interrupted" if run.has_state else "unfinished"
        return RunLine(run.title, status, "", "", None, folder=run)
    known = seconds if math.isfinite(seconds) else None
    return RunLine(run.title, status, _score(facts), dataset, known, facts, run)


def sweep_line(folder: SweepFolder, *, works: bool) -> RunLine:
    """Read what a sweep says of itself.

    Its facts are those of its trials together, and the best values of what it aims at.

    Args:
        folder: The sweep's.
        works: Whether a process works on it.
    """
    state = "running" if works else "unfinished"
    line = RunLine(folder.run.title, state, "", "", None, folder=folder.run, is_sweep=True)
    try:
        sweep = read_summary(folder)
    except StorageError:
        return line
    best, over = sweep.best, len(sweep.over)
    status = f"{over} of {sweep.wanted} trials"
    if works:
        status = f"running: {status}"
    elif over >= sweep.wanted:
        status = f"complete: {over} trials"
    facts: dict[str, Any] = {"seconds": sweep.seconds, "epochs": sweep.epochs, "trials": over}
    line = replace(line, status=status, seconds=sweep.seconds, facts=facts)
    if best is None:
        return line
    name = next(iter(sweep.objectives))
    score = f"{name} {format_figure(best.values[name])} (best)"
    dataset = ""
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError, RecursionError):
        dataset = dataset_of(json.loads(folder.trial(best.number).metrics.read_text("utf-8")))
    return replace(line, score=score, dataset=dataset, facts={**facts, **best.values})


def dataset_of(facts: Mapping[str, Any]) -> str:
    """Return the dataset of a run, and what it stands in for.

    Raises:
        KeyError: If the run does not say.
    """
    dataset = str(facts["dataset"])
    stands_for = facts.get("stand_in_for")
    return f"{dataset} for {stands_for}" if stands_for else dataset


def main_figure(facts: Mapping[str, Any]) -> str | None:
    """Return the name of the first test metric, or of the test loss where there is none."""
    names = [name for name in facts if name.startswith("test_") and name != "test_examples"]
    names.sort(key=lambda name: name.removesuffix(DEVIATION).endswith("_loss"))
    return names[0] if names else None


def _score(facts: Mapping[str, Any]) -> str:
    """Write the main figure.

    Of folds and of repeats it is the mean, with the standard deviation that stands behind it.
    """
    name = main_figure(facts)
    value = number_of(facts, name)
    if value is None:
        return ""
    deviation = number_of(facts, f"{name}{DEVIATION}") if is_spread(facts) else None
    spread = f" ± {format_figure(deviation)}" if deviation is not None else ""
    limited = " (limited)" if facts.get("limited") else ""
    return f"{name} {format_figure(value)}{spread}{limited}"


def is_spread(facts: Mapping[str, Any]) -> bool:
    """Tell whether a run's figures are means over folds or over seeds."""
    return any(key in facts for key in SPREAD_OVER)


def number_of(facts: Mapping[str, Any], name: str | None) -> float | None:
    """Return a fact that is a finite number, else None."""
    value = facts.get(name) if name else None
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return None
    return value if math.isfinite(value) else None


def sorted_runs(lines: Sequence[RunLine], figure: str) -> list[RunLine]:
    """Sort runs by a figure, the best first; those without it stay in order behind.

    Args:
        lines: The runs.
        figure: Any number of ``metrics.json``: ``test_accuracy``, ``seconds``.

    Raises:
        ConfigError: If no run has such a number.
    """
    numbers = {
        name: None
        for line in lines
        for name in line.facts
        if number_of(line.facts, name) is not None
    }
    having = [line for line in lines if _has_figure(line.facts, figure)]
    if not having:
        plain = nearest(figure, [name for name in numbers if metric_of(name) == name])
        full = figure if metric_of(figure) != figure else f"test_{figure}"
        near = plain or nearest(full, numbers)
        hint = f"Did you mean {near!r}?" if near else "`dlkit list --csv -` shows all."
        raise ConfigError(f"--sort {figure}: no run has this figure. {hint}")
    rising = is_rising(figure, _metrics_of(having[-1]))
    return sorted(
        lines, key=lambda line: best_first(number_of(line.facts, figure), rising=rising)
    )


def _has_figure(facts: Mapping[str, Any], figure: str) -> bool:
    """Tell whether there is such a number; a score that was not finite stands as null."""
    is_score = metric_of(figure) != figure
    is_null = figure in facts and facts[figure] is None
    return number_of(facts, figure) is not None or (is_score and is_null)


def _metrics_of(line: RunLine) -> dict[str, str]:
    """Return which metrics of a run have names of their own, by what its config says."""
    from dlkit.config.yaml_reader import read_yaml  # as late as what it needs
    from dlkit.errors import DlkitError

    if line.folder is None:
        return {}
    try:
        text = line.folder.resolved.read_text("utf-8")
        source, _ = read_yaml(text, str(line.folder.resolved))
    except (OSError, ValueError, DlkitError):
        return {}
    return declared_metrics(source.data)


def format_runs(
    lines: Sequence[RunLine], figure: str | None = None, width: int | None = None
) -> str:
    """Lay runs out as a table.

    Args:
        lines: The runs.
        figure: One more figure to show, in a column of its own.
        width: What a line may take; None for any width. Names are cut, numbers are not.
    """
    extra = () if figure is None else (figure,)
    header = ("run", "status", *extra, "score", "dataset", "seconds")
    rows = [
        (
            line.run,
            line.status,
            *(_number_text(number_of(line.facts, name)) for name in extra),
            line.score,
            line.dataset,
            "" if line.seconds is None else f"{line.seconds:.1f}",
        )
        for line in lines
    ]
    score = 2 + len(extra)
    shrinking = (
        Shrinking(score + 1, 10, cut_end),
        Shrinking(score, 20, cut_before(" ")),
        Shrinking(0, 12, cut_before("/")),
    )
    return format_table(header, rows, width, shrinking)


def _number_text(value: float | None) -> str:
    if value is None:
        return ""
    return str(value) if isinstance(value, int) else format_figure(value)


def runs_table(
    lines: Sequence[RunLine],
) -> tuple[tuple[str, ...], list[list[str | float | None]]]:
    """Return head and rows of all runs with all their figures, for CSV."""
    figures = {
        name: None
        for line in lines
        for name in line.facts
        if name != "seconds" and number_of(line.facts, name) is not None
    }
    head = ("run", "status", "dataset", "seconds", *figures)
    rows: list[list[str | float | None]] = [
        [
            *(line.run, line.status, line.dataset, line.seconds),
            *(number_of(line.facts, name) for name in figures),
        ]
        for line in lines
    ]
    return head, rows
