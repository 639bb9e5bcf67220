"""Tell the rules that read a run what it came to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from dlkit.config.outputs import view
from dlkit.config.regularization.regularize import regularize
from dlkit.config.schema import Config
from dlkit.data.dataset import Examples, Split, learned
from dlkit.evaluate.naive_loss import naive_loss
from dlkit.evaluate.predictions import Evaluation
from dlkit.reading.knowledge import few_learned
from dlkit.reading.story import Answered, Story
from dlkit.report.network_facts import dead_shares, network_of
from dlkit.report.run_record import RunRecord
from dlkit.train.plan import plan_training


def story_of(record: RunRecord, figures: Mapping[str, float]) -> Story:
    """Return a run as the rules read it.

    Args:
        record: The run.
        figures: Its final figures.
    """
    dataset, training, written = record.dataset, record.training, record.loaded.config
    trained = regularize(written).config
    augmented = [layer.name for layer in written.regularization.augmentation]
    story = Story(
        config=written,
        rows=training.rows,
        status=training.status,
        best_epoch=training.best_epoch,
        kept_epoch=training.kept_epoch,
        figures=figures,
        examples={
            "train": len(dataset.train),
            "validation": len(dataset.validation) if dataset.validation else 0,
            "test": len(dataset.test),
        },
        steps_of_epoch=plan_training(written.training, len(dataset.train)).of_epoch,
        answered=tuple(_answered(record, trained)),
        network=network_of(trained, record.core, record.parameters, augmented),
        usual_rate=_usual_rate(written),
    )
    if training.status == "diverged" or written.training.diagnostics:
        return story
    if not few_learned(story, 0.5):
        return story  # nobody asks for dead units of a model that works
    dead = dead_shares(record.core, dataset.train)
    return replace(story, network=replace(story.network, dead=dead))


def _usual_rate(config: Config) -> float | None:
    """Return the rate that Keras gives the optimizer, if it gives one."""
    entry = config.optimizer.entry
    parameter = entry.parameters.get("learning_rate") if entry else None
    return float(parameter.default) if parameter and parameter.default else None


def _answered(record: RunRecord, config: Config) -> Iterator[Answered]:
    """Yield what each output learned and answers."""
    dataset = record.dataset
    for name, evaluation in record.evaluations.items():
        target = learned(dataset, name)
        head = name if len(record.evaluations) > 1 else ""
        one = Answered(evaluation.task, head, target.class_names)
        labels = _labels(dataset.train, name)
        weighted = isinstance(dataset.train, Split) and dataset.train.weight is not None
        losses = None
        if not weighted and config.training.class_weight is None:
            seen = evaluation.true if labels is None else labels
            losses = naive_loss(view(config, name).loss, seen)
        if losses:
            one = replace(one, naive_loss=losses[0], least_loss=losses[1])
        if evaluation.task == "classification":
            yield _with_classes(one, record, evaluation, name)
        elif evaluation.task == "regression":
            yield _with_values(one, record, evaluation, name)
        else:
            yield one


def _with_classes(
    one: Answered, record: RunRecord, evaluation: Evaluation, name: str
) -> Answered:
    """Add how often each class is a label and an answer."""
    dataset = record.dataset
    true, predicted = evaluation.true.astype(int), evaluation.predicted.astype(int)
    probabilities = evaluation.probabilities
    width = probabilities.shape[1] if probabilities is not None else 0
    count = max(len(one.classes), width)

    def counted(labels: np.ndarray | None) -> tuple[int, ...]:
        if labels is None:
            return ()
        known = labels[(labels >= 0) & (labels < count)]  # a loss may leave a label out
        return tuple(np.bincount(known, minlength=count).tolist())

    return replace(
        one,
        train=counted(_numbers(_labels(dataset.train, name))),
        validation=counted(_numbers(_labels(dataset.validation, name))),
        true=counted(true),
        predicted=counted(predicted),
        right=counted(true[true == predicted]),
    )


def _with_values(
    one: Answered, record: RunRecord, evaluation: Evaluation, name: str
) -> Answered:
    """Add how far the values spread, and the errors beside that."""
    true = evaluation.true.astype(np.float64).reshape(len(evaluation.true), -1)
    with np.errstate(all="ignore"):  # what diverged may be too large to be squared
        errors = np.square(true - evaluation.predicted.reshape(true.shape)).mean(axis=1)
        naive = np.square(true - true.mean(axis=0)).mean()
        share = float(errors.mean() / naive) if naive else None
        apart = float(errors.std() / errors.mean()) if errors.any() else 0.0
    parts: dict[str, Any] = {
        "train": _labels(record.dataset.train, name),
        "validation": _labels(record.dataset.validation, name),
        "test": true,
    }
    lone = true.shape[1] == 1 and not evaluation.is_copy
    spread = {
        part: (float(values.mean()), float(values.std()))
        for part, values in parts.items()
        if lone and values is not None
    }
    return replace(one, error_share=share, error_spread=apart, spread=spread)


def _labels(examples: Examples | None, name: str) -> np.ndarray | None:
    """Return the labels of an output that are in memory; None where they are not."""
    if not isinstance(examples, Split):
        return None
    labels: np.ndarray = examples.targets.get(name, examples.y)
    return labels


def _numbers(labels: np.ndarray | None) -> np.ndarray | None:
    """Return labels as int ``(examples,)`` numbers of classes."""
    if labels is None:
        return None
    flat = labels.reshape(len(labels), -1)
    return np.asarray(flat[:, 0] if flat.shape[1] == 1 else flat.argmax(axis=1)).astype(int)
