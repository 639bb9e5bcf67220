"""Files in a folder a class, perhaps below ``train`` and ``test``.

The layout that Keras's ``image_dataset_from_directory`` reads, folders within a class
folder included. What Keras passes over without a word is counted here and told.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from dlkit.errors import DataError

_SPLITS = ("train", "test")
_OTHER_SPLITS = ("training", "testing", "validation", "valid", "val", "dev", "eval")
_NO_CLASSES = ("__MACOSX",)
"""Folders that archives leave behind."""

MAX_KINDS_LISTED = 3


@dataclass(frozen=True)
class Kind:
    """What is looked for.

    Attributes:
        files: In words: ``pictures``.
        suffixes: What their names end with, in small letters.
        unlabelled: Names of folders that are no class.
    """

    files: str
    suffixes: tuple[str, ...]
    unlabelled: tuple[str, ...] = ()


@dataclass(frozen=True)
class ClassFiles:
    """Files and the classes that their folders stand for.

    Attributes:
        paths: Sorted by class, then by name.
        labels: int32 of shape ``(files,)``.
        class_names: In the order of the labels.
        notes: What was passed over, for people.
    """

    paths: tuple[Path, ...]
    labels: np.ndarray
    class_names: tuple[str, ...]
    notes: tuple[str, ...] = ()

    def only(self, kept: np.ndarray) -> ClassFiles:
        """Return the files for which a mask of shape ``(files,)`` is true."""
        paths = tuple(path for path, keep in zip(self.paths, kept, strict=True) if keep)
        return ClassFiles(paths, self.labels[kept], self.class_names, self.notes)


def find_class_files(top: Path, kind: Kind) -> tuple[ClassFiles, ClassFiles | None]:
    """Return the files of every class, and those of the folder's own test split or None.

    Args:
        top: The folder of the class folders, or of ``train`` and ``test``.
        kind: What is looked for.

    Raises:
        DataError: If there are no class folders, or one is empty, or ``test`` has a class
            that ``train`` lacks, or there are splits beside these.
    """
    if not top.is_dir():
        raise DataError(f"{shown(top)}: expected a folder of class folders, received a file.")
    folders = _folders(top)
    # A class may be called `train` too; a split has folders of its own.
    split = all(name in (*_SPLITS, *_OTHER_SPLITS) and _folders(top / name) for name in folders)
    if not folders or not split:
        return _class_files(top, folders, kind), None
    if set(folders) != set(_SPLITS):
        raise DataError(
            f"{shown(top)}: expected class folders, or the folders train and test,"
            f" received {' and '.join(folders)}. Validation data is set aside from train by"
            " `validation:`; to read one of the folders, name it in the path."
        )
    train, test = (_class_files(top / name, _folders(top / name), kind) for name in _SPLITS)
    unknown = [name for name in test.class_names if name not in train.class_names]
    if unknown:
        raise DataError(
            f"{shown(top / 'test')}: there is a class folder {unknown[0]!r}, and none in"
            " train. A model cannot foretell a class that it never saw: add it there or"
            " remove it here."
        )
    numbers = np.array([train.class_names.index(n) for n in test.class_names], np.int32)
    return train, ClassFiles(test.paths, numbers[test.labels], train.class_names, test.notes)


def has_folders(top: Path) -> bool:
    """Tell whether there are folders in a folder, which may be classes.

    Raises:
        DataError: If the folder cannot be read.
    """
    return top.is_dir() and bool(_folders(top))


def find_files_below(folder: Path, kind: Kind) -> ClassFiles:
    """Return every file of a kind in a folder and its folders; all labels are 0.

    Raises:
        DataError: If there is none.
    """
    found, passed = _matching(folder, kind)
    if not found:
        raise DataError(f"{shown(folder)}: there are no {_described(kind)} in it.")
    notes = (_told(passed, kind, folder),) if passed else ()
    return ClassFiles(tuple(found), np.zeros(len(found), np.int32), (), notes)


def shown(path: Path | str) -> str:
    """Return a path or a name as text that can be printed, whatever bytes it is made of."""
    return os.fsencode(path).decode("utf-8", "replace")


def _folders(folder: Path) -> list[str]:
    """Return the names of the visible folders in a folder, sorted.

    Raises:
        DataError: If the folder cannot be read.
    """
    try:
        names = sorted(path.name for path in folder.iterdir() if path.is_dir())
    except OSError as error:
        raise DataError(f"{shown(folder)}: {error.strerror}.") from error
    return [name for name in names if not is_hidden(name) and name not in _NO_CLASSES]


def is_hidden(name: str) -> bool:
    """Tell whether a file or a folder is there for a program alone, as ``.DS_Store`` is."""
    return name.startswith(".")


def _class_files(folder: Path, names: list[str], kind: Kind) -> ClassFiles:
    """Return the files in class folders.

    Raises:
        DataError: If there are none.
    """
    notes = []
    for name in kind.unlabelled:
        if name in names:
            names.remove(name)
            notes.append(f"{shown(folder / name)} has no labels and was not read.")
    loose = sum(
        _suffix(path.name) in kind.suffixes and path.is_file() for path in folder.iterdir()
    )
    if not names:
        hint = f"Put the {kind.files} of each class into a folder with the name of the class."
        what = f"{loose} {kind.files} and no folders" if loose else "no folders"
        raise DataError(f"{shown(folder)}: expected a folder a class, received {what}. {hint}")
    if loose:
        notes.append(f"{loose} {kind.files} beside the class folders were not read.")
    paths: list[Path] = []
    counts, passed = [], Counter[str]()
    for name in names:
        found, others = _matching(folder / name, kind)
        if not found:
            raise DataError(
                f"{shown(folder / name)}: the class folder has no {_described(kind)}. Fill it"
                " or remove it."
            )
        paths += found
        counts.append(len(found))
        passed += others
    if passed:
        notes.append(_told(passed, kind, folder))
    labels = np.repeat(np.arange(len(names), dtype=np.int32), counts)
    return ClassFiles(tuple(paths), labels, tuple(map(shown, names)), tuple(notes))


def _matching(folder: Path, kind: Kind) -> tuple[list[Path], Counter[str]]:
    """Return the files of a kind below a folder, and the kinds of the others, counted."""
    found: list[Path] = []
    passed: Counter[str] = Counter()
    for place, name in files_below(folder):
        suffix = _suffix(name)
        if suffix in kind.suffixes and not is_hidden(name):
            found.append(Path(place, name))
        else:
            passed[suffix or name] += 1
    return found, passed


def files_below(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield the folder and the name of every file below a folder, sorted; links are followed.

    Raises:
        DataError: If a folder cannot be read.
    """

    def refuse(error: OSError) -> None:
        raise DataError(f"{shown(error.filename)}: {error.strerror}.") from error

    seen: set[str] = set()
    for place, folders, files in os.walk(folder, onerror=refuse, followlinks=True):
        real = os.path.realpath(place)
        # A link that leads back up would be walked for ever.
        folders[:] = [] if real in seen else sorted(n for n in folders if not is_hidden(n))
        if real not in seen:
            yield from ((place, name) for name in sorted(files))
        seen.add(real)


def _suffix(name: str) -> str:
    return os.path.splitext(name)[1].lower()  # noqa: PTH122  # a Path a file takes long


def _described(kind: Kind) -> str:
    return f"{kind.files} ({', '.join(kind.suffixes)})"


def _told(passed: Counter[str], kind: Kind, folder: Path) -> str:
    kinds = [shown(name) for name, _ in passed.most_common(MAX_KINDS_LISTED)]
    more = ", ..." if len(passed) > MAX_KINDS_LISTED else ""
    return (
        f"{passed.total()} files below {shown(folder)} are no {kind.files} and were not read"
        f" ({', '.join(kinds)}{more})."
    )
