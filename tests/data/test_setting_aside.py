from __future__ import annotations

import numpy as np
import pytest
from sklearn.model_selection import train_test_split

from dlkit.data.setting_aside import choose, count_of
from dlkit.errors import DataError

CLASSES = np.repeat([0, 1, 2], [60, 30, 10])


def chosen(
    y: np.ndarray, share: float, *, seed: int = 0, stratified: bool = True
) -> tuple[np.ndarray, np.ndarray]:
    count = count_of(len(y), share, "validation")
    return choose(len(y), count, seed=seed, classes=y if stratified else None)


@pytest.mark.parametrize("stratified", [True, False])
@pytest.mark.parametrize(
    ("share", "size"), [(0.1, 10), (0.25, 25), (0.99, 99), (1, 1), (40, 40), (99, 99)]
)
def test_parts_are_disjoint_complete_and_of_the_size_asked_for(
    share: float, size: int, stratified: bool
) -> None:
    stay, aside = chosen(CLASSES, share, stratified=stratified)
    assert (len(stay), len(aside)) == (100 - size, size)
    assert sorted([*stay, *aside]) == [*range(100)]


@pytest.mark.parametrize("share", [0.1, 30])
def test_parts_keep_the_order_of_the_examples(share: float) -> None:
    stay, aside = chosen(CLASSES, share)
    assert (np.diff(stay) > 0).all()
    assert (np.diff(aside) > 0).all()


@pytest.mark.parametrize(
    ("share", "counts"),
    [(0.1, [6, 3, 1]), (0.2, [12, 6, 2]), (50, [30, 15, 5]), (90, [54, 27, 9])],
)
def test_classes_keep_their_proportions_when_stratified(
    share: float, counts: list[int]
) -> None:
    _, aside = chosen(CLASSES, share, seed=3)
    assert np.bincount(CLASSES[aside]).tolist() == counts


def test_choice_is_scikit_learn_s_own() -> None:
    stay, aside = chosen(CLASSES, 0.2, seed=7)
    expected = train_test_split(
        np.arange(100), test_size=20, random_state=7, stratify=CLASSES, shuffle=True
    )
    assert stay.tolist() == sorted(expected[0])
    assert aside.tolist() == sorted(expected[1])


@pytest.mark.parametrize("stratified", [True, False])
def test_same_seed_chooses_the_same_and_another_seed_others(stratified: bool) -> None:
    first, again = (chosen(CLASSES, 0.3, seed=1, stratified=stratified)[1] for _ in range(2))
    other = chosen(CLASSES, 0.3, seed=2, stratified=stratified)[1]
    assert first.tolist() == again.tolist()
    assert first.tolist() != other.tolist()


@pytest.mark.parametrize(
    ("y", "share"),
    [
        (np.array([0] * 9 + [1]), 0.5),
        (np.arange(10) % 5, 3),
        (np.arange(10) % 5, 7),
        (np.linspace(0.0, 1.0, 10), 0.3),
    ],
    ids=["single member", "few aside", "few stay", "targets"],
)
def test_split_is_random_when_the_classes_do_not_fit(y: np.ndarray, share: float) -> None:
    stay, aside = chosen(y, share, stratified=y.dtype.kind == "i")
    assert len(aside) == (share if share >= 1 else round(10 * share))
    assert sorted([*stay, *aside]) == [*range(10)]


@pytest.mark.parametrize(
    ("share", "said"),
    [
        (100, "100 of 100 examples sets 100 aside"),
        (101, "101 of 100 examples sets 101 aside"),
        (0, "0 of 100 examples sets 0 aside"),
        (0.001, "0.001 of 100 examples sets 0 aside"),
        (0.999, "0.999 of 100 examples sets 100 aside"),
    ],
)
def test_split_is_refused_when_a_part_would_be_empty(share: float, said: str) -> None:
    remedy = "Write `validation: 0` for none"
    expected = rf"^dataset\.validation: {said}\. Both parts need at least one\. {remedy}\.$"
    with pytest.raises(DataError, match=expected):
        chosen(CLASSES, share)


def test_many_rows_keep_the_proportions_of_their_classes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("dlkit.data.setting_aside.MANY_ROWS", 50)
    classes = np.repeat([0, 1, 2], [60, 30, 10])
    stay, aside = choose(100, 21, seed=3, classes=classes)
    assert np.bincount(classes[aside]).tolist() == [13, 6, 2]  # 12.6, 6.3, 2.1
    assert sorted([*stay, *aside]) == [*range(100)]
    again = choose(100, 21, seed=3, classes=classes)
    np.testing.assert_array_equal(again[1], aside)
    other = choose(100, 21, seed=4, classes=None)
    assert len(other[1]) == 21
    assert sorted([*other[0], *other[1]]) == [*range(100)]
