"""Where in a config one named object stands, so that another one takes its place.

Elsewhere mappings merge; two optimizers, or two sources of data, never mix.
"""

from __future__ import annotations

from typing import Any

from dlkit.config.data_sources import SOURCES
from dlkit.config.feature_kinds import FEATURES
from dlkit.config.section import Section
from dlkit.errors import Path

OBJECT_SECTIONS = ("loss", "optimizer", "lr_schedule")
"""Sections that are one Keras object: below them, names and arguments alternate."""

OBJECT_KEYS = {
    ("outputs", "loss"): 3,
    ("stages", "optimizer"): 4,
    ("stages", "lr_schedule"): 4,
    ("regularization", "bias_regularizer"): 2,
    ("regularization", "activity_regularizer"): 2,
}
"""Keys of Keras objects inside other sections: of which section, and how deep they stand."""

SOURCE: Path = ("dataset", "source")
COLUMNS: Path = ("dataset", "features")
TARGET: Path = ("dataset", "target")
RECORD: Path = (*SOURCE, "tfrecord", "features")


def is_named_place(path: Path) -> bool:
    """Tell whether what stands at a path is one named object, or its name."""
    if path and path[0] in OBJECT_SECTIONS:
        return len(path) % 2 == 1
    for (section, key), depth in OBJECT_KEYS.items():
        if section in path[:2] and path[depth - 1 : depth] == (key,):
            return (len(path) - depth) % 2 == 0
    return path == SOURCE or (len(path) > 2 and path[:-1] in (COLUMNS, RECORD))


def with_name(value: Any, path: Path) -> Any:
    """Return the settings of a source, a column or the target as a mapping.

    Args:
        value: What stands there: a mapping already, or a lone value of the first setting.
        path: Where it stands.
    """
    if value is None or isinstance(value, dict) or not path:
        return value
    if path == TARGET:
        return {"columns": value}
    choices: dict[str, type[Section]] = {}
    if path[:-1] == SOURCE:
        choices = SOURCES
    elif path[:-2] == COLUMNS:
        choices = FEATURES
    section = choices.get(str(path[-1]))
    first = next(iter(section.model_fields), None) if section else None
    return {first: value} if first else value
