"""What has been read and not yet split."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from dlkit.data.dataset import Dataset
from dlkit.data.splits import Keys, Parts


@dataclass(frozen=True)
class Pool:
    """Examples of every part in one numbering, and what cuts them.

    Attributes:
        keys: What decides where each example goes.
        cut: Makes a dataset of the rows of its parts.
        streamed: Whether the examples stay on the disk.
        starts: The first number of each part that has a place of its own, a file or the
            source's own test split: people count there from 0.
        numbers: Where only some of the source's examples were taken, the number of each;
            else None.
    """

    keys: Keys
    cut: Callable[[Parts], Dataset]
    streamed: bool = False
    starts: Mapping[str, int] = field(default_factory=dict)
    numbers: np.ndarray | None = None

    def dataset(self, rows: Parts) -> Dataset:
        """Cut a dataset, and record its rows as people number them where they lie."""
        recorded = {
            part: (chosen if self.numbers is None else self.numbers[chosen])
            - self.starts.get(part, 0)
            for part, chosen in rows.items()
        }
        return replace(self.cut(rows), rows=recorded)
