"""What a source gives before it is split."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from dlkit.config.section import Section
from dlkit.data.dataset import Value


@dataclass(frozen=True)
class RawData:
    """A source's arrays before splitting.

    Attributes:
        x: Inputs, shape ``(examples, *shape)``, or a dict of such arrays by name.
        y: Labels from 0 of shape ``(examples,)``, or values ``(examples,)`` or
            ``(examples, values)``.
        x_test: The source's own test split, or None.
        y_test: Its labels, or None.
        origin: Where the arrays came from, in words for people.
        feature_names: One for each column of a table; empty otherwise.
        class_names: In the order of the labels; None where the source does not know.
        target_names: One for each value; empty where there is one, or classes.
        targets: Labels of outputs with a target of their own, by output, as ``y``.
        targets_test: Those of the test split.
        target_columns: For each output the names of its columns, as ``target_names``.
        notes: What was found and chosen by rule, for people.
        settings: The source's settings with every choice written out; None: as given.
    """

    x: Value
    y: np.ndarray
    x_test: Value | None = None
    y_test: np.ndarray | None = None
    origin: str = ""
    feature_names: tuple[str, ...] = ()
    class_names: tuple[str, ...] | None = None
    target_names: tuple[str, ...] = ()
    targets: Mapping[str, np.ndarray] = field(default_factory=dict)
    targets_test: Mapping[str, np.ndarray] = field(default_factory=dict)
    target_columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    settings: Section | None = None
