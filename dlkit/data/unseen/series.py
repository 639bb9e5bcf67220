"""New rows of a series: every window in them, for the future of the last one above all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from dlkit.config.file_sources import TimeseriesSource
from dlkit.data.dataset import Split
from dlkit.data.series.series_pool import read_rows
from dlkit.data.series.windows import cut_windows
from dlkit.data.unseen.known import Findings, Known, Unseen
from dlkit.data.unseen.table import open_by_names, require_columns, require_targets
from dlkit.errors import DataError

WINDOWS_READ = 8192
"""Windows that are cut at a time; their rows overlap, and they do not."""


def open_unseen_series(
    known: Known, data: str, places: Sequence[Path], *, labelled: bool
) -> Unseen:
    """Open new rows of a run's series.

    Without labels every window is an example, named by the number of its last row: also
    those whose future is not in the table. With labels there are those whose future is,
    at the run's own stride.

    Raises:
        NotFoundError: If there is no such file.
        DataError: If it is damaged, lacks columns, or has too few rows for a window.
    """
    settings = known.config.source.told(TimeseriesSource)
    features, targets = settings.features or (), settings.targets
    table = open_by_names(known, data, places, features, targets)
    time = known.config.time
    require_columns(table, [*features, *([time] if time else [])])
    if labelled:
        require_targets(table, targets)
    names = tuple(dict.fromkeys([*features, *(targets if labelled else ())]))
    values, order = read_rows(table, names, time)
    if labelled:
        inputs = [names.index(name) for name in features]
        outputs = [names.index(name) for name in targets]
        x, y, _ = cut_windows(values, inputs, outputs, settings)
        return Unseen(table.origin, lambda: iter([Split(x, y)]), Findings())
    width = settings.width
    if len(values) < width:
        raise DataError(
            f"{table.origin}: there are {len(values)} rows, and a window has {width}."
        )
    numbers = values.astype(np.float32)
    windows = np.lib.stride_tricks.sliding_window_view(numbers, width, axis=0)

    def blocks() -> Iterator[Split]:
        for start in range(0, len(windows), WINDOWS_READ):
            x = windows[start : start + WINDOWS_READ].transpose(0, 2, 1)  # (n, width, inputs)
            yield Split(np.ascontiguousarray(x), np.zeros(len(x), np.float32))

    return Unseen(table.origin, blocks, Findings(), names=order[width - 1 :])
