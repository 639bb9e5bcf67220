"""New examples for a finished run, read the way it read its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from dlkit.config.file_sources import (
    TABLES,
    ImagesSource,
    TextSource,
    TfrecordSource,
    TimeseriesSource,
)
from dlkit.data.arrays.text_folder import TEXTS, read_text, read_texts
from dlkit.data.checks import check_finite
from dlkit.data.class_folders import find_files_below, shown
from dlkit.data.dataset import Split, Value
from dlkit.data.files import find_folder
from dlkit.data.images.folders import ImageFolder, open_images, read_unlabelled
from dlkit.data.images.image_pool import BLOCK_BYTES
from dlkit.data.records.record_pool import RecordReader
from dlkit.data.records.tfrecord import Records, open_records
from dlkit.data.unseen.arrays import open_unseen_arrays
from dlkit.data.unseen.known import (
    Findings,
    Known,
    Unseen,
    count_all_labels,
    labelling_of,
)
from dlkit.data.unseen.series import open_unseen_series
from dlkit.data.unseen.table import open_unseen_table
from dlkit.errors import DataError

TEXTS_READ = 1024
"""Files of texts that are held in memory at a time."""

TEST_PART = "its own test split alone is evaluated."


def open_unseen(known: Known, data: str, places: Sequence[Path], *, labelled: bool) -> Unseen:
    """Open new examples.

    Args:
        known: What the run knows of its own.
        data: A file, a folder, or for tables and records a pattern.
        places: Folders in which a relative path is looked for.
        labelled: Whether the labels are wanted too.

    Raises:
        NotFoundError: If there is nothing of that name.
        DataError: If it is not what the run learned from.
    """
    settings = known.config.source.settings
    if known.config.source.name in TABLES:
        return open_unseen_table(known, data, places, labelled=labelled)
    if isinstance(settings, TimeseriesSource):
        return open_unseen_series(known, data, places, labelled=labelled)
    if isinstance(settings, TfrecordSource):
        return _open_records(known, settings, data, places, labelled=labelled)
    path, labelled = find_folder(data, places), labelled and known.is_labelled
    if isinstance(settings, ImagesSource):
        return _open_images(known, settings, path, labelled=labelled)
    if isinstance(settings, TextSource):
        return _open_texts(known, settings, path, labelled=labelled)
    return open_unseen_arrays(known, path, labelled=labelled)


def _open_images(known: Known, settings: ImagesSource, path: Path, *, labelled: bool) -> Unseen:
    """Open pictures: any below a folder or a lone one; with labels a folder a class."""
    if not labelled:
        folder = read_unlabelled(path, settings)
        names = _relative(folder.paths, path)
        return _pictures(folder, Findings([*folder.notes]), names)
    folder = open_images(settings.model_copy(update={"path": str(path)}), [Path()])
    findings = Findings([*folder.notes])
    if folder.test is not None:
        folder = folder.test
        findings.notes.append(f"{folder.origin}: {TEST_PART}")
    numbers = _class_numbers(folder.origin, folder.class_names, folder.labels, known)
    return _pictures(replace(folder, labels=numbers), findings, None)


def _pictures(folder: ImageFolder, findings: Findings, names: Sequence[str] | None) -> Unseen:
    step = max(1, BLOCK_BYTES // int(np.prod(folder.shape)))

    def blocks() -> Iterator[Split]:
        for start in range(0, len(folder), step):
            rows = np.arange(start, min(start + step, len(folder)))
            yield Split(folder.read(rows), folder.labels[rows])

    return Unseen(folder.origin, blocks, findings, "file", names)


def _open_texts(known: Known, settings: TextSource, path: Path, *, labelled: bool) -> Unseen:
    """Open texts: any below a folder or a lone one; with labels a folder a class."""
    if labelled:
        raw = read_texts(settings.model_copy(update={"path": str(path)}), [Path()])
        findings = Findings([*raw.notes])
        if raw.x_test is not None and raw.y_test is not None:
            raw = replace(raw, x=raw.x_test, y=raw.y_test)
            findings.notes.append(f"{raw.origin}: {TEST_PART}")
        numbers = _class_numbers(raw.origin, raw.class_names or (), raw.y, known)
        return Unseen(raw.origin, lambda: iter([Split(raw.x, numbers)]), findings)
    notes: tuple[str, ...] = ()
    paths: tuple[Path, ...] = (path,)
    if path.is_dir():
        files = find_files_below(path, TEXTS)
        paths, notes = files.paths, files.notes

    def blocks() -> Iterator[Split]:
        for start in range(0, len(paths), TEXTS_READ):
            some = paths[start : start + TEXTS_READ]
            x = np.array([read_text(each, settings.encoding) for each in some], object)
            yield Split(x, np.zeros(len(x), np.int32))

    return Unseen(str(path), blocks, Findings([*notes]), "file", _relative(paths, path))


def _relative(paths: Sequence[Path], top: Path) -> list[str]:
    """Name files as they stand below a folder; a lone one by its name."""
    return [shown(path.name if path == top else path.relative_to(top)) for path in paths]


def _class_numbers(
    origin: str, class_names: tuple[str, ...], labels: np.ndarray, known: Known
) -> np.ndarray:
    """Return labels in the order of the run's classes.

    Raises:
        DataError: If there is a class that the run does not know.
    """
    unknown = [name for name in class_names if name not in known.class_names]
    if unknown:
        raise DataError(
            f"{origin}: there is a class folder {unknown[0]!r}, and the model knows"
            f" {', '.join(known.class_names[:20])}{', ...' * (len(known.class_names) > 20)}."
            " Remove the folder, or give it the name of a class."
        )
    numbers = np.array([known.class_names.index(name) for name in class_names], np.int32)
    return np.asarray(numbers[labels])


def _open_records(
    known: Known,
    settings: TfrecordSource,
    data: str,
    places: Sequence[Path],
    *,
    labelled: bool,
) -> Unseen:
    """Open records; without labels they may lack the features of the targets."""
    labelling, weight = labelling_of(known), known.config.sample_weight
    targets, labelled = labelling.columns, labelled and known.is_labelled
    wanted: dict[str, object] = dict(settings.features)
    if not labelled:
        wanted = {name: spec for name, spec in wanted.items() if name not in (*targets, weight)}
    records = open_records(
        settings.model_copy(update={"path": (data,), "features": wanted}), places
    )
    findings = Findings([*records.notes])
    if not labelled:
        return Unseen(records.origin, partial(_inputs, records), findings)
    specs = {name: records.specs[name] for name in targets}
    for block in replace(records, specs=specs).blocks():
        flat = {name: values.reshape(len(values), -1)[:, 0] for name, values in block.items()}
        count_all_labels(flat, known, findings)
    reader = RecordReader(records, labelling, weight)
    blocks: Callable[[], Iterator[Split]] = partial(reader.examples, None, 0)
    return Unseen(records.origin, blocks, findings)


def _inputs(records: Records) -> Iterator[Split]:
    """Yield what a model reads of records."""
    for block in records.blocks():
        x: Value = _lone(block)
        check_finite(x, records.origin)
        yield Split(x, np.zeros(len(next(iter(block.values()))), np.int32))


def _lone(inputs: Mapping[str, np.ndarray]) -> Value:
    return next(iter(inputs.values())) if len(inputs) == 1 else dict(inputs)
