"""How a sweep went: its trials by number, and all their learning curves over each other."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from dlkit.report.figures.curves import note_if_empty
from dlkit.report.figures.style import (
    BLUE,
    INK,
    MUTED,
    VERMILLION,
    drawable,
    house_style,
    new_figure,
    settle,
    shorten,
)
from dlkit.report.figures.sweep.axes import ValueAxis, show_value, value_axis
from dlkit.report.figures.sweep.marks import LEGEND, Mark, draw_marks, name_marks

NAME_CHARACTERS = 34

MANY_CURVES = 60
"""Curves from which on each is paler."""


@house_style()
def draw_history(
    panels: Sequence[tuple[ValueAxis, Sequence[Mark]]], best: int | None, lost: str
) -> Figure:
    """Draw what each trial came to by its number, and the best value by then as a line.

    Args:
        panels: For each objective its axis and the trials.
        best: The number of the best trial.
        lost: What trials without a value are called.
    """
    wide = len(panels) > 1
    figure, first = new_figure(8.8 if wide else 4.4, 3.0, plain=False)
    first.remove()
    row = figure.subplots(1, len(panels), squeeze=False)[0]
    for axes, (scale, marks) in zip(row, panels, strict=True):
        strip = show_value(axes, scale, lost=any(m.state == "failed" for m in marks))
        numbers = [mark.number for mark in marks]
        _draw_best_so_far(axes, scale, marks)
        draw_marks(axes, numbers, marks, scale, strip, best=best if not wide else None)
        last = max(numbers, default=1)
        axes.set_xlim(1 - max(0.6, 0.02 * last), last + max(0.6, 0.02 * last))
        axes.xaxis.set_major_locator(MaxNLocator(nbins=8, integer=True, min_n_ticks=1))
        axes.set_xlabel("trial")
        axes.set_ylabel(shorten(scale.name, NAME_CHARACTERS))
    every = panels[0][1]
    handles = name_marks(every, lost, best="" if wide else "the best")
    if any(m.state == "complete" for m in every):
        handles.append(Line2D([], [], color=VERMILLION, linewidth=1.2, label="best so far"))
    figure.legend(handles=handles, **{**LEGEND, "ncols": 4 if wide else 3})
    return settle(figure)


def _draw_best_so_far(axes: Axes, scale: ValueAxis, marks: Sequence[Mark]) -> None:
    """Draw the best value of the trials up to each one."""
    found = [(m.number, m.value) for m in marks if m.state == "complete"]
    found = [(number, value) for number, value in found if math.isfinite(value)]
    if not found:
        return
    numbers, values = zip(*found, strict=True)
    reached = (np.maximum if scale.rising else np.minimum).accumulate(values)
    last = marks[-1].number
    axes.step(
        [*numbers, last],
        scale.kept(np.array([*reached, reached[-1]])),
        where="post",
        color=VERMILLION,
        linewidth=1.2,
        zorder=2,
    )


@dataclass(frozen=True)
class Course:
    """The objective of one trial as it learned.

    Attributes:
        state: How the trial ended.
        curve: The objective by epochs, folds or seeds, counted from 1.
    """

    state: str
    curve: Mapping[int, float]


@house_style()
def draw_courses(
    name: str,
    step: str,
    courses: Sequence[Course],
    best: int | None,
    *,
    rising: bool,
    lost: str,
) -> Figure:
    """Draw the learning curves of all trials, the best one on top.

    Args:
        name: The objective.
        step: What a curve goes by: ``epoch``.
        courses: The trials.
        best: Which of them is the best, by its place; None: none.
        rising: Whether more is better.
        lost: What trials without a value are called.
    """
    figure, axes = new_figure(4.4, 3.0, plain=False)
    known = [each for each in courses if each.state == "complete"] or courses
    every = [value for each in known for value in each.curve.values()]
    scale = value_axis(name, every, rising=rising)
    show_value(axes, scale, lost=False)
    _draw_lines(axes, [each for i, each in enumerate(courses) if i != best])
    for state, marker, label in (("pruned", "|", "pruned"), ("failed", "x", lost)):
        ends = [_end(each) for each in courses if each.state == state and _end(each)]
        if ends:
            places = np.array(ends)
            axes.plot(
                places[:, 0],
                scale.kept(places[:, 1]),
                marker,
                color=INK,
                markersize=5,
                markeredgewidth=1.1,
                linestyle="none",
                zorder=4,
                clip_on=False,
                label=label,
            )
    if best is not None:
        steps, values = _points(courses[best])
        axes.plot(
            steps,
            values,
            color=VERMILLION,
            zorder=5,
            marker="o" if len(steps) == 1 else "none",
            label="the best",
        )
    longest = max((step for each in courses for step in each.curve), default=1)
    axes.set_xlim(0.5, longest + max(0.5, 0.02 * longest))
    axes.xaxis.set_major_locator(MaxNLocator(nbins=8, integer=True, min_n_ticks=1))
    axes.set_xlabel(step)
    axes.set_ylabel(shorten(name, NAME_CHARACTERS))
    note_if_empty(axes)
    axes.plot([], [], color=BLUE, linewidth=1, alpha=0.6, label="complete")
    handles, labels = axes.get_legend_handles_labels()
    there = {each.state for each in courses} | {"the best", lost}
    kept = [h for h, n in zip(handles, labels, strict=True) if n in there]
    figure.legend(handles=kept[::-1], **LEGEND)
    return settle(figure)


def _points(course: Course) -> tuple[np.ndarray, np.ndarray]:
    steps = sorted(course.curve)
    return np.array(steps, float), drawable([course.curve[step] for step in steps])


def _end(course: Course) -> tuple[float, float] | None:
    """Return where a curve ends; None where it never had a number."""
    steps, values = _points(course)
    there = np.flatnonzero(np.isfinite(values))
    return (float(steps[there[-1]]), float(values[there[-1]])) if there.size else None


def _draw_lines(axes: Axes, courses: Sequence[Course]) -> None:
    """Draw curves as thin lines: complete trials blue, others grey below them."""
    many = len(courses) > MANY_CURVES
    for states, color, alpha in (
        (("pruned", "failed", "running"), MUTED, 0.3 if many else 0.45),
        (("complete",), BLUE, 0.25 if many else 0.5),
    ):
        lines = [
            np.column_stack([steps, values])
            for each in courses
            if each.state in states and each.curve
            for steps, values in [_points(each)]
        ]
        if lines:
            axes.add_collection(
                LineCollection(lines, colors=color, alpha=alpha, linewidths=0.9),
                autolim=False,
            )
            dots = np.concatenate(
                [line for line in lines if len(line) == 1] or [np.zeros((0, 2))]
            )
            axes.plot(*dots.T, "o", color=color, alpha=alpha, markersize=3.5)
