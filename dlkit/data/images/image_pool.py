"""Folders of pictures, ready to be split: in memory where they fit, else read as needed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from dlkit.config.choices import Choice
from dlkit.config.dataset_section import DatasetConfig
from dlkit.config.file_sources import ImagesSource
from dlkit.data.checks import check_parts
from dlkit.data.class_folders import has_folders
from dlkit.data.dataset import Dataset, Examples, Split, Stream, no_labels
from dlkit.data.files import find_folder
from dlkit.data.images.folders import ImageFolder, open_images, read_unlabelled
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


def image_pool(config: DatasetConfig, places: Sequence[Path], *, labelled: bool = True) -> Pool:
    """Open folders of pictures.

    Args:
        config: The folder, and its parts.
        places: Folders to look for it in.
        labelled: Whether classes are learned; if not, the folder need have no folders.

    Raises:
        ConfigError: If two parts are the same folder.
        DataError: If they hold no pictures, damaged ones, or classes that differ.
    """
    settings = config.source.told(ImagesSource)
    main = open_images(settings, places) if labelled else _any_pictures(settings, places)
    folders, fixed = [main], {}
    others = {"test": main.test} if main.test and config.test is None else {}
    for part in ("validation", "test"):
        file = getattr(config, part)
        if isinstance(file, str):
            there = main.settings.model_copy(update={"path": file})
            others[part] = (
                open_images(there, places) if main.class_names else _all_below(there, places)
            )
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
    labels = np.concatenate([f.labels for f in folders])
    pictures = Pictures(tuple(folders), labels if main.class_names else no_labels(total))
    if config.folds:
        fixed = {part: rows for part, rows in fixed.items() if part != "test"}
    classes = pictures.labels if main.class_names else None
    keys = Keys(total, classes=classes, fixed=fixed)
    path = str(_folder(main, places).resolve())
    source = Choice("images", main.settings.model_copy(update={"path": path}))
    resolved = config.model_copy(update={"source": source})

    def cut(rows: Parts) -> Dataset:
        return _dataset(pictures, main, resolved, rows)

    starts = {part: int(rows[0]) for part, rows in fixed.items()}
    return Pool(keys, cut, _is_streamed(pictures, config), starts)


def _any_pictures(settings: ImagesSource, places: Sequence[Path]) -> ImageFolder:
    """Open pictures in a folder a class, or just below a folder where there are no classes."""
    top = find_folder(settings.path, places)
    return open_images(settings, places) if has_folders(top) else read_unlabelled(top, settings)


def _all_below(settings: ImagesSource, places: Sequence[Path]) -> ImageFolder:
    return read_unlabelled(find_folder(settings.path, places), settings)


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
    pictures: Pictures, main: ImageFolder, config: DatasetConfig, rows: Parts
) -> Dataset:
    """Make a dataset of the rows of its parts."""
    streamed = _is_streamed(pictures, config)

    def part(name: str) -> Examples:
        return _stream(pictures, rows[name]) if streamed else pictures.read(rows[name])

    dataset = Dataset(
        name="images",
        stand_in_for=None,
        origin=main.origin,
        task="classification" if main.class_names else "regression",
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
    labels = {part: pictures.labels[numbers].reshape(-1) for part, numbers in rows.items()}
    return replace(dataset, notes=(*notes, *check_parts(dataset, {"": labels})))


def _stream(pictures: Pictures, rows: np.ndarray) -> Stream:
    """Return pictures that are read when they are asked for."""
    block = max(1, BLOCK_BYTES // int(np.prod(pictures.folders[0].shape)))

    def blocks() -> Iterator[Split]:
        for start in range(0, len(rows), block):
            yield pictures.read(rows[start : start + block])

    return Stream(
        len(rows), blocks, lambda numbers: pictures.read(rows[numbers]), piece=1, block=block
    )
