"""What is known of a source before anything is loaded, by its name and its settings."""

from __future__ import annotations

from dataclasses import replace

from dlkit.config.data_sources import Chosen, Padded
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
        The facts, of chosen classes alone but with all their examples, or None for files,
        of which nothing is known before they are read.
    """
    facts = NAMED_SETS.get(name)
    if facts is not None:
        if isinstance(settings, Padded):
            facts = replace(facts, shape=(settings.maxlen,))
        return _of_classes(facts, chosen_classes(facts, settings))
    if name in SYNTHETIC:
        return _made_facts(name, SYNTHETIC[name]() if settings is None else settings)
    return None


def chosen_classes(facts: NamedSet, settings: Section | None) -> tuple[int, ...] | None:
    """Return the numbers of the classes that are chosen of a dataset; None for all.

    What is no class of it is left out: a rule of the config tells of it.
    """
    if not isinstance(settings, Chosen) or settings.classes is None:
        return None
    numbers = {name: number for number, name in enumerate(facts.classes)}
    return tuple(numbers[name] for name in settings.classes if name in numbers)


def most_per_class(settings: Section | None) -> int | None:
    """Return how many training examples of each class are chosen; None for all."""
    return settings.examples_per_class if isinstance(settings, Chosen) else None


def _of_classes(facts: NamedSet, chosen: tuple[int, ...] | None) -> NamedSet:
    """Return the facts of some classes of a dataset, in their new order."""
    if chosen is None:
        return facts
    members = tuple(facts.members[number] for number in chosen)
    tests = tuple(facts.test_members[number] for number in chosen if facts.test_members)
    return replace(
        facts,
        classes=tuple(facts.classes[number] for number in chosen),
        train=sum(members),
        test=sum(tests),
        members=members,
        test_members=tests,
    )


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
