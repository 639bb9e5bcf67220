"""dlkit's own named objects, in the notation of Keras's: sources of data, kinds of columns.

``Name``, ``Name: value`` (the first setting) and ``Name: {setting: value}``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import ValidationError

from dlkit.config.faults import by_place, describe_fault
from dlkit.config.names import did_you_mean, nearest
from dlkit.config.section import Section
from dlkit.config.values import show
from dlkit.errors import Path, Problem

Told = TypeVar("Told", bound=Section)

ALL_NAMES = "`dlkit describe` lists them."


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

    def told(self, kind: type[Told]) -> Told:
        """Return the settings as the section that the name stands for.

        Raises:
            TypeError: If they are another: whoever asks has not looked at the name.
        """
        if not isinstance(self.settings, kind):
            raise TypeError(
                f"{self.name} has {type(self.settings).__name__}, no {kind.__name__}"
            )
        return self.settings


def read_choice(
    notation: Any,
    choices: Mapping[str, type[Section]],
    one: str,
    path: Path,
    advice: Callable[[str], str] = lambda name: "",
) -> tuple[Choice | None, list[Problem]]:
    """Read one named object of dlkit's.

    Args:
        notation: As read from YAML.
        choices: What can be named, and the section each takes.
        one: What it is, in words: ``source of data``.
        path: Where it stands.
        advice: What to do about a name that is none of these, or an empty text.

    Returns:
        The choice, or None where something is wrong with it, and what is wrong.
    """
    if isinstance(notation, str):
        name, value, here = notation, None, path
    elif isinstance(notation, dict) and len(notation) == 1:
        ((name, value),) = notation.items()
        here = (*path, name)
    else:
        return None, [_no_name(notation, choices, one, path)]
    section = choices.get(name)
    if section is None:
        hint = advice(name) or did_you_mean(name, choices) or ALL_NAMES
        return None, [Problem(f"there is no {one} {name!r}.", here, hint)]
    if value is not None and not isinstance(value, dict):
        first = next(iter(section.model_fields), None)
        if first is None:
            return None, [Problem(f"{name} takes no settings, received {show(value)}.", here)]
        settings, places = {first: value}, {first: here}
    else:
        settings, places = value or {}, {}
    try:
        return Choice(name, section.model_validate(settings), here), []
    except ValidationError as error:
        found = by_place(error.errors(include_url=False), settings)
    return None, _faults(found, name, section, here, places)


def _no_name(
    notation: Any, choices: Mapping[str, type[Section]], one: str, path: Path
) -> Problem:
    """Say what is wrong with a notation that has no name, or several."""
    if isinstance(notation, dict) and notation:
        first, *others = notation
        beside = " and ".join(map(repr, others))
        message = f"one {one} has one name, received {beside} beside {first!r}."
        return Problem(
            message, (*path, others[0]), f"Indent what belongs to {first!r} under it."
        )
    hint = did_you_mean("", choices) or ALL_NAMES
    return Problem(f"expected the name of a {one}, received {show(notation)}.", path, hint)


def _faults(
    found: Mapping[Path, list[Any]],
    name: str,
    section: type[Section],
    here: Path,
    places: Mapping[str, Path],
) -> list[Problem]:
    """Say the faults of the settings in the words of the config.

    Args:
        found: pydantic's errors by their places in the settings.
        name: Whose settings they are.
        section: What the settings may be.
        here: Where the name stands.
        places: Where settings stand that are not below it.
    """
    fields = section.model_fields
    problems = []
    missing, meant = [], set()
    for (key, *below), items in found.items():
        kind = items[0]["type"]
        if kind == "extra_forbidden":
            meant.add(nearest(key, fields))
            hint = did_you_mean(key, fields)
            message = f"{name} has no setting {key!r}."
            if not fields:
                message = f"{name} takes no settings, received {key!r}."
            problems.append(Problem(message, (*here, key), hint))
        elif kind == "missing" and not below:
            missing.append(str(key))
        else:
            place = places.get(str(key), (*here, key))
            problems.append(describe_fault(items, (*place, *below)))
    missing = [key for key in missing if key not in meant]
    if missing:
        problems.append(Problem(f"{name} needs {' and '.join(map(repr, missing))}.", here))
    return problems
