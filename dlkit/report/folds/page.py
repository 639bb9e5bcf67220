"""What people see of several folds together: the page, and the last lines on the terminal."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from dlkit.report.command import command_line
from dlkit.report.data.section import data_rows, shown_notes
from dlkit.report.figures.folds import FoldScores
from dlkit.report.folds.pictures import draw_fold_pictures
from dlkit.report.folds.sums import Folds
from dlkit.report.opening import notice_of
from dlkit.report.page import Page
from dlkit.report.quick_tries import quick_lines
from dlkit.report.run_page import by_split, environment_rows
from dlkit.report.terminal import format_figure, format_seconds


def fold_page(whole: Folds, environment: dict[str, Any]) -> Page:
    """Gather the page's values."""
    folder, dataset, folds = whole.folder, whole.dataset, whole.folds
    trainings = [fold.training for fold in folds]
    tested = [score for score in _main_first(whole.scores) if score.name.startswith("test_")]
    ordered = sorted(whole.scores, key=lambda score: by_split(score.name))
    return Page(
        title=whole.loaded.config.name,
        run=folder.title,
        verdict=_verdict(whole),
        notice=notice_of(dataset),
        numbers=tuple((score.name, _with_deviation(score)) for score in ordered),
        facts=_facts(whole),
        command=command_line(),
        pictures=tuple(draw_fold_pictures(folder, trainings, tested, whole.outputs)),
        layers=(),
        config_text=folder.config.read_text("utf-8"),
        resolved_text=folder.resolved.read_text("utf-8"),
        environment=environment_rows(environment),
        data=(*data_rows(dataset), ("examples, each tested once", f"{len(whole.rows):,}")),
        notes=shown_notes(dataset.notes),
        folds=_fold_table(whole),
        links=tuple(
            f"{fold.folder.path.name}/{fold.folder.report.name}"
            if fold.folder.report.is_file()
            else ""
            for fold in folds
        ),
    )


def _facts(whole: Folds) -> tuple[tuple[str, str], ...]:
    """Say how the folds were trained, as label and value."""
    trainings = [fold.training for fold in whole.folds]
    return (
        ("dataset", whole.facts["dataset"]),
        ("folds", str(len(whole.folds))),
        ("epochs of the folds", ", ".join(str(len(each.rows)) for each in trainings)),
        ("parameters of a model", f"{whole.facts['parameters']:,}"),
        ("training time", format_seconds(whole.facts["seconds"])),
        ("device", ", ".join(whole.facts["devices"])),
        ("loop", whole.facts["loop"]),
        ("seed", str(whole.loaded.config.seed)),
    )


def _fold_table(whole: Folds) -> tuple[tuple[str, ...], ...]:
    """Lay the folds' figures out, mean and deviation below them."""
    scores = sorted(whole.scores, key=lambda score: by_split(score.name))
    statuses = [fold.training.status for fold in whole.folds]
    told = set(statuses) != {"completed"}
    names = [score.name for score in scores]
    head = ("fold", *names, "examples", "epochs", *(["status"] if told else []))
    rows = [
        (
            f"fold {number}",
            *(format_figure(score.values[number - 1]) for score in scores),
            f"{len(fold.rows):,}",
            str(len(fold.training.rows)),
            *([status] if told else []),
        )
        for number, (fold, status) in enumerate(zip(whole.folds, statuses, strict=True), 1)
    ]
    rest = [""] * (len(head) - len(names) - 1)
    below = [
        ("mean", *(format_figure(score.mean) for score in scores), *rest),
        ("deviation", *(format_figure(score.deviation) for score in scores), *rest),
    ]
    return (head, *rows, *below)


def _main_first(scores: Sequence[FoldScores]) -> list[FoldScores]:
    """Order figures as people ask for them: what was measured first, the loss behind."""
    return sorted(scores, key=lambda score: score.name.endswith("_loss"))


def _with_deviation(score: FoldScores) -> str:
    """Write a mean with its deviation."""
    if not math.isfinite(score.deviation):
        return format_figure(score.mean)
    return f"{format_figure(score.mean)} ± {format_figure(score.deviation)}"


def _verdict(whole: Folds) -> str:
    """Say the outcome in one sentence."""
    folds = len(whole.folds)
    diverged = sum(fold.training.status == "diverged" for fold in whole.folds)
    if diverged:
        return f"Training diverged in {diverged} of {folds} folds."
    main = next(s for s in _main_first(whole.scores) if s.name.startswith("test_"))
    words = main.name.replace("_", " ").capitalize()
    return (
        f"{words} {_with_deviation(main)} over {folds} folds of {whole.facts['dataset']},"
        f" {len(whole.rows):,} examples."
    )


def closing_lines(whole: Folds) -> str:
    """Say how it ended."""
    tested = [score for score in whole.scores if score.name.startswith("test_")]
    names = [score.name.removeprefix("test_") for score in tested]
    width = max(map(len, names), default=0)
    figures = [
        f"{name:<{width}} {_with_deviation(score)}"
        for name, score in zip(names, tested, strict=True)
    ]
    trained = format_seconds(whole.facts["seconds"])
    report = whole.folder.report
    return "\n".join(
        [
            "",
            f"test      mean and standard deviation over {len(whole.folds)} folds",
            *(f"          {figure}" for figure in figures),
            *quick_lines(whole.dataset),
            f"time      {trained} of training, {format_seconds(whole.seconds)} in all",
            f"report    {report if report.is_file() else 'none'}",
        ]
    )
