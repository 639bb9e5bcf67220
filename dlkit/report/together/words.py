"""Several models in words and tables: on the page, and as the last lines on the terminal."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from dlkit.report.figures.spread import Scores
from dlkit.report.run_folder import RunFolder
from dlkit.report.run_page import by_split
from dlkit.report.terminal import format_figure
from dlkit.train.trainer import Training

Row = tuple[str, ...]


def tested(scores: Sequence[Scores]) -> list[Scores]:
    """Return the test figures as people ask for them: what was measured, the loss behind."""
    found = [score for score in scores if score.name.startswith("test_")]
    return sorted(found, key=lambda score: score.name.endswith("_loss"))


def with_deviation(score: Scores) -> str:
    """Write a mean with its deviation."""
    if not math.isfinite(score.deviation):
        return format_figure(score.mean)
    return f"{format_figure(score.mean)} ± {format_figure(score.deviation)}"


def score_table(
    kind: str,
    labels: Sequence[str],
    scores: Sequence[Scores],
    others: Mapping[str, Sequence[str]],
) -> tuple[Row, ...]:
    """Lay the models' figures out, mean and deviation below them; the first row is the head.

    Args:
        kind: What each of the models is: ``fold``.
        labels: What each is called: ``fold 1``.
        scores: Their final figures.
        others: Further columns: a text for each model.
    """
    ordered = sorted(scores, key=lambda score: by_split(score.name))
    rest = [""] * len(others)
    rows = [
        (
            label,
            *(format_figure(score.values[index]) for score in ordered),
            *(column[index] for column in others.values()),
        )
        for index, label in enumerate(labels)
    ]
    below = [
        ("mean", *(format_figure(score.mean) for score in ordered), *rest),
        ("deviation", *(format_figure(score.deviation) for score in ordered), *rest),
    ]
    if any(score.ensemble is not None for score in ordered):
        cells = ("" if s.ensemble is None else format_figure(s.ensemble) for s in ordered)
        below.append(("ensemble", *cells, *rest))
    return ((kind, *(score.name for score in ordered), *others), *rows, *below)


def statuses(trainings: Sequence[Training]) -> dict[str, list[str]]:
    """Return a column of how each training ended, where it is worth one."""
    found = [training.status for training in trainings]
    return {"status": [*found]} if set(found) != {"completed"} else {}


def page_links(folders: Sequence[RunFolder]) -> tuple[str, ...]:
    """Return where the models' own pages lie beside the page of all; empty where none does."""
    return tuple(
        f"{folder.path.name}/{folder.report.name}" if folder.report.is_file() else ""
        for folder in folders
    )


def diverged_words(trainings: Sequence[Training], kind: str) -> str:
    """Say how many trainings diverged; empty where none did."""
    diverged = sum(training.status == "diverged" for training in trainings)
    return f"Training diverged in {diverged} of {len(trainings)} {kind}." if diverged else ""


def mean_lines(scores: Sequence[Scores], count: int, kind: str) -> list[str]:
    """Return what the terminal says of the test figures of several models."""
    found = [score for score in scores if score.name.startswith("test_")]
    names = [score.name.removeprefix("test_") for score in found]
    width = max(map(len, names), default=0)
    return [
        f"test      mean and standard deviation over {count} {kind}",
        *(
            f"          {name:<{width}} {with_deviation(score)}"
            for name, score in zip(names, found, strict=True)
        ),
    ]


def score_line(metrics: Mapping[str, float]) -> str:
    """Return the test figures of one of several models in one line."""
    return "  ".join(
        f"{name.removeprefix('test_')} {format_figure(value)}"
        for name, value in metrics.items()
        if name.startswith("test_")
    )
