"""The JSON Schema refuses every faulty config whose fault stands in one place."""

import functools
from pathlib import Path

import jsonschema
import pytest

from dlkit.config.catalogue import load_catalogue
from dlkit.config.json_schema import json_schema
from dlkit.config.yaml_reader import read_yaml
from dlkit.errors import ConfigError

CORPUS = Path(__file__).parent / "faulty"

GROUPS = (
    *("arguments", "blocks", "layers", "names", "sections", "several", "sources", "values"),
    "sweep_form",
)
"""Groups whose faults need no second place, no other file and no data to be seen."""

BEYOND = {
    "arguments/missing_in_schedule": "what dlkit fills in may be missing, at its own place",
    "values/infinity": "JSON has no infinity, so no schema speaks of it",
    "values/not_a_number": "JSON has no NaN",
    "values/nothing": "null is most arguments' default, so the catalogue allows it",
}
"""Faults that a schema cannot express, with the reason."""

FILES = [file for group in GROUPS for file in sorted((CORPUS / group).glob("*.yaml"))]


@functools.cache
def validator() -> jsonschema.Draft7Validator:
    return jsonschema.Draft7Validator(json_schema(load_catalogue()))


def is_valid(file: Path) -> bool:
    try:
        source, problems = read_yaml(file.read_text("utf-8"), file.name)
    except ConfigError:
        return False
    return not problems and validator().is_valid(source.data)


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_faulty_config_is_refused_by_the_schema(file: Path) -> None:
    name = f"{file.parent.name}/{file.stem}"
    assert is_valid(file) == (name in BEYOND)


def test_corpus_is_large_enough_to_say_something() -> None:
    assert len(FILES) - len(BEYOND) >= 100
