"""Which pictures a sweep gets, and from which of its values."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from functools import partial

import numpy as np

from dlkit.config.sweep.space import Parameter
from dlkit.report.drawing import Drawing, Drawn, Rows, draw_all
from dlkit.report.figures.sweep.axes import ParameterAxis, ValueAxis, value_axis
from dlkit.report.figures.sweep.course import Course, draw_courses, draw_history
from dlkit.report.figures.sweep.front import draw_front
from dlkit.report.figures.sweep.pairs import Pair, draw_pairs
from dlkit.report.figures.sweep.parallel import draw_parallel
from dlkit.report.figures.sweep.slices import Slice, draw_slices, draw_strips, medians
from dlkit.report.figures.sweep.weights import draw_weights
from dlkit.report.page import Picture
from dlkit.report.run_folder import RunFolder
from dlkit.report.sweep.record import SweepRecord, TrialRecord
from dlkit.report.sweep.shown import (
    axis_of,
    by_weight,
    lost_word,
    marks_of,
    names_of,
    place_on,
    varied,
)
from dlkit.report.sweep.weights import Weights
from dlkit.report.terminal import format_figure

MOST_PANELS = 8
"""Parameters that are shown beside each other; the most important ones."""

MOST_PAIRED = 4
"""Parameters whose pairs are shown."""

FEWEST_FOR_LINES = 3
"""Complete trials from which on lines through all parameters say something."""

WITHOUT_LEARNING = ("grid", "random", "qmc")
"""Samplers that do not learn: an early trial of theirs is no worse informed than a late one."""


def draw_sweep(folder: RunFolder, record: SweepRecord, weights: Weights) -> list[Picture]:
    """Draw everything a sweep has to show, as PNG files and for the page.

    Args:
        folder: Gets the PNG files under ``plots/``.
        record: All trials.
        weights: How much each parameter mattered.

    Raises:
        StorageError: If the disk does not take them.
    """
    return draw_all(folder, [], sweep_drawings(record, weights))


def sweep_drawings(record: SweepRecord, weights: Weights) -> list[Drawing]:
    """Return the pictures of a sweep, in their order; none where no trial is over."""
    if not record.over:
        return []
    complete = record.of("complete")
    parameters = by_weight(varied(record), weights.shares)
    found = [Drawing("history", partial(_history, record), "learning")]
    if any(trial.curve for trial in record.over):
        found.append(Drawing("curves", partial(_courses, record), "learning"))
    if len(record.objectives) > 1 and len(complete) > 1:
        found += [
            Drawing(f"front_{i}" if i > 1 else "front", partial(_front, record, i), "learning")
            for i in range(1, len(record.objectives))
        ]
    if weights.shares:
        found.append(Drawing("importance", partial(_weights, record, weights)))
    if parameters:
        found.append(Drawing("slices", partial(_slices, record, parameters)))
    if len(parameters) > 1 and len(_usable(record)) >= FEWEST_FOR_LINES:
        capped = len(parameters) > MOST_PAIRED
        if pairs := _pairs_of(record, parameters):
            found.append(Drawing("pairs", partial(_pairs, record, pairs, capped=capped)))
        found.append(Drawing("parallel", partial(_parallel, record, parameters)))
    return found


def scale_of(record: SweepRecord, objective: int = 0) -> ValueAxis:
    """Return the axis of an objective."""
    name, mode = [*record.objectives.items()][objective]
    complete = [trial.values[objective] for trial in record.of("complete")]
    values = complete or [mark.value for mark in marks_of(record, objective)]
    return value_axis(name, values, rising=mode == "max")


def _best(record: SweepRecord) -> int | None:
    return record.best.number if record.best else None


def _history(record: SweepRecord) -> Drawn:
    panels = [(scale_of(record, i), marks_of(record, i)) for i in range(len(record.objectives))]
    best = record.best
    told = f", the best {format_figure(best.values[0])} in trial {best.number}" if best else ""
    names = " and ".join(record.objectives)
    return Drawn(
        "What each trial came to",
        draw_history(panels, _best(record), lost_word(record)),
        f"{names} of {len(record.over)} trials by their number{told}",
        (),
        (),
    )


def _courses(record: SweepRecord) -> Drawn:
    shown = [trial for trial in record.over if trial.curve]
    best = next((i for i, trial in enumerate(shown) if trial == record.best), None)
    name, mode = next(iter(record.objectives.items()))
    followed = name if name.startswith("val_") else "the figure followed"
    figure = draw_courses(
        followed,
        record.step,
        [Course(trial.state, trial.curve) for trial in shown],
        best,
        rising=mode == "max",
        lost=lost_word(record),
    )
    title = "How each trial learned"
    if record.step != "epoch":
        title = f"Means over the {record.step}s of each trial"
    return Drawn(title, figure, f"{followed} by {record.step} of {len(shown)} trials", (), ())


def _front(record: SweepRecord, other: int) -> Drawn:
    trials = record.of("complete")
    names = [*record.objectives]
    values = np.array([[trial.values[other], trial.values[0]] for trial in trials])
    on_front = [i for i, trial in enumerate(trials) if trial in record.front]
    figure = draw_front(
        scale_of(record, other),
        scale_of(record, 0),
        values,
        on_front,
        [trial.number for trial in trials],
    )
    rows = tuple(
        (str(trial.number), *map(format_figure, trial.values)) for trial in record.front
    )
    title = f"{names[0]} against {names[other]}"
    return Drawn(title, figure, f"{title} of {len(trials)} trials", ("trial", *names), rows)


def _weights(record: SweepRecord, weights: Weights) -> Drawn:
    names = names_of(record)
    shares = {names[name]: share for name, share in weights.shares.items()}
    beyond = {names[name] for name in weights.beyond}
    rows = tuple(
        (name, f"{share:.1%}", "more than chance" if name in beyond else "may be chance")
        for name, share in shares.items()
    )
    hollow = ", hollow: may be chance" if len(beyond) < len(shares) else ""
    return Drawn(
        f"How much each parameter mattered{hollow}",
        draw_weights(shares, beyond),
        "; ".join(f"{name} {share}, {sure}" for name, share, sure in rows),
        ("parameter", "share", "effect"),
        rows,
    )


def _slice(record: SweepRecord, parameter: Parameter, name: str) -> Slice:
    axis = axis_of(parameter, name)
    marks = marks_of(record)
    there = [
        (trial, mark)
        for trial, mark in zip(record.over, marks, strict=True)
        if parameter.name in trial.labels
    ]
    places = (place_on(axis, parameter, trial.labels[parameter.name]) for trial, _ in there)
    marked = tuple(mark for _, mark in there)
    return Slice(axis, tuple(places), marked, listed=parameter.config.values is not None)


def _capped(title: str, parameters: Sequence[Parameter], most: int) -> str:
    if len(parameters) <= most:
        return title
    return f"{title}: the {most} most important of {len(parameters)} parameters"


def _slices(record: SweepRecord, parameters: Sequence[Parameter]) -> Drawn:
    names = names_of(record)
    slices = [_slice(record, each, names[each.name]) for each in parameters[:MOST_PANELS]]
    scale, best, lost = scale_of(record), _best(record), lost_word(record)
    fades = record.sampler not in WITHOUT_LEARNING
    alone = slices[0] if len(slices) == 1 else None
    if alone and alone.axis.labels and not alone.axis.ordered:
        figure = draw_strips(alone, scale, best, lost)
    else:
        figure = draw_slices(slices, scale, best, lost, fades=fades)
    title = _capped(f"{scale.name} by each parameter", parameters, MOST_PANELS)
    if alone:
        title = f"{scale.name} by {alone.axis.name}"
    elif fades:
        title += "; paler: earlier trials"
    alt = ", ".join(each.axis.name for each in slices)
    columns, rows = _median_table(slices)
    return Drawn(title, figure, f"{scale.name} of the trials by {alt}", columns, rows)


def _median_table(slices: Sequence[Slice]) -> tuple[tuple[str, ...], Rows]:
    """Return the medians at the values that have names."""
    rows = tuple(
        (each.axis.name, each.axis.labels[int(place)], str(count), format_figure(median))
        for each in slices
        if each.axis.labels
        for place, median, count in medians(each)
    )
    return (("parameter", "value", "complete trials", "median"), rows) if rows else ((), ())


def _usable(record: SweepRecord) -> list[TrialRecord]:
    return [t for t in record.of("complete") if math.isfinite(t.values[0])]


def _placed(
    record: SweepRecord, parameters: Sequence[Parameter]
) -> tuple[list[ParameterAxis], np.ndarray, np.ndarray]:
    """Return axes, places ``(trials, parameters)`` with NaN where unset, and values."""
    names = names_of(record)
    axes = [axis_of(each, names[each.name]) for each in parameters]
    trials = _usable(record)
    places = np.array(
        [
            [
                place_on(axis, each, trial.labels[each.name])
                if each.name in trial.labels
                else math.nan
                for axis, each in zip(axes, parameters, strict=True)
            ]
            for trial in trials
        ]
    )
    return axes, places, np.array([trial.values[0] for trial in trials])


def _pairs_of(record: SweepRecord, parameters: Sequence[Parameter]) -> list[Pair]:
    """Return every two of the most important parameters that trials have together."""
    chosen = parameters[:MOST_PAIRED]
    axes, places, values = _placed(record, chosen)
    found = []
    for a, b in itertools.combinations(range(len(chosen)), 2):
        both = np.isfinite(places[:, [a, b]]).all(axis=1)
        if both.sum() > 1:
            found.append(Pair(axes[a], axes[b], places[both][:, [a, b]], values[both]))
    return found


def _pairs(record: SweepRecord, pairs: Sequence[Pair], *, capped: bool) -> Drawn:
    scale = scale_of(record)
    title = f"{scale.name} by two parameters at a time; the stronger the color the better"
    if any(pair.is_table for pair in pairs):
        title += "; numbers are means"
    if capped:
        title += f"; the {MOST_PAIRED} most important"
    alt = "; ".join(f"{pair.up.name} over {pair.across.name}" for pair in pairs)
    return Drawn(title, draw_pairs(pairs, scale), f"{scale.name}: {alt}", (), ())


def _parallel(record: SweepRecord, parameters: Sequence[Parameter]) -> Drawn:
    chosen = parameters[:MOST_PANELS][::-1]
    axes, places, values = _placed(record, chosen)
    figure = draw_parallel(axes, places, scale_of(record), values)
    title = _capped("Every complete trial as a line", parameters, MOST_PANELS)
    alt = ", ".join(axis.name for axis in axes)
    return Drawn(f"{title}; the best on top", figure, f"Trials through {alt}", (), ())
