"""The table of runs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from dlkit.report.lock import is_at_work
from dlkit.report.run_folder import RunFolder, find_runs


@dataclass(frozen=True)
class RunLine:
    """One run in the table.

    Attributes:
        run: ``name/number``.
        status: ``completed``, ``stopped early``, ``diverged``; ``running``; ``interrupted``
            if it can go on from a state; else ``unfinished``.
        score: Its main test figure with its name, and whether it is that of a quick try;
            empty where there is none.
        dataset: The dataset it used.
        seconds: Duration of training; None where it is not known.
    """

    run: str
    status: str
    score: str
    dataset: str
    seconds: float | None


def list_runs(output: Path, name: str = "*") -> list[RunLine]:
    """Read the runs below an output folder, by experiment and number."""
    return [_read_line(run) for run in find_runs(output, name)]


def _read_line(run: RunFolder) -> RunLine:
    """Read what a run says of itself; a damaged or missing file is an unfinished run."""
    if is_at_work(run):
        return RunLine(run.title, "running", "", "", None)
    try:
        facts = json.loads(run.metrics.read_text("utf-8"))
        seconds = float(facts["seconds"])
        dataset, status = str(facts["dataset"]), str(facts["status"])
    except (OSError, ValueError, KeyError, TypeError):
        status = "interrupted" if run.has_state else "unfinished"
        return RunLine(run.title, status, "", "", None)
    if facts.get("stand_in_for"):
        dataset += f" for {facts['stand_in_for']}"
    return RunLine(run.title, status, _score(facts), dataset, seconds)


def _score(facts: dict[str, object]) -> str:
    """Return the first test metric, or the test loss where there is no metric.

    Of folds it is the mean, with the standard deviation that stands behind it.
    """
    names = [name for name in facts if name.startswith("test_") and name != "test_examples"]
    names.sort(key=lambda name: name.removesuffix("_std").endswith("_loss"))
    value = facts[names[0]] if names else None
    if not isinstance(value, (int, float)):
        return ""
    deviation = facts.get(f"{names[0]}_std") if "folds" in facts else None
    spread = f" ± {deviation:.4f}" if isinstance(deviation, (int, float)) else ""
    limited = " (limited)" if facts.get("limited") else ""
    return f"{names[0]} {value:.4f}{spread}{limited}"


def format_runs(lines: Sequence[RunLine]) -> str:
    """Lay runs out as a table."""
    header = ("run", "status", "score", "dataset", "seconds")
    seconds = ["" if line.seconds is None else f"{line.seconds:.1f}" for line in lines]
    rows = [
        (line.run, line.status, line.score, line.dataset, took)
        for line, took in zip(lines, seconds, strict=True)
    ]
    return format_table(header, rows)


def format_table(header: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """Lay rows out in columns of equal width, the last one ragged."""
    table = [header, *rows]
    widths = [max(len(row[column]) for row in table) for column in range(len(header))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in table
    )
