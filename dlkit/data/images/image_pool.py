"""Folders of pictures, ready to be split: in memory where they fit, else read as needed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from dlkit.config.choices import Choice
from dlkit.config.dataset_section import DatasetConfig
from dlkit.config.datasets import Task
from dlkit.config.file_sources import ImagesSource
from dlkit.data.checks import check_parts
from dlkit.data.dataset import Dataset, Examples, Split, Stream
from dlkit.data.files import find_folder
from dlkit.data.images.folders import ImageFolder, open_images
from dlkit.data.pool import Pool
from dlkit.data.splits import Keys, Parts
from dlkit.errors import ConfigError, DataError, Problem

RESIDENT_BYTES = 512_000_000
"""Pictures that take more memory than this are streamed."""

BLOCK_BYTES = 64_000_000
"""Memory of the pictures that are read at a time."""


@dataclass(frozen=True)
class Pictures:
    """Folders of pictures behind one another, in one numbering."""

    folders: tuple[ImageFolder, ...]
    labels: np.ndarray

    def read(self, rows: np.ndarray) -> Split:
        """Return pictures by their numbers."""
        x = np.empty((len(rows), *self.folders[0].shape), np.uint8)
        first = 0
        for folder in self.folders:
            here = np.flatnonzero((rows >= first) & (rows < first + len(folder)))
            if len(here):
                x[here] = folder.read(rows[here] - first)
            first += len(folder)
        return Split(x, self.labels[rows])


def image_pool(config: DatasetConfig, task: Task, places: Sequence[Path]) -> Pool:
    """Open folders of pictures.

    Raises:
        ConfigError: If two parts are the same folder.
        DataError: If they hold no pictures, damaged ones, or classes that differ.
    """
    settings = config.source.told(ImagesSource)
    main = open_images(settings, places)
    folders, fixed = [main], {}
    others = {"test": main.test} if main.test and config.test is None else {}
    for part in ("validation", "test"):
        file = getattr(config, part)
        if isinstance(file, str):
            others[part] = open_images(main.settings.model_copy(update={"path": file}), places)
    _check_other_folders(settings, config, places)
    total = len(main)
    for part, folder in others.items():
        if folder is None:
            continue
        if folder.class_names != main.class_names:
            raise DataError(
                f"{folder.origin}: expected the classes {', '.join(main.class_names)},"
                f" received {', '.join(folder.class_names)}."
            )
        fixed[part] = np.arange(total, total + len(folder))
        total += len(folder)
        folders.append(folder)
    pictures = Pictures(tuple(folders), np.concatenate([f.labels for f in folders]))
    if config.folds:
        fixed = {part: rows for part, rows in fixed.items() if part != "test"}
    keys = Keys(total, classes=pictures.labels, fixed=fixed)
    path = str(_folder(main, places).resolve())
    source = Choice("images", main.settings.model_copy(update={"path": path}))
    resolved = config.model_copy(update={"source": source})

    def cut(rows: Parts) -> Dataset:
        return _dataset(pictures, main, resolved, task, rows)

    starts = {part: int(rows[0]) for part, rows in fixed.items()}
    return Pool(keys, cut, _is_streamed(pictures, config), starts)


def _check_other_folders(
    settings: ImagesSource, config: DatasetConfig, places: Sequence[Path]
) -> None:
    """Refuse a part's folder that another part reads as well.

    Raises:
        ConfigError: If one does.
    """
    known = {find_folder(settings.path, places).resolve(): "training"}
    for part in ("validation", "test"):
        path = getattr(config, part)
        if not isinstance(path, str):
            continue
        folder = find_folder(path, places).resolve()
        if folder in known:
            message = f"{folder.name} belongs to {known[folder]} as well."
            raise ConfigError(Problem(message, ("dataset", part), "A picture has one part."))
        known[folder] = part


def _folder(main: ImageFolder, places: Sequence[Path]) -> Path:
    return find_folder(main.settings.path, places)


def _is_streamed(pictures: Pictures, config: DatasetConfig) -> bool:
    size = len(pictures.labels) * int(np.prod(pictures.folders[0].shape))
    return config.stream is True or (config.stream == "auto" and size > RESIDENT_BYTES)


def _dataset(
    pictures: Pictures, main: ImageFolder, config: DatasetConfig, task: Task, rows: Parts
) -> Dataset:
    """Make a dataset of the rows of its parts."""
    streamed = _is_streamed(pictures, config)

    def part(name: str) -> Examples:
        return _stream(pictures, rows[name]) if streamed else pictures.read(rows[name])

    dataset = Dataset(
        name="images",
        stand_in_for=None,
        origin=main.origin,
        task=task,
        class_names=main.class_names,
        feature_names=(),
        train=part("train"),
        validation=part("validation") if "validation" in rows else None,
        test=part("test"),
        resolved=config,
        rows=rows,
    )
    notes = main.notes
    if streamed:
        notes = (*notes, "streamed: pictures are read from their files as they are needed")
    labels = {part: pictures.labels[numbers] for part, numbers in rows.items()}
    return replace(dataset, notes=(*notes, *check_parts(dataset, labels)))


def _stream(pictures: Pictures, rows: np.ndarray) -> Stream:
    """Return pictures that are read when they are asked for."""
    block = max(1, BLOCK_BYTES // int(np.prod(pictures.folders[0].shape)))

    def blocks() -> Iterator[Split]:
        for start in range(0, len(rows), block):
            yield pictures.read(rows[start : start + block])

    return Stream(
        len(rows), blocks, lambda numbers: pictures.read(rows[numbers]), piece=1, block=block
    )
