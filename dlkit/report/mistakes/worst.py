"""Which examples a model was most wrong about, and what is said of each of them.

Where it made no mistake at all, the right answers that it was least sure of take their
place: they are where it would go wrong first.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from dlkit.config.datasets import Task
from dlkit.evaluate.predictions import Evaluation
from dlkit.report.data.overview import format_share
from dlkit.report.drawing import Rows
from dlkit.report.figures.calibration import format_confidence
from dlkit.report.figures.mistakes import CAPTION_LENGTH, fit
from dlkit.report.prediction_file import name_units
from dlkit.report.terminal import format_figure
from dlkit.report.trust_pictures import confidence_of

MOST_SHOWN = 12
"""Examples that a person looks at one by one."""

MOST_VALUES = 3
"""Predicted values that stand in the table beside an example; of more only the worst does."""

NAME_LENGTH = CAPTION_LENGTH - len("said , ")
"""Of a class and its probability in a caption."""

QUITE_SURE = 0.99
"""Probabilities beyond are written with a decimal more."""

LEAST_PROBABILITY = 1e-7
"""As for the losses of Keras, whose logarithms would be infinite else."""


@dataclass(frozen=True)
class Worst:
    """Some examples, the worst first, and what is said of each.

    Attributes:
        title: Which ones they are.
        places: int ``(shown,)``: where they stand in the test split.
        heads: Of the columns that compare answer and truth.
        cells: Those columns, a row an example.
        captions: Two short lines an example: what it is, and what the model said.
        wrong: Whether these are mistakes.
    """

    title: str
    places: np.ndarray
    heads: tuple[str, ...]
    cells: Rows
    captions: tuple[tuple[str, str], ...]
    wrong: bool = True


def worst_answers(evaluation: Evaluation, names: tuple[str, ...]) -> Worst:
    """Return the examples that a model was most wrong about.

    Args:
        evaluation: At least one answer beside the truth, all finite.
        names: Of the classes, the labels or the values.
    """
    if evaluation.is_copy:
        return _worst_copies(evaluation)
    return _WORST[evaluation.task](evaluation, names)


def _worst_classes(evaluation: Evaluation, names: tuple[str, ...]) -> Worst:
    """Return the wrong answers that the model was surest of."""
    confidence, is_right = confidence_of(evaluation)
    assert evaluation.probabilities is not None  # noqa: S101  # classes have probabilities
    of_true = evaluation.probabilities[np.arange(len(confidence)), evaluation.true]
    wrong = np.flatnonzero(~is_right)
    places = wrong if wrong.size else np.arange(len(confidence))
    surest = np.lexsort((of_true[places], -confidence[places]))
    places = places[surest if wrong.size else surest[::-1]][:MOST_SHOWN]
    named = name_units(names, evaluation.probabilities.shape[1])
    told = [
        (
            *(named[labels[place]] for labels in (evaluation.true, evaluation.predicted)),
            _surety(float(confidence[place])),
            format_share(float(of_true[place])),
        )
        for place in places
    ]
    heads = ("true", "said", "probability", "of the true class")
    captions = [
        (f"is {true}", f"said {fit(said, NAME_LENGTH - len(share))}, {share}")
        for true, said, share, _ in told
    ]
    title = _title(len(wrong), len(places), "surest")
    return Worst(title, places, heads, tuple(told), tuple(captions), bool(wrong.size))


def _surety(probability: float) -> str:
    """Write a probability; one close to 1 is not told as certainty."""
    write = format_confidence if probability > QUITE_SURE else format_share
    return write(probability)


def _worst_labels(evaluation: Evaluation, names: tuple[str, ...]) -> Worst:
    """Return the examples of the largest loss, the mean cross-entropy of their labels."""
    assert evaluation.probabilities is not None  # noqa: S101  # labels have probabilities
    true = evaluation.true
    of_true = np.where(true == 1, evaluation.probabilities, 1 - evaluation.probabilities)
    losses = -np.log(np.maximum(of_true, LEAST_PROBABILITY)).mean(axis=1, dtype=np.float64)
    wrong = np.flatnonzero((evaluation.predicted != true).any(axis=1))
    places = wrong if wrong.size else np.arange(len(true))
    places = places[np.argsort(-losses[places], kind="stable")][:MOST_SHOWN]
    named = name_units(names, true.shape[1])
    told = [
        (
            *(_labels(labels[place], named) for labels in (true, evaluation.predicted)),
            format_figure(float(losses[place])),
        )
        for place in places
    ]
    captions = [(f"is {has}", f"said {said}") for has, said, _ in told]
    title = _title(len(wrong), len(places), "worst")
    heads = ("true", "said", "loss")
    return Worst(title, places, heads, tuple(told), tuple(captions), bool(wrong.size))


def _labels(there: np.ndarray, named: list[str]) -> str:
    """Name the labels of an example."""
    return ", ".join(named[place] for place in np.flatnonzero(there)) or "none"


def _worst_values(evaluation: Evaluation, names: tuple[str, ...]) -> Worst:
    """Return the examples of the largest errors; of several values, by their deviations."""
    true, predicted = (
        values.reshape(len(values), -1).astype(np.float64)
        for values in (evaluation.true, evaluation.predicted)
    )
    errors = true - predicted
    spread = true.std(axis=0)
    sizes = np.abs(errors / np.where(spread > 0, spread, 1))
    places = np.argsort(-sizes.mean(axis=1), kind="stable")[:MOST_SHOWN]
    count = true.shape[1]
    parts = {"true": true, "said": predicted, "true minus said": errors}

    def name_of(value: int) -> str:
        return names[value] if value < len(names) else f"value {value + 1}"

    def told(place: int, value: int) -> tuple[str, ...]:
        return tuple(f"{values[place, value]:.5g}" for values in parts.values())

    furthest = [(int(place), int(sizes[place].argmax())) for place in places]
    captions = tuple(
        _value_caption("" if count == 1 else name_of(value), *told(place, value)[:2])
        for place, value in furthest
    )
    if count > MOST_VALUES:
        heads = ("furthest off", *parts)
        cells = tuple((name_of(value), *told(place, value)) for place, value in furthest)
    else:
        suffixes = [""] if count == 1 else [f" {name_of(value)}" for value in range(count)]
        heads = tuple(f"{part}{suffix}" for suffix in suffixes for part in parts)
        cells = tuple(
            tuple(text for value in range(count) for text in told(place, value))
            for place, _ in furthest
        )
    return Worst("the largest errors", places, heads, cells, captions)


def _value_caption(name: str, true: str, said: str) -> tuple[str, str]:
    """Say what a value was and what the model said, under a picture."""
    what = f"{fit(name, CAPTION_LENGTH - len(f': {true}'))}: {true}" if name else f"true {true}"
    return what, f"said {said}"


def _worst_copies(evaluation: Evaluation) -> Worst:
    """Return the inputs that were given back worst."""
    errors = evaluation.copy_errors
    places = np.argsort(-errors, kind="stable")[:MOST_SHOWN]
    cells = tuple((format_figure(float(errors[place])),) for place in places)
    captions = tuple(("error", cell) for (cell,) in cells)
    title = "what is given back worst"
    return Worst(title, places, ("mean squared error",), cells, captions)


def _title(wrong: int, shown: int, which: str) -> str:
    """Say how many mistakes there are and which of them are shown."""
    if not wrong:
        return "no mistakes: the right answers that were least sure"
    if wrong == 1:
        return "the only mistake"
    if wrong <= shown:
        return f"all {wrong} mistakes, the {which} first"
    return f"the {which} of {wrong:,} mistakes"


_WORST: dict[Task, Callable[[Evaluation, tuple[str, ...]], Worst]] = {
    "classification": _worst_classes,
    "multi_label": _worst_labels,
    "regression": _worst_values,
}
