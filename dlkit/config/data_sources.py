"""Where data can come from, and what each kind of source is told.

A source is written like every named object: ``source: mnist``, ``source: {csv: pima.csv}``,
``source: {csv: {path: pima.csv, columns: [...]}}``. The first field of a section is what a
lone value means.
"""

from __future__ import annotations

from pathlib import PurePath

from dlkit.config.datasets import NAMED_SETS
from dlkit.config.file_sources import FILES
from dlkit.config.made_sources import SYNTHETIC
from dlkit.config.section import Positive, Section


class Whole(Section):
    """A dataset that takes no settings."""


class Padded(Section):
    """Sequences of whole numbers, cut and padded to one length.

    Attributes:
        num_words: How many words are told apart, the most frequent ones.
        maxlen: Words kept of each text, its last ones; shorter texts are padded in front.
    """

    num_words: Positive = 10_000
    maxlen: Positive = 200


PADDED = ("imdb", "reuters")
"""Named datasets of texts."""

SOURCES: dict[str, type[Section]] = {
    **{name: Padded if name in PADDED else Whole for name in NAMED_SETS},
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
