"""What a model's outputs say, and how often they are right."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from dlkit.config.datasets import Task

SAYS_YES = 0.5
"""Above this probability an example has a label, as for the metrics of Keras."""


@dataclass(frozen=True)
class Answers:
    """What a model says of some examples.

    Attributes:
        task: What was learned.
        predicted: int ``(examples,)`` class numbers; int ``(examples, labels)`` 0 or 1;
            float ``(examples,)`` values, or ``(examples, values)`` where there are several.
        probabilities: float32 ``(examples, classes)``, or None for regression.
    """

    task: Task
    predicted: np.ndarray
    probabilities: np.ndarray | None


@dataclass(frozen=True)
class Evaluation(Answers):
    """A model's answers for a split, in the split's order, and the truth.

    Attributes:
        metrics: Loss and metrics as Keras computes them, of all outputs.
        true: Labels or values in the form of ``predicted``.
        is_copy: Whether the truth is the input itself, which the model is to give back.
    """

    metrics: dict[str, float]
    true: np.ndarray
    is_copy: bool = False

    @cached_property
    def copy_errors(self) -> np.ndarray:
        """The mean squared error of each example, float64 ``(examples,)``."""
        return np.array(
            [
                np.square(true.astype(np.float64) - predicted).mean()
                for true, predicted in zip(self.true, self.predicted, strict=True)
            ]
        )


def evaluate_outputs(
    metrics: dict[str, float],
    outputs: np.ndarray,
    labels: np.ndarray,
    task: Task,
    *,
    from_logits: bool,
    is_copy: bool = False,
) -> Evaluation:
    """Turn a model's outputs into answers beside the truth.

    Args:
        metrics: Loss and metrics of the same pass.
        outputs: As for ``read_answers``.
        labels: As in ``Split.y``, one-hot ones too.
        task: What was learned.
        from_logits: Whether outputs of a classification are logits.
        is_copy: Whether the labels are the input itself.
    """
    answers = read_answers(outputs, task, from_logits=from_logits)
    flat = labels.reshape(len(labels), -1)
    if task == "classification":
        true = flat[:, 0] if flat.shape[1] == 1 else flat.argmax(axis=1)
    elif task == "multi_label":
        true = flat.astype(np.int32)
    else:
        true = flat[:, 0] if flat.shape[1] == 1 else flat
    return Evaluation(
        task=task,
        predicted=answers.predicted,
        probabilities=answers.probabilities,
        metrics=metrics,
        true=true,
        is_copy=is_copy,
    )


def read_answers(outputs: np.ndarray, task: Task, *, from_logits: bool) -> Answers:
    """Turn a model's outputs into answers.

    Args:
        outputs: float32 ``(examples, units)``: probabilities or logits of the classes
            (one unit: of the second class), of each label, or values.
        task: What was learned.
        from_logits: Whether outputs are logits, of classes or of values from 0 to 1.
    """
    flat = outputs.reshape(len(outputs), -1)
    if task == "regression":
        values = _sigmoid(flat) if from_logits else flat
        return Answers(task, values[:, 0] if values.shape[1] == 1 else values, None)
    if task == "multi_label":
        probabilities = _sigmoid(flat) if from_logits else flat
        return Answers(task, (probabilities > SAYS_YES).astype(np.int32), probabilities)
    probabilities = class_probabilities(flat, from_logits=from_logits)
    return Answers(task, probabilities.argmax(axis=1), probabilities)


def class_probabilities(outputs: np.ndarray, *, from_logits: bool) -> np.ndarray:
    """Return float32 ``(examples, classes)`` from the outputs of a classifier.

    A single unit is the probability (or logit) of the second of two classes.
    """
    if outputs.shape[1] == 1:
        second = _sigmoid(outputs) if from_logits else outputs
        return np.concatenate([1 - second, second], axis=1)
    if not from_logits:
        return outputs
    shifted = np.exp(outputs - outputs.max(axis=1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=1, keepdims=True))


def _sigmoid(logits: np.ndarray) -> np.ndarray:
    return np.asarray(1 / (1 + np.exp(-logits)))
