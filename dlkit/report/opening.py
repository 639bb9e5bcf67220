"""What a run says before it trains."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

import keras

from dlkit.config.schema import Config
from dlkit.data.dataset import Dataset, learned
from dlkit.report.outputs import target_words
from dlkit.report.run_folder import RunFolder
from dlkit.train.determinism import what_breaks_it
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
    size, parameters = config.training.batch_size, model.count_params()
    layers = plural(len(config.architecture.layers), "layer")
    lines += [
        f"model     {type(model).__name__}, {layers}, {parameters:,} parameters",
        *hanging(
            "training",
            f"{training_length(config, len(dataset.train))}, batch size {size},"
            f" {', '.join(devices)}",
        ),
        *hanging("", str(subject.method)),
        *(hanging("", inexact) if (inexact := what_breaks_it(config.training)) else ()),
        *_describe_outputs(config, dataset),
        "",
    ]
    return "\n".join(lines)


def training_length(config: Config, examples: int) -> str:
    """Say how long training on so many examples is: ``10 epochs of 54 steps``."""
    plan = plan_training(config.training, examples)
    length = f"{plural(plan.epochs, 'epoch')} of {plural(plan.of_epoch, 'step')}"
    if plan.of_epoch != plan.of_pass:
        length += f" ({plan.of_pass:,} would see all examples once)"
    if config.training.steps:
        length = f"{plural(config.training.steps, 'step')} in {length}"
    return length


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
    lines = [line for notice in _notices(dataset) for line in hanging("NOTE", notice)]
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


def notice_of(dataset: Dataset) -> str | None:
    """Say what must be known before any number is believed; None where there is nothing."""
    return " ".join(_notices(dataset)) or None


def _notices(dataset: Dataset) -> list[str]:
    notices = [stand_in_notice(dataset)] if dataset.stand_in_for else []
    return [*notices, limited_notice(dataset)] if dataset.limited else notices


def limited_notice(dataset: Dataset) -> str:
    """Say that the data was cut short."""
    return (
        f"A quick try, cut short: {'; '.join(dataset.limited)}. Its scores are not those of a"
        " whole run."
    )


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
