"""What the columns of a table teach: means, ranges and names of the training rows.

Only training rows come here, so nothing of validation or test leaks into what a model
sees. A table in memory is one block and its figures are numpy's own; one that is streamed
comes in many, and is read once, in memory that does not grow with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from dlkit.config.choices import Choice
from dlkit.data.tables.fitted import Columns, FittedColumn
from dlkit.data.tables.learners import LEARNERS
from dlkit.errors import DataError, Problem

__all__ = ["Columns", "FittedColumn", "fit_columns"]


def fit_columns(
    features: Mapping[str, Choice], blocks: Callable[[], Iterator[Columns]], seed: int
) -> tuple[FittedColumn, ...]:
    """Learn what columns need to become numbers.

    Args:
        features: What each column is; none is dropped.
        blocks: Reads the training rows, in one block or in many.
        seed: Where there are many blocks, medians and the boundaries of bins come from a
            uniform random sample of 100,000 rows, and this chooses it. Everything else,
            and all of a single block, is exact.

    Returns:
        The columns, in the order of ``features``.

    Raises:
        DataError: If columns cannot become numbers as they are told to: every one of
            them, and what to write. If there are no rows.
    """
    learners = {name: LEARNERS[f.name](name, f, seed) for name, f in features.items()}
    rows = 0
    for block in blocks():
        rows += len(next(iter(block.values()))) if block else 0
        for name, learner in learners.items():
            learner.update(block[name])
    if not rows:
        raise DataError("the training split has no rows.")
    fitted = [learner.finish() for learner in learners.values()]
    problems = [result for result in fitted if isinstance(result, Problem)]
    if problems:
        raise DataError(problems)
    return tuple(result for result in fitted if isinstance(result, FittedColumn))
