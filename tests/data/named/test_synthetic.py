from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from sklearn import datasets
from sklearn.neighbors import KNeighborsClassifier

from dlkit.config.choices import Choice
from dlkit.config.known import known_facts
from dlkit.config.made_sources import GATES, SYNTHETIC
from dlkit.data.named.synthetic import blob_centers, make_data
from dlkit.data.raw import RawData
from dlkit.errors import DataError

TRUTH = {
    "and": {(0, 0): 0, (0, 1): 0, (1, 0): 0, (1, 1): 1},
    "or": {(0, 0): 0, (0, 1): 1, (1, 0): 1, (1, 1): 1},
    "xor": {(0, 0): 0, (0, 1): 1, (1, 0): 1, (1, 1): 0},
    "nand": {(0, 0): 1, (0, 1): 1, (1, 0): 1, (1, 1): 0},
    "nor": {(0, 0): 1, (0, 1): 0, (1, 0): 0, (1, 1): 0},
}


def made(name: str, seed: int = 0, **settings: Any) -> RawData:
    return make_data(Choice(name, SYNTHETIC[name](**settings)), seed)


@pytest.mark.parametrize("name", SYNTHETIC)
def test_same_seed_makes_the_same_data_and_another_seed_other_data(name: str) -> None:
    noise = {"noise": 0.1} if name in GATES else {}  # theirs is 0 if nothing is said
    one, again, other = (made(name, seed, **noise) for seed in (3, 3, 4))
    np.testing.assert_array_equal(one.x, again.x)
    np.testing.assert_array_equal(one.y, again.y)
    assert not np.array_equal(one.x, other.x)


@pytest.mark.parametrize("name", SYNTHETIC)
def test_data_is_what_was_known_of_it(name: str) -> None:
    raw, facts = made(name, 7), known_facts(name, None)
    assert facts is not None
    assert (raw.x.shape, raw.y.shape) == ((facts.train, *facts.shape), (facts.train,))
    assert raw.x.dtype == np.float32
    assert raw.y.dtype == (np.int32 if facts.classes else np.float32)
    assert (raw.x_test is None) == (facts.test == 0)
    assert raw.class_names == (facts.classes or None)
    assert raw.target_names == (() if facts.classes else ("y",))
    assert raw.origin == "made by dlkit with seed 7"


@pytest.mark.parametrize("name", GATES)
@pytest.mark.parametrize("examples", [4, 10])
def test_gate_without_noise_is_its_truth_table_again_and_again(
    name: str, examples: int
) -> None:
    raw = made(name, examples=examples)
    rows = [tuple(row) for row in raw.x.tolist()]
    assert rows == [(0, 0), (0, 1), (1, 0), (1, 1), *rows[:6]][:examples]
    assert raw.y.tolist() == [TRUTH[name][row] for row in rows]


@pytest.mark.parametrize("name", GATES)
def test_gate_is_tested_on_its_truth_table_without_noise(name: str) -> None:
    raw = made(name, noise=0.3, examples=50)
    assert {tuple(x): y for x, y in zip(raw.x_test.tolist(), raw.y_test, strict=True)} == (
        TRUTH[name]
    )
    assert (raw.x_test.shape, raw.x_test.dtype, raw.y_test.dtype) == (
        (4, 2),
        np.float32,
        np.int32,
    )


def test_noise_of_a_gate_has_its_standard_deviation_and_leaves_labels_alone() -> None:
    raw, exact = made("xor", noise=0.2, examples=20_000), made("xor", examples=20_000)
    # The standard error of a deviation from n values is s / sqrt(2 n) = 0.0007.
    assert np.std(raw.x - exact.x) == pytest.approx(0.2, abs=0.004)
    assert np.mean(raw.x - exact.x) == pytest.approx(0, abs=0.005)
    np.testing.assert_array_equal(raw.y, exact.y)


@pytest.mark.parametrize("noise", [0.0, 0.15])
def test_moons_and_circles_are_those_of_scikit_learn(noise: float) -> None:
    wanted = {
        "moons": datasets.make_moons(101, noise=noise, random_state=5),
        "circles": datasets.make_circles(101, noise=noise, random_state=5, factor=0.5),
    }
    for name, (x, y) in wanted.items():
        raw = made(name, 5, examples=101, noise=noise)
        np.testing.assert_array_equal(raw.x, x.astype(np.float32))
        np.testing.assert_array_equal(raw.y, y)


def test_circles_without_noise_have_their_radii() -> None:
    raw = made("circles", examples=40, noise=0)
    np.testing.assert_allclose(np.hypot(*raw.x.T), np.where(raw.y == 0, 1.0, 0.5), rtol=1e-6)


@pytest.mark.parametrize("classes", [2, 3, 6, 20])
def test_middles_of_blobs_are_corners_of_an_even_polygon(classes: int) -> None:
    centers = blob_centers(classes)
    sides = np.linalg.norm(centers - np.roll(centers, 1, axis=0), axis=1)
    # A polygon of radius r with n corners has sides of 2 r sin(pi / n): at n = 6 they are r.
    side = 2 * np.sin(np.pi / classes) if classes <= 6 else 1.0
    np.testing.assert_allclose(sides, side, rtol=1e-12)
    np.testing.assert_allclose(centers.mean(axis=0), 0, atol=1e-12)
    assert centers[0, 1] == 0
    assert centers[0, 0] > 0


def test_blobs_lie_around_their_middles_as_widely_as_the_noise() -> None:
    raw = made("blobs", examples=9_000, noise=0.3, classes=3)
    corners = np.array([[1, 0], [-0.5, 3**0.5 / 2], [-0.5, -(3**0.5) / 2]])
    assert np.bincount(raw.y).tolist() == [3000, 3000, 3000]
    for label, corner in enumerate(corners):
        points = raw.x[raw.y == label]
        np.testing.assert_allclose(points.mean(axis=0), corner, atol=0.03)  # 5 errors
        np.testing.assert_allclose(points.std(axis=0), 0.3, atol=0.02)


@pytest.mark.parametrize("classes", [2, 3, 5])
def test_spirals_turn_once_and_stay_half_a_unit_apart(classes: int) -> None:
    raw = made("spirals", examples=200 * classes, noise=0, classes=classes)
    radius = np.hypot(*raw.x.T)
    turned = 2 * radius / classes - np.arctan2(raw.x[:, 1], raw.x[:, 0]) / (2 * np.pi)
    # a / 2 pi = t + c / classes with t = 2 r / classes, but for whole turns.
    rest = (turned + raw.y / classes) % 1
    np.testing.assert_allclose(np.minimum(rest, 1 - rest), 0, atol=1e-5)
    assert radius.max() == pytest.approx(classes / 2)
    assert np.bincount(raw.y).tolist() == [200] * classes


@pytest.mark.parametrize("classes", [2, 3, 4])
def test_spirals_with_the_usual_noise_can_be_told_apart(classes: int) -> None:
    train, test = (made("spirals", s, examples=2000, classes=classes) for s in (1, 2))
    judge = KNeighborsClassifier(15).fit(train.x, train.y)
    assert judge.score(test.x, test.y) > 0.9


@pytest.mark.parametrize("inputs", [1, 4])
def test_line_without_noise_is_found_by_least_squares(inputs: int) -> None:
    raw = made("linear", examples=200, noise=0, inputs=inputs)
    columns = np.column_stack([raw.x, np.ones(200)])
    found, *_ = np.linalg.lstsq(columns.astype(np.float64), raw.y, rcond=None)
    assert found.tolist() == pytest.approx([*[1, -2, 3, -4][:inputs], 0.5], abs=1e-5)


def test_line_with_noise_leaves_as_much_of_it() -> None:
    raw = made("linear", examples=20_000, noise=0.7, inputs=3)
    np.testing.assert_allclose(raw.x.mean(axis=0), 0, atol=0.04)
    np.testing.assert_allclose(raw.x.std(axis=0), 1, atol=0.03)
    rest = raw.y - (raw.x @ [1, -2, 3] + 0.5)
    assert rest.std() == pytest.approx(0.7, abs=0.02)
    assert raw.feature_names == ("x1", "x2", "x3")


@pytest.mark.parametrize("periods", [1, 2.5])
def test_sine_has_as_many_periods_between_its_bounds(periods: float) -> None:
    raw = made("sine", examples=500, noise=0, periods=periods)
    x = raw.x[:, 0].astype(np.float64)
    assert -1 <= x.min() < -0.95 < 0.95 < x.max() <= 1
    # From -1 to 1 the angle goes through 2 pi for each period.
    np.testing.assert_allclose(raw.y, np.sin(2 * np.pi * periods * x / 2), atol=1e-5)


def label(digits: list[int], rule: str) -> int:
    """Say the class of a sequence, by the words of its rule."""
    half = digits[: len(digits) // 2]
    return int(
        {
            "majority": digits.count(1) > digits.count(0),
            "parity": digits.count(1) % 2 == 1,
            "first": digits[0] == 1,
            "repeat": any(one == next_one for one, next_one in pairwise(half)),
        }[rule]
    )


@pytest.mark.parametrize("length", [4, 7, 20, 300])
@pytest.mark.parametrize("rule", ["majority", "parity", "first", "repeat"])
def test_sequences_have_the_class_of_their_rule_and_as_many_of_each(
    rule: str, length: int
) -> None:
    raw = made("sequences", examples=301, length=length, rule=rule)
    rows = raw.x[:, :, 0].astype(int).tolist()
    assert np.unique(raw.x).tolist() == [0, 1]
    assert raw.y.tolist() == [label(row, rule) for row in rows]
    assert np.bincount(raw.y).tolist() == [151, 150]


@pytest.mark.parametrize("rule", ["majority", "parity", "first"])
def test_sequences_of_one_digit_are_their_class(rule: str) -> None:
    raw = made("sequences", examples=10, length=1, rule=rule)
    np.testing.assert_array_equal(raw.x[:, 0, 0], raw.y)


@pytest.mark.parametrize("rule", ["parity", "repeat"])
def test_digits_that_no_rule_reads_have_even_chances(rule: str) -> None:
    raw = made("sequences", examples=10_000, length=20, rule=rule)
    shares = raw.x[:, 10:, 0].mean(axis=0)
    np.testing.assert_allclose(shares, 0.5, atol=0.025)  # 5 standard errors


def test_more_examples_than_memory_are_an_error_of_the_data() -> None:
    with pytest.raises(DataError, match="no memory") as error:
        made("linear", examples=2**31 - 1, inputs=10_000)
    assert str(error.value) == (
        "linear: there is no memory for 2147483647 examples of shape (10000,). Ask for fewer."
    )
