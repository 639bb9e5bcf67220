from __future__ import annotations

import pytest

from dlkit.config.datasets import NAMED_SETS


@pytest.mark.keras
def test_topics_of_reuters_are_those_of_keras() -> None:
    import keras

    assert NAMED_SETS["reuters"].classes == tuple(keras.datasets.reuters.get_label_names())


def test_features_are_as_many_as_columns() -> None:
    named = {name: facts for name, facts in NAMED_SETS.items() if facts.features}
    assert named.keys() == {"california_housing", "boston_housing"}
    for facts in named.values():
        assert facts.shape == (len(set(facts.features)),)


@pytest.mark.parametrize(
    ("name", "total"),
    [("reuters", 11_228), ("california_housing", 20_640), ("boston_housing", 506)],
)
def test_training_split_is_the_share_that_keras_takes(name: str, total: int) -> None:
    facts = NAMED_SETS[name]
    assert facts.train == int(total * (1 - 0.2))  # its default `test_split`
    assert facts.train + facts.test == total


@pytest.mark.parametrize("name", NAMED_SETS)
def test_set_has_classes_or_a_target(name: str) -> None:
    facts = NAMED_SETS[name]
    assert bool(facts.classes) != bool(facts.target)
    assert facts.task == ("classification" if facts.classes else "regression")


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("mnist", "digits", True),  # pictures of any size
        ("mnist", "cifar10", True),
        ("mnist", "cifar100", False),  # classes
        ("mnist", "iris", False),
        ("imdb", "breast_cancer", False),  # two classes, other columns
        ("california_housing", "diabetes", False),
    ],
)
def test_stand_ins_are_alike(one: str, other: str, alike: bool) -> None:
    assert (NAMED_SETS[one].likeness == NAMED_SETS[other].likeness) is alike
