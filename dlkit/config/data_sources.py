"""Where data can come from, and what each kind of source is told.

A source is written like every named object: ``source: mnist``, ``source: {csv: pima.csv}``,
``source: {csv: {path: pima.csv, columns: [...]}}``. The first field of a section is what a
lone value means.
"""

from __future__ import annotations

from pathlib import PurePath

from dlkit.config.dataset_section import Classes
from dlkit.config.datasets import NAMED_SETS
from dlkit.config.file_sources import FILES
from dlkit.config.made_sources import SYNTHETIC
from dlkit.config.section import Positive, Section


class Whole(Section):
    """A dataset that takes no settings."""


class Labelled(Section):
    """A dataset of classes, or some of them.

    Attributes:
        classes: The classes that are read, by name; they are numbered in this order.
            None: all of them.
        examples_per_class: Training examples of each class at most; None: all of them.
            The test keeps all of its own.
    """

    classes: Classes | None = None
    examples_per_class: Positive | None = None


class Padded(Section):
    """Sequences of whole numbers, cut and padded to one length.

    Attributes:
        num_words: How many words are told apart, the most frequent ones.
        maxlen: Words kept of each text, its last ones; shorter texts are padded in front.
        classes: The classes that are read, by name; they are numbered in this order.
            None: all of them.
        examples_per_class: Training examples of each class at most; None: all of them.
            The test keeps all of its own.
    """

    num_words: Positive = 10_000
    maxlen: Positive = 200
    classes: Classes | None = None
    examples_per_class: Positive | None = None


Chosen = Labelled | Padded
"""Settings that can choose classes and examples."""


PADDED = ("imdb", "reuters")
"""Named datasets of texts."""

SOURCES: dict[str, type[Section]] = {
    **{
        name: Padded if name in PADDED else Labelled if facts.classes else Whole
        for name, facts in NAMED_SETS.items()
    },
    **SYNTHETIC,
    **FILES,
}
"""Every source a config can name, and what it takes."""

SUFFIXES = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".parquet": "parquet",
    ".npz": "arrays",
    ".npy": "arrays",
    ".tfrecord": "tfrecord",
}
"""What a file holds, by the end of its name."""


def source_advice(name: str) -> str:
    """Say how a file or a folder is written as a source; empty where a name is neither."""
    source = SUFFIXES.get(PurePath(name).suffix.lower())
    if source:
        return f"Write `source: {{{source}: {name}}}`."
    if "/" in name or "\\" in name:
        others = ", ".join(other for other in FILES if other != "images")
        return f"Say what is there: `source: {{images: {name}}}`, or {others}."
    return ""
