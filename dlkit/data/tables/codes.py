"""Texts as numbers, block by block, without keeping the texts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dlkit.data.labels import label_texts


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

    @property
    def texts(self) -> list[str]:
        """The texts in the order of their numbers."""
        return [*self._numbers]


def class_numbers(
    codes: Codes, blocks: Sequence[np.ndarray], class_names: Sequence[str]
) -> np.ndarray:
    """Return int16 class numbers of labels that were coded; -1 where there is no class.

    Args:
        codes: What coded them.
        blocks: Their codes.
        class_names: In the order of the numbers.
    """
    classes = {name: number for number, name in enumerate(class_names)}
    names = label_texts(np.array(codes.texts, object))
    table = np.array([classes.get(name, -1) for name in names], np.int16)
    return np.concatenate([table[block] for block in blocks])
