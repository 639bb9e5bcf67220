"""What people see of several seeds together: the page, and the last lines on the terminal."""

from __future__ import annotations

from typing import Any

from dlkit.config.differences import changed_lines
from dlkit.report.command import repeating_line
from dlkit.report.data.section import data_rows, part_rows, shown_notes
from dlkit.report.opening import hanging, listed_figures, notice_of
from dlkit.report.page import Page
from dlkit.report.quick_tries import quick_lines
from dlkit.report.records import read_text
from dlkit.report.repeats.pictures import draw_repeat_pictures
from dlkit.report.repeats.sums import Repeats, ensemble_figures
from dlkit.report.run_page import by_split, environment_rows
from dlkit.report.terminal import format_figure, format_seconds
from dlkit.report.together.words import (
    diverged_words,
    mean_lines,
    page_links,
    score_table,
    statuses,
    tested,
    with_deviation,
)


def repeat_page(whole: Repeats, environment: dict[str, Any]) -> Page:
    """Gather the page's values."""
    folder, dataset = whole.folder, whole.dataset
    ordered = sorted(whole.scores, key=lambda score: by_split(score.name))
    together = ensemble_figures(whole.scores).items()
    resolved = read_text(folder.resolved)
    return Page(
        title=whole.loaded.config.name,
        run=folder.title,
        verdict=_verdict(whole),
        notice=notice_of(dataset),
        numbers=(
            *((score.name, with_deviation(score)) for score in ordered),
            *((name, format_figure(value)) for name, value in together),
        ),
        facts=_facts(whole),
        command=repeating_line(folder, whole.loaded.catalogue.plugins),
        pictures=tuple(draw_repeat_pictures(whole)),
        layers=(),
        config_text=read_text(folder.config),
        resolved_text=resolved,
        changed=changed_lines(whole.loaded, resolved),
        environment=environment_rows(environment),
        data=(*data_rows(dataset), *part_rows(dataset)),
        notes=shown_notes(dataset.notes),
        folds=_seed_table(whole),
        links=page_links([run.folder for run in whole.seeds]),
        members="seeds",
    )


def _facts(whole: Repeats) -> tuple[tuple[str, str], ...]:
    """Say how the seeds were trained, as label and value."""
    first, last = whole.seeds[0].seed, whole.seeds[-1].seed
    return (
        ("dataset", whole.facts["dataset"]),
        ("seeds", f"{len(whole.seeds)}: {first} to {last}"),
        ("test examples", "the same for all" if not whole.no_ensemble else _own_tests(whole)),
        ("ensemble", f"none: {whole.no_ensemble}" if whole.no_ensemble else _how(whole)),
        ("parameters of a model", f"{whole.facts['parameters']:,}"),
        ("training time", format_seconds(whole.facts["seconds"])),
        ("device", ", ".join(whole.facts["devices"])),
        ("loop", whole.facts["loop"]),
    )


def _own_tests(whole: Repeats) -> str:
    """Count the test examples of each seed."""
    counts = sorted({len(run.rows) for run in whole.seeds})
    return " to ".join(f"{count:,}" for count in (counts[0], counts[-1])[: len(counts)])


def _how(whole: Repeats) -> str:
    """Say what the ensemble answers."""
    classified = any(output.answers.probabilities is not None for output in whole.outputs)
    what = "probabilities" if classified else "answers"
    mean = f"the mean of {len(whole.seeds)} models' {what}"
    if "ensemble_test_loss" in ensemble_figures(whole.scores):
        return mean
    return f"{mean}; it has no loss, for those of the models hold their penalties"


def _seed_table(whole: Repeats) -> tuple[tuple[str, ...], ...]:
    """Lay the seeds' figures out, mean, deviation and ensemble below them."""
    trainings = whole.trainings
    others = {
        "epochs": [str(len(training.rows)) for training in trainings],
        "best epoch": [str(training.best_epoch or "") for training in trainings],
        **statuses(trainings),
    }
    return score_table("seed", whole.labels, whole.scores, others)


def _verdict(whole: Repeats) -> str:
    """Say the outcome in one sentence."""
    if diverged := diverged_words(whole.trainings, "seeds"):
        return diverged
    main = tested(whole.scores)[0]
    words = main.name.replace("_", " ").capitalize()
    verdict = (
        f"{words} {with_deviation(main)} over {len(whole.seeds)} seeds of"
        f" {whole.facts['dataset']}."
    )
    if main.ensemble is None:
        return verdict
    return f"{verdict} The ensemble comes to {format_figure(main.ensemble)}."


def closing_lines(whole: Repeats) -> str:
    """Say how it ended."""
    trained = format_seconds(whole.facts["seconds"])
    report = whole.folder.report
    together = [
        f"{name.removeprefix('ensemble_test_')} {format_figure(value)}"
        for name, value in ensemble_figures(whole.scores).items()
    ]
    none = hanging("ensemble", f"none: {whole.no_ensemble}") if whole.no_ensemble else []
    return "\n".join(
        [
            "",
            *mean_lines(whole.scores, len(whole.seeds), "seeds"),
            *(listed_figures("ensemble", together) if together else none),
            *quick_lines(whole.dataset),
            f"time      {trained} of training, {format_seconds(whole.seconds)} in all",
            f"report    {report if report.is_file() else 'none'}",
        ]
    )
