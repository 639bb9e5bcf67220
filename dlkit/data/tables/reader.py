"""Open a table, whatever kind of file it is in."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from dlkit.config.choices import Choice
from dlkit.config.file_sources import CsvSource, ParquetSource
from dlkit.data.files import find_files
from dlkit.data.tables.csv_file import open_csv
from dlkit.data.tables.parquet_file import open_parquet
from dlkit.data.tables.table import BLOCK_ROWS, ColumnType, Table, shown
from dlkit.errors import DataError

__all__ = ["BLOCK_ROWS", "ColumnType", "Table", "open_table"]


def open_table(source: Choice, places: Sequence[Path]) -> Table:
    """Find the files of a table, and check that they are one.

    Args:
        source: ``csv``, ``tsv``, ``timeseries`` or ``parquet`` with its settings.
        places: Folders in which a relative path is looked for.

    Raises:
        NotFoundError: If there is no such file.
        DataError: If a file is empty or no table, or the files' columns differ.
        TypeError: If the source is not one of these.
    """
    settings = source.settings
    if not isinstance(settings, CsvSource | ParquetSource):
        raise TypeError(f"{source.name} is no table")
    paths = find_files(settings.path, places)
    for path in paths:
        if path.is_dir():
            raise DataError(
                f"{shown(path)} is a folder: name its files, for instance {shown(path)}/*.csv."
            )
    names = ", ".join(settings.path)
    one = len(paths) == 1
    origin = shown(paths[0]) if one else f"{len(paths)} files matching {names}"
    if isinstance(settings, ParquetSource):
        return open_parquet(paths, origin)
    return open_csv(settings, paths, origin)
