"""What of the ``regularization`` section has landed where, and what has kept its own."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from dlkit.config.objects import KerasObject
from dlkit.config.training_section import BothPenalties, RegularizationConfig


@dataclass(frozen=True)
class Place:
    """A place that a setting has reached.

    Attributes:
        setting: A key of the section: ``l2``.
        name: The layer, the loss or the optimizer; a layer in a model is ``encoder/dense_1``.
        kept: Why nothing was changed there; empty where the setting landed.
    """

    setting: str
    name: str
    kept: str = ""

    def inside(self, name: str) -> Place:
        """Return the same place, seen from around the model that it is in."""
        return Place(self.setting, f"{name}/{self.name}", self.kept)


@dataclass(frozen=True)
class Landing:
    """Everything that became of one setting.

    Attributes:
        setting: A key of the section.
        value: What it is set to, in words.
        names: Where it landed, in the order of the layers.
        kept: Where it did not, each with the reason.
    """

    setting: str
    value: str
    names: tuple[str, ...]
    kept: tuple[tuple[str, str], ...]


def landings(
    section: RegularizationConfig, settings: Iterable[str], places: Iterable[Place]
) -> tuple[Landing, ...]:
    """Gather places by their settings.

    Args:
        section: Says what each setting is.
        settings: Those that the config uses, also where they reached no place.
        places: In the order of the layers; the same one may be there twice.
    """
    places = list(dict.fromkeys(places))
    return tuple(
        Landing(
            setting,
            _in_words(getattr(section, setting)),
            tuple(p.name for p in places if p.setting == setting and not p.kept),
            tuple((p.name, p.kept) for p in places if p.setting == setting and p.kept),
        )
        for setting in settings
    )


def _in_words(value: Any) -> str:
    """Write the value of a setting."""
    if isinstance(value, BothPenalties):
        return f"{value.l1:g} and {value.l2:g}"
    if isinstance(value, KerasObject):
        numbers = (f"{number:g}" for number in value.arguments.values() if _is_number(number))
        return " ".join((value.written, *numbers))
    return f"{value:g}" if _is_number(value) else str(value)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float))
