from __future__ import annotations

import math
from typing import Any

import pytest

from dlkit.config.facts import DataFacts, expected_data, reference_values
from dlkit.config.load import load_config
from dlkit.data.load import load_dataset

NAMES = [
    *("dataset.num_classes", "dataset.input_shape", "dataset.train_size"),
    *("training.steps_per_epoch", "training.total_steps"),
]


def expected_facts(data: Any) -> dict[str, Any]:
    return reference_values(expected_data(data), data)


def dataset(source: Any, **more: Any) -> dict[str, Any]:
    return {"dataset": {"source": source, **more}}


@pytest.mark.parametrize(
    ("parts", "training", "values"),
    [
        # mnist has 60,000 to learn from and 10,000 to test on
        ({}, {}, [54_000, 1688, 16_880]),  # 54,000 / 32 = 1687.5
        ({"validation": 0}, {"batch_size": 64, "epochs": 1}, [60_000, 938, 938]),  # 937.5
        ({"validation": 0.2}, {"batch_size": 128, "epochs": 5}, [48_000, 375, 1875]),
        ({"validation": "1/4"}, {"batch_size": 100, "epochs": 2}, [45_000, 450, 900]),
        ({"validation": 5000}, {"batch_size": 100, "epochs": 2}, [55_000, 550, 1100]),
        # a test share is taken of all 70,000, and validation of what is left
        ({"test": 0.2}, {"epochs": 1}, [50_400, 1575, 1575]),
        ({"test": 20_000, "validation": 0}, {"epochs": 1}, [50_000, 1563, 1563]),  # 1562.5
        ({"test": 30_000, "validation": 8000}, {"epochs": 3}, [32_000, 1000, 3000]),
        # a fold in five is tested, of all 70,000
        ({"folds": 5, "validation": 0}, {"epochs": 1}, [56_000, 1750, 1750]),
        ({"folds": 7, "validation": 0.1}, {"epochs": 1}, [54_000, 1688, 1688]),
        # steps are what they are, whatever an epoch is
        ({"validation": 0.2}, {"batch_size": 128, "steps": 77}, [48_000, 375, 77]),
    ],
)
def test_facts_of_mnist_are_those_worked_out_by_hand(
    parts: dict[str, Any], training: dict[str, Any], values: list[int]
) -> None:
    data = {**dataset("mnist", **parts), "training": training}
    expected = dict(zip(NAMES, [10, [28, 28], *values], strict=True))
    assert expected_facts(data) == expected


@pytest.mark.parametrize(
    ("parts", "values"),
    [
        # iris has 150 and no test split: a fifth is set aside first
        ({}, [108, 4, 40]),  # 120 less 12; 108 / 32 = 3.4
        ({"validation": 0}, [120, 4, 40]),
        ({"validation": 20}, [100, 4, 40]),
        ({"validation": 0.2}, [96, 3, 30]),
        ({"test": 50}, [90, 3, 30]),
        ({"test": 50, "validation": 40}, [60, 2, 20]),
        ({"test": 0.1, "validation": 7}, [128, 4, 40]),
    ],
)
def test_facts_of_iris_are_those_worked_out_by_hand(
    parts: dict[str, Any], values: list[int]
) -> None:
    expected = dict(zip(NAMES, [3, [4], *values], strict=True))
    assert expected_facts(dataset("iris", **parts)) == expected


@pytest.mark.parametrize(
    ("source", "values"),
    [
        # the truth table is tested, so all 40 rows are learned from but a tenth
        ({"xor": 40}, [2, [2], 36]),
        # of 300 points a fifth is tested, of 240 a tenth is watched
        ({"spirals": {"examples": 300, "classes": 3}}, [3, [2], 216]),
        ({"linear": {"examples": 1000, "inputs": 5}}, [0, [5], 720]),
        ({"imdb": {"maxlen": 80}}, [2, [80], 22_500]),
    ],
    ids=["gate", "points", "line", "texts"],
)
def test_settings_of_a_source_are_read(source: Any, values: list[Any]) -> None:
    assert [expected_facts(dataset(source))[name] for name in NAMES[:3]] == values


SHARES: list[dict[str, Any]] = [
    {},
    {"validation": 0},
    {"test": 0.3, "validation": 0.15},
    {"test": 33, "validation": 17},
]


@pytest.mark.parametrize("shares", SHARES, ids=["default", "no validation", "parts", "counts"])
@pytest.mark.parametrize(
    "source", ["iris", "digits", "diabetes", {"moons": 200}, {"sequences": {"length": 6}}]
)
def test_expected_facts_are_those_of_the_data_once_loaded(
    source: Any, shares: dict[str, Any]
) -> None:
    data = dataset(source, **shares)
    known = expected_data(data)
    assert known is not None
    units = max(known.num_classes, 1)
    model: dict[str, Any] = {
        "architecture": {"layers": [{"Dense": units}]},
        "loss": "mse"
        if units == 1
        else {"SparseCategoricalCrossentropy": {"from_logits": True}},
    }
    loaded = load_dataset(load_config(data | model).config, ())
    x = loaded.train.x  # type: ignore[union-attr]  # in memory, being small
    assert not isinstance(x, dict)
    assert known.train_size == len(loaded.train)
    assert known.num_classes == len(loaded.class_names)
    assert known.input_shape == x.shape[1:]
    assert known.task == loaded.task


def test_regression_has_values_and_no_classes() -> None:
    facts = expected_data(dataset("diabetes"))
    assert facts == DataFacts("diabetes", "regression", 0, 1, (10,), 319)  # 442 - 88 - 35


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"dataset": None},
        {"dataset": "iris"},
        {"dataset": {}},
        dataset("irs"),
        dataset(["iris"]),
        dataset({"csv": "pima.csv"}),
        dataset({"moons": "many"}),
    ],
    ids=["none", "nothing", "text", "no source", "unknown", "list", "file", "faulty"],
)
def test_facts_have_names_but_no_values_when_the_data_is_unknown(data: Any) -> None:
    assert expected_facts(data) == dict.fromkeys(NAMES)


@pytest.mark.parametrize("value", ["x", 0, -3, None, 2.5, [1]])
def test_facts_take_the_default_where_the_training_is_faulty(value: Any) -> None:
    training = {"batch_size": value, "epochs": value}
    facts = expected_facts({**dataset("iris"), "training": training})
    assert facts["training.total_steps"] == 40


@pytest.mark.parametrize("share", ["x", True, None, -1, float("nan"), float("inf"), [0.1]])
def test_facts_leave_out_a_share_that_is_faulty(share: Any) -> None:
    assert expected_facts(dataset("iris", validation=share))["dataset.train_size"] == 120


def test_facts_keep_an_example_when_more_is_set_aside_than_there_is() -> None:
    facts = expected_facts(dataset("iris", validation=500))
    assert (facts["dataset.train_size"], facts["training.steps_per_epoch"]) == (1, 1)


def test_facts_of_loaded_data_are_what_was_found() -> None:
    data = {"training": {"batch_size": 30, "epochs": 2}}
    found = DataFacts("mine", "classification", 10, 0, (8, 8), 100)
    steps = math.ceil(100 / 30)
    assert reference_values(found, data) == dict(
        zip(NAMES, [10, [8, 8], 100, steps, 2 * steps], strict=True)
    )


def test_shape_of_several_inputs_is_not_known() -> None:
    found = DataFacts("mine", "regression", 0, 2, None, 100)
    assert reference_values(found, {})["dataset.input_shape"] is None


TABLE = {
    **dataset({"csv": "houses.csv"}, target="price"),
    "architecture": {"layers": [{"Dense": "${dataset.num_classes}"}]},
    "loss": "mse",
    "lr_schedule": {"CosineDecay": "${training.total_steps}"},
}


def test_reference_to_data_that_was_not_read_yet_is_no_fault() -> None:
    (entry,) = load_config(TABLE).config.architecture.layers
    assert entry.layer.arguments["units"] == "${dataset.num_classes}"
