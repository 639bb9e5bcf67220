"""Whether a model has learned a few examples by heart, and else what to look at.

A model that cannot do it has a fault: it is the first thing to try on a new one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import keras
import numpy as np

from dlkit.config.schema import Config
from dlkit.config.shown_names import shown_names
from dlkit.config.training_rules import ENOUGH_STEPS
from dlkit.data.dataset import Dataset, Split
from dlkit.evaluate.evaluation import evaluate_model
from dlkit.evaluate.predictions import Evaluation
from dlkit.train.epochs import Row
from dlkit.train.plan import plan_training
from dlkit.train.trainer import Training

SHARE = 0.05
"""What may be left of an error: of that of always saying the mean, or of the first loss."""

REGULARIZERS = ("kernel", "bias", "activity", "embeddings", "recurrent", "depthwise", "gamma")
"""What Keras's layers put penalties on."""


@dataclass(frozen=True)
class ByHeart:
    """What came of learning a few examples by heart.

    Attributes:
        learned: Whether the model knows all of them.
        text: The outcome in a sentence.
        advice: What to look at, the most telling first; empty where all was learned.
    """

    learned: bool
    text: str
    advice: tuple[str, ...] = ()


def judge_by_heart(
    model: keras.Model, dataset: Dataset, config: Config, training: Training
) -> ByHeart | None:
    """Ask a trained model for the examples that it was to learn by heart.

    Nothing is dropped at random then: what counts is what it answers. Classes and labels
    have to be right for every example; values have to leave 5 % of the squared error that
    the mean of the examples would have.

    Args:
        model: The trained, compiled model.
        dataset: As the model takes it; its training split is in memory.
        config: As it was trained.
        training: How it went.

    Returns:
        The verdict; None where nothing was to be learned by heart, or training diverged.
    """
    if config.training.overfit is None or training.status == "diverged":
        return None
    evaluations = evaluate_model(model, replace(dataset, test=dataset.train), config)
    found = {name: _outcome(evaluation) for name, evaluation in evaluations.items()}
    learned = all(fine for fine, _ in found.values())
    words = "; ".join(
        f"{name}: {text}" if len(found) > 1 else text for name, (_, text) in found.items()
    )
    if learned:
        return ByHeart(learned, f"Learned by heart: {words}.")
    rows = training.rows
    steps = len(rows) * plan_training(config.training, len(dataset.train)).of_epoch
    advice = [
        *_of_data(dataset.train, evaluations),
        *_of_loss(rows, steps),
        *_of_model(model, rows),
    ]
    general = "Do the labels belong to their examples, do the last activation and the loss"
    advice.append(f"{general} fit, has the model enough units?")
    return ByHeart(learned, f"Not learned by heart: {words}.", tuple(advice))


def _outcome(evaluation: Evaluation) -> tuple[bool, str]:
    """Tell whether an output is learned, and say how much of it."""
    true, predicted = evaluation.true, evaluation.predicted
    if evaluation.task != "regression":
        right = (true == predicted).reshape(len(true), -1).all(axis=1)
        if right.all():
            examples = (
                f"all {len(right):,} examples are" if len(right) > 1 else "the example is"
            )
            return True, f"{examples} right"
        return False, f"{np.count_nonzero(right):,} of {len(right):,} examples are right"
    share = _share_of_naive(true, predicted)
    words = f"the squared error is {share:.1%} of that of always saying the mean"
    return share < SHARE, words if share < SHARE else f"{words}, and {SHARE:.0%} is the limit"


def _share_of_naive(true: np.ndarray, predicted: np.ndarray) -> float:
    """Return the squared error as a share of what the mean of every value would leave.

    Where all values are the same, the mean leaves nothing; then it is a share of the
    squared values, and where those are 0 the squared error itself.
    """
    wanted = true.astype(np.float64).reshape(len(true), -1)
    error = np.square(wanted - predicted.reshape(wanted.shape)).sum()
    naive = np.square(wanted - wanted.mean(axis=0)).sum()
    return float(error / (naive or np.square(wanted).sum() or 1))


def _of_data(train: Any, evaluations: Mapping[str, Evaluation]) -> Iterator[str]:
    """Yield what the examples themselves say."""
    if not isinstance(train, Split):
        return
    arrays = list(train.x.values()) if isinstance(train.x, dict) else [train.x]
    keys = [_key(arrays, row) for row in range(len(train))]
    for name, evaluation in evaluations.items():
        answers: dict[bytes, set[bytes]] = {}
        for key, true in zip(keys, evaluation.true, strict=True):
            answers.setdefault(key, set()).add(np.asarray(true).tobytes())
        count = sum(len(answers[key]) > 1 for key in keys)
        if count and not evaluation.is_copy:
            what = f" of {name}" if len(evaluations) > 1 else ""
            yield (
                f"Labels{what}: {count} examples equal others that have other labels. No model"
                " can learn these."
            )


def _key(arrays: Sequence[np.ndarray], row: int) -> bytes:
    """Return what equal inputs have in common."""
    texts = [
        repr(array[row].tolist()).encode() if array.dtype.kind == "O" else array[row].tobytes()
        for array in arrays
    ]
    return hashlib.blake2b(b"\0".join(texts), digest_size=16).digest()


def _of_loss(rows: Sequence[Row], steps: int) -> Iterator[str]:
    """Yield what the course of the loss over so many steps says."""
    losses = [row["loss"] for row in rows]
    first, last, rate = losses[0], losses[-1], rows[-1]["learning_rate"]
    course = f"the loss went from {first:.4g} to {last:.4g}"
    if steps < ENOUGH_STEPS:
        yield f"Length: {course} in {steps} step{'s' * (steps > 1)}, train longer."
    elif last > 1.05 * first or (last > 0.9 * first and _jumps(losses)):
        yield f"Learning rate: {course}, lower it (it is {rate:g})."
    elif last < 0.95 * losses[max(0, len(losses) * 4 // 5 - 1)]:
        yield f"Length: {course} and was still falling, train longer."
    elif last > 0.9 * first:
        yield f"Learning rate: {course}, hardly anywhere: raise it (it is {rate:g})."
    else:
        yield f"Learning rate: {course} and stood still, try another (it is {rate:g})."


def _jumps(losses: Sequence[float]) -> bool:
    """Tell whether a loss goes up as often as down."""
    steps = np.diff(losses)
    return bool(np.count_nonzero(steps > 0) * 2 >= len(steps))


def _of_model(model: keras.Model, rows: Sequence[Row]) -> Iterator[str]:
    """Yield what in a model holds learning back."""
    layers = list(model._flatten_layers())  # Keras has no public way into wrappers and cells
    normalized = any(isinstance(layer, keras.layers.BatchNormalization) for layer in layers)
    if normalized and rows[-1]["loss"] < SHARE * rows[0]["loss"]:
        yield (
            "BatchNormalization: while it trains the model knows the examples, and its running"
            " averages lag behind. Train longer, or lower its `momentum`."
        )
    hinders = dict.fromkeys(name for layer in layers for name in _hindrances(layer))
    if hinders:
        yield f"Regularization: take {shown_names([*hinders])} out while you try."
    weights = model.count_params()
    trained = sum(int(np.prod(variable.shape)) for variable in model.trainable_variables)
    if trained < weights / 2 and any(not layer.trainable for layer in layers):
        yield f"Frozen layers: only {trained:,} of {weights:,} weights are trained."


def _hindrances(layer: Any) -> Iterator[str]:
    """Yield what a layer does so that nothing is learned by heart."""
    rates = ("rate", "dropout", "recurrent_dropout", "stddev")
    name = type(layer).__name__
    numbers = [getattr(layer, rate, 0) for rate in rates]
    if any(isinstance(number, (int, float)) and number > 0 for number in numbers):
        yield name
    if any(getattr(layer, f"{part}_regularizer", None) is not None for part in REGULARIZERS):
        yield f"the penalty on {name}"
