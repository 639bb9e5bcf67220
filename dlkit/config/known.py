"""What is known of a source before anything is loaded, by its name and its settings."""

from __future__ import annotations

from dataclasses import replace

from dlkit.config.data_sources import Padded
from dlkit.config.datasets import NAMED_SETS, NamedSet
from dlkit.config.made_sources import (
    SYNTHETIC,
    GateSource,
    LineSource,
    MoonsSource,
    PointsSource,
    SequencesSource,
    WaveSource,
)
from dlkit.config.section import Section

GATE_ROWS = 4
"""Rows of a gate's truth table, which are its test split."""


def known_facts(name: str, settings: Section | None) -> NamedSet | None:
    """Return the facts of a named dataset or of data that is made.

    Args:
        name: As under ``source:``.
        settings: What the source is told; None: its defaults.

    Returns:
        The facts, or None for files, of which nothing is known before they are read.
    """
    facts = NAMED_SETS.get(name)
    if facts is not None:
        if isinstance(settings, Padded):
            return replace(facts, shape=(settings.maxlen,))
        return facts
    if name in SYNTHETIC:
        return _made_facts(name, SYNTHETIC[name]() if settings is None else settings)
    return None


def _made_facts(name: str, settings: Section) -> NamedSet:
    """Return the facts of data that is made.

    Raises:
        TypeError: If the settings belong to no such data.
    """
    match settings:
        case GateSource():
            summary = f"the truth table of {name}, two inputs"
            return _classes(summary, (2,), settings.examples, 2, test=GATE_ROWS)
        case PointsSource():
            return _classes(f"{name} of a plane", (2,), settings.examples, settings.classes)
        case MoonsSource():
            return _classes(f"two {name} of a plane", (2,), settings.examples, 2)
        case SequencesSource():
            summary = f"random digits 0 and 1, classed by {settings.rule}"
            return _classes(summary, (settings.length, 1), settings.examples, 2)
        case LineSource():
            summary, shape = "a weighted sum of its inputs", (settings.inputs,)
            features = tuple(f"x{number + 1}" for number in range(settings.inputs))
        case WaveSource():
            summary, shape, features = "the sine of a number", (1,), ("x",)
        case _:
            raise TypeError(f"{name}: {type(settings).__name__} makes no data")
    return NamedSet("made", summary, shape, settings.examples, 0, features=features, target="y")


def _classes(
    summary: str, shape: tuple[int, ...], examples: int, classes: int, *, test: int = 0
) -> NamedSet:
    """Return the facts of made classes, which are named by their labels."""
    names = tuple(str(label) for label in range(classes))
    features = ("x1", "x2") if shape == (2,) else ()
    return NamedSet("made", summary, shape, examples, test, names, features)
