"""Draw what a model was most wrong about, beside a table of answers and truth."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
from matplotlib.figure import Figure

from dlkit.data.dataset import Dataset, Split
from dlkit.evaluate.predictions import Evaluation
from dlkit.report.drawing import Drawing, Drawn, headed
from dlkit.report.figures.mistakes import Future, draw_captioned_lines, draw_captioned_pictures
from dlkit.report.figures.samples import draw_picture_rows
from dlkit.report.figures.style import shorten
from dlkit.report.mistakes.examples import cells_of, lines_of, pictures_of, read_examples
from dlkit.report.mistakes.worst import Worst, worst_answers
from dlkit.report.outputs import Output

NAME_LENGTH = 40


def mistake_drawings(outputs: Sequence[Output], raw: Dataset) -> list[Drawing]:
    """Return what draws the worst answers of each output for the test split.

    Args:
        outputs: The answers beside the truth; those that diverged have nothing to look at.
        raw: The data as it was loaded, its test split in the order of the answers.
    """
    return [
        headed(Drawing("mistakes", partial(_draw, output, raw), "mistakes"), output.head)
        for output in outputs
        if _can_be_shown(output.evaluation, raw)
    ]


def _can_be_shown(evaluation: Evaluation, raw: Dataset) -> bool:
    probabilities = evaluation.probabilities
    answers = evaluation.predicted if probabilities is None else probabilities
    return 0 < len(answers) == len(raw.test) and bool(np.isfinite(answers).all())


def _draw(output: Output, raw: Dataset) -> Drawn:
    """Draw the worst answers of an output, or put them into a table alone."""
    worst = worst_answers(output.evaluation, output.names)
    split = read_examples(raw.test, worst.places)
    heads, cells = cells_of(split, raw)
    numbers = raw.rows.get("test", np.arange(len(raw.test)))[worst.places]
    return Drawn(
        worst.title,
        _figure(output, raw, worst, split),
        _alt(worst),
        ("example", *(shorten(head, NAME_LENGTH) for head in worst.heads), *heads),
        tuple(
            (str(number), *(shorten(text, NAME_LENGTH) for text in told), *cell)
            for number, cell, told in zip(numbers.tolist(), cells, worst.cells, strict=True)
        ),
    )


def _figure(output: Output, raw: Dataset, worst: Worst, split: Split) -> Figure | None:
    """Return a drawing of the examples, where they can be drawn."""
    pictures = pictures_of(split, raw)
    if output.picture:
        return _given_back(output, worst)
    if pictures is not None:
        return draw_captioned_pictures(pictures, worst.captions, wrong=worst.wrong)
    lines = lines_of(split, raw)
    if lines is None:
        return None
    futures = _futures(output, worst.places, lines)
    return draw_captioned_lines(lines, worst.captions, futures, wrong=worst.wrong)


def _given_back(output: Output, worst: Worst) -> Figure:
    """Draw the worst copies under what they are copies of."""
    evaluation = output.evaluation
    inputs, given = (
        array[worst.places].reshape(-1, *output.picture)
        for array in (evaluation.true, evaluation.predicted)
    )
    return draw_picture_rows(
        [("input", list(inputs)), ("given back", list(given))],
        (float(inputs.min()), float(inputs.max())),
        [caption for _, caption in worst.captions],
    )


def _futures(output: Output, places: np.ndarray, lines: np.ndarray) -> Sequence[Future]:
    """Return what came after each line and what was foretold, where that is known.

    The last value that a series showed of what is foretold tells which of its channels
    goes on.
    """
    if output.naive is None:
        return ()
    last = output.naive.reshape(len(output.naive), -1)[places]
    same = np.isclose(lines[:, -1, :], last[:, :1]).all(axis=0)
    if not same.any():
        return ()
    steps = np.isclose(last, last[:, :1]).all(axis=0)
    true, said = (
        values.reshape(len(values), -1)[places][:, steps]
        for values in (output.evaluation.true, output.evaluation.predicted)
    )
    channel = int(np.argmax(same))
    return [(channel, *pair) for pair in zip(true, said, strict=True)]


def _alt(worst: Worst) -> str:
    """Say what is shown, and the first of it."""
    count = len(worst.places)
    first = ", ".join(shorten(line, NAME_LENGTH) for line in worst.captions[0])
    number = f"{count} examples" if count > 1 else "An example"
    return f"{number} of the test split, {worst.title}; the first: {first}"
