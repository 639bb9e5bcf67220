"""What a run says before it trains."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

import keras

from dlkit.config.schema import Config
from dlkit.data.dataset import Dataset, learned
from dlkit.report.outputs import target_words
from dlkit.report.run_folder import RunFolder
from dlkit.train.plan import plan_training
from dlkit.train.trainer import Subject

MOST_NOTES = 12
"""Notes that the terminal shows; the others stand in ``dataset.json``."""

WIDTH = 80

TOGETHER = "\N{NO-BREAK SPACE}"


def describe_start(
    folder: RunFolder, subject: Subject, model: keras.Model, devices: list[str]
) -> str:
    """Say in a few lines what is about to be trained, on what, and how.

    Args:
        folder: Where the run goes.
        subject: What is trained.
        model: The model as it will be exported.
        devices: What computes.
    """
    config, dataset = subject.config, subject.dataset
    lines = [f"run       {folder.path}", *describe_data(dataset)]
    epochs, size = (
        plan_training(config.training, len(dataset.train)).epochs,
        config.training.batch_size,
    )
    steps = -(-len(dataset.train) // size)
    parameters = model.count_params()
    length = f"{plural(epochs, 'epoch')} of {plural(steps, 'step')}"
    if config.training.steps:
        length = f"{plural(config.training.steps, 'step')} in {length}"
    layers = plural(len(config.architecture.layers), "layer")
    lines += [
        f"model     {type(model).__name__}, {layers}, {parameters:,} parameters",
        f"training  {length}, batch size {size}, {', '.join(devices)}",
        *hanging("", str(subject.method)),
        *_describe_outputs(config, dataset),
        "",
    ]
    return "\n".join(lines)


def _describe_outputs(config: Config, dataset: Dataset) -> list[str]:
    """Say what each of several outputs learns, and how much it counts."""
    heads = ["outputs", *[""] * len(config.outputs)]
    lines = []
    for head, (name, output) in zip(heads, config.outputs.items(), strict=False):
        words = f"{name}: {target_words(learned(dataset, name))}, {output.loss.written}"
        weight = "" if output.weight == 1 else f" times {output.weight:g}"
        lines += hanging(head, f"{words}{weight}")
    return lines


def describe_data(dataset: Dataset) -> list[str]:
    """Say which data it is, how it is split, and what was found."""
    lines = []
    if dataset.stand_in_for:
        lines += hanging("NOTE", stand_in_notice(dataset))
    lines += [
        f"data      {dataset.name} ({dataset.origin})",
        f"          {split_sizes(dataset)}",
    ]
    for note in dataset.notes[:MOST_NOTES]:
        lines += hanging("", note)
    more = len(dataset.notes) - MOST_NOTES
    if more > 0:
        lines.append(f"          ... and {more} more notes: see dataset.json")
    return lines


def hanging(head: str, text: str) -> list[str]:
    """Wrap a text beside a head."""
    return textwrap.wrap(text, WIDTH, initial_indent=f"{head:<10}", subsequent_indent=" " * 10)


def listed_figures(head: str, figures: Iterable[str]) -> list[str]:
    """Lay out figures beside a head; no line ends between one's name and its value."""
    text = ", ".join(figure.replace(" ", TOGETHER) for figure in figures)
    return [line.replace(TOGETHER, " ") for line in hanging(head, text)]


def plural(count: int, noun: str) -> str:
    """Count things: ``1 epoch``, ``5 epochs``."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def stand_in_notice(dataset: Dataset) -> str:
    """Say that the data is not what was asked for."""
    return (
        f"{dataset.stand_in_for} was not found. This run used its stand-in,"
        f" {dataset.name}; its scores say nothing about {dataset.stand_in_for}."
    )


def split_sizes(dataset: Dataset) -> str:
    """Count the examples of each split."""
    validation = len(dataset.validation) if dataset.validation else 0
    return (
        f"{len(dataset.train):,} training, {validation:,} validation,"
        f" {len(dataset.test):,} test examples"
    )
