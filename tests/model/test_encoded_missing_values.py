"""A model that is called with raw rows knows which numbers stand for no value."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

pytestmark = pytest.mark.keras

Encode = Callable[..., Any]
NAN = float("nan")


@pytest.mark.parametrize(
    "settings",
    [
        {"missing": 50.0},
        {"missing": 50.0, "scale": "minmax"},
        {"missing": 50.0, "indicator": True},
        {"missing": 50.0, "bins": 3},
        {"missing": 50.0, "log": True},
    ],
    ids=str,
)
def test_they_are_encoded_as_missing_ones_are(encoded: Encode, settings: Any) -> None:
    values = [10.0, NAN, 30.0, 80.0, 70.1]
    told = {**settings, "missing_values": [0, -1, 70.1]}
    with_them = encoded({"x": ("numeric", told, values)})
    without = encoded({"x": ("numeric", settings, values)})
    raw, clean = [10.0, 0.0, -1.0, 70.1, 80.0, NAN], [10.0, NAN, NAN, NAN, 80.0, NAN]
    np.testing.assert_array_equal(with_them(x=raw), without(x=clean))


def test_other_columns_keep_the_same_numbers(encoded: Encode) -> None:
    plain = {"scale": "none"}
    told = {**plain, "missing": 5.0, "missing_values": [0]}
    table = encoded({"x": ("numeric", told, [1.0, 2.0]), "z": ("numeric", plain, [1.0, 2.0])})
    vector = table(x=[0.0, 2.0], z=[0.0, 2.0])
    assert sorted(vector.T.tolist()) == [[0.0, 2.0], [5.0, 2.0]]
