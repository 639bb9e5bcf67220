"""Texts as numbers, block by block, without keeping the texts."""

from __future__ import annotations

import numpy as np


class Codes:
    """Numbers texts in the order in which they are first seen."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def encode(self, texts: np.ndarray) -> np.ndarray:
        """Return int32 numbers; a text that was seen has its old one."""
        import pandas as pd

        codes, names = pd.factorize(texts)
        numbers = [self._numbers.setdefault(str(n), len(self._numbers)) for n in names]
        return np.asarray(numbers, np.int32)[codes]
