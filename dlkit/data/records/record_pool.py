"""TFRecord files, ready to be split."""

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
from dlkit.config.file_sources import TfrecordSource
from dlkit.config.names import did_you_mean
from dlkit.config.targets import Aim, all_columns, main_aim
from dlkit.data.checks import check_finite, check_parts
from dlkit.data.dataset import PARTS, Dataset, Examples, Split, Stream, Target, Value, join
from dlkit.data.files import find_files
from dlkit.data.labelling import Labelling, LabelPass, target_of
from dlkit.data.pool import Pool
from dlkit.data.records.tfrecord import Records, open_records
from dlkit.data.splits import Keys, Parts, part_codes
from dlkit.errors import ConfigError, DataError, Problem

RESIDENT_BYTES = 128_000_000
"""Records of more bytes than this are streamed."""


@dataclass(frozen=True)
class RecordReader:
    """Turns records into examples.

    Attributes:
        records: The opened files.
        labelling: Makes labels of the target features.
        weight: The feature that says how much a record counts, or None.
    """

    records: Records
    labelling: Labelling
    weight: str | None

    def examples(self, codes: np.ndarray | None, part: int) -> Iterator[Split]:
        """Yield the examples of one part, in the order of the files.

        Args:
            codes: uint8, the part of each record; None takes every record.
            part: The wanted one.
        """
        for first, block in self._numbered():
            count = len(next(iter(block.values())))
            if codes is None:
                yield self._split(block, np.arange(first, first + count))
            else:
                yield from self._chosen(first, block, codes[first : first + count] == part)

    def parts(self, codes: np.ndarray, names: Sequence[str]) -> Iterator[dict[str, Split]]:
        """Yield the examples of all parts in one pass, block by block.

        Args:
            codes: uint8, for each record the place of its part among the names.
            names: Of the parts.
        """
        for first, block in self._numbered():
            here = codes[first : first + len(next(iter(block.values())))]
            yield {
                name: split
                for number, name in enumerate(names)
                for split in self._chosen(first, block, here == number)
            }

    def _numbered(self) -> Iterator[tuple[int, dict[str, np.ndarray]]]:
        """Yield blocks with the number of their first record."""
        first = 0
        for block in self.records.blocks():
            yield first, block
            first += len(next(iter(block.values())))

    def _chosen(
        self, first: int, block: dict[str, np.ndarray], wanted: np.ndarray
    ) -> Iterator[Split]:
        """Yield the wanted records of a block, if there are any."""
        chosen = np.flatnonzero(wanted)
        if len(chosen):
            yield self._split({k: v[chosen] for k, v in block.items()}, chosen + first)

    def _split(self, block: dict[str, np.ndarray], numbers: np.ndarray) -> Split:
        """Take a block apart into inputs, labels and weights.

        Raises:
            DataError: If a number is not finite or a label no class.
        """
        given = {*self.labelling.columns, self.weight}
        inputs = {name: array for name, array in block.items() if name not in given}
        x: Value = next(iter(inputs.values())) if len(inputs) == 1 else inputs

        def where(row: int) -> str:
            return f"record {numbers[row] + 1}"

        check_finite(x, self.records.origin, where)
        labels = {name: _flat(block[name]) for name in self.labelling.columns}
        y, targets = self.labelling.encode(labels, len(numbers), where)
        weight = None
        if self.weight:
            weight = _flat(block[self.weight]).astype(np.float32)
            bad = np.flatnonzero(~(np.isfinite(weight) & (weight >= 0)))
            if len(bad):
                raise DataError(
                    f"sample_weight {self.weight!r}: expected numbers of at least 0, received"
                    f" {weight[bad[0]]:g} in {where(int(bad[0]))}."
                )
        return Split(x, y, weight, targets)


def _flat(values: np.ndarray) -> np.ndarray:
    """Return a target's values, one a record; bytes become text."""
    values = values.reshape(len(values), -1)[:, 0]
    if values.dtype.kind in "OS":
        return np.array(
            [v.decode() if isinstance(v, bytes) else str(v) for v in values], object
        )
    return values


def record_pool(
    config: DatasetConfig,
    task: Task,
    places: Sequence[Path],
    outputs: Mapping[str, Aim] = MappingProxyType({}),
) -> Pool:
    """Open record files and read their labels.

    Args:
        config: The files and their features.
        task: What is learned.
        places: Folders to look for files in.
        outputs: What outputs with features of their own learn.

    Raises:
        ConfigError: If the config names features that are not in the spec.
        DataError: If a file is damaged or a record is not what the spec says.
    """
    settings = config.source.told(TfrecordSource)
    main = main_aim(config.target, task, outputs)
    _check_names(config, main, outputs, tuple(settings.features))
    records = open_records(settings, places)
    streamed = config.stream is True or (
        config.stream == "auto" and records.size > RESIDENT_BYTES
    )
    if streamed and config.folds:
        message = f"folds need the data in memory, and {records.origin} is streamed."
        raise ConfigError(Problem(message, ("dataset", "folds"), "Set `stream: false`."))
    columns = all_columns(config.target, outputs)
    labelling, labels = _read_labels(records, LabelPass(main, outputs), columns)
    reader = RecordReader(records, labelling, config.sample_weight)
    paths = tuple(str(path.resolve()) for path in find_files(settings.path, places))
    source = Choice("tfrecord", settings.model_copy(update={"path": paths}))
    resolved = config.model_copy(update={"source": source})
    held = None if streamed else join(list(reader.examples(None, 0)))
    classes = labels.get("") if held is not None else None

    def cut(rows: Parts) -> Dataset:
        dataset = _dataset(reader, held, resolved, rows)
        parts = None
        if held is None:
            parts = {
                output: {name: classes[numbers] for name, numbers in rows.items()}
                for output, classes in labels.items()
            }
        return replace(dataset, notes=(*dataset.notes, *check_parts(dataset, parts)))

    return Pool(Keys(records.count, classes=classes), cut, streamed)


def _read_labels(
    records: Records, passing: LabelPass, columns: Sequence[str]
) -> tuple[Labelling, Mapping[str, np.ndarray]]:
    """Find the classes, and the numbers of each record's."""
    if columns:
        for block in records.blocks():
            passing.see({name: _flat(block[name]) for name in columns})
    return passing.finish(lambda row: f"record {row + 1}")


def _check_names(
    config: DatasetConfig,
    main: Aim | None,
    outputs: Mapping[str, Aim],
    features: tuple[str, ...],
) -> None:
    """Refuse targets that are no features.

    Raises:
        ConfigError: With every one of them.
    """
    aims = [*([main] if main else []), *outputs.values()]
    wanted = [(name, aim.path) for aim in aims for name in aim.target.columns]
    if config.sample_weight:
        wanted.append((config.sample_weight, ("dataset", "sample_weight")))
    problems = [
        Problem(f"the records have no feature {n!r}.", path, did_you_mean(str(n), features))
        for n, path in wanted
        if n not in features
    ]
    if not problems and not set(features) - {n for n, _ in wanted}:
        problems = [Problem("no feature is left to learn from.", ("dataset", "source"))]
    if problems:
        raise ConfigError(problems)


def _dataset(
    reader: RecordReader, held: Split | None, config: DatasetConfig, rows: Parts
) -> Dataset:
    """Make a dataset of the rows of its parts."""
    codes = part_codes(rows, reader.records.count)

    def part(name: str) -> Examples:
        if held is not None:
            return held.take(rows[name])
        number = PARTS.index(name)
        return Stream(len(rows[name]), partial(reader.examples, codes, number))

    codec = reader.labelling.main
    main = target_of(codec) if codec else Target("regression")
    dataset = Dataset(
        name="tfrecord",
        stand_in_for=None,
        origin=reader.records.origin,
        task=main.task,
        class_names=main.class_names,
        feature_names=(),
        train=part("train"),
        validation=part("validation") if "validation" in rows else None,
        test=part("test"),
        resolved=config,
        target_names=main.target_names,
        outputs=reader.labelling.targets,
        rows=rows,
        together=partial(reader.parts, codes, PARTS) if held is None else None,
    )
    notes: tuple[str, ...] = ()
    if held is None:
        notes = (f"streamed: {reader.records.size / 1e6:,.1f} MB are read in blocks",)
    return replace(dataset, notes=notes)
