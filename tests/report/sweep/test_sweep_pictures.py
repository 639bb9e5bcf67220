import math
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure
from swept_records import RATE, drawn_sweep, parameters, sweep_of, trial

from dlkit.report.figures.style import to_svg
from dlkit.report.figures.sweep.axes import ParameterAxis, abbreviated, value_axis
from dlkit.report.figures.sweep.pairs import Pair, cell_means, figure_text, smoothed
from dlkit.report.figures.sweep.slices import Slice, apart, medians
from dlkit.report.sweep.pictures import scale_of, sweep_drawings
from dlkit.report.sweep.shown import axis_of, lost_word, marks_of, place_on
from dlkit.report.sweep.weights import Weights
from dlkit.sweep.importance import weigh

MIXED = parameters(
    rate=RATE,
    kind=["SGD", "Adam", {"SGD": {"momentum": 0.9}}],
    units=[8, 16, 32],
    momentum={"low": 0.1, "high": 0.9, "when": {"kind": "SGD"}},
)


def learned(labels: Any, generator: np.random.Generator) -> float | str:
    if labels["rate"] > 0.3:
        return "training diverged in epoch 1: the loss is nan."
    return float(0.8 - 0.1 * (math.log10(labels["rate"]) + 2) ** 2 + 0.01 * generator.normal())


def drawn(record: Any, weights: Weights | None = None) -> dict[str, Any]:
    return {each.name: each.draw() for each in sweep_drawings(record, weights or Weights())}


def texts(figure: Figure) -> set[str]:
    found = set()
    for axes in figure.axes:
        found |= {axes.get_xlabel(), axes.get_ylabel()}
        found |= {t.get_text() for t in (*axes.get_xticklabels(), *axes.get_yticklabels())}
        found |= {t.get_text() for t in axes.texts}
    for legend in figure.legends:
        found |= {t.get_text() for t in legend.get_texts()}
    return found


def test_sweep_of_all_kinds_has_all_pictures() -> None:
    record = drawn_sweep(MIXED, 40, learned)
    weights = weigh(record)
    pictures = drawn(record, weights)
    names = ["history", "curves", "importance", "slices", "pairs", "parallel"]
    assert [*pictures] == names
    assert all(to_svg(each.figure).startswith("<svg") for each in pictures.values())
    assert {"rate", "kind", "units", "momentum"} <= texts(pictures["slices"].figure)
    assert "diverged" in texts(pictures["history"].figure)


def test_two_objectives_have_a_front() -> None:
    tried = parameters(units={"low": 1, "high": 100})
    record = drawn_sweep(
        tried,
        12,
        lambda p, g: (1 - 1 / p["units"], p["units"] * 10),
        objectives={"val_accuracy": "max", "parameters": "min"},
    )
    pictures = drawn(record)
    figure = pictures["front"].figure
    (axes,) = figure.axes
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("parameters", "val_accuracy")
    assert len(pictures["front"].rows) == 12  # more costs more and is better: all stand
    assert len(pictures["history"].figure.axes) == 2


@pytest.mark.parametrize(
    ("outcomes", "names"),
    [
        ([0.5], {"history", "curves"}),
        ([0.5, 0.6, 0.7], {"history", "curves", "slices"}),
        (["broken", "broken"], {"history", "slices"}),
        ([math.nan, 0.5, "broken"], {"history", "curves", "slices"}),
        ([], set()),
    ],
)
def test_small_and_broken_sweeps_are_drawn(outcomes: list[Any], names: set[str]) -> None:
    trials = [trial(i, value, rate=0.01 * i) for i, value in enumerate(outcomes, 1)]
    assert set(drawn(sweep_of(parameters(rate=RATE), trials))) == names


def test_sweep_of_names_alone_is_a_row_each_best_first() -> None:
    tried = parameters(kind=["a", "b", "c"])
    trials = [
        trial(i, v, kind=k) for i, (k, v) in enumerate(zip("abc", (1, 3, 2), strict=True), 1)
    ]
    figure = drawn(sweep_of(tried, trials))["slices"].figure
    (axes,) = figure.axes
    assert [label.get_text() for label in axes.get_yticklabels()] == ["b", "c", "a"]


def test_many_parameters_are_capped_at_the_most_important() -> None:
    tried = parameters(**{f"p{i}": {"low": 0, "high": 2} for i in range(12)})
    record = drawn_sweep(tried, 30, lambda p, g: p["p11"] + 0.01 * g.normal())
    pictures = drawn(record, weigh(record))
    assert len(pictures["slices"].figure.axes) == 8
    assert "the 8 most important of 12 parameters" in pictures["slices"].title
    assert pictures["slices"].figure.axes[0].get_xlabel() == "p11"
    assert len(pictures["pairs"].figure.axes) == 6


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (RATE, ParameterAxis("x", (), 1e-4, 1.0, log=True)),
        ({"low": 0, "high": 5}, ParameterAxis("x", (), 0, 5)),
        ([64, 8, 16], ParameterAxis("x", ("8", "16", "64"), 0, 2)),
        (["b", "a"], ParameterAxis("x", ("b", "a"), 0, 1, ordered=False)),
        ([True, False], ParameterAxis("x", ("True", "False"), 0, 1, ordered=False)),
        ([1e-4, 1e-3, 1e-2, 1e-1, 1], ParameterAxis("x", (), 1e-4, 1, log=True)),
        ([*range(10)], ParameterAxis("x", (), 0, 9)),
    ],
)
def test_axis_of_a_parameter(written: Any, expected: ParameterAxis) -> None:
    (parameter,) = parameters(x=written)
    axis = axis_of(parameter, "x")
    assert axis == expected
    if parameter.labels and axis.labels:
        place = place_on(axis, parameter, parameter.labels[0])
        assert axis.labels[int(place)] == str(parameter.labels[0])


def test_places_on_a_logarithmic_axis() -> None:
    axis = ParameterAxis("rate", (), 1e-4, 1.0, log=True)
    np.testing.assert_allclose(axis.shares(np.array([1e-4, 1e-2, 1.0])), [0, 0.5, 1])
    np.testing.assert_allclose(axis.places(np.array([0, 0.25, 1])), [1e-4, 1e-3, 1])


def test_few_values_far_out_stand_at_the_edge() -> None:
    # Quartiles 2 and 4, two quartile ranges beyond: 8.
    axis = value_axis("val_loss", [1, 2, 3, 4, 1e9], rising=False)
    assert (axis.low, axis.high, axis.log) == (1, 8, False)
    assert axis.kept(np.array([1e9, 3])).tolist() == [8, 3]
    np.testing.assert_allclose(axis.shares(np.array([1, 8, 4.5])), [1, 0, 0.5])


def test_losses_of_many_sizes_have_a_logarithm() -> None:
    assert value_axis("val_loss", [1e-4, 1e-3, 1, 10, 20], rising=False).log
    assert not value_axis("val_accuracy", [1e-4, 1e-3, 1, 1, 1], rising=True).log


def test_axis_of_nothing_and_of_one_value() -> None:
    nothing = value_axis("v", [math.nan, math.inf], rising=True)
    assert (nothing.low, nothing.high) == (0, 1)
    one = value_axis("v", [0.5], rising=True)
    assert (one.low, one.high) == (0.5, 0.5)


def test_axis_shows_complete_trials_and_pruned_ones_at_its_edge() -> None:
    trials = [trial(1, 0.9, rate=0.1), trial(2, 0.8, rate=0.1)]
    trials.append(trial(3, 0.2, "pruned", rate=0.1))
    record = sweep_of(parameters(rate=RATE), trials)
    assert (scale_of(record).low, scale_of(record).high) == (0.8, 0.9)
    assert [mark.value for mark in marks_of(record)] == [0.9, 0.8, 0.2]


def test_word_for_trials_without_a_value() -> None:
    tried = parameters(rate=RATE)
    ill = [trial(1, "training diverged in epoch 3: nan.", rate=1.0)]
    assert lost_word(sweep_of(tried, ill)) == "diverged"
    assert lost_word(sweep_of(tried, [*ill, trial(2, "no memory", rate=1.0)])) == "failed"
    assert lost_word(sweep_of(tried, [])) == "failed"


def test_means_of_cells() -> None:
    axis = ParameterAxis("x", ("a", "b"), 0, 1)
    places = np.array([[0, 0], [0, 0], [1, 1]])
    pair = Pair(axis, axis, places, np.array([1.0, 3.0, 5.0]))
    np.testing.assert_array_equal(cell_means(pair), [[2, np.nan], [np.nan, 5]])


def test_ground_is_what_is_near_and_nothing_where_nobody_was() -> None:
    axis = ParameterAxis("x")
    pair = Pair(axis, axis, np.array([[0.0, 0.0], [0.0, 0.02]]), np.array([1.0, 3.0]))
    ground = smoothed(pair, pair.values, np.array([0.0, 1.0]))
    # At (0, 0) the second trial weighs exp(-0.5 (0.02 / 0.13)^2) = 0.98824 of the first.
    assert ground[0, 0] == pytest.approx((1 + 3 * 0.98824) / 1.98824, abs=1e-4)
    assert np.isnan(ground[1, 1])


@pytest.mark.parametrize(
    ("value", "spread", "text"),
    [(0.71234, 0.04, "0.712"), (0.5, 0.5, "0.50"), (123.4, 50, "123"), (0.5, 0, "0.5")],
)
def test_cells_have_as_many_digits_as_tell_them_apart(
    value: float, spread: float, text: str
) -> None:
    assert figure_text(value, spread) == text


def test_medians_are_of_complete_trials() -> None:
    tried = parameters(kind=["a", "b"])
    outcomes = [(1, 0.2, "a"), (2, 0.4, "a"), (3, 0.9, "a"), (4, 0.5, "b")]
    trials = [trial(i, v, kind=k) for i, v, k in outcomes]
    trials += [trial(5, 0.0, "pruned", kind="a"), trial(6, "broken", kind="b")]
    record = sweep_of(tried, trials)
    places = tuple("ab".index(each.labels["kind"]) for each in record.trials)
    each = Slice(axis_of(tried[0], "kind"), places, tuple(marks_of(record)), listed=True)
    assert medians(each) == [(0, 0.4, 3), (1, 0.5, 1)]
    moved = apart(each)
    assert len(set(moved[[0, 1, 2, 4]])) == 4
    assert abs(moved).max() <= 0.25


@pytest.mark.parametrize(
    ("names", "length", "short"),
    [
        (["SGD", "Adam"], 8, ["SGD", "Adam"]),
        (["SGD(momentum=0.9)", "SGD(momentum=0.5)"], 10, ["SGD(…=0.9)", "SGD(…=0.5)"]),
        (["x" * 20 + "a" + "x" * 20, "x" * 20 + "b" + "x" * 20], 8, ["1 xxxx…", "2 xxxx…"]),
    ],
)
def test_long_names_stay_apart(names: list[str], length: int, short: list[str]) -> None:
    assert abbreviated(names, length) == short


def test_hostile_names_are_drawn_as_they_are() -> None:
    names = ["<script>alert(1)</script>", "$x$", "n" * 300, "a\nb"]
    tried = parameters(**{"$\\frac$": RATE, "<b>": names})
    record = drawn_sweep(tried, 20, lambda p, g: g.normal())
    for each in drawn(record, weigh(record)).values():
        svg = to_svg(each.figure)
        assert "<script" not in svg
        assert "<b>" not in svg
