from __future__ import annotations

from typing import Any

import pytest

from dlkit.config.facts import data_facts, expected_facts
from dlkit.config.schema import DatasetConfig
from dlkit.data.load import load_dataset

NAMES = [
    *("dataset.num_classes", "dataset.input_shape", "dataset.train_size"),
    *("training.steps_per_epoch", "training.total_steps"),
]


@pytest.mark.parametrize(
    ("dataset", "training", "values"),
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
        # steps are what they are, whatever an epoch is
        ({"validation": 0.2}, {"batch_size": 128, "steps": 77}, [48_000, 375, 77]),
    ],
)
def test_facts_of_mnist_are_those_worked_out_by_hand(
    dataset: dict[str, Any], training: dict[str, Any], values: list[int]
) -> None:
    data = {"dataset": {"source": "mnist", **dataset}, "training": training}
    expected = dict(zip(NAMES, [10, [28, 28], *values], strict=True))
    assert expected_facts(data) == expected


@pytest.mark.parametrize(
    ("dataset", "values"),
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
    dataset: dict[str, Any], values: list[int]
) -> None:
    expected = dict(zip(NAMES, [3, [4], *values], strict=True))
    assert expected_facts({"dataset": {"source": "iris", **dataset}}) == expected


@pytest.mark.parametrize(
    "shares",
    [{}, {"validation": 0}, {"test": 0.3, "validation": 0.15}, {"test": 33, "validation": 17}],
    ids=["default", "no validation", "fractions", "counts"],
)
@pytest.mark.parametrize("source", ["iris", "digits", "diabetes"])
def test_expected_facts_are_those_of_the_data_once_loaded(
    source: str, shares: dict[str, Any]
) -> None:
    dataset = load_dataset(DatasetConfig(source=source, **shares), 0)
    facts = expected_facts({"dataset": {"source": source, **shares}})
    assert [facts[name] for name in NAMES[:3]] == [
        *(len(dataset.class_names), list(dataset.input_shape), len(dataset.train)),
    ]


def test_regression_has_no_classes() -> None:
    assert expected_facts({"dataset": {"source": "diabetes"}})["dataset.num_classes"] == 0


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"dataset": None},
        {"dataset": "iris"},
        {"dataset": {}},
        {"dataset": {"source": "irs"}},
        {"dataset": {"source": ["iris"]}},
    ],
    ids=["none", "nothing", "text", "no source", "unknown", "list"],
)
def test_facts_have_names_but_no_values_when_the_dataset_is_unknown(data: Any) -> None:
    assert expected_facts(data) == dict.fromkeys(NAMES)


@pytest.mark.parametrize("value", ["x", 0, -3, None, 2.5, [1]])
def test_facts_take_the_default_where_the_training_is_faulty(value: Any) -> None:
    training = {"batch_size": value, "epochs": value}
    facts = expected_facts({"dataset": {"source": "iris"}, "training": training})
    assert facts["training.total_steps"] == 40


@pytest.mark.parametrize("share", ["x", True, None, -1, float("nan"), float("inf"), [0.1]])
def test_facts_leave_out_a_share_that_is_faulty(share: Any) -> None:
    facts = expected_facts({"dataset": {"source": "iris", "validation": share}})
    assert facts["dataset.train_size"] == 120


def test_facts_keep_an_example_when_more_is_set_aside_than_there_is() -> None:
    facts = expected_facts({"dataset": {"source": "iris", "validation": 500}})
    assert (facts["dataset.train_size"], facts["training.steps_per_epoch"]) == (1, 1)


def test_facts_of_loaded_data_are_what_was_found() -> None:
    data = {"training": {"batch_size": 30, "epochs": 2}}
    assert data_facts((8, 8), 10, 100, data) == dict(
        zip(NAMES, [10, [8, 8], 100, 4, 8], strict=True)
    )
