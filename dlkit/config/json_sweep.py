"""The section ``sweep`` as JSON Schema.

A parameter goes by the path of a setting: an editor offers those of the sections by their
names, with what they mean; paths into layers and objects may be anything.
"""

from __future__ import annotations

from typing import get_args

from dlkit.config.json_sections import section_schema
from dlkit.config.json_values import Schema, name_or_text, refer, suggest
from dlkit.config.sweep.section import (
    OWN_OBJECTIVES,
    PARAMETER_WORDS,
    ExecutorConfig,
    Mode,
    ParameterConfig,
)
from dlkit.config.sweep.settings import setting_paths
from dlkit.errors import Path

RANGES = ("low", "high", "step")


def _parameter() -> Schema:
    """Return a parameter: values in a list, or a mapping that says more."""
    section = section_schema(ParameterConfig)
    no_range = dict.fromkeys(RANGES, False)
    section["properties"]["values"] |= {"minItems": 1}
    section["properties"]["when"] |= {"minProperties": 1}
    return {
        "description": f"Values to try: {PARAMETER_WORDS}.",
        "type": ["array", "object"],
        "if": {"type": "object"},
        "then": section | {"if": {"required": ["values"]}, "then": {"properties": no_range}},
        "else": {"minItems": 1},
    }


PARAMETER = _parameter()
"""A parameter; a definition of the document."""


def _parameters() -> Schema:
    """Return the parameters by the paths of their settings."""
    return {
        "type": "object",
        "minProperties": 1,
        "properties": {
            path: {"description": meaning, "allOf": [refer("parameter")]}
            for path, meaning in setting_paths().items()
        },
        "additionalProperties": refer("parameter"),
    }


def _objective() -> Schema:
    """Return what is made best: a figure, several, or figures with their directions."""
    mode = {"type": ["string", "null"], "enum": [*get_args(Mode), None]}
    return {
        **suggest({"enum": ["val_loss", "val_accuracy", *OWN_OBJECTIVES]}),
        "type": ["string", "array", "object"],
        "items": {"type": "string"},
        "minItems": 1,
        "additionalProperties": mode,
        "minProperties": 1,
    }


def _executor() -> Schema:
    """Return where trials run."""
    names = {"enum": ["local", "ray"]}
    return {
        **suggest(names),
        "if": {"type": "object"},
        "then": section_schema(ExecutorConfig) | {"required": ["ray"]},
        "else": name_or_text(names, optional=True),
    }


SWEEP_PLACES: dict[Path, Schema] = {
    ("sweep", "parameters"): _parameters(),
    ("sweep", "objective"): _objective(),
    ("sweep", "executor"): _executor(),
}
"""What stands in the sweep where no type says it."""
