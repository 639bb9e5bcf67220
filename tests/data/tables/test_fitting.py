from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pytest

from dlkit.config.choices import Choice
from dlkit.config.feature_kinds import FEATURES
from dlkit.data.tables.fitting import FittedColumn, fit_columns
from dlkit.errors import DataError


def feature(kind: str, **settings: Any) -> Choice:
    return Choice(kind, FEATURES[kind](**settings))


def fit(features: Mapping[str, Choice], **columns: Any) -> dict[str, FittedColumn]:
    block = {
        name: np.asarray(values, object if isinstance(values[0], str) else float)
        for name, values in columns.items()
    }
    return {column.name: column for column in fit_columns(features, lambda: iter([block]), 0)}


def fit_one(kind: str, values: Any, **settings: Any) -> FittedColumn:
    return fit({"x": feature(kind, **settings)}, x=values)["x"]


NAN = float("nan")


def test_columns_come_in_the_order_of_the_features() -> None:
    features = {"b": feature("numeric"), "a": feature("categorical")}
    assert [*fit(features, a=["x"], b=[1.0])] == ["b", "a"]


def test_mean_and_variance_are_numpys_to_the_last_bit() -> None:
    values = np.random.default_rng(0).lognormal(3, 2, 10_001)
    column = fit_one("numeric", values)
    assert (column.mean, column.variance) == (float(values.mean()), float(values.var()))
    assert (column.low, column.high) == (float(values.min()), float(values.max()))


@pytest.mark.parametrize(
    ("missing", "fill"), [("mean", 14 / 3), ("median", 3.0), (-5.0, -5.0)], ids=str
)
def test_missing_numbers_are_filled_before_the_figures_are_taken(
    missing: Any, fill: float
) -> None:
    column = fit_one("numeric", [1, NAN, 3, 10, NAN], missing=missing)
    filled = np.array([1, fill, 3, 10, fill])
    assert column.fill == pytest.approx(fill, abs=1e-15)
    assert column.mean == pytest.approx(filled.mean(), abs=1e-15)
    assert column.variance == pytest.approx(filled.var(), abs=1e-14)


def test_figures_are_of_logarithms_where_they_are_taken_and_the_fill_is_not() -> None:
    column = fit_one("numeric", [np.e - 1, NAN, np.e**3 - 1], log=True, missing=np.e**2 - 1)
    assert column.fill == pytest.approx(np.e**2 - 1)
    assert (column.mean, column.variance) == pytest.approx((2, 2 / 3))
    assert (column.low, column.high) == pytest.approx((1, 3))


def test_bins_hold_equal_counts() -> None:
    column = fit_one("numeric", np.arange(100), bins=4)
    counts = np.bincount(np.digitize(np.arange(100), column.edges))
    assert counts.tolist() == [25, 25, 25, 25]


def test_bins_of_many_equal_values_are_fewer_and_never_empty() -> None:
    values = np.array([0.0] * 60 + [1.0] * 30 + [7.0] * 10)
    column = fit_one("numeric", values, bins=10)
    assert np.bincount(np.digitize(values, column.edges)).tolist() == [60, 30, 10]


def test_bins_of_a_constant_column_have_no_boundary() -> None:
    assert fit_one("numeric", [2.0, 2.0], bins=3).edges == ()


def test_names_come_by_falling_count_and_equals_by_the_alphabet() -> None:
    values = ["b", "c", "a", "c", "", "b", "c"]
    assert fit_one("categorical", values).vocabulary == ("c", "b", "", "a")
    assert fit_one("categorical", values, max_tokens=2).vocabulary == ("c", "b")


def test_hashed_names_are_not_remembered() -> None:
    assert fit_one("categorical", ["a", "b"], encoding="hashing").vocabulary == ()


@pytest.mark.parametrize(
    ("settings", "length"),
    [
        pytest.param({}, 4, id="longest"),
        pytest.param({"ngrams": 2}, 4 + 3, id="single-words-and-pairs"),
        pytest.param({"output_sequence_length": 9}, 9, id="as-told"),
    ],
)
def test_token_numbers_are_as_many_as_words_of_the_longest_text(
    settings: dict[str, Any], length: int
) -> None:
    column = fit_one("text", ["so it goes", "and so it went"], output_mode="int", **settings)
    assert column.length == length


def test_very_long_texts_are_cut() -> None:
    assert fit_one("text", ["a " * 10_000], output_mode="int").length == 500


@pytest.mark.parametrize(
    ("dates", "parts"),
    [
        # all Mondays, at midnight
        (["2024-01-01 00:00:00", "2024-02-05 00:00:00"], ("time", "month")),
        (["2024-01-01 00:00:00", "2024-01-02 00:00:00"], ("time", "weekday")),
        (["2024-01-01 00:00:00", "2024-01-01 00:30:00"], ("time", "hour")),
        (["2024-01-01 10:00:00", "", "2024-01-01 10:00:00"], ()),
    ],
    ids=["months", "days", "minutes", "constant"],
)
def test_parts_of_a_date_are_those_that_vary(dates: list[str], parts: tuple[str, ...]) -> None:
    assert fit_one("date", dates).parts == parts


def test_date_figures_are_days_since_1970() -> None:
    column = fit_one("date", ["1970-01-02 12:00:00", "", "1969-12-31 00:00:00"])
    assert (column.low, column.high) == (-1, 1.5)
    assert (column.mean, column.variance) == (0.25, 1.25**2)


def test_parts_that_are_told_are_kept() -> None:
    assert fit_one("date", ["2024-01-01 00:00:00"], parts=("hour",)).parts == ("hour",)


def test_every_column_with_missing_numbers_is_named_with_what_to_write() -> None:
    features = {
        "age": feature("numeric"),
        "a: b": feature("numeric", log=True, scale="minmax"),
        "fine": feature("numeric"),
    }
    columns: dict[str, Any] = {"age": [1, NAN, NAN], "a: b": [NAN, 2, 3], "fine": [1, 2, 3]}
    with pytest.raises(DataError) as caught:
        fit(features, **columns)
    assert str(caught.value) == (
        "column 'age': 2 of 3 training rows have no value. "
        "Write `age: {numeric: {missing: median}}` under dataset.features.\n"
        "column 'a: b': 1 of 3 training rows have no value. "
        'Write `"a: b": {numeric: {scale: minmax, log: true, missing: median}}` '
        "under dataset.features."
    )


@pytest.mark.parametrize(
    ("kind", "values", "settings", "message"),
    [
        pytest.param(
            "numeric",
            [1, np.inf, -1e39],
            {},
            "column 'x': 2 of 3 rows are infinite or above 3.4e38. "
            "Correct them, or write `x: drop` under dataset.features.",
            id="infinite",
        ),
        pytest.param(
            "numeric",
            [1, -1, -2.5],
            {"log": True},
            "column 'x': `log` takes log(1 + x), and the least of 3 training rows is -2.5. "
            "Leave `log` out: it needs values of more than -1.",
            id="no-logarithm",
        ),
        pytest.param(
            "numeric",
            [1, NAN],
            {"log": True, "missing": -1.0},
            "column 'x': missing values become -1, which has no log(1 + x). "
            "Set `missing` to more than -1, or leave `log` out.",
            id="no-logarithm-of-the-fill",
        ),
        *(
            pytest.param(
                kind,
                values,
                settings,
                "column 'x': none of the 2 training rows has a value. "
                "Write `x: drop` under dataset.features.",
                id=f"empty-{kind}",
            )
            for kind, values, settings in (
                ("numeric", [NAN, NAN], {"missing": "mean"}),
                ("categorical", ["", ""], {}),
                ("text", ["", ""], {}),
                ("date", ["", ""], {}),
            )
        ),
    ],
)
def test_column_that_cannot_be_fitted_is_refused(
    kind: str, values: Any, settings: dict[str, Any], message: str
) -> None:
    with pytest.raises(DataError) as caught:
        fit_one(kind, values, **settings)
    assert str(caught.value) == message


def test_fault_lies_where_the_config_names_the_column() -> None:
    path = ("dataset", "features", "x", "numeric")
    told = Choice("numeric", FEATURES["numeric"](), path)
    with pytest.raises(DataError) as caught:
        fit({"x": told}, x=[1, NAN])
    assert caught.value.problems[0].path == path


@pytest.mark.parametrize("blocks", [[], [{"x": np.empty(0)}]], ids=["no-block", "no-row"])
def test_training_split_without_rows_is_refused(blocks: list[Any]) -> None:
    def read() -> Iterator[Any]:
        return iter(blocks)

    with pytest.raises(DataError, match=r"^the training split has no rows\.$"):
        fit_columns({"x": feature("numeric")}, read, 0)
