"""Put a run's files, pictures and page together from what its stages came to."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np

from dlkit.config.bases import built_from
from dlkit.config.dump import dump_resolved
from dlkit.config.load import LoadedConfig
from dlkit.evaluate.predictions import Evaluation
from dlkit.reading.finding import Finding
from dlkit.reading.reading import read_story
from dlkit.report.data.record import write_data
from dlkit.report.data.section import data_title
from dlkit.report.drawing import spared
from dlkit.report.environment import describe_environment
from dlkit.report.model_file import write_model
from dlkit.report.opening import listed_figures
from dlkit.report.outputs import naive_output
from dlkit.report.page import render_page
from dlkit.report.plugin_record import copy_plugins
from dlkit.report.prediction_file import write_predictions
from dlkit.report.quick_tries import quick_facts, quick_lines
from dlkit.report.records import rewrite_history, write_json, write_text
from dlkit.report.run_folder import RunFolder
from dlkit.report.run_page import run_page
from dlkit.report.run_record import RunRecord, final_metrics
from dlkit.report.story import story_of
from dlkit.report.terminal import format_figure, format_seconds, say
from dlkit.report.value_pictures import columns_of


def write_inputs(folder: RunFolder, loaded: LoadedConfig) -> None:
    """Keep config and plugins as given and as they are understood, before anything runs."""
    write_text(folder.resolved, dump_resolved(loaded.config, loaded.catalogue))
    text = loaded.source.text or folder.resolved.read_text("utf-8")
    write_text(folder.config, text)
    copy_plugins(folder, loaded.catalogue.plugins)


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


def write_results(record: RunRecord) -> dict[str, float]:
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
    write_model(folder.model, record.model)
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
    findings: tuple[Finding, ...] = ()
    with spared("the reading"):
        findings = read_story(story_of(record, metrics))
    facts["findings"] = [finding.name for finding in findings]
    write_json(folder.metrics, facts)
    environment = describe_environment(
        list(record.devices), record.loaded.config.seed, record.loaded.catalogue.plugins
    )
    environment |= built_from(record.loaded.config)
    write_json(folder.environment, environment)
    write_data(folder, dataset)
    examples = dataset.rows.get("test", range(len(dataset.test)))
    write_predictions(folder.predictions, record.outputs, examples)
    if record.drawn:
        with spared("the page"):
            page = run_page(record, metrics, environment, findings)
            write_text(folder.report, render_page(page))
    if record.told:
        say(_closing_lines(record, metrics, findings))
    return metrics


def _closing_lines(
    record: RunRecord, metrics: dict[str, float], findings: Sequence[Finding]
) -> str:
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
    heads = ("reading", *[""] * len(findings))
    lines += [
        f"{head:<10}{finding.title}" for head, finding in zip(heads, findings, strict=False)
    ]
    lines += [
        f"time      {format_seconds(training.seconds)} of training, {in_all} in all",
        f"report    {report if (report := record.folder.report).is_file() else 'none'}",
    ]
    return "\n".join(lines)
