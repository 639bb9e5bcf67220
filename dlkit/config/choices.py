"""dlkit's own named objects, in the notation of Keras's: sources of data, kinds of columns.

``Name``, ``Name: value`` (the first setting) and ``Name: {setting: value}``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from dlkit.config.faults import describe_fault
from dlkit.config.names import did_you_mean
from dlkit.config.section import Section
from dlkit.config.values import show
from dlkit.errors import Path, Problem


@dataclass(frozen=True)
class Choice:
    """One of several things, with its settings.

    Attributes:
        name: Which one: ``csv``, ``mnist``, ``numeric``, ...
        settings: What it is told.
        path: Where its name stands in the config.
    """

    name: str
    settings: Section
    path: Path = ()


def read_choice(
    notation: Any, choices: Mapping[str, type[Section]], one: str, path: Path
) -> tuple[Choice | None, list[Problem]]:
    """Read one named object of dlkit's.

    Args:
        notation: As read from YAML.
        choices: What can be named, and the section each takes.
        one: What it is, in words: ``source of data``.
        path: Where it stands.

    Returns:
        The choice, or None where something is wrong with it, and what is wrong.
    """
    if isinstance(notation, str):
        name, value, here = notation, {}, path
    elif isinstance(notation, dict) and len(notation) == 1:
        ((name, value),) = notation.items()
        here = (*path, name)
    else:
        hint = f"One of: {', '.join(choices)}."
        if isinstance(notation, dict) and notation:
            names = " and ".join(map(repr, notation))
            message = f"expected one {one}, received {names}."
            return None, [Problem(message, path, "Indent what belongs to the first under it.")]
        return None, [Problem(f"expected a {one}, received {show(notation)}.", path, hint)]
    section = choices.get(name)
    if section is None:
        return None, [
            Problem(f"there is no {one} {name!r}.", here, did_you_mean(name, choices))
        ]
    fields = section.model_fields
    if not isinstance(value, dict):
        if value is not None and not fields:
            return None, [Problem(f"{name} takes no settings, received {show(value)}.", here)]
        value = {} if value is None else {next(iter(fields)): value}
        places = dict.fromkeys(fields, here)
    else:
        places = {key: (*here, key) for key in fields}
    try:
        return Choice(name, section.model_validate(value), here), []
    except ValidationError as error:
        return None, [
            _problem(item, name, section, value, places, here)
            for item in error.errors(include_url=False)
        ]


def _problem(
    item: Any,
    name: str,
    section: type[Section],
    value: dict[str, Any],
    places: dict[str, Path],
    here: Path,
) -> Problem:
    """Say one fault of the settings in the words of the config."""
    key, *below = item["loc"]
    if item["type"] == "extra_forbidden":
        fields = section.model_fields
        hint = did_you_mean(key, fields) if fields else ""
        return Problem(f"{name} has no setting {key!r}.", (*here, key), hint)
    if item["type"] == "missing":
        return Problem(f"{name} needs {key!r}.", here)
    within = [part for part in below if isinstance(part, int)]
    return describe_fault(item, (*places[key], *within), value)
