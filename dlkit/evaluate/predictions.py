"""What a model's outputs say, and how often they are right."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dlkit.config.datasets import Task


@dataclass(frozen=True)
class Evaluation:
    """A model's answers for a split, in the split's order.

    Attributes:
        metrics: Loss and metrics as Keras computes them.
        task: What was learned.
        true: Labels as int ``(examples,)``, or targets as float ``(examples,)``.
        predicted: In the same form as ``true``.
        probabilities: float32 ``(examples, classes)`` for classification, else None.
    """

    metrics: dict[str, float]
    task: Task
    true: np.ndarray
    predicted: np.ndarray
    probabilities: np.ndarray | None


def evaluate_outputs(
    metrics: dict[str, float],
    outputs: np.ndarray,
    labels: np.ndarray,
    task: Task,
    *,
    from_logits: bool,
) -> Evaluation:
    """Turn a model's outputs into answers.

    Args:
        metrics: Loss and metrics of the same pass.
        outputs: float32 ``(examples, units)``: probabilities or logits of the classes
            (one unit: of the second class), or values.
        labels: As in ``Split.y``.
        task: What was learned.
        from_logits: Whether outputs of a classification are logits.
    """
    flat = outputs.reshape(len(outputs), -1)
    if task == "regression":
        return Evaluation(metrics, task, labels.reshape(-1), flat[:, 0], None)
    probabilities = class_probabilities(flat, from_logits=from_logits)
    return Evaluation(
        metrics, task, labels.reshape(-1), probabilities.argmax(axis=1), probabilities
    )


def class_probabilities(outputs: np.ndarray, *, from_logits: bool) -> np.ndarray:
    """Return float32 ``(examples, classes)`` from the outputs of a classifier.

    A single unit is the probability (or logit) of the second of two classes.
    """
    if outputs.shape[1] == 1:
        second = 1 / (1 + np.exp(-outputs)) if from_logits else outputs
        return np.concatenate([1 - second, second], axis=1)
    if not from_logits:
        return outputs
    shifted = np.exp(outputs - outputs.max(axis=1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=1, keepdims=True))
