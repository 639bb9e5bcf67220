"""What the page of a run says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dlkit.config.columns import figure_names
from dlkit.config.differences import changed_lines
from dlkit.reading.finding import Finding
from dlkit.report.command import repeating_line
from dlkit.report.data.section import data_rows, data_title, part_rows, shown_notes
from dlkit.report.mistakes.drawings import mistake_drawings
from dlkit.report.model_pictures import model_drawings
from dlkit.report.opening import notice_of, plural
from dlkit.report.page import Page
from dlkit.report.pictures import draw_pictures
from dlkit.report.records import read_text
from dlkit.report.run_folder import RunFolder
from dlkit.report.run_record import RunRecord
from dlkit.report.sample_pictures import sample_drawings
from dlkit.report.terminal import format_figure, format_seconds


def run_page(
    record: RunRecord,
    metrics: dict[str, float],
    environment: dict[str, Any],
    findings: Sequence[Finding],
) -> Page:
    """Draw the pictures, and gather the page's values."""
    folder, training, dataset = record.folder, record.training, record.dataset
    more = [
        *mistake_drawings(record.outputs, record.raw),
        *model_drawings(record.core, record.model),
        *sample_drawings(record.raw, record.augmentation, record.loaded.config.seed),
    ]
    ordered = sorted(metrics, key=by_split)
    resolved = read_text(folder.resolved)
    return Page(
        title=record.loaded.config.name,
        run=run_title(folder),
        verdict=verdict_of(record, metrics),
        notice=notice_of(dataset),
        numbers=tuple((name, format_figure(metrics[name])) for name in ordered),
        facts=(
            ("dataset", data_title(dataset)),
            ("epochs", f"{len(training.rows)}, {training.status}"),
            ("best epoch", str(training.best_epoch)),
            ("weights of epoch", str(training.kept_epoch)),
            ("parameters", f"{record.parameters:,}"),
            ("training time", format_seconds(training.seconds)),
            ("device", ", ".join(record.devices)),
            ("loop", str(training.method)),
            ("seed", str(record.loaded.config.seed)),
        ),
        command=repeating_line(folder, record.loaded.catalogue.plugins),
        findings=tuple(findings),
        pictures=tuple(draw_pictures(folder, training, record.outputs, record.rates, more)),
        layers=(
            ("layer", "type", "output shape", "parameters", "line"),
            *(
                (
                    row.name,
                    row.type,
                    str(row.output_shape),
                    f"{row.parameters:,}",
                    str(row.line or ""),
                )
                for row in record.layers
            ),
        ),
        config_text=read_text(folder.config),
        resolved_text=resolved,
        changed=changed_lines(record.loaded, resolved),
        environment=environment_rows(environment),
        data=(*data_rows(dataset), *part_rows(dataset)),
        notes=shown_notes(dataset.notes),
    )


def by_split(name: str) -> int:
    """Order figures by what they say of new data: test, validation, training."""
    return ("test", "naive", "val", "train").index(name.split("_", 1)[0])


def verdict_of(record: RunRecord, metrics: Mapping[str, float]) -> str:
    """Say the outcome in one sentence."""
    if record.training.status == "diverged":
        epochs, kept = len(record.training.rows), record.training.kept_epoch
        has = "" if kept == epochs else f" The model has the weights of epoch {kept}."
        return f"Training diverged in epoch {epochs}.{has}"
    if record.by_heart:
        return " ".join([record.by_heart.text, *record.by_heart.advice])
    figures = figure_names(record.loaded.config)
    names = [f"test_{name}" for name, metric in figures.items() if metric]
    name = names[0] if names else "test_loss"
    words = name.replace("_", " ").capitalize()
    verdict = (
        f"{words} {format_figure(metrics[name])} on {data_title(record.dataset)},"
        f" {plural(len(record.dataset.test), 'example')}."
    )
    naive = metrics.get(f"naive_{name}")
    if naive is not None:
        verdict += f" The last value, unchanged, comes to {format_figure(naive)}."
    return verdict


def run_title(folder: RunFolder) -> str:
    """Name a run, and for a fold or a seed the run it belongs to."""
    if folder.is_member:
        return f"{RunFolder(folder.path.parent).title}/{folder.path.name}"
    return folder.title


def environment_rows(environment: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    """Flatten the environment for the page."""
    rows = []
    for name, value in environment.items():
        if isinstance(value, dict):
            rows += [(f"{name}: {key}", str(item)) for key, item in value.items()]
        elif value is not None:
            text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
            rows.append((name, text))
    return tuple(rows)
