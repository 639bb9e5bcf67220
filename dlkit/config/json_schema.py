"""The whole config file as a JSON Schema, for editors.

Draft-07, because yaml-language-server reads it in every version and SchemaStore asks for
it; draft 2020-12 has nothing more that is needed here. An editor completes from it, shows
what a key means, and underlines a misspelt one. It judges by form alone: what must hold
between fields is left to ``dlkit check``.

dlkit's own sections are those of ``schema`` (``json_sections``), sources and columns those of
their tables (``json_choices``); Keras's objects come from the catalogue (``json_objects``).
"""

from __future__ import annotations

from typing import Any

from dlkit.config.catalogue import KINDS, Catalogue
from dlkit.config.documents import summary_of
from dlkit.config.json_choices import (
    DATASET_PLACES,
    REQUIRED,
    choice_definitions,
    target_schema,
)
from dlkit.config.json_layers import BLOCK_PATTERN, NAMES, TRAINED
from dlkit.config.json_objects import object_definitions
from dlkit.config.json_sections import section_schema
from dlkit.config.json_sweep import PARAMETER, SWEEP_PLACES
from dlkit.config.json_values import Schema, refer, suggest, text_beside
from dlkit.config.schema import Config, OutputConfig
from dlkit.config.section import Section
from dlkit.config.training_section import StageConfig
from dlkit.config.validation import section_of
from dlkit.errors import Path

FILLED_IN: tuple[Path, ...] = (("name",), ("optimizer",))
"""Required parts of a config that a file may leave out: the loader knows them."""

LAYERS = text_beside(
    {
        "type": "array",
        "minItems": 1,
        "description": "Layers, each reading the one above it unless it says `from`.",
    },
    "a list of layers",
)

BLOCK: Schema = {
    "type": "object",
    "properties": {
        "parameters": {
            "type": ["object", "null"],
            "description": "What `${name}` means in the block, with its default.",
        },
        "inputs": {
            **NAMES,
            "description": "Names in the block for what it reads; else `input`.",
        },
        "layers": LAYERS,
    },
    "required": ["layers"],
    "additionalProperties": False,
}

ADDED_KEYS: dict[Path, dict[str, Schema]] = {
    (): {
        "base": {
            "type": ["string", "array", "null"],
            "items": {"type": "string"},
            "description": "A file that this one is merged over, or several.",
        },
        "remove": {
            "type": ["array", "null"],
            "items": {"type": "string"},
            "description": "Paths to take away from the base: `regularization.l2`.",
        },
    },
    ("architecture",): {
        "defaults": refer("defaults"),
        "blocks": {
            "type": ["object", "null"],
            "description": "Groups of layers, used by their names like layers.",
            "propertyNames": {"pattern": BLOCK_PATTERN},
            "additionalProperties": BLOCK,
        },
    },
}
"""Keys that only shape a config: they are gone from the ``Config`` that is read."""

NOTATION = "`Name`, `Name: value` or `Name: {argument: value}`"


def _objects(kind: str) -> Schema:
    """Return a list of objects of a kind, or the name of a lone one."""
    return {
        "type": ["array", "string"],
        "description": f"A list of {kind}, each {NOTATION}.",
        "if": {"type": "array"},
        "then": {"items": _object(kind)},
        "else": refer(kind),
        **suggest(refer(f"{kind}.names")),
    }


def _object(kind: str) -> Schema:
    """Return one object of a kind, which is something."""
    return {
        "description": f"One {KINDS[kind]}: {NOTATION}.",
        "type": ["string", "object"],
        "allOf": [refer(kind)],
    }


def _parts() -> tuple[Schema, Schema]:
    """Return an output of several, and a stage of training."""
    output = section_schema(
        OutputConfig,
        ("output",),
        {
            ("output", "loss"): _object("losses"),
            ("output", "metrics"): _objects("metrics"),
            ("output", "target"): target_schema(),
        },
    )
    stage = section_schema(
        StageConfig,
        ("stage",),
        {
            ("stage", "optimizer"): refer("optimizers"),
            ("stage", "lr_schedule"): refer("lr_schedule"),
            ("stage", "trainable"): {"type": "object", "additionalProperties": TRAINED},
        },
    )
    return output | {"required": ["loss"]}, stage | {"required": ["epochs"]}


OUTPUT, STAGE = _parts()

PLACES: dict[Path, Schema] = {
    **DATASET_PLACES,
    ("architecture", "layers"): LAYERS,
    ("loss",): _object("losses"),
    ("outputs",): {"type": "object", "minProperties": 1, "additionalProperties": OUTPUT},
    ("regularization", "bias_regularizer"): refer("regularizers"),
    ("regularization", "activity_regularizer"): refer("regularizers"),
    ("optimizer",): _object("optimizers"),
    # What else is to be said of it depends on ``base``: see ``json_schema``.
    ("lr_schedule",): {"description": f"How the learning rate changes: {NOTATION}."},
    ("metrics",): _objects("metrics"),
    ("training", "callbacks"): _objects("callbacks"),
    ("training", "stages"): {"type": "array", "minItems": 1, "items": STAGE},
    **SWEEP_PLACES,
}
"""What stands where the type of a field does not say it."""


def json_schema(catalogue: Catalogue) -> dict[str, Any]:
    """Return the JSON Schema of a config file."""
    alone = _required(Config)
    alone["properties"] |= {
        "lr_schedule": refer("lr_schedule"),
        "dataset": {"allOf": [alone["properties"]["dataset"], REQUIRED]},
    }
    alone["required"] = [key for key in alone["required"] if key != "loss"]
    one_of = {
        "if": {"required": ["outputs"]},
        "then": {"properties": {"loss": False, "metrics": False}},
        "else": {"required": ["loss"]},
    }
    based = {"properties": {"lr_schedule": refer("lr_schedule.partial")}}
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "dlkit experiment",
        **section_schema(Config, (), PLACES, ADDED_KEYS),
        "allOf": [
            {"if": {"required": ["base"]}, "then": based, "else": alone | one_of},
            *_entries(),
        ],
        "$defs": {
            **object_definitions(catalogue),
            **choice_definitions(catalogue),
            "parameter": PARAMETER,
        },
    }


def _required(section: type[Section], path: Path = ()) -> Schema:
    """Return which keys a section and those inside it cannot do without."""
    inside = {}
    for key, field in section.model_fields.items():
        model = section_of(field.annotation)
        if model and (*path, key) not in PLACES:
            inside[key] = _required(model, (*path, key))
    required = [
        key
        for key, field in section.model_fields.items()
        if field.is_required() and (*path, key) not in FILLED_IN
    ]
    about = {"description": summary_of(section)}  # else editors show none
    return {**about, "required": required, "properties": inside}


def _entries() -> list[Schema]:
    """Return what the members of lists of layers are.

    Where layers have defaults, or may have some from a base, their arguments are not all
    in sight: none is required. Where there are no blocks, no layer is in lower case.
    """
    known = {
        "pattern": "^[^a-z]",
        "patternErrorMessage": "Keras has no such layer, and there are no blocks.",
    }
    keras_only = {**known, "propertyNames": known}
    return [
        {
            "if": _may_have("defaults"),
            "then": _each_layer(refer("entries.partial")),
            "else": _each_layer(refer("entries")),
        },
        {"if": _may_have("blocks"), "else": _each_layer(keras_only)},
    ]


def _may_have(key: str) -> Schema:
    """Return a condition: the architecture has a key, or a base that may have it."""
    architecture = {"type": "object", "required": [key]}
    own = {"required": ["architecture"], "properties": {"architecture": architecture}}
    return {"anyOf": [{"required": ["base"]}, own]}


def _each_layer(schema: Schema) -> Schema:
    """Return that a schema holds for each layer of the architecture and its blocks."""
    layers = {"properties": {"layers": {"items": schema}}}
    blocks = {"type": ["object", "null"], "additionalProperties": layers}
    inside = {"allOf": [layers, {"properties": {"blocks": blocks}}]}
    return {"properties": {"architecture": inside}}
