"""New rows of a table, read as a run read its own: nothing is guessed anew.

Columns are found by their names. What the model would be misled by is refused, what it has
a place for although it never saw it is counted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from dlkit.config.feature_kinds import CategoricalFeature, NumericFeature
from dlkit.config.file_sources import CsvSource
from dlkit.data.files import find_files
from dlkit.data.labelling import Labelling
from dlkit.data.tables.cells import is_number
from dlkit.data.tables.csv_grammar import Grammar
from dlkit.data.tables.csv_header import HEAD_BYTES
from dlkit.data.tables.csv_pieces import read_pieces
from dlkit.data.tables.learners import LARGEST
from dlkit.data.tables.reader import ColumnType, Table, open_table
from dlkit.data.tables.roles import Roles, numeric_columns
from dlkit.data.tables.rows import Frames, RowReader, read_again
from dlkit.data.tables.table import shown
from dlkit.data.unseen.known import (
    Findings,
    Known,
    Strange,
    Unseen,
    aims_of,
    count_all_labels,
    labelling_of,
)
from dlkit.errors import DataError


def open_unseen_table(
    known: Known, data: str, places: Sequence[Path], *, labelled: bool
) -> Unseen:
    """Open new rows of a run's table.

    Args:
        known: What the run knows of its own.
        data: A file, or a pattern like ``new/*.csv``.
        places: Folders in which a relative path is looked for.
        labelled: Whether the targets are wanted too.

    Raises:
        NotFoundError: If there is no such file.
        DataError: If it is damaged, or lacks columns.
    """
    config = known.config
    aims, wanted = aims_of(known), labelled and known.is_labelled
    targets = tuple(dict.fromkeys(name for aim in aims for name in aim.target.columns))
    features = [name for name, choice in config.features.items() if choice.name != "drop"]
    table = open_by_names(known, data, places, features, targets)
    require_columns(table, features)
    if wanted:
        require_targets(table, targets)
    weight = config.sample_weight if labelled else None
    roles = Roles(
        features=config.features,
        reasons={},
        targets=targets if wanted else (),
        weight=weight if weight in table.columns else None,
        group=None,
        time=None,
        marks={},
        numeric_targets=numeric_columns(aims),
    )
    findings = Findings()
    findings.notes += _told_extra(known, table, targets)
    if weight and weight not in table.columns:
        findings.notes.append(f"there is no column {weight!r}: all rows weigh alike.")
    labelling = labelling_of(known) if wanted else Labelling()
    frames = partial(_watched, read_again([table]), table.origin, roles, known, findings)
    reader = RowReader(frames, roles, labelling)
    return Unseen(table.origin, partial(reader.examples, None, 0), findings)


def open_by_names(
    known: Known,
    data: str,
    places: Sequence[Path],
    features: Sequence[str],
    targets: Sequence[str],
) -> Table:
    """Open a table whose columns have the names that the run knows them by.

    A file without a header may lack the targets; one with a header needs no names.

    Raises:
        NotFoundError: If there is no such file.
        DataError: If it is damaged, or has another number of columns.
    """
    source = known.config.source
    settings = source.settings.model_copy(update={"path": (data,)})
    if isinstance(settings, CsvSource):
        first = find_files(settings.path, places)[0]
        if first.is_file():
            names = _names(first, settings, features, targets)
            settings = settings.model_copy(update={"columns": names})
    return open_table(replace(source, settings=settings), places)


def _names(
    path: Path, settings: CsvSource, features: Sequence[str], targets: Sequence[str]
) -> tuple[str, ...] | None:
    """Name the columns of a file; None where its first line does.

    Raises:
        DataError: If it has another number of columns, or no names where the run had some.
    """
    first = [text.strip() for text in _first_row(path, settings)]
    if not first:
        return settings.columns  # the reader knows what to say of an empty file
    if set(features) <= set(first):
        return None
    if settings.columns is None:
        if len(first) > 1 and all(is_number(text, settings.decimal) for text in first):
            raise DataError(
                f"{shown(path)}:1: expected the names of the columns in the first line, as in"
                f" the run's own data, received numbers. It reads {_listed(features)}."
            )
        return None
    bare = tuple(name for name in settings.columns if name not in {*targets} - {*features})
    for names in (settings.columns, bare):
        if len(first) == len(names):
            return names
    others = "" if bare == settings.columns else f" ({len(bare)} without the target)"
    raise DataError(
        f"{shown(path)}:1: expected {len(settings.columns)} values{others}, as the columns of"
        f" the run, received {len(first)}."
    )


def _first_row(path: Path, settings: CsvSource) -> list[str]:
    """Return the values of the first row; none where there is no row."""
    grammar = Grammar(settings.separator, settings.quoted)
    for piece in read_pieces(path, settings.encoding, grammar, HEAD_BYTES):
        for row in grammar.rows(piece.content):
            content = piece.content[row.start : row.end]
            return grammar.cells(content.decode("utf-8", "replace").encode())
    return []


def require_columns(table: Table, features: Sequence[str]) -> None:
    """Prove that the columns are there that the model reads.

    Raises:
        DataError: If some are not; it names every one.
    """
    missing = [name for name in features if name not in table.columns]
    if missing:
        raise DataError(
            f"{table.origin}: the model reads {_listed(missing, len(missing))}, and there is no"
            f" such column. There {'is' if len(table.columns) == 1 else 'are'}:"
            f" {_listed(table.columns)}."
        )


def require_targets(table: Table, targets: Sequence[str]) -> None:
    """Prove that the columns are there that were learned.

    Raises:
        DataError: If some are not.
    """
    missing = [name for name in targets if name not in table.columns]
    if missing:
        raise DataError(
            f"{table.origin}: to evaluate takes the target {_listed(missing)}, and there is no"
            " such column. `dlkit predict` needs none."
        )


def _told_extra(known: Known, table: Table, targets: Sequence[str]) -> Iterator[str]:
    """Name the columns that the run knows nothing of."""
    config = known.config
    marks = [getattr(part, "column", None) for part in (config.validation, config.test)]
    own = {*config.features, *targets, config.sample_weight, config.group, config.time, *marks}
    extra = [name for name in table.columns if name not in own]
    if extra:
        what = "column is" if len(extra) == 1 else f"{len(extra)} columns are"
        yield f"{what} ignored, which the run did not have: {_listed(extra, len(extra))}."


def _listed(names: Sequence[str], most: int = 20) -> str:
    return ", ".join(map(repr, names[:most])) + ", ..." * (len(names) > most)


def _watched(
    frames: Frames,
    origin: str,
    roles: Roles,
    known: Known,
    findings: Findings,
    types: Mapping[str, ColumnType],
) -> Iterator[tuple[int, pd.DataFrame]]:
    """Pass blocks of rows on, after a look at what is in them."""
    for first, frame in frames(types):
        for name, feature in roles.used.items():
            if isinstance(feature.settings, NumericFeature):
                _check_numbers(frame[name], feature.settings, f"{origin}: column {name!r}")
            elif isinstance(feature.settings, CategoricalFeature):
                _count_names(name, frame[name], feature.settings, known, findings)
        if roles.targets:
            values = {name: frame[name].to_numpy() for name in roles.targets}
            count_all_labels(values, known, findings)
        yield first, frame


def _check_numbers(column: pd.Series, settings: NumericFeature, where: str) -> None:
    """Refuse what the model cannot compute with.

    Args:
        column: float64 with NaN for missing; the index counts rows from 0.
        settings: What the model does with the column.
        where: What stands before a fault.

    Raises:
        DataError: If there is such a number; it names the first row that has one.
    """
    values = column.to_numpy()
    missing = np.isnan(values)
    if settings.missing is None and missing.any():
        raise DataError(
            f"{where}: {_rows(column, missing)} no value, and the run's own rows had one each."
            " Fill it in, or train with `missing: median` for the column."
        )
    with np.errstate(invalid="ignore"):
        beyond = np.abs(values) > LARGEST
        low = values <= -1
    if beyond.any():
        raise DataError(f"{where}: {_rows(column, beyond)} a number above 3.4e38.")
    if settings.log and low.any():
        raise DataError(
            f"{where}: {_rows(column, low)} a number of -1 or less, and the model takes"
            " log(1 + x) of it."
        )


def _rows(column: pd.Series, bad: np.ndarray) -> str:
    """Say where the first bad value is, and that more follow."""
    more = int(bad.sum()) - 1
    others = f" and {more} more near it have" if more else " has"
    return f"row {column.index[int(bad.argmax())] + 1}{others}"


def _count_names(
    name: str,
    column: pd.Series,
    settings: CategoricalFeature,
    known: Known,
    findings: Findings,
) -> None:
    """Count names that the model has no place for but its bucket; hashing has one for all."""
    if settings.encoding == "hashing":
        return
    strange = column[~column.isin(known.vocabularies.get(name, frozenset()))]
    if len(strange):
        findings.categories.setdefault(name, Strange()).add(strange)
