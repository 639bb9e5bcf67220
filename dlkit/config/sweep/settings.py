"""The paths of all settings of the sections, which a sweep may set."""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_origin

from dlkit.config.documents import meanings_of
from dlkit.config.schema import Config
from dlkit.config.section import Section
from dlkit.config.sweep.rules import FIXED
from dlkit.config.validation import section_of

INTO_OBJECTS = {
    "architecture.layers": "Whole lists of layers.",
    "optimizer.learning_rate": "Of the optimizer, whichever it is.",
}
"""Paths below sections that are read as objects."""


def setting_paths() -> dict[str, str]:
    """Return what each setting means, by its path."""
    return dict(_paths(Config, ())) | INTO_OBJECTS


def _paths(section: type[Section], above: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    meanings = meanings_of(section)
    for key, field in section.model_fields.items():
        path = (*above, key)
        inside = section_of(field.annotation)
        if path in FIXED or path == ("architecture",):
            continue
        yield ".".join(path), meanings.get(key, "")
        if inside and get_origin(field.annotation) not in (dict, tuple):
            yield from _paths(inside, path)
