"""Tables, ready to be split: in memory where they fit, else read again and again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from types import MappingProxyType

import numpy as np

from dlkit.config.choices import Choice
from dlkit.config.dataset_section import DatasetConfig
from dlkit.config.datasets import Task
from dlkit.config.section import Section
from dlkit.config.targets import Aim, main_aim
from dlkit.data.checks import check_parts
from dlkit.data.dataset import PARTS, Dataset, Examples, Stream, Target
from dlkit.data.files import find_files
from dlkit.data.labelling import Labelling, LabelPass, target_of
from dlkit.data.pool import Pool
from dlkit.data.splits import Parts, part_codes
from dlkit.data.tables.fitting import fit_columns
from dlkit.data.tables.reader import Table, open_table
from dlkit.data.tables.roles import DROPPED, Roles, assign_roles
from dlkit.data.tables.rows import Frames, KeyReader, RowReader, held, read_again
from dlkit.errors import ConfigError, DataError, Problem

RESIDENT_BYTES = 128_000_000
"""Tables of more bytes than this are streamed."""

FEWEST_ROWS = 2
"""Rows without which nothing can be learned and tested."""

SHOWN_NAMES = 8
"""Columns that a note names before it counts the others."""


@dataclass(frozen=True)
class TableData:
    """A table that has been opened, and what is known of all its rows.

    Their ``labels`` are the numbers of their classes, by output, those of the dataset's
    own target under an empty name; nothing where there are no classes.
    """

    table: Table
    config: DatasetConfig
    task: Task
    roles: Roles
    frames: Frames
    labelling: Labelling
    labels: Mapping[str, np.ndarray]
    total: int
    streamed: bool
    seed: int


def table_pool(
    config: DatasetConfig,
    task: Task,
    places: Sequence[Path],
    seed: int,
    *,
    raw_text: bool,
    outputs: Mapping[str, Aim] = MappingProxyType({}),
) -> Pool:
    """Open a table and read what decides where its rows go.

    Args:
        config: The source, its columns and its parts.
        task: What is learned.
        places: Folders to look for files in.
        seed: Decides which rows estimate medians of streamed columns.
        raw_text: Whether the model's first layer reads texts itself.
        outputs: What outputs with columns of their own learn.

    Raises:
        ConfigError: If the config names columns that are not there.
        DataError: If the table cannot be read, or a value is not what its column holds.
    """
    table = open_table(config.source, places)
    others = {
        part: open_table(_elsewhere(config.source, file), places)
        for part in PARTS
        if isinstance(file := getattr(config, part, None), str)
    }
    for part, other in others.items():
        _check_same_columns(table, other, part)
        _check_other_files(config, part, places)
    sample = table.sample()
    if len(sample) < FEWEST_ROWS:
        raise DataError(
            f"{table.origin}: expected {FEWEST_ROWS} rows or more, to learn from some and"
            f" test on others, received {len(sample)}."
        )
    roles = assign_roles(
        table.columns, sample, config, task, raw_text=raw_text, outputs=outputs
    )
    tables = [table, *others.values()]
    streamed = config.stream is True or (
        config.stream == "auto" and sum(each.size for each in tables) > RESIDENT_BYTES
    )
    if streamed and config.folds:
        message = f"folds need the data in memory, and {table.origin} is streamed."
        hint = "Set `stream: false` where it fits."
        raise ConfigError(Problem(message, ("dataset", "folds"), hint))
    frames = read_again(tables) if streamed else held(tables, roles.types)
    passing = LabelPass(main_aim(config.target, task, outputs), outputs)
    labelling, seen, labels = _read_labels(frames, roles, passing)
    ends = np.cumsum([_count(each, roles) for each in tables]) if others else np.zeros(1, int)
    spans = {p: (int(ends[i]), int(ends[i + 1])) for i, p in enumerate(others)}
    keys = seen.keys(spans)
    resolved = config.model_copy(
        update={
            "source": _resolved_source(config.source, places),
            "features": {n: roles.features.get(n, DROPPED) for n in roles.features},
        }
    )
    data = TableData(
        table, resolved, task, roles, frames, labelling, labels, keys.total, streamed, seed
    )
    keys = replace(keys, classes=labels.get(""))
    starts = {part: first for part, (first, _) in spans.items()}
    return Pool(keys, partial(_cut, data), streamed, starts)


def _read_labels(
    frames: Frames, roles: Roles, passing: LabelPass
) -> tuple[Labelling, KeyReader, Mapping[str, np.ndarray]]:
    """Read the labels and what decides where rows go, in one pass.

    Raises:
        DataError: If labels are missing or no classes.
    """
    seen = KeyReader(roles)
    # A column at least: rows are to be counted where nothing else is.
    types = roles.label_types or dict([next(iter(roles.types.items()))])
    for first, frame in frames(types):
        seen.see(first, frame)
        passing.see({name: frame[name].to_numpy() for name in roles.targets})
    labelling, numbers = passing.finish(lambda row: f"row {row + 1}")
    return labelling, seen, numbers


def _count(table: Table, roles: Roles) -> int:
    """Count the rows of one of several tables."""
    name = next(iter(roles.label_types or roles.types))
    return sum(len(block) for block in table.blocks({name: roles.types[name]}))


def _elsewhere(source: Choice, file: str) -> Choice:
    """Return the same kind of source at another place."""
    return replace(source, settings=source.settings.model_copy(update={"path": (file,)}))


def _resolved_source(source: Choice, places: Sequence[Path]) -> Choice:
    """Return the source with the paths at which its files were found."""
    paths = tuple(str(path.resolve()) for path in find_files(_paths(source.settings), places))
    return replace(source, settings=source.settings.model_copy(update={"path": paths}))


def _paths(settings: Section) -> tuple[str, ...]:
    path = getattr(settings, "path", ())
    return (path,) if isinstance(path, str) else tuple(path)


def _check_same_columns(table: Table, other: Table, part: str) -> None:
    """Refuse a part's file that lacks a column.

    Raises:
        ConfigError: If it does.
    """
    missing = [name for name in table.columns if name not in other.columns]
    if missing:
        message = f"{other.origin} has no column {missing[0]!r}, which {table.origin} has."
        raise ConfigError(Problem(message, ("dataset", part)))


def _check_other_files(config: DatasetConfig, part: str, places: Sequence[Path]) -> None:
    """Refuse a part's file that another part reads as well.

    Raises:
        ConfigError: If one does.
    """
    sources = {"training": _paths(config.source.settings)}
    sources |= {
        other: (file,)
        for other in PARTS
        if other != part and isinstance(file := getattr(config, other, None), str)
    }
    own = find_files((getattr(config, part),), places)
    for other, patterns in sources.items():
        both = [path for path in find_files(patterns, places) if path in own]
        if both:
            message = f"{both[0].name} belongs to {other} as well."
            raise ConfigError(Problem(message, ("dataset", part), "A row has one part."))


def _reader(data: TableData) -> RowReader:
    return RowReader(data.frames, data.roles, data.labelling)


def _cut(data: TableData, rows: Parts) -> Dataset:
    """Make a dataset of the rows of its parts; features are fitted on the training rows."""
    reader = _reader(data)
    codes = part_codes(rows, data.total)

    def part(name: str) -> Examples:
        number = PARTS.index(name)
        if data.streamed:
            return Stream(len(rows[name]), partial(reader.examples, codes, number))
        return next(reader.examples(codes, number))

    def blocks() -> Iterator[dict[str, np.ndarray]]:
        for split in train.blocks():
            assert isinstance(split.x, dict)  # noqa: S101  # a table's inputs are columns
            yield split.x

    train = part("train")
    columns = fit_columns(data.roles.used, blocks, data.seed)
    numeric = all(feature.name == "numeric" for feature in data.roles.used.values())
    codec = data.labelling.main
    main = target_of(codec) if codec else Target(data.task)
    dataset = Dataset(
        name=data.config.source.name,
        stand_in_for=None,
        origin=data.table.origin,
        task=data.task,
        class_names=main.class_names,
        feature_names=tuple(data.roles.used) if numeric else (),
        train=train,
        validation=part("validation") if "validation" in rows else None,
        test=part("test"),
        resolved=data.config,
        target_names=main.target_names,
        outputs=data.labelling.targets,
        columns=columns,
        rows=rows,
        together=partial(reader.parts, codes, PARTS) if data.streamed else None,
    )
    labels = None
    if data.streamed:
        labels = {
            output: {part: classes[numbers] for part, numbers in rows.items()}
            for output, classes in data.labels.items()
        }
    return replace(dataset, notes=(*_notes(data), *check_parts(dataset, labels)))


def _notes(data: TableData) -> tuple[str, ...]:
    """Say what the columns were taken for."""
    roles, alike = data.roles, dict[str, list[str]]()
    for name, reason in roles.reasons.items():
        kind = roles.features[name].name
        alike.setdefault(f"{kind} ({reason})", []).append(name or "(unnamed)")
    notes = [f"{kind}: {_some(names)}" for kind, names in alike.items()]
    if data.streamed:
        notes.append(f"streamed: {_size(data.table.size)} are read in blocks")
    return tuple(notes)


def _size(size: int) -> str:
    return f"{size / 1e3:,.0f} kB" if size < 1e6 else f"{size / 1e6:,.0f} MB"


def _some(names: list[str]) -> str:
    """List the first names, and count the others."""
    shown = ", ".join(names[:SHOWN_NAMES])
    more = len(names) - SHOWN_NAMES
    return f"{shown} and {more} more" if more > 0 else shown
