"""Where rows go: shares, classes, groups, time, folds, and parts that are given."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlkit.config.choices import Choice
from dlkit.config.dataset_section import DatasetConfig
from dlkit.config.file_sources import CsvSource
from dlkit.data.splits import Keys, Parts, fold_rows, split_rows
from dlkit.errors import DataError

SEEDS = st.integers(0, 2**31 - 1)


def shares(**settings: Any) -> DatasetConfig:
    source = Choice("csv", CsvSource(path=("made.csv",)))
    return DatasetConfig.model_validate({"source": source, **settings})


def partition(parts: Parts) -> list[int]:
    return sorted(np.concatenate([*parts.values()]).tolist())


@given(
    rows=st.integers(20, 200),
    validation=st.sampled_from([0, 0.1, 0.3, 2]),
    test=st.sampled_from([None, 0.1, 0.5, 3]),
    seed=SEEDS,
)
@settings(max_examples=40, deadline=None)
def test_every_row_is_in_one_part(
    rows: int, validation: float, test: float | None, seed: int
) -> None:
    parts = split_rows(Keys(rows), shares(validation=validation, test=test), seed)
    assert partition(parts) == [*range(rows)]
    assert ("validation" in parts) == (validation > 0)
    assert all((np.diff(part) > 0).all() for part in parts.values())


@pytest.mark.parametrize(
    ("told", "sizes"),
    [
        pytest.param({}, (72, 8, 20), id="a-fifth-then-a-tenth"),
        pytest.param({"validation": 0.25, "test": 0.4}, (45, 15, 40), id="fractions"),
        pytest.param({"validation": 7, "test": 11}, (82, 7, 11), id="counts"),
        pytest.param({"validation": 0}, (80, 0, 20), id="no-validation"),
    ],
)
def test_validation_is_a_share_of_what_the_test_leaves(
    told: dict[str, float], sizes: tuple[int, int, int]
) -> None:
    parts = split_rows(Keys(100), shares(**told), 0)
    found = tuple(len(parts.get(part, ())) for part in ("train", "validation", "test"))
    assert found == sizes


def test_classes_keep_their_proportions_in_every_part() -> None:
    classes = np.repeat([0, 1, 2], [60, 30, 10])
    parts = split_rows(Keys(100, classes), shares(validation=0.25, test=0.2), 5)
    counts = {part: np.bincount(classes[rows]).tolist() for part, rows in parts.items()}
    assert counts == {"train": [36, 18, 6], "validation": [12, 6, 2], "test": [12, 6, 2]}


def test_same_seed_gives_the_same_rows_and_another_seed_others() -> None:
    first, again, other = (
        split_rows(Keys(100), shares(), seed)["test"].tolist() for seed in (3, 3, 4)
    )
    assert first == again
    assert first != other


@given(
    groups=st.lists(st.integers(0, 8), min_size=12, max_size=80).filter(
        lambda groups: len(set(groups)) > 3
    ),
    seed=SEEDS,
)
@settings(max_examples=60, deadline=None)
def test_no_group_stands_on_two_sides(groups: list[int], seed: int) -> None:
    numbers = np.array(groups)
    parts = split_rows(Keys(len(groups), groups=numbers), shares(validation=0.2), seed)
    assert partition(parts) == [*range(len(groups))]
    sides = [{*numbers[rows].tolist()} for rows in parts.values()]
    assert sum(map(len, sides)) == len({*groups})
    assert all(sides)


def test_groups_come_near_the_share_that_was_asked_for() -> None:
    groups = np.repeat(np.arange(50), 4)
    parts = split_rows(Keys(200, groups=groups), shares(validation=0.1, test=0.2), 1)
    assert (len(parts["test"]), len(parts["validation"])) == (40, 16)


def test_groups_are_not_always_the_same_ones() -> None:
    keys = Keys(40, groups=np.repeat(np.arange(10), 4))
    chosen = {tuple(split_rows(keys, shares(), seed)["test"]) for seed in range(10)}
    assert len(chosen) > 5


@given(times=st.lists(st.floats(-1e6, 1e6), min_size=12, max_size=60, unique=True), seed=SEEDS)
@settings(max_examples=40, deadline=None)
def test_test_is_later_than_validation_and_that_than_training(
    times: list[float], seed: int
) -> None:
    when = np.array(times)
    parts = split_rows(Keys(len(times), times=when), shares(validation=0.2, test=0.25), seed)
    assert partition(parts) == [*range(len(times))]
    assert when[parts["train"]].max() < when[parts["validation"]].min()
    assert when[parts["validation"]].max() < when[parts["test"]].min()


def test_rows_of_the_same_time_stay_together() -> None:
    days = np.repeat([1, 2, 3, 4, 5], 8)
    parts = split_rows(Keys(40, times=days), shares(validation=0, test=0.25), 0)
    assert parts["test"].tolist() == [*range(32, 40)]  # 8 rows are nearer to 10 than 16


def test_single_time_cannot_be_divided() -> None:
    expected = r"^dataset\.time: all 9 rows are of the same time, and test needs later ones\.$"
    with pytest.raises(DataError, match=expected):
        split_rows(Keys(9, times=np.ones(9)), shares(), 0)


def test_given_parts_stay_as_they_are_and_the_rest_is_shared() -> None:
    keys = Keys(50, fixed={"test": np.arange(40, 50)})
    parts = split_rows(keys, shares(validation=0.25), 0)
    assert parts["test"].tolist() == [*range(40, 50)]
    assert (len(parts["train"]), len(parts["validation"])) == (30, 10)
    keys = Keys(50, fixed={"validation": np.arange(10), "test": np.arange(45, 50)})
    assert split_rows(keys, shares(), 0)["train"].tolist() == [*range(10, 45)]


@pytest.mark.parametrize(
    ("fixed", "said"),
    [
        pytest.param(
            {"validation": np.array([1, 2, 5]), "test": np.array([2, 5, 7])},
            r"^2 rows belong to test and validation \(first: row 3\)\. A row has one part\.$",
            id="two-parts-at-once",
        ),
        pytest.param(
            {"validation": np.arange(4), "test": np.arange(4, 9)},
            r"^all 9 rows belong to test or validation, and none is for training\.$",
            id="nothing-left",
        ),
        pytest.param(
            {"test": np.arange(9)},
            r"^all 9 rows belong to test, and none is for training\.$",
            id="test-takes-all",
        ),
    ],
)
def test_given_parts_that_leave_no_honest_training_are_refused(
    fixed: dict[str, np.ndarray], said: str
) -> None:
    with pytest.raises(DataError, match=said):
        split_rows(Keys(9, fixed=fixed), shares(), 0)


def test_given_part_that_cuts_a_group_is_refused() -> None:
    keys = Keys(9, groups=np.arange(9) // 2, fixed={"test": np.array([3, 8])})
    expected = (
        r"^dataset\.group: 1 rows of test are of groups that other parts have too"
        r" \(first: row 4\)\. Remove `group`, or these rows\.$"
    )
    with pytest.raises(DataError, match=expected):
        split_rows(keys, shares(), 0)


def test_single_group_cannot_be_divided() -> None:
    expected = r"^dataset\.group: all 9 rows are of one group, and test needs one of its own\.$"
    with pytest.raises(DataError, match=expected):
        split_rows(Keys(9, groups=np.zeros(9)), shares(), 0)


@pytest.mark.parametrize("rows", [20, 23])
@pytest.mark.parametrize("folds", [2, 5])
def test_folds_test_every_row_once(rows: int, folds: int) -> None:
    divisions = [*fold_rows(Keys(rows), shares(folds=folds, validation=0.2), 0)]
    assert len(divisions) == folds
    assert all(partition(parts) == [*range(rows)] for parts in divisions)
    tested = np.concatenate([parts["test"] for parts in divisions])
    assert sorted(tested.tolist()) == [*range(rows)]
    sizes = [len(parts["test"]) for parts in divisions]
    assert max(sizes) - min(sizes) <= 1


def test_folds_keep_proportions_of_classes() -> None:
    classes = np.repeat([0, 1, 2], [60, 30, 10])
    for parts in fold_rows(Keys(100, classes), shares(folds=5, validation=0.25), 0):
        assert np.bincount(classes[parts["test"]]).tolist() == [12, 6, 2]
        assert np.bincount(classes[parts["validation"]]).tolist() == [12, 6, 2]


def test_rare_class_does_not_prevent_folds() -> None:
    classes = np.repeat([0, 1], [18, 2])  # fewer members than folds
    divisions = [*fold_rows(Keys(20, classes), shares(folds=5, validation=0), 0)]
    tested = np.concatenate([parts["test"] for parts in divisions])
    assert sorted(tested.tolist()) == [*range(20)]


@given(
    groups=st.lists(st.integers(0, 9), min_size=20, max_size=60).filter(
        lambda groups: len(set(groups)) > 5
    ),
    classes=st.booleans(),
    seed=SEEDS,
)
@settings(max_examples=40, deadline=None)
def test_no_group_stands_on_two_sides_of_a_fold(
    groups: list[int], classes: bool, seed: int
) -> None:
    numbers = np.array(groups)
    labels = np.arange(len(groups)) % 2 if classes else None
    keys = Keys(len(groups), labels, groups=numbers)
    divisions = [*fold_rows(keys, shares(folds=3, validation=0.2), seed)]
    for parts in divisions:
        sides = [{*numbers[rows].tolist()} for rows in parts.values()]
        assert sum(map(len, sides)) == len({*groups})
        assert all(sides)
    tested = np.concatenate([parts["test"] for parts in divisions])
    assert sorted(tested.tolist()) == [*range(len(groups))]


def test_folds_are_a_function_of_the_seed() -> None:
    first, again, other = (
        [parts["test"].tolist() for parts in fold_rows(Keys(20), shares(folds=4), seed)]
        for seed in (1, 1, 2)
    )
    assert first == again
    assert first != other


def test_given_validation_is_no_fold_s_test() -> None:
    keys = Keys(30, fixed={"validation": np.arange(24, 30)})
    divisions = [*fold_rows(keys, shares(folds=3), 0)]
    assert all(parts["validation"].tolist() == [*range(24, 30)] for parts in divisions)
    tested = np.concatenate([parts["test"] for parts in divisions])
    assert sorted(tested.tolist()) == [*range(24)]


@pytest.mark.parametrize("classes", [True, False])
@pytest.mark.parametrize(
    ("groups", "said"),
    [
        (None, r"^dataset\.folds: 5 folds need at least as many rows, and there are 4\.$"),
        (
            np.array([0, 1, 2, 2]),
            r"^dataset\.folds: 5 folds need at least as many groups, and there are 3\.$",
        ),
    ],
    ids=["rows", "groups"],
)
def test_more_folds_than_there_is_to_divide_are_refused(
    classes: bool, groups: np.ndarray | None, said: str
) -> None:
    labels = np.array([0, 1, 0, 1]) if classes else None
    with pytest.raises(DataError, match=said):
        list(fold_rows(Keys(4, labels, groups), shares(folds=5), 0))


def test_fewer_groups_than_folds_are_refused_with_classes_too() -> None:
    keys = Keys(40, np.arange(40) % 2, groups=np.arange(40) % 3)
    expected = r"^dataset\.folds: 5 folds need at least as many groups, and there are 3\.$"
    with pytest.raises(DataError, match=expected):
        list(fold_rows(keys, shares(folds=5), 0))


def test_group_of_a_given_validation_part_stays_out_of_the_folds() -> None:
    keys = Keys(40, groups=np.arange(40) % 8, fixed={"validation": np.arange(4)})
    with pytest.raises(DataError, match=r"^dataset\.group: 4 rows of validation are of groups"):
        list(fold_rows(keys, shares(folds=4), 0))
