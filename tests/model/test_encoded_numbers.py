from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

pytestmark = pytest.mark.keras

NAN = float("nan")

Encode = Callable[..., Any]


def numbers(seed: int, mean: float, deviation: float, rows: int = 2000) -> np.ndarray:
    """Numbers that float32 holds exactly, as a model reads no others."""
    drawn = np.random.default_rng(seed).normal(mean, deviation, rows)
    return drawn.astype(np.float32).astype(float)


@pytest.mark.parametrize(
    "values",
    [
        pytest.param(numbers(0, 50, 10), id="usual"),
        pytest.param(np.round(numbers(0, 2010, 6)), id="years"),
        pytest.param(np.round(numbers(0, 1_600_000_000, 10_000_000), -3), id="timestamps"),
        pytest.param(numbers(0, 3e-9, 1e-9), id="nanometers"),
        pytest.param(numbers(0, 1e30, 1e29), id="huge"),
    ],
)
def test_standardized_numbers_are_numpys(encoded: Encode, values: np.ndarray) -> None:
    values = values.astype(np.float32).astype(float)
    vector = encoded({"x": ("numeric", {}, values)})(x=values)
    np.testing.assert_allclose(
        vector[:, 0], (values - values.mean()) / values.std(), atol=1e-6, rtol=1e-6
    )


def test_minmax_takes_the_training_range_to_0_and_1(encoded: Encode) -> None:
    table = encoded({"x": ("numeric", {"scale": "minmax"}, [2000.0, 2010, 2004])})
    np.testing.assert_allclose(table(x=[2000, 2005, 2030])[:, 0], [0, 0.5, 3], atol=1e-6)


def test_numbers_that_are_not_scaled_stay_as_they_are(encoded: Encode) -> None:
    values = numbers(0, 1e6, 1)
    vector = encoded({"x": ("numeric", {"scale": "none"}, values)})(x=values)
    np.testing.assert_array_equal(vector[:, 0], values)


def test_logarithm_is_taken_of_one_more(encoded: Encode) -> None:
    values = np.abs(numbers(0, 0, 1000))
    vector = encoded({"x": ("numeric", {"log": True}, values)})(x=values)
    logs = np.log(values + 1)
    np.testing.assert_allclose(vector[:, 0], (logs - logs.mean()) / logs.std(), atol=1e-6)


def test_columns_of_all_treatments_keep_their_names_and_values(encoded: Encode) -> None:
    rows = np.abs(numbers(1, 0, 10, 4 * 500)).reshape(4, 500)
    settings = [{}, {"log": True}, {"missing": 1.0}, {"log": True, "missing": 1.0}]
    table = {
        name: ("numeric", told, values)
        for name, told, values in zip("abcd", settings, rows, strict=True)
    }
    result = encoded(table)
    vector = result(**dict(zip("abcd", rows, strict=True)))
    for name, told, values in zip("abcd", settings, rows, strict=True):
        used = np.log1p(values) if told.get("log") else values
        np.testing.assert_allclose(
            vector[:, result.encoding.names.index(name)],
            (used - used.mean()) / used.std(),
            atol=1e-6,
        )


def test_missing_numbers_are_filled_and_told(encoded: Encode) -> None:
    told = {"missing": "median", "indicator": True, "scale": "none"}
    table = encoded({"x": ("numeric", told, [1, 2, NAN, 9]), "y": ("numeric", told, [5.0] * 4)})
    vector = table(x=[NAN, 7, NAN], y=[NAN, 5, 6])
    assert table.encoding.names == ("x", "y", "x is missing", "y is missing")
    assert vector.tolist() == [[2, 5, 1, 1], [7, 5, 0, 0], [2, 6, 1, 0]]


def test_missing_number_that_nothing_was_learned_for_spoils_its_own_place_only(
    encoded: Encode,
) -> None:
    values = [1.0, 2, 3, 4]
    table = encoded(
        {"x": ("numeric", {}, values), "b": ("numeric", {"bins": 2}, values),
         "y": ("numeric", {"missing": "mean"}, values)}
    )  # fmt: skip
    vector = table(x=[NAN, 2], y=[NAN, 2], b=[NAN, 2])
    names = np.array(table.encoding.names)
    assert set(names[np.isnan(vector[0])]) == {"x", "b < 3", "b >= 3"}
    assert not np.isnan(vector[1]).any()


def test_constant_column_is_zero_and_no_other_value_explodes(encoded: Encode) -> None:
    vector = encoded({"x": ("numeric", {}, [0.1] * 7)})(x=[0.1, 1.1])
    np.testing.assert_allclose(vector[:, 0], [0, 1], atol=1e-6)


def test_bins_are_one_hot_and_a_boundary_belongs_to_the_bin_above(encoded: Encode) -> None:
    told = {"bins": 3, "missing": 7.0}
    table = encoded({"x": ("numeric", told, [0.0, 1, 2.5, 3, 4, 5])})
    assert table.encoding.names == ("x < 2.5", "2.5 <= x < 4", "x >= 4")
    vector = table(x=[-1e30, 2.4999, 2.5, 3.9, 4, NAN])
    assert vector.argmax(axis=1).tolist() == [0, 0, 1, 1, 2, 2]
    np.testing.assert_array_equal(vector.sum(axis=1), 1)


def test_bins_of_a_constant_column_are_one(encoded: Encode) -> None:
    table = encoded({"x": ("numeric", {"bins": 3}, [2.0, 2])})
    assert (table.encoding.names, table(x=[5.0]).tolist()) == (("x",), [[1]])


def test_normalization_layer_holds_the_statistics_of_the_training_rows(
    encoded: Encode,
) -> None:
    import keras

    first, second = numbers(3, 5, 2), numbers(4, -1, 3)
    table = encoded({"a": ("numeric", {}, first), "b": ("numeric", {}, second)})
    model = keras.Model(table.encoding.inputs, table.encoding.boundary)
    layer = model.get_layer("encoding").get_layer("numbers")
    assert layer.get_config()["mean"] == [first.mean(), second.mean()]
    assert layer.get_config()["variance"] == [first.var(), second.var()]
