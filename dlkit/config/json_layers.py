"""Lists of layers as JSON Schema: what may stand in them, blocks and our own layers too."""

from __future__ import annotations

from collections.abc import Iterator

from dlkit.config.catalogue import Catalogue
from dlkit.config.json_values import (
    Schema,
    mapping_schema,
    name_or_text,
    notation_schema,
    one_name_schema,
    refer,
    suggest,
    text_beside,
)
from dlkit.config.own_keys import MAX_LAYERS
from dlkit.config.own_layers import KIND, OWN_LAYERS

BLOCK_PATTERN = "^[a-z][A-Za-z0-9_]*$"
"""Names of blocks. A misspelt layer is told from them by its capital letter."""

LAYER_KINDS = ("layers", "applications", KIND)
"""What may stand in a list of layers."""

TRAINED: Schema = {
    "type": ["boolean", "object"],
    "properties": {"from": {"type": "string"}},
    "required": ["from"],
    "additionalProperties": False,
}
"""Whether a layer is trained; of one that holds layers, from which on."""

NAMES: Schema = {"type": ["array", "string"], "items": {"type": "string"}, "minItems": 1}
"""Names of tensors, or one of them."""

INNER: dict[str, Schema] = {
    "layers": {"type": "array", "minItems": 1, "items": refer("entries.partial")},
    "inputs": NAMES,
    "outputs": NAMES,
    "trainable": TRAINED,
}
"""Arguments of layers that hold layers. Defaults may give those inside what they require."""

OWN_KEYS: dict[str, Schema] = {
    "from": {
        "type": ["string", "array", "object"],
        "items": {"type": "string"},
        "minItems": 1,
        "additionalProperties": {
            "type": ["string", "array"],
            "items": {"type": "string"},
            "minItems": 1,
        },
        "minProperties": 1,
        "description": "The layer it reads, or a list of them, or layers by the arguments"
        " of its call; else the one above it.",
    },
    "repeat": text_beside(
        {
            "type": "integer",
            "minimum": 1,
            "maximum": MAX_LAYERS,
            "description": "How often it stands here, one behind the other.",
        },
        "a count of at least 1",
    ),
    "name": {
        "type": ["string", "array", "null"],
        "pattern": "^[^/]+$",
        "items": {"type": "string", "pattern": "^[^/]+$"},
        "minItems": 1,
        "uniqueItems": True,
        "description": "A name for `from:` and for the tables and plots of a run; a list of"
        " them for a layer that gives several tensors.",
    },
}
"""Keys of an entry among its arguments, which dlkit reads itself."""


def _layers(catalogue: Catalogue, suffix: str) -> Iterator[tuple[str, Schema]]:
    """Yield everything that may stand in a list of layers; see ``named_objects``."""
    for kind in LAYER_KINDS:
        if kind != KIND:
            yield from named_objects(catalogue, kind, suffix)
    for name, entry in OWN_LAYERS.items():
        yield name, refer(f"{KIND}.{name}{suffix if entry.required else ''}")


def layer_definitions(catalogue: Catalogue) -> dict[str, Schema]:
    """Return the notations of layers: in lists, inside others, and of their defaults."""
    everything = sorted(name for name, _ in _layers(catalogue, ""))
    names = refer("layers.names")
    placeless = {"properties": {"from": False, "repeat": False}}
    inside = {
        "allOf": [refer("entries.mapping")],
        "propertyNames": {"pattern": "^[^a-z]"},  # no blocks
        "additionalProperties": placeless,
    }
    definitions = {
        "layers.names": {"enum": everything},
        "layers": notation_schema(inside, names),
        "layers-or-list": {
            **suggest(names),
            "if": {"type": "array"},
            "then": {"items": refer("layers")},
            "else": refer("layers"),
        },
        "defaults": {
            "type": ["object", "null"],
            "description": "Arguments for every layer of a type that sets none itself.",
            "properties": dict(named_objects(catalogue, "layers", ".partial")),
            "additionalProperties": False,
            "allOf": [{"additionalProperties": {"type": "object", **placeless}}],
        },
        "block": {
            "description": "A block of layers, with its parameters; a lone value is the first.",
            "properties": {key: refer(f"own.{key}") for key in OWN_KEYS},
        },
    }
    blocks = {BLOCK_PATTERN: refer("block")}
    for suffix in ("", ".partial"):
        named = list(_layers(catalogue, suffix))
        mapping = refer(f"entries.mapping{suffix}")
        definitions |= {
            f"entries.mapping{suffix}": mapping_schema(named, patternProperties=blocks),
            f"entries{suffix}": one_name_schema(
                mapping, names, name_or_text(names, BLOCK_PATTERN)
            ),
        }
    return definitions


def named_objects(
    catalogue: Catalogue, kind: str, suffix: str = ""
) -> Iterator[tuple[str, Schema]]:
    """Yield every name of a kind with what may stand behind it."""
    for name in catalogue.all_names(kind):
        canonical = catalogue.aliases[kind].get(name, name)
        parameters = catalogue.objects[kind][canonical]["parameters"].values()
        same = suffix == ".partial" and not any(p.get("required") for p in parameters)
        yield name, refer(f"{kind}.{canonical}{'' if same else suffix}")
