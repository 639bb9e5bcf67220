"""What a page says of the data: where it came from, and what was made of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from dlkit.config.file_sources import FILES
from dlkit.data.dataset import Dataset
from dlkit.report.opening import plural
from dlkit.report.outputs import target_words

MOST_NOTES = 40
"""Notes that the page shows; the others stand in ``dataset.json``."""

MOST_NAMES = 10
"""Classes and columns that are named before the others are counted."""


def data_title(dataset: Dataset) -> str:
    """Call data in files by the file's name, any other data by its own."""
    if dataset.name not in FILES or " matching " in dataset.origin:
        return dataset.origin if dataset.name in FILES else dataset.name
    return Path(dataset.origin).name or dataset.origin


def data_rows(dataset: Dataset) -> tuple[tuple[str, str], ...]:
    """Say what the data is, as label and value; the sizes of its parts aside."""
    rows = [("source", f"{dataset.name} ({dataset.origin})")]
    inputs = tuple(column.name for column in dataset.columns) or dataset.feature_names
    if inputs:
        rows.append(("inputs", _some(inputs)))
    if dataset.class_names:
        what = "labels" if dataset.task == "multi_label" else "classes"
        rows.append((what, _some(dataset.class_names)))
    elif dataset.target_names:
        rows.append(("values to predict", _some(dataset.target_names)))
    rows += [
        (f"output {name}", target_words(target)) for name, target in dataset.outputs.items()
    ]
    return tuple(rows)


def part_rows(dataset: Dataset) -> tuple[tuple[str, str], ...]:
    """Count the examples of each part, as label and value."""
    parts = {
        "training": dataset.train,
        "validation": dataset.validation,
        "test": dataset.test,
    }
    return tuple(
        (f"{part} examples", f"{len(examples) if examples is not None else 0:,}")
        for part, examples in parts.items()
    )


def shown_notes(notes: Sequence[str]) -> tuple[str, ...]:
    """Return the first notes, and how many are left out."""
    more = len(notes) - MOST_NOTES
    if more <= 0:
        return tuple(notes)
    return (*notes[:MOST_NOTES], f"... and {plural(more, 'more note')}: see dataset.json")


def _some(names: Sequence[str]) -> str:
    """Count names, and give the first of them."""
    more = f" and {len(names) - MOST_NAMES:,} more" if len(names) > MOST_NAMES else ""
    return f"{len(names):,}: {', '.join(names[:MOST_NAMES])}{more}"
