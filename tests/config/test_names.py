from __future__ import annotations

import pytest

from dlkit.config.names import did_you_mean, nearest, snake_case


@pytest.mark.parametrize(
    ("name", "snake"),
    [
        ("Dense", "dense"),
        ("MaxPooling2D", "max_pooling2d"),
        ("R2Score", "r2_score"),
        ("LSTM", "lstm"),
        ("GlobalAveragePooling1D", "global_average_pooling1d"),
        ("SparseCategoricalCrossentropy", "sparse_categorical_crossentropy"),
        ("AUC", "auc"),
        ("mae", "mae"),
    ],
)
def test_snake_case_is_the_name_keras_gives(name: str, snake: str) -> None:
    assert snake_case(name) == snake


@pytest.mark.parametrize(
    ("name", "legal", "found"),
    [
        ("unit", ["units", "use_bias"], "units"),
        ("adam", ["Adam", "SGD"], "Adam"),
        ("DENSE", ["Dense", "Dropout"], "Dense"),
        ("xyz", ["Dense", "Dropout"], ""),
        ("unit", [], ""),
        (12, ["Dense"], ""),
        ("acuracy", ["Accuracy", "accuracy"], "accuracy"),
        ("Acuracy", ["Accuracy", "accuracy"], "Accuracy"),
    ],
)
def test_nearest_name_is_found_whatever_its_case(
    name: object, legal: list[str], found: str
) -> None:
    assert nearest(name, legal) == found


def test_did_you_mean_asks_when_a_name_is_near() -> None:
    assert did_you_mean("epoch", ["epochs", "loop"]) == "Did you mean 'epochs'?"


def test_did_you_mean_lists_few_names_in_order_when_none_is_near() -> None:
    assert did_you_mean("zzz", ["b", "c", "a"]) == "Expected one of: a, b, c."


@pytest.mark.parametrize(
    ("count", "listed"), [(0, False), (12, True), (13, False)], ids=["none", "12", "13"]
)
def test_did_you_mean_is_silent_when_names_are_too_many(count: int, listed: bool) -> None:
    names = [f"name{i}" for i in range(count)]
    assert bool(did_you_mean("zzz", names)) == listed
