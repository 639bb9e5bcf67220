"""Gaps and repetitions in the times of a series."""

from __future__ import annotations

import numpy as np
import pytest

from dlkit.data.profile.series import find_gaps

NAMES = [f"t{i}" for i in range(12)]


@pytest.mark.parametrize(
    ("times", "messages"),
    [
        (np.arange(12.0), []),
        ([0, 31, 59, 90, 120, 151], []),  # months are no gaps
        (
            [0, 1, 2, 5, 6, 9],
            ["2 gaps in time (first: t2 to t3): windows reach over them"],
        ),
        (
            [0, 1, 1, 2, 2, 2],
            ["3 rows have the time of the one before (first: t1)"],
        ),
        ([0, 1, 2, 2, 3, 30], [
            "1 row has the time of the one before (first: t2)",
            "one gap in time (first: t4 to t5): windows reach over them",
        ]),
        ([5], []),
        ([5, 5], ["1 row has the time of the one before (first: t0)"]),
    ],
    ids=["even", "months", "gaps", "repeated", "both", "one row", "one time"],
)  # fmt: skip
def test_uneven_times_are_told(times: list[float], messages: list[str]) -> None:
    found = list(find_gaps(np.asarray(times, float), NAMES, "day"))
    assert [one.message for one in found] == messages
    assert {one.place for one in found} <= {"day"}
