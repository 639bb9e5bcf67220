"""What is shown of each output of a model: its answers, and the words for them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from dlkit.config.augmentation_rules import WITHOUT_PICTURES
from dlkit.config.expansion import INPUT
from dlkit.data.dataset import Dataset, Target, first_examples, learned
from dlkit.evaluate.predictions import Answers, Evaluation

LEAST_SIDE = 8
"""Fewer pixels than this on a side are no picture, but a small matrix."""

CHANNELS = (1, 3, 4)

MOST_NAMES = 5
"""Values to predict that are named before the others are counted."""


@dataclass(frozen=True)
class Output:
    """One output of a model.

    Attributes:
        answers: Its answers; an ``Evaluation`` has the truth beside them.
        names: Of the classes, the labels or the values; may be empty.
        head: What its pictures and columns begin with; empty where it is the only one.
        picture: Shape of an example where it gives back pictures; else empty.
        naive: For a series what the last value seen would foretell: float32
            ``(examples, values)``; else None.
    """

    answers: Answers
    names: tuple[str, ...] = ()
    head: str = ""
    picture: tuple[int, ...] = ()
    naive: np.ndarray | None = None

    @property
    def evaluation(self) -> Evaluation:
        """The answers beside the truth.

        Raises:
            TypeError: If the truth is not known.
        """
        if not isinstance(self.answers, Evaluation):
            raise TypeError("these answers have no truth beside them.")
        return self.answers


def shown_outputs(
    dataset: Dataset, evaluations: Mapping[str, Evaluation]
) -> tuple[Output, ...]:
    """Return what is shown of a model's outputs.

    Args:
        dataset: As the trained model takes it.
        evaluations: By the outputs' names, for the dataset's test split.
    """
    return tuple(_shown(dataset, evaluations))


def _shown(dataset: Dataset, evaluations: Mapping[str, Evaluation]) -> Iterator[Output]:
    for name, evaluation in evaluations.items():
        shown = name_answers(evaluation, learned(dataset, name), name, evaluations)
        picture = _picture_shape(dataset, evaluation) if evaluation.is_copy else ()
        naive = None if name in dataset.outputs else dataset.naive
        yield replace(shown, picture=picture, naive=naive)


def name_answers(
    answers: Answers, target: Target, name: str, outputs: Mapping[str, object]
) -> Output:
    """Return the answers of an output with the words for them.

    Args:
        answers: Its answers.
        target: What it learned.
        name: Of the output; empty for the only one of a model that names none.
        outputs: All outputs of the model by their names.
    """
    head = name if len(outputs) > 1 else ""
    return Output(answers, target.class_names or target.target_names, head)


def target_words(target: Target) -> str:
    """Say in a few words what an output learns."""
    if target.copies:
        behind = "" if target.copies == INPUT else f" as {target.copies!r} gives it"
        return f"the input{behind}"
    if target.class_names:
        what = "labels" if target.task == "multi_label" else "classes"
        return f"{len(target.class_names):,} {what}"
    shown = ", ".join(target.target_names[:MOST_NAMES])
    more = len(target.target_names) - MOST_NAMES
    return f"{shown or 'a value'}{f' and {more:,} more' if more > 0 else ''}"


def naive_output(outputs: Sequence[Output]) -> Output | None:
    """Return the output that a naive forecast can be held against, if there is one."""
    return next((output for output in outputs if output.naive is not None), None)


def _picture_shape(dataset: Dataset, evaluation: Evaluation) -> tuple[int, ...]:
    """Return the shape of the pictures that an output gives back, or nothing."""
    x = first_examples(dataset.test, 1).x
    if isinstance(x, dict) or dataset.resolved.source.name in WITHOUT_PICTURES:
        return ()
    shape = tuple(x.shape[1:])
    plain = len(shape) == 2 or (len(shape) == 3 and shape[2] in CHANNELS)
    values = evaluation.true.reshape(len(evaluation.true), -1).shape[1]
    fits = plain and min(shape[:2]) >= LEAST_SIDE and math.prod(shape) == values
    return shape if fits else ()
