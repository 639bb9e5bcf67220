"""The JSON Schema of the data, of augmentation and of class weights."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from jsonschema import Draft7Validator
from jsonschema.exceptions import ValidationError

from dlkit.config.augmentation_rules import AUGMENTATIONS
from dlkit.config.catalogue import load_catalogue
from dlkit.config.data_sources import SOURCES
from dlkit.config.datasets import NAMED_SETS
from dlkit.config.feature_kinds import FEATURES
from dlkit.config.json_schema import json_schema
from dlkit.config.yaml_reader import read_yaml

FaultsOf = Callable[..., list[str]]

MINIMAL = """\
dataset: {source: diabetes}
loss: mse
architecture: {layers: [{Dense: 1}]}
"""

COLUMNS = """\
source: {csv: a.csv}
  target: y
  sample_weight: w
  features:
    a: numeric
    b: {numeric: minmax}
    c: {numeric: {missing: 0, log: true}}
    d: categorical
    e: {text: {output_mode: count}}
    f: {date: '%Y'}
    g: drop
    h: {drop: }
    i: {numeric: {missing: median, indicator: true, bins: 4}}
"""

DATASETS = [
    "source: {csv: houses.csv}\n  target: price",
    "source: {csv: [a.csv, b.csv]}\n  target: [price, rent]\n  test: 0.2\n  validation: 1/10",
    "source: {csv: {path: 'data/*.csv', missing: [-999, '?'], decimal: ','}}\n  target: price",
    "source: {tsv: a.tsv}\n  target: {columns: kind, classes: [0, 1]}\n  folds: 5",
    "source: {parquet: a.parquet}\n  target: y\n  group: street\n  stream: true",
    "source: {arrays: {path: a.npz, inputs: x, outputs: [y, z]}}\n  stream: auto",
    "source: {images: {path: flowers, image_size: [8, 8], resize: pad}}\n  test: flowers/test",
    "source: {timeseries: {path: a.csv, width: 24, targets: rain}}\n  time: day",
    "source: {tfrecord: {path: a, features: {x: {float32: [4]}, y: float32}}}\n  target: y",
    "source: {tfrecord: {path: a, features: {x: {image: [8, 8, 1]}, y: int64}}}\n  target: y",
    "source: {linear: {examples: 50, noise: 1/10}}",
    "source: {sine: 50}\n  validation: 0\n  test: 10",
    "source: sine",
    "source: {sine: }",
    "source: {diabetes: }",
    "source: {csv: a.csv}\n  target: y\n  test: {column: split, value: 1}\n  validation: v.csv",
    COLUMNS,
]
"""Datasets of values."""


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    return json_schema(load_catalogue())


@pytest.fixture(scope="module")
def validator(schema: dict[str, Any]) -> Draft7Validator:
    return Draft7Validator(schema)


def parse(text: str) -> dict[str, Any]:
    source, problems = read_yaml(text, "x.yaml")
    assert problems == []
    return source.data


def place(error: ValidationError) -> str:
    return re.sub(r"\.(\d+)", r"[\1]", ".".join(map(str, error.absolute_path)))


@pytest.mark.parametrize("dataset", DATASETS)
def test_dataset_that_the_loader_accepts_is_accepted(
    validator: Draft7Validator, faults_of: FaultsOf, dataset: str
) -> None:
    text = MINIMAL.replace("{source: diabetes}", f"\n  {dataset}")
    assert list(validator.iter_errors(parse(text))) == []
    assert faults_of(text) == []


REFUSED = [
    (MINIMAL.replace("{source: diabetes}", dataset), f"dataset{where}", said)
    for dataset, where, said in (
        ("{source: csv}", ".source", "'csv' is not one of ['mnist', "),
        ("{source: {cvs: a}}", ".source", "'cvs' was unexpected"),
        ("{source: {csv: a, tsv: b}}", ".source", "has too many properties"),
        ("{source: {csv: {sep: ;}}}", ".source.csv", "'sep' was unexpected"),
        ("{source: {csv: {decimal: ','}}}", ".source.csv", "'path' is a required property"),
        ("{source: {csv: }}", ".source.csv", "None is not of type 'array'"),
        (
            "{source: {csv: {path: a, quoted: 1}}}",
            ".source.csv.quoted",
            "1 is not of type 'bool",
        ),
        ("{source: {csv: {path: a, decimal: ;}}}", ".source.csv.decimal", "';' is not one of"),
        ("{source: {timeseries: a.csv}}", ".source.timeseries", "is not of type 'object'"),
        ("{source: {moons: 0}}", ".source.moons", "0 is less than the minimum of 1"),
        ("{source: {iris: 3}}", ".source.iris", "3 is not of type 'array'"),
        ("{source: {iris: {a: 3}}}", ".source.iris", "'a' was unexpected"),
        (
            "{source: {images: {path: a, image_size: [8]}}}",
            ".source.images.image_size",
            "[8] is too short",
        ),
        ("{source: {csv: a}, target: {column: y}}", ".target", "'column' was unexpected"),
        ("{source: {csv: a}, target: {separator: ;}}", ".target", "'columns' is a required"),
        ("{source: {csv: a}, target: 5}", ".target", "5 is not of type 'array'"),
        ("{source: {csv: a}, target: y, test: {value: 1}}", ".test", "'column' is a required"),
        ("{source: iris, test: 10%}", ".test", "'10%' does not match"),
        ("{source: iris, folds: 1}", ".folds", "1 is less than the minimum of 2"),
        ("{source: iris, stream: 3}", ".stream", "3 is not of type 'boolean'"),
        (
            "{source: {csv: a}, target: y, features: {a: nmeric}}",
            ".features.a",
            "'nmeric' is not one of ['numeric', ",
        ),
        (
            "{source: {csv: a}, target: y, features: {a: {numeric: {missing: mode}}}}",
            ".features.a.numeric.missing",
            "'mode' is not one of ['mean', 'median']",
        ),
    )
]

REFUSED += [
    (f"{MINIMAL}{line}\n", where, said)
    for line, where, said in (
        (
            "regularization: {augmentation: [Flatten]}",
            "regularization.augmentation[0]",
            "'Flatten' is not one of",
        ),
        (
            "regularization: {augmentation: [{RandomFlip: {mod: x}}]}",
            "regularization.augmentation[0].RandomFlip",
            "'mod' was unexpected",
        ),
        ("training: {class_weight: {a: -1}}", "training.class_weight.a", "-1 is less than the"),
        ("training: {class_weight: [1]}", "training.class_weight", "[1] is not of type 'obj"),
    )
]


@pytest.mark.parametrize(("text", "where", "said"), REFUSED)
def test_fault_is_refused_at_its_place(
    validator: Draft7Validator, faults_of: FaultsOf, text: str, where: str, said: str
) -> None:
    errors = list(validator.iter_errors(parse(text)))
    assert {place(error) for error in errors} == {where}
    assert any(said in error.message for error in errors), errors
    assert faults_of(text), "the loader accepts it"


REFERENCED = """\
dataset:
  source: {csv: {path: "${a}", quoted: "${q}", missing: "${m}"}}
  offline: "${name}"
  target: {columns: "${a}", classes: ["${b}", c]}
  features: {a: "${kind}", b: {numeric: "${a}"}, c: {numeric: {bins: "${n}", missing: "${m}"}}}
  validation: "${dataset.test}"
  test: "${a}"
  folds: "${n}"
  stream: "${s}"
loss: mse
architecture: {layers: [{Dense: 1}]}
regularization: {augmentation: ["${a}", {RandomFlip: "${mode}"}]}
training: {class_weight: {a: "${w}"}}
"""


@pytest.mark.parametrize(
    "text",
    [
        REFERENCED,
        REFERENCED.replace(
            '{csv: {path: "${a}"', '{images: {path: b, image_size: "${a}"'
        ).replace(', quoted: "${q}", missing: "${m}"', ""),
        REFERENCED.replace('{a: "${w}"}', '"${w}"'),
    ],
    ids=["columns", "size", "weights"],
)
def test_reference_is_accepted_wherever_a_value_is(
    validator: Draft7Validator, text: str
) -> None:
    assert list(validator.iter_errors(parse(text))) == []


def test_base_may_have_given_what_is_required(validator: Draft7Validator) -> None:
    text = "base: o.yaml\ndataset: {source: {csv: {decimal: ','}}, target: {separator: ;}}\n"
    assert list(validator.iter_errors(parse(text))) == []


def test_editors_are_offered_every_source_and_kind(schema: dict[str, Any]) -> None:
    definitions = schema["$defs"]
    for kind, names in {"sources": SOURCES, "columns": FEATURES}.items():
        mapping = definitions[kind]["then"]["allOf"][0]
        assert mapping["properties"].keys() == names.keys()
        assert {*definitions[f"{kind}.names"]["enum"]} <= {*names}
    assert {*definitions["sources.names"]["enum"]} > {*NAMED_SETS}
    assert {*definitions["augmentations.names"]["enum"]} >= {*AUGMENTATIONS}


def test_editors_are_told_what_settings_mean(schema: dict[str, Any]) -> None:
    settings = schema["$defs"]["settings.NumericFeature"]["properties"]
    assert settings["indicator"] == {
        "description": "Whether a 0/1 feature says where a value was missing.",
        "default": False,
        **settings["indicator"],
    }
    assert schema["$defs"]["sources.iris"]["description"] == "flowers by 4 lengths"
    dataset = schema["properties"]["dataset"]["properties"]
    assert dataset["folds"]["description"].startswith("How many models are trained")
    assert (dataset["validation"]["default"], dataset["stream"]["default"]) == (0.1, "auto")
