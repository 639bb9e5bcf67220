"""Which pictures a run gets: how it learned, and what it answers."""

from __future__ import annotations

from collections.abc import Sequence

from dlkit.config.columns import is_figure
from dlkit.report.answers import answer_drawings
from dlkit.report.drawing import Drawing, draw_all
from dlkit.report.layer_pictures import layer_drawings
from dlkit.report.learning_pictures import curve_drawings, learning_drawings
from dlkit.report.outputs import Output
from dlkit.report.page import Picture
from dlkit.report.run_folder import RunFolder
from dlkit.train.epochs import Row
from dlkit.train.rates.schedule import Curve
from dlkit.train.trainer import Training


def draw_pictures(
    folder: RunFolder,
    training: Training,
    outputs: Sequence[Output],
    rates: Curve = (),
    more: Sequence[Drawing] = (),
) -> list[Picture]:
    """Draw everything a run has to show, as PNG files and for the page.

    Args:
        folder: Gets the PNG files under ``plots/``.
        training: Provides the curves.
        outputs: Provide the answers for the test split.
        rates: The learning rate by steps, where it follows a schedule.
        more: What else there is to draw, under names of our own.

    Raises:
        StorageError: If the disk does not take them.
    """
    curves, others = own_drawings(training, outputs, rates)
    return draw_all(folder, curves, [*others, *more])


def own_drawings(
    training: Training, outputs: Sequence[Output], rates: Curve = ()
) -> tuple[list[Drawing], list[Drawing]]:
    """Return what draws a run's history and its answers.

    Args:
        training: Provides the curves.
        outputs: Provide the answers for the test split.
        rates: The learning rate by steps, where it follows a schedule.

    Returns:
        Those of the history's figures under their names, and those under names of our own.
    """
    rows = training.rows
    answers = [drawing for output in outputs for drawing in answer_drawings(output)]
    learning = [*learning_drawings(training, rates), *layer_drawings(rows)]
    return curve_drawings(training, metric_names(rows[0])), [*learning, *answers]


def metric_names(row: Row) -> list[str]:
    """Return the figures of an epoch that validation repeats, Keras's own all of them."""
    return [n for n in row if not n.startswith("val_") and is_figure(n)]
