"""The section ``sweep`` in the JSON Schema: what editors accept, refuse and complete."""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema import Draft7Validator

from dlkit.config.catalogue import load_catalogue
from dlkit.config.json_schema import json_schema
from dlkit.config.sweep.settings import setting_paths
from dlkit.config.yaml_reader import read_yaml

HEAD = """\
dataset: {source: iris}
architecture: {layers: [{Dense: {units: 3, activation: softmax}}]}
loss: sparse_categorical_crossentropy
"""


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    return json_schema(load_catalogue())


def faults(schema: dict[str, Any], sweep: str) -> list[str]:
    """Return what the schema says of a sweep, each with its place."""
    source, problems = read_yaml(f"{HEAD}sweep: {sweep}\n", "x.yaml")
    assert problems == []
    found = Draft7Validator(schema).iter_errors(source.data)
    return [f"{'.'.join(map(str, each.absolute_path))}: {each.message}" for each in found]


@pytest.mark.parametrize(
    "sweep",
    [
        "{parameters: {seed: [1, 2]}}",
        "{parameters: {optimizer: [SGD, {Adam: {beta_1: 0.8}}, null]}}",
        "{parameters: {'architecture.layers[0].units': {low: 3, high: 9, int: true}}}",
        "{parameters: {optimizer.learning_rate: {low: 1e-4, high: 1/10, log: true}}}",
        "{parameters: {a: {values: [1, 2], paths: seed, when: {seed: [1, 2]}}}}",
        "{parameters: {a: {low: 0, high: 1, step: 0.1, paths: [seed, training.epochs]}}}",
        "{parameters: {seed: [1, 2]}, objective: val_loss, pruner: none, sampler: qmc}",
        "{parameters: {seed: [1, 2]}, objective: [val_loss, parameters], jobs: 2}",
        "{parameters: {seed: [1, 2]}, objective: {val_loss: null, x: max}, trials: 9}",
        "{parameters: {seed: [1, 2]}, executor: ray}",
        "{parameters: {seed: [1, 2]}, executor: {ray: auto}}",
        "null",
    ],
)
def test_sweep_is_accepted(schema: dict[str, Any], sweep: str) -> None:
    assert faults(schema, sweep) == []


@pytest.mark.parametrize(
    ("sweep", "fault"),
    [
        (
            "{parameters: {seed: 3}}",
            "sweep.parameters.seed: 3 is not of type 'array'",
        ),
        ("{parameters: {a: {min: 3}}}", "sweep.parameters.a: Additional properties are not"),
        ("{parameters: {seed: []}}", "sweep.parameters.seed: [] should be non-empty"),
        ("{parameters: {}}", "sweep.parameters: {} should be non-empty"),
        ("{trials: 3}", "sweep: 'parameters' is a required property"),
        ("{parameters: {seed: [1]}, sampler: bayes}", "sweep.sampler: 'bayes' is not one of"),
        (
            "{parameters: {seed: [1]}, objective: {x: up}}",
            "sweep.objective.x: 'up' is not",
        ),
        ("{parameters: {seed: [1]}, executor: rey}", "sweep.executor: 'rey' is not one of"),
        ("{parameters: {seed: [1]}, jobs: 0}", "sweep.jobs: 0 is less than the minimum of 1"),
    ],
)
def test_sweep_is_refused(schema: dict[str, Any], sweep: str, fault: str) -> None:
    (found,) = faults(schema, sweep)
    assert found.startswith(fault)


def test_settings_are_offered_as_parameters_with_their_meanings(schema: dict[str, Any]) -> None:
    offered = schema["properties"]["sweep"]["properties"]["parameters"]["properties"]
    told = {path: each["description"] for path, each in offered.items()}
    assert told == setting_paths()
    assert told["training.batch_size"] == "Examples in one optimizer step."
    assert {"seed", "optimizer.learning_rate", "regularization.l2", "dataset.source"} <= {*told}
    assert {"name", "sweep", "training.threads"}.isdisjoint(told)
    assert all(told.values())
