"""TFRecord files, ready to be split."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from dlkit.config.choices import Choice
from dlkit.config.dataset_section import DatasetConfig, TargetConfig
from dlkit.config.datasets import Task
from dlkit.config.file_sources import TfrecordSource
from dlkit.config.names import did_you_mean
from dlkit.data.checks import check_finite, check_parts
from dlkit.data.dataset import PARTS, Dataset, Examples, Split, Stream, Value, join
from dlkit.data.files import find_files
from dlkit.data.labels import LabelCodec, fit_codec, label_texts
from dlkit.data.pool import Pool
from dlkit.data.records.tfrecord import Records, open_records
from dlkit.data.splits import Keys, Parts, part_codes
from dlkit.data.tables.codes import Codes, class_numbers
from dlkit.errors import ConfigError, DataError, Problem

RESIDENT_BYTES = 128_000_000
"""Records of more bytes than this are streamed."""


@dataclass(frozen=True)
class RecordReader:
    """Turns records into examples.

    Attributes:
        records: The opened files.
        codec: Makes labels of the target features.
        weight: The feature that says how much a record counts, or None.
    """

    records: Records
    codec: LabelCodec
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
        given = {*self.codec.columns, self.weight}
        inputs = {name: array for name, array in block.items() if name not in given}
        x: Value = next(iter(inputs.values())) if len(inputs) == 1 else inputs

        def where(row: int) -> str:
            return f"record {numbers[row] + 1}"

        check_finite(x, self.records.origin, where)
        labels = {name: _flat(block[name]) for name in self.codec.columns}
        y = self.codec.encode(labels, where)
        weight = None
        if self.weight:
            weight = _flat(block[self.weight]).astype(np.float32)
            bad = np.flatnonzero(~(np.isfinite(weight) & (weight >= 0)))
            if len(bad):
                raise DataError(
                    f"sample_weight {self.weight!r}: expected numbers of at least 0, received"
                    f" {weight[bad[0]]:g} in {where(int(bad[0]))}."
                )
        return Split(x, y, weight)


def _flat(values: np.ndarray) -> np.ndarray:
    """Return a target's values, one a record; bytes become text."""
    values = values.reshape(len(values), -1)[:, 0]
    if values.dtype.kind in "OS":
        return np.array(
            [v.decode() if isinstance(v, bytes) else str(v) for v in values], object
        )
    return values


def record_pool(config: DatasetConfig, task: Task, places: Sequence[Path]) -> Pool:
    """Open record files and read their labels.

    Raises:
        ConfigError: If the config names features that are not in the spec.
        DataError: If a file is damaged or a record is not what the spec says.
    """
    settings = config.source.told(TfrecordSource)
    assert config.target is not None  # noqa: S101  # a rule of the config
    _check_names(config, tuple(settings.features))
    records = open_records(settings, places)
    streamed = config.stream is True or (
        config.stream == "auto" and records.size > RESIDENT_BYTES
    )
    if streamed and config.folds:
        message = f"folds need the data in memory, and {records.origin} is streamed."
        raise ConfigError(Problem(message, ("dataset", "folds"), "Set `stream: false`."))
    codec, labels = _read_labels(records, task, config.target)
    reader = RecordReader(records, codec, config.sample_weight)
    paths = tuple(str(path.resolve()) for path in find_files(settings.path, places))
    source = Choice("tfrecord", settings.model_copy(update={"path": paths}))
    resolved = config.model_copy(update={"source": source})
    held = None if streamed else join(list(reader.examples(None, 0)))
    classes = held.y if held is not None and task == "classification" else None

    def cut(rows: Parts) -> Dataset:
        dataset = _dataset(reader, held, resolved, task, rows)
        parts = None
        if held is None and labels is not None:
            parts = {name: labels[numbers] for name, numbers in rows.items()}
        return replace(dataset, notes=(*dataset.notes, *check_parts(dataset, parts)))

    return Pool(Keys(records.count, classes=classes), cut, streamed)


def _read_labels(
    records: Records, task: Task, target: TargetConfig
) -> tuple[LabelCodec, np.ndarray | None]:
    """Find the classes, and the number of each record's."""
    codes, numbers = Codes(), list[np.ndarray]()

    def blocks() -> Iterator[dict[str, np.ndarray]]:
        for block in records.blocks():
            values = {name: _flat(block[name]) for name in target.columns}
            if task == "classification":
                numbers.append(codes.encode(label_texts(values[target.columns[0]])))
            yield values

    codec = fit_codec(task, target, blocks())
    return codec, class_numbers(codes, numbers, codec.class_names) if numbers else None


def _check_names(config: DatasetConfig, features: tuple[str, ...]) -> None:
    """Refuse targets that are no features.

    Raises:
        ConfigError: With every one of them.
    """
    target = config.target.columns if config.target else ()
    wanted = [(name, ("dataset", "target")) for name in target]
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
    reader: RecordReader, held: Split | None, config: DatasetConfig, task: Task, rows: Parts
) -> Dataset:
    """Make a dataset of the rows of its parts."""
    codes = part_codes(rows, reader.records.count)

    def part(name: str) -> Examples:
        if held is not None:
            return held.take(rows[name])
        number = PARTS.index(name)
        return Stream(len(rows[name]), partial(reader.examples, codes, number))

    dataset = Dataset(
        name="tfrecord",
        stand_in_for=None,
        origin=reader.records.origin,
        task=task,
        class_names=reader.codec.class_names,
        feature_names=(),
        train=part("train"),
        validation=part("validation") if "validation" in rows else None,
        test=part("test"),
        resolved=config,
        target_names=reader.codec.columns if task == "regression" else (),
        rows=rows,
        together=partial(reader.parts, codes, PARTS) if held is None else None,
    )
    notes: tuple[str, ...] = ()
    if held is None:
        notes = (f"streamed: {reader.records.size / 1e6:,.1f} MB are read in blocks",)
    return replace(dataset, notes=notes)
