"""Pictures in a folder a class, decoded when they are wanted.

Opening looks at every header, so that what cannot be read is known before training; the
pixels stay on disk.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from dlkit.config.file_sources import ImagesSource
from dlkit.data.class_folders import (
    ClassFiles,
    Kind,
    find_class_files,
    find_files_below,
    shown,
)
from dlkit.data.files import find_folder
from dlkit.data.images.pictures import (
    CHANNELS,
    SUFFIXES,
    BrokenPictureError,
    ColorMode,
    Header,
    Look,
    Resize,
    check_decodes,
    decode,
    read_header,
)
from dlkit.data.images.threads import decoding_threads, map_in_threads
from dlkit.errors import DataError

PICTURES = Kind("pictures", SUFFIXES)

MAX_SIZES_LISTED = 2


@dataclass(frozen=True)
class ImageFolder:
    """Pictures on disk, all brought to one shape when they are read.

    Attributes:
        paths: A file a picture.
        labels: int32 class numbers of shape ``(pictures,)``.
        class_names: In the order of the labels; empty where nothing is labelled.
        shape: Height, width and channels.
        resize: What happens to a picture of other proportions.
        origin: Where they are, in words for people.
        notes: What was found, passed over and chosen, for people.
        settings: As given, with size and color mode written out.
        test: The folder's own test split, or None.
        threads: How many of them decode.
    """

    paths: tuple[Path, ...]
    labels: np.ndarray
    class_names: tuple[str, ...]
    shape: tuple[int, int, int]
    resize: Resize
    origin: str
    notes: tuple[str, ...]
    settings: ImagesSource
    test: ImageFolder | None = None
    threads: int = 1

    def __len__(self) -> int:
        return len(self.paths)

    def read(self, rows: np.ndarray) -> np.ndarray:
        """Return pictures by their numbers, uint8 of shape ``(rows, *shape)``.

        Transparency shows white where there is no alpha channel, 16 bits become 8, of an
        animation the first frame is taken.

        Args:
            rows: Whole numbers from 0, in any order, of shape ``(rows,)``.

        Raises:
            DataError: If a file is damaged or gone.
        """
        height, width, _ = self.shape
        color_mode = next(m for m, channels in CHANNELS.items() if channels == self.shape[2])
        look = Look(height, width, color_mode, self.resize)
        pictures = np.empty((len(rows), *self.shape), np.uint8)

        def read_one(place: int) -> None:
            path = self.paths[rows[place]]
            try:
                pictures[place] = decode(path, look)
            except BrokenPictureError as error:
                raise DataError(_broken_text(path, str(error))) from error

        map_in_threads(read_one, range(len(rows)), self.threads)
        return pictures


def open_images(settings: ImagesSource, places: Sequence[Path]) -> ImageFolder:
    """Look at the pictures of a folder a class, or of such folders in ``train`` and ``test``.

    Args:
        settings: Which folder, and what its pictures are brought to.
        places: Folders that the path may be relative to.

    Raises:
        NotFoundError: If the folder is nowhere.
        DataError: If it is laid out otherwise, or a picture is damaged and none may be, or
            sizes differ and none is chosen.
    """
    top = find_folder(settings.path, places)
    train, test = find_class_files(top, PICTURES)
    train, headers, notes = _readable(train, settings)
    if test is not None:
        test, more_headers, more_notes = _readable(test, settings)
        headers, notes = headers + more_headers, notes + more_notes
    folder = _folder(train, headers, settings, shown(top), notes)
    if test is None:
        return folder
    return _with_test(folder, test)


def read_unlabelled(folder_or_file: Path, settings: ImagesSource) -> ImageFolder:
    """Look at one picture, or at all below a folder, to foretell their classes.

    Args:
        folder_or_file: Where they are.
        settings: Of the training pictures: the same size and colors are used.

    Returns:
        The pictures, with the label 0 each.

    Raises:
        DataError: If there are none, or one is damaged and none may be.
    """
    if folder_or_file.is_dir():
        files = find_files_below(folder_or_file, PICTURES)
    elif folder_or_file.exists():
        files = ClassFiles((folder_or_file,), np.zeros(1, np.int32), ())
    else:
        raise DataError(f"{shown(folder_or_file)}: there is no such file or folder.")
    files, headers, notes = _readable(files, settings)
    return _folder(files, headers, settings, shown(folder_or_file), notes)


def _readable(
    files: ClassFiles, settings: ImagesSource
) -> tuple[ClassFiles, list[Header], tuple[str, ...]]:
    """Return the files that are pictures, their headers, and what is to be told.

    Raises:
        DataError: If one is none and none may be, or a class has none.
    """
    skip = settings.damaged == "skip"
    looked: Sequence[Header | str] = [_look_at(path) for path in files.paths]
    if skip:
        threads = _threads([found for found in looked if not isinstance(found, str)])
        pairs = list(zip(files.paths, looked, strict=True))
        looked = map_in_threads(_decoded, pairs, threads)
    broken = [
        (path, found)
        for path, found in zip(files.paths, looked, strict=True)
        if isinstance(found, str)
    ]
    headers = [found for found in looked if not isinstance(found, str)]
    if not broken:
        return files, headers, files.notes
    if not skip:
        raise DataError(_broken_text(*broken[0], more=len(broken) - 1))
    kept = files.only(np.array([not isinstance(found, str) for found in looked]))
    if lost := set(files.labels.tolist()) - set(kept.labels.tolist()):
        what = f"the class {files.class_names[min(lost)]!r}" if files.class_names else "all"
        raise DataError(
            f"{_broken_text(*broken[0])[:-1]}, like every picture of {what}. There is nothing"
            " left to read."
        )
    note = (
        f"{len(broken)} damaged pictures were left out, the first {shown(broken[0][0])}"
        f" ({broken[0][1]})."
    )
    return kept, headers, (*files.notes, note)


def _look_at(path: Path) -> Header | str:
    """Return a picture's header, or why there is none."""
    try:
        return read_header(path)
    except BrokenPictureError as error:
        return str(error)


def _decoded(pair: tuple[Path, Header | str]) -> Header | str:
    """Return a picture's header, or why it cannot be decoded."""
    path, found = pair
    if not isinstance(found, str):
        try:
            check_decodes(path)
        except BrokenPictureError as error:
            return str(error)
    return found


def _broken_text(path: Path, reason: str, more: int = 0) -> str:
    others = f", nor can {more} more" if more else ""
    return (
        f"{shown(path)}: the picture cannot be read ({reason}){others}. Repair or remove it,"
        " or write `damaged: skip` to leave such files out."
    )


def _folder(
    files: ClassFiles,
    headers: list[Header],
    settings: ImagesSource,
    origin: str,
    notes: tuple[str, ...],
) -> ImageFolder:
    """Choose the size and the colors of pictures where the settings leave them open."""
    chosen: list[str] = []
    size = settings.image_size
    if size is None:
        size = _common_size(headers, origin)
        chosen.append(f"image_size: [{size[0]}, {size[1]}], that of every picture.")
    color_mode = settings.color_mode
    if color_mode is None:
        color_mode, reason = _common_colors(headers)
        chosen.append(reason)
    return ImageFolder(
        paths=files.paths,
        labels=files.labels,
        class_names=files.class_names,
        shape=(*size, CHANNELS[color_mode]),
        resize=settings.resize,
        origin=origin,
        notes=(*notes, *chosen),
        settings=settings.model_copy(update={"image_size": size, "color_mode": color_mode}),
        threads=_threads(headers),
    )


def _with_test(folder: ImageFolder, test: ClassFiles) -> ImageFolder:
    """Return pictures together with those of the test split, brought to the same shape."""
    own = replace(folder, paths=test.paths, labels=test.labels, notes=())
    return replace(folder, test=own)


def _common_size(headers: list[Header], origin: str) -> tuple[int, int]:
    """Return the height and width that all pictures share.

    Raises:
        DataError: If they differ.
    """
    sizes = Counter(header.size for header in headers).most_common()
    if len(sizes) == 1:
        return sizes[0][0]
    listed = " and ".join(f"{n} of [{h}, {w}]" for (h, w), n in sizes[:MAX_SIZES_LISTED])
    more = len(sizes) - MAX_SIZES_LISTED
    others = f" and {more} other {'size' if more == 1 else 'sizes'}" if more > 0 else ""
    raise DataError(
        f"{origin}: expected pictures of one size, received {listed}{others} (height and"
        " width). Write `image_size: [height, width]`, which all are brought to."
    )


def _common_colors(headers: list[Header]) -> tuple[ColorMode, str]:
    """Return the colors that lose nothing, and why."""
    colored = sum(not header.gray for header in headers)
    if not colored:
        return "grayscale", "color_mode: grayscale, no picture has colors."
    return "rgb", f"color_mode: rgb, {colored} of {len(headers)} pictures are stored in color."


def _threads(headers: list[Header]) -> int:
    pixels = sum(header.size[0] * header.size[1] for header in headers)
    return decoding_threads(pixels / max(1, len(headers)))
