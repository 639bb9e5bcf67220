"""Put a run's files, pictures and page together from what its stages came to."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import keras
import numpy as np

from dlkit.config.bases import built_from
from dlkit.config.columns import figure_names, is_figure
from dlkit.config.dump import dump_resolved
from dlkit.config.load import LoadedConfig
from dlkit.data.dataset import Dataset
from dlkit.evaluate.by_heart import ByHeart
from dlkit.evaluate.predictions import Evaluation
from dlkit.model.summary import LayerRow
from dlkit.report.answers import columns_of
from dlkit.report.command import command_line
from dlkit.report.data_record import write_data
from dlkit.report.data_section import data_rows, data_title, part_rows, shown_notes
from dlkit.report.drawing import spared
from dlkit.report.environment import describe_environment
from dlkit.report.model_file import write_model
from dlkit.report.opening import listed_figures, notice_of
from dlkit.report.outputs import Output, naive_output, shown_outputs
from dlkit.report.page import Page, render_page
from dlkit.report.pictures import draw_pictures
from dlkit.report.plugin_record import copy_plugins
from dlkit.report.prediction_file import write_predictions
from dlkit.report.quick_tries import quick_facts, quick_lines
from dlkit.report.records import rewrite_history, write_json, write_text
from dlkit.report.run_folder import RunFolder
from dlkit.report.terminal import format_figure, format_seconds, say
from dlkit.train.plan import plan_training
from dlkit.train.rates import Curve, rate_curve
from dlkit.train.trainer import Training


@dataclass(frozen=True)
class RunRecord:
    """Everything the report of a run is made of; evaluations go by their outputs' names."""

    folder: RunFolder
    loaded: LoadedConfig
    dataset: Dataset
    training: Training
    evaluations: Mapping[str, Evaluation]
    layers: tuple[LayerRow, ...]
    devices: tuple[str, ...]
    parameters: int
    started: float
    told: bool = True
    by_heart: ByHeart | None = None

    @cached_property
    def outputs(self) -> tuple[Output, ...]:
        """What is shown of each output."""
        return shown_outputs(self.dataset, self.evaluations)

    @property
    def rates(self) -> Curve:
        """The learning rate by steps, where it follows a schedule."""
        config, catalogue = self.loaded.config, self.loaded.catalogue
        plan = plan_training(config.training, len(self.dataset.train))
        return rate_curve(config, plan, catalogue, self.training.rows)

    @property
    def test_figures(self) -> dict[str, float]:
        """Loss and metrics of the test split, of all outputs."""
        return next(iter(self.evaluations.values())).metrics


def write_inputs(folder: RunFolder, loaded: LoadedConfig) -> None:
    """Keep config and plugins as given and as they are understood, before anything runs."""
    write_text(folder.resolved, dump_resolved(loaded.config, loaded.catalogue))
    text = loaded.source.text or folder.resolved.read_text("utf-8")
    write_text(folder.config, text)
    copy_plugins(folder, loaded.catalogue.plugins)


def final_metrics(record: RunRecord) -> dict[str, float]:
    """Return the figures of the weights that were kept, under ``split_metric`` names.

    Training figures are means over the epoch, as Keras reports them; validation and
    test figures are measured.
    """
    row = record.training.row(record.training.kept_epoch)
    names = [name for name in row if is_figure(name) and not name.startswith("val_")]
    return {
        f"{split}_{name}": figures[name]
        for split, figures in (
            ("train", row),
            ("val", record.training.validation),
            ("test", record.test_figures),
        )
        for name in names
        if name in figures
    }


def naive_metrics(evaluation: Evaluation, naive: np.ndarray) -> dict[str, float]:
    """Return the errors of foretelling the last value seen, over all test values.

    Args:
        evaluation: Provides the truth.
        naive: float32 ``(examples, values)``.
    """
    error = columns_of(naive) - columns_of(evaluation.true)
    return {
        "naive_test_mae": float(np.abs(error).mean()),
        "naive_test_mse": float(np.square(error).mean()),
    }


def write_results(record: RunRecord, model: keras.Model) -> dict[str, float]:
    """Write everything a run leaves, and tell the person where.

    Pictures and page come last, when all that was learned is kept; one that cannot be
    drawn is told and left out.

    Returns:
        The final figures.

    Raises:
        StorageError: If the disk does not take them.
    """
    folder, training, dataset = record.folder, record.training, record.dataset
    metrics = final_metrics(record)
    compared = naive_output(record.outputs)
    if compared is not None and compared.naive is not None:
        metrics |= naive_metrics(compared.evaluation, compared.naive)
    rewrite_history(folder.history, training.rows)  # where the disk did not take a row
    write_model(folder.model, model)
    facts = {
        **metrics,
        "status": training.status,
        "dataset": data_title(dataset),
        "stand_in_for": dataset.stand_in_for,
        **quick_facts(dataset, record.by_heart),
        "epochs": len(training.rows),
        "best_epoch": training.best_epoch,
        "kept_epoch": training.kept_epoch,
        "seconds": round(training.seconds, 3),
        "loop": training.method.loop,
        "xla": training.method.xla,
        "devices": list(record.devices),
        "seed": record.loaded.config.seed,
        "parameters": record.parameters,
        "train_examples": len(dataset.train),
        "validation_examples": len(dataset.validation) if dataset.validation else 0,
        "test_examples": len(dataset.test),
    }
    write_json(folder.metrics, facts)
    environment = describe_environment(
        list(record.devices), record.loaded.config.seed, record.loaded.catalogue.plugins
    )
    environment |= built_from(record.loaded.config)
    write_json(folder.environment, environment)
    write_data(folder, dataset)
    examples = dataset.rows.get("test", range(len(dataset.test)))
    write_predictions(folder.predictions, record.outputs, examples)
    with spared("the page"):
        write_text(folder.report, render_page(_page(record, metrics, environment)))
    if record.told:
        say(_closing_lines(record, metrics))
    return metrics


def _closing_lines(record: RunRecord, metrics: dict[str, float]) -> str:
    """Say how it ended."""
    training = record.training
    in_all = format_seconds(time.monotonic() - record.started)
    lines = [""]
    if training.kept_epoch != len(training.rows):
        lines.append(f"kept      the weights of epoch {training.kept_epoch}, the best one")
    tested = [
        f"{name.removeprefix('test_')} {format_figure(value)}"
        for name, value in metrics.items()
        if name.startswith("test_")
    ]
    lines += listed_figures("test", tested)
    lines += quick_lines(record.dataset, record.by_heart)
    if "naive_test_mae" in metrics:
        mae, mse = (format_figure(metrics[f"naive_test_{name}"]) for name in ("mae", "mse"))
        lines.append(f"naive     mae {mae}, mse {mse} (the last value, unchanged)")
    lines += [
        f"time      {format_seconds(training.seconds)} of training, {in_all} in all",
        f"report    {report if (report := record.folder.report).is_file() else 'none'}",
    ]
    return "\n".join(lines)


def _page(record: RunRecord, metrics: dict[str, float], environment: dict[str, Any]) -> Page:
    """Gather the page's values."""
    folder, training, dataset = record.folder, record.training, record.dataset
    ordered = sorted(metrics, key=by_split)
    return Page(
        title=record.loaded.config.name,
        run=run_title(folder),
        verdict=_verdict(record, metrics),
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
        command=command_line(),
        pictures=tuple(draw_pictures(folder, training, record.outputs, record.rates)),
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
        config_text=folder.config.read_text("utf-8"),
        resolved_text=folder.resolved.read_text("utf-8"),
        environment=environment_rows(environment),
        data=(*data_rows(dataset), *part_rows(dataset)),
        notes=shown_notes(dataset.notes),
    )


def by_split(name: str) -> int:
    """Order figures by what they say of new data: test, validation, training."""
    return ("test", "naive", "val", "train").index(name.split("_", 1)[0])


def _verdict(record: RunRecord, metrics: dict[str, float]) -> str:
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
        f" {len(record.dataset.test):,} examples."
    )
    naive = metrics.get(f"naive_{name}")
    if naive is not None:
        verdict += f" The last value, unchanged, comes to {format_figure(naive)}."
    return verdict


def run_title(folder: RunFolder) -> str:
    """Name a run, and for a fold the run it belongs to."""
    if folder.path.name.startswith("fold_"):
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
