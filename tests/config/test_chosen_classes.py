"""Some classes and some examples of a named dataset: what may be written, what is known."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from dlkit.config.catalogue import load_catalogue
from dlkit.config.data_sources import SOURCES
from dlkit.config.datasets import NAMED_SETS
from dlkit.config.facts import expected_data
from dlkit.config.known import known_facts
from dlkit.config.load import load_config
from dlkit.describe import describe_name
from dlkit.errors import ConfigError

CONFIG = """
dataset:
  source: {{{source}}}
architecture:
  layers: [Flatten, Dense: {{units: {units}, activation: softmax}}]
loss: sparse_categorical_crossentropy
"""


@pytest.mark.parametrize("name", [name for name, facts in NAMED_SETS.items() if facts.classes])
def test_members_of_the_classes_make_up_the_dataset(name: str) -> None:
    facts = NAMED_SETS[name]
    assert (sum(facts.members), sum(facts.test_members)) == (facts.train, facts.test)
    assert len(facts.members) == len(facts.classes)
    assert len(facts.test_members) in (0, len(facts.classes))


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (
            "mnist: [5, 12]",
            "x.yaml:3:12  dataset.source.mnist.classes[1]: mnist has no class '12'.",
        ),
        (
            "iris: {classes: [setosa, virginic]}",
            (
                "3:37  dataset.source.iris.classes[1]: iris has no class 'virginic'. Did you"
                " mean 'virginica'?"
            ),
        ),
        ("mnist: {classes: [1, 2, 1]}", "the class '1' is there already. Name it once."),
        ("mnist: {classes: 5}", "expected at least 2 entries, received 5."),
        ("mnist: {classes: [5]}", "expected at least 2 entries, received a list [5]."),
        ("mnist: {class: [5, 6]}", "mnist has no setting 'class'. Did you mean 'classes'?"),
        ("mnist: {examples_per_class: 0}", "expected at least 1, received 0."),
        (
            "boston_housing: {classes: [a, b]}",
            "boston_housing takes no settings, received 'classes'.",
        ),
    ],
)
def test_choice_that_cannot_be_made_is_refused(faults_of: Any, source: str, said: str) -> None:
    (fault,) = faults_of(CONFIG.format(source=source, units=2))
    assert said in fault


def test_facts_are_those_of_the_chosen_classes() -> None:
    settings = SOURCES["mnist"].model_validate({"classes": [7, 0]})
    facts = known_facts("mnist", settings)
    assert facts is not None
    assert facts.classes == ("7", "0")
    assert (facts.train, facts.test) == (6_265 + 5_923, 1_028 + 980)


@pytest.mark.parametrize(
    ("told", "dataset", "expected"),
    [
        ({"classes": [5, 6]}, {}, 5_421 + 5_918 - round(0.1 * (5_421 + 5_918))),
        ({"examples_per_class": 100}, {}, 900),
        ({"classes": [5, 6, 7], "examples_per_class": 50}, {"validation": 0}, 150),
        ({"examples_per_class": 100}, {"test": 0.5, "validation": 0}, 1_000),
        ({"examples_per_class": 100}, {"folds": 5, "validation": 0}, 1_000),
        ({"examples_per_class": 100_000}, {"validation": 0}, 60_000),
    ],
)
def test_size_of_the_training_split_is_foretold(
    told: dict[str, Any], dataset: dict[str, Any], expected: int
) -> None:
    facts = expected_data({"dataset": {"source": {"mnist": told}, **dataset}})
    assert facts is not None
    assert facts.train_size == expected
    assert facts.num_classes == len(told.get("classes", range(10)))


def test_last_layer_is_as_wide_as_the_chosen_classes() -> None:
    loaded = load_config(
        {
            "dataset": {"source": {"mnist": [5, 6, 7, 8, 9]}},
            "architecture": {
                "layers": [
                    "Flatten",
                    {"Dense": {"units": "${dataset.num_classes}", "activation": "softmax"}},
                ]
            },
            "loss": "sparse_categorical_crossentropy",
        }
    )
    assert loaded.config.architecture.layers[-1].layer.arguments["units"] == 5
    narrow = CONFIG.format(source="mnist: [5, 6, 7]", units=2)
    with pytest.raises(
        ConfigError, match=r"the labels have 3 classes, and the last layer has 2"
    ):
        load_config(yaml.safe_load(narrow))


def test_settings_are_described() -> None:
    text = describe_name("mnist", load_catalogue())
    assert "classes: default none" in text
    assert "examples_per_class: default none" in text
    assert "takes" not in describe_name("boston_housing", load_catalogue())
