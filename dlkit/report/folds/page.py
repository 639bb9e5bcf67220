"""What people see of several folds together: the page, and the last lines on the terminal."""

from __future__ import annotations

from typing import Any

from dlkit.config.differences import changed_lines
from dlkit.report.command import repeating_line
from dlkit.report.data.section import data_rows, shown_notes
from dlkit.report.folds.pictures import draw_fold_pictures
from dlkit.report.folds.sums import Folds
from dlkit.report.opening import notice_of
from dlkit.report.page import Page
from dlkit.report.quick_tries import quick_lines
from dlkit.report.records import read_text
from dlkit.report.run_page import by_split, environment_rows
from dlkit.report.terminal import format_seconds
from dlkit.report.together.words import (
    diverged_words,
    mean_lines,
    page_links,
    score_table,
    statuses,
    tested,
    with_deviation,
)


def fold_page(whole: Folds, environment: dict[str, Any]) -> Page:
    """Gather the page's values."""
    folder, dataset, folds = whole.folder, whole.dataset, whole.folds
    trainings = [fold.training for fold in folds]
    ordered = sorted(whole.scores, key=lambda score: by_split(score.name))
    resolved = read_text(folder.resolved)
    return Page(
        title=whole.loaded.config.name,
        run=folder.title,
        verdict=_verdict(whole),
        notice=notice_of(dataset),
        numbers=tuple((score.name, with_deviation(score)) for score in ordered),
        facts=_facts(whole),
        command=repeating_line(folder, whole.loaded.catalogue.plugins),
        pictures=tuple(
            draw_fold_pictures(folder, trainings, tested(whole.scores), whole.outputs)
        ),
        layers=(),
        config_text=read_text(folder.config),
        resolved_text=resolved,
        changed=changed_lines(whole.loaded, resolved),
        environment=environment_rows(environment),
        data=(*data_rows(dataset), ("examples, each tested once", f"{len(whole.rows):,}")),
        notes=shown_notes(dataset.notes),
        folds=_fold_table(whole),
        links=page_links([fold.folder for fold in folds]),
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
    trainings = [fold.training for fold in whole.folds]
    others = {
        "examples": [f"{len(fold.rows):,}" for fold in whole.folds],
        "epochs": [str(len(training.rows)) for training in trainings],
        **statuses(trainings),
    }
    labels = [f"fold {number}" for number in range(1, len(whole.folds) + 1)]
    return score_table("fold", labels, whole.scores, others)


def _verdict(whole: Folds) -> str:
    """Say the outcome in one sentence."""
    folds = len(whole.folds)
    if diverged := diverged_words([fold.training for fold in whole.folds], "folds"):
        return diverged
    main = tested(whole.scores)[0]
    words = main.name.replace("_", " ").capitalize()
    return (
        f"{words} {with_deviation(main)} over {folds} folds of {whole.facts['dataset']},"
        f" {len(whole.rows):,} examples."
    )


def closing_lines(whole: Folds) -> str:
    """Say how it ended."""
    trained = format_seconds(whole.facts["seconds"])
    report = whole.folder.report
    return "\n".join(
        [
            "",
            *mean_lines(whole.scores, len(whole.folds), "folds"),
            *quick_lines(whole.dataset),
            f"time      {trained} of training, {format_seconds(whole.seconds)} in all",
            f"report    {report if report.is_file() else 'none'}",
        ]
    )
