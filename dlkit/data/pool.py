"""What has been read and not yet split."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from dlkit.data.dataset import Dataset
from dlkit.data.splits import Keys, Parts


@dataclass(frozen=True)
class Pool:
    """Examples of every part in one numbering, and what cuts them.

    Attributes:
        keys: What decides where each example goes.
        cut: Makes a dataset of the rows of its parts.
        streamed: Whether the examples stay on the disk.
    """

    keys: Keys
    cut: Callable[[Parts], Dataset]
    streamed: bool = False
