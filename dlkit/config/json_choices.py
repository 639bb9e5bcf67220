"""The dataset's sources, columns and parts as JSON Schema.

A source is a definition (``sources.csv``: what may stand behind ``csv:``), and so is a
kind of column (``columns.numeric``). Those that end in ``.partial`` require no settings,
because a base may have given them.
"""

from __future__ import annotations

from collections.abc import Mapping

from dlkit.config.augmentation_rules import AUGMENTATIONS
from dlkit.config.catalogue import Catalogue
from dlkit.config.data_sources import SOURCES
from dlkit.config.dataset_section import MarkedRows, TargetConfig
from dlkit.config.datasets import NAMED_SETS
from dlkit.config.documents import summary_of
from dlkit.config.feature_kinds import FEATURES
from dlkit.config.json_sections import choice_schema, field_schema, section_schema
from dlkit.config.json_values import (
    FRACTION_PATTERN,
    REFERENCE_PATTERN,
    Schema,
    mapping_schema,
    name_or_text,
    notation_schema,
    one_name_schema,
    refer,
    suggest,
    text_beside,
)
from dlkit.config.known import known_facts
from dlkit.config.section import Section
from dlkit.errors import Path

FILE_PATTERN = r"^(?!\s*[-+]?[.,]?\d[\d\s.,%/]*$)"
"""What is no number, and so the name of a file."""


def _part(*optional: str) -> Schema:
    """Return a part of the data: a share, a count, a file, or rows that a column marks."""
    patterns = (FRACTION_PATTERN.replace("-?", ""), FILE_PATTERN, REFERENCE_PATTERN)
    share = {
        "type": ["number", "string", *optional],
        "minimum": 0,
        "pattern": "|".join(patterns),
        "if": {"type": "number", "minimum": 1},
        "then": {"multipleOf": 1},
    }
    rows = section_schema(MarkedRows) | {"required": ["column"]}
    return {"if": {"type": "object"}, "then": rows, "else": share}


def target_schema() -> Schema:
    """Return what is learned: a column, several, or a section that says more."""
    lone = field_schema(TargetConfig, "columns")
    return {
        "if": {"type": "object"},
        "then": section_schema(TargetConfig),
        "else": lone | {"type": [*lone["type"], "null"]},
    }


DATASET_PLACES: dict[Path, Schema] = {
    ("dataset", "source"): refer("sources.partial"),
    ("dataset", "offline"): choice_schema(NAMED_SETS, optional=True),
    ("dataset", "target"): target_schema(),
    ("dataset", "features"): text_beside(
        {"type": "object", "additionalProperties": refer("columns")},
        "columns with their kinds",
    ),
    ("dataset", "validation"): _part(),
    ("dataset", "test"): _part("null"),
    ("regularization", "augmentation"): {
        "type": ["array", "string"],
        "if": {"type": "array"},
        "then": {"items": {"type": ["string", "object"], "allOf": [refer("augmentations")]}},
        "else": refer("augmentations"),
        **suggest(refer("augmentations.names")),
    },
}
"""What stands in the dataset, and beside it, where no type says it."""

REQUIRED: Schema = {
    "properties": {
        "source": refer("sources"),
        "target": {"if": {"type": "object"}, "then": {"required": ["columns"]}},
    }
}
"""What a dataset without a base needs besides."""


def choice_definitions(catalogue: Catalogue) -> dict[str, Schema]:
    """Return the definitions that sources, columns and augmentation need."""
    definitions = _definitions("sources", SOURCES, ("", ".partial"))
    definitions |= _definitions("columns", FEATURES, ("",))
    aliases = catalogue.aliases["layers"]
    layers = [name for name in catalogue.all_names("layers") if name in AUGMENTATIONS]
    layers += [name for name in aliases if aliases[name] in AUGMENTATIONS]
    named = {name: refer(f"layers.{aliases.get(name, name)}") for name in layers}
    definitions["augmentations.names"] = {"enum": layers}
    definitions["augmentations"] = notation_schema(
        mapping_schema(named.items()), refer("augmentations.names")
    )
    return definitions


def _definitions(
    kind: str, choices: Mapping[str, type[Section]], suffixes: tuple[str, ...]
) -> dict[str, Schema]:
    """Return the notation of one of several things, and what may stand behind each."""
    needless = [name for name, section in choices.items() if not _required(section)]
    definitions: dict[str, Schema] = {f"{kind}.names": {"enum": needless}}
    names = refer(f"{kind}.names")
    for suffix in suffixes:
        mapping = mapping_schema((name, refer(f"{kind}.{name}{suffix}")) for name in choices)
        definitions[f"{kind}{suffix}"] = one_name_schema(mapping, names, name_or_text(names))
        for name, section in choices.items():
            required = [] if suffix else _required(section)
            definitions[f"{kind}.{name}{suffix}"] = _behind(name, section, required)
    settings = {_settings(section): section for section in choices.values()}
    return definitions | {name: section_schema(section) for name, section in settings.items()}


def _required(section: type[Section]) -> list[str]:
    return [key for key, field in section.model_fields.items() if field.is_required()]


def _settings(section: type[Section]) -> str:
    """Return the name of the definition of a section's settings."""
    return f"settings.{section.__name__}"


def _behind(name: str, section: type[Section], required: list[str]) -> Schema:
    """Return what may stand behind a name: settings, or a lone value of the first one.

    Args:
        name: The name.
        section: Its settings.
        required: Those of them that must be there.
    """
    facts = known_facts(name, None)
    settings: Schema = refer(_settings(section))
    if required:
        settings = {"allOf": [settings], "required": required}
    first = next(iter(section.model_fields), None)
    lone: Schema = {"type": "null"}
    if len(required) > 1:
        lone = {"type": "object"}
    elif first:
        lone = field_schema(section, first)
        if not required:
            lone = {"if": {"not": {"type": "null"}}, "then": lone}
    return {
        "description": facts.summary if facts else summary_of(section),
        "if": {"type": "object"},
        "then": settings,
        "else": lone,
    }
