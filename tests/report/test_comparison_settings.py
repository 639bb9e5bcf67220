"""What differs between configs is told in as few rows as say it, and nothing else is."""

from typing import Any

import pytest

from dlkit.report.comparison.settings import (
    NOT_SET,
    Difference,
    differing_settings,
    short_paths,
    short_value,
)

ADAM = {"Adam": {"learning_rate": 0.001, "beta_1": 0.9, "clipnorm": None}}
SGD = {"SGD": {"learning_rate": 0.1, "momentum": 0.9, "clipnorm": None}}


def dense(units: int, **more: Any) -> dict[str, Any]:
    return {"Dense": {"units": units, **more}}


def rows(*configs: dict[str, Any]) -> list[tuple[str, ...]]:
    return [(each.path, *each.values) for each in differing_settings(configs)]


def test_equal_configs_do_not_differ() -> None:
    assert rows({"a": [1, {"b": None}]}, {"a": [1, {"b": None}]}) == []


def test_settings_are_told_by_their_paths() -> None:
    first = {"training": {"epochs": 5, "batch_size": 32}, "same": 1}
    second = {"training": {"epochs": 7, "batch_size": 32}, "same": 1}
    assert rows(first, second) == [("training.epochs", "5", "7")]


@pytest.mark.parametrize(
    "key", ["seed", "name", "repeat", "report"], ids=lambda key: f"top {key}"
)
def test_what_changes_nothing_but_chance_is_no_difference(key: str) -> None:
    assert rows({key: 1, "x": 1}, {key: 2, "x": 1}) == []


def test_seed_of_a_layer_is_chance_and_its_name_is_not_a_top_name() -> None:
    first = {"layers": [{"Dropout": {"rate": 0.5, "seed": 1, "name": "a"}}]}
    second = {"layers": [{"Dropout": {"rate": 0.5, "seed": 2, "name": "b"}}]}
    assert rows(first, second) == [("layers[0].Dropout.name", "a", "b")]


def test_objects_of_one_class_differ_in_arguments() -> None:
    other = {"Adam": {**ADAM["Adam"], "learning_rate": 0.01}}
    assert rows({"optimizer": ADAM}, {"optimizer": other}) == [
        ("optimizer.Adam.learning_rate", "0.001", "0.01")
    ]


def test_objects_of_other_classes_differ_in_class_and_shared_arguments() -> None:
    assert rows({"optimizer": ADAM}, {"optimizer": SGD}) == [
        ("optimizer", "Adam", "SGD"),
        ("optimizer.learning_rate", "0.001", "0.1"),
    ]
    assert rows({"optimizer": ADAM}, {"optimizer": "SGD"}) == [("optimizer", "Adam", "SGD")]


def test_layers_of_the_same_kinds_are_compared_one_by_one() -> None:
    first = {"architecture": {"layers": ["Flatten", dense(64), dense(10)]}}
    second = {"architecture": {"layers": ["Flatten", dense(32), dense(10)]}}
    assert rows(first, second) == [("architecture.layers[1].Dense.units", "64", "32")]


def test_other_layers_are_told_without_what_all_begin_and_end_with() -> None:
    plain = {"layers": ["Flatten", dense(64), dense(10)]}
    dropped = {"layers": ["Flatten", dense(64), {"Dropout": {"rate": 0.5}}, dense(10)]}
    assert rows(plain, dropped) == [("layers", NOT_SET, "Dropout 0.5")]


def test_missing_and_null_are_both_not_set() -> None:
    stopping = {"monitor": "val_loss", "patience": 5}
    assert rows({"stop": None}, {"stop": stopping}, {}) == [
        ("stop", NOT_SET, "monitor val_loss, patience 5", NOT_SET)
    ]
    assert rows({"stop": None}, {}) == []


def test_names_are_shown_as_they_are() -> None:
    hostile = "<script>alert(1)</script>"
    assert rows({"x": {hostile: "$x$"}}, {"x": {hostile: "=cmd()"}})[0][1:] == (
        *("$x$", "=cmd()"),
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, NOT_SET),
        (True, "true"),
        (0.1 + 0.2, "0.3"),
        (1e-7, "1e-07"),
        (dense(3), "Dense 3"),
        ({"Flatten": {}}, "Flatten"),
        ([1, "a"], "[1, a]"),
    ],
)
def test_values_are_short(value: Any, text: str) -> None:
    assert short_value(value) == text


def test_paths_are_as_long_as_tells_them_apart() -> None:
    paths = ["a.b.units", "a.c.units", "a.rate", "seed"]
    assert short_paths(paths) == ["b.units", "c.units", "rate", "seed"]
    assert short_paths(["units", "a.units"]) == ["units", "a.units"]
    assert short_paths([]) == []


def test_a_difference_is_a_value_for_each_config() -> None:
    assert differing_settings([{"x": 1}, {"x": 2}, {"x": 1}]) == [
        Difference("x", ("1", "2", "1"))
    ]
