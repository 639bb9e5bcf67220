"""Files that build on other files: ``base:`` and ``remove:``.

A file's bases are read first, in order, then what it removes is taken away, then the file
itself is merged over the rest: mappings merge, everything else replaces, and another
named object (an optimizer, a source of data) replaces the one before it instead of mixing
with it. Every value keeps the place in the file it came from.
"""

from __future__ import annotations

import os
from pathlib import Path as FilePath
from typing import Any

from dlkit.config.named_places import is_named_place, with_name
from dlkit.config.names import did_you_mean
from dlkit.config.path_text import parse_path
from dlkit.config.source import Source, lookup, walk, without
from dlkit.config.values import show
from dlkit.config.yaml_reader import read_yaml
from dlkit.errors import ConfigError, Mark, Path, Problem, format_path

MAX_BASES = 20


def read_composed(file: str | os.PathLike[str]) -> tuple[Source, list[Problem]]:
    """Read a config file with everything it builds on.

    Returns:
        The merged values with the place of each, and what could be read but is wrong.

    Raises:
        ConfigError: If a file cannot be read at all, or builds on itself.
    """
    return _read(FilePath(file), os.fspath(file), ())


def _read(file: FilePath, shown: str, above: tuple[str, ...]) -> tuple[Source, list[Problem]]:
    """Read one file and its bases; ``above`` are the files that led here.

    Raises:
        ConfigError: If it or one of its bases cannot be read, or builds on itself.
    """
    own, problems = read_yaml(_read_text(file, shown), shown)
    merged = Source({}, {})
    bases, unreadable = _bases(own)
    for path, name in bases:
        base = file.parent / name
        here = (*above, _real(file))
        message = ""
        if _real(base) in here:
            message = f"{name} builds on this file itself."
        elif len(here) > MAX_BASES:
            message = f"expected at most {MAX_BASES} files below one another."
        if message:
            unreadable.append(Problem(message, path, "", own.mark(path)))
            continue
        try:
            source, found = _read(base, os.path.join(os.path.dirname(shown), name), here)  # noqa: PTH118, PTH120 - as the person wrote it
        except ConfigError as error:
            unreadable += error.problems
            continue
        problems += found
        merged = merge(merged, source)
    if unreadable:  # what the rest lacks would only follow from it
        raise ConfigError([*problems, *unreadable])
    merged, wrong = _remove(merged, own)
    kept = {key: value for key, value in own.data.items() if key not in ("base", "remove")}
    merged = merge(merged, Source(kept, own.marks))
    return Source(merged.data, {**merged.marks, (): Mark(shown)}, own.text), problems + wrong


def _real(file: FilePath) -> str:
    """Return one name for a file, whatever links lead to it."""
    return os.path.realpath(file)


def merge(base: Source, own: Source) -> Source:
    """Lay one source over another."""
    data = _merge(base.data, own.data, ())
    marks = {}
    for path, _ in walk(data):
        mark = own.marks.get(path) or base.marks.get(path)
        if not mark and _is_lone(base.data, path[:-1]):
            mark = base.marks.get(path[:-1])
        if mark:
            marks[path] = mark
    return Source(data, marks, own.text)


def _is_lone(data: Any, path: Path) -> bool:
    """Tell whether a lone value stands at a path, which merging gives its name."""
    try:
        return not isinstance(lookup(data, path), dict)
    except KeyError:
        return False


def _merge(base: Any, own: Any, path: Path) -> Any:
    if isinstance(own, dict):
        base = with_name(base, path)
    if not (isinstance(base, dict) and isinstance(own, dict)):
        return own
    if is_named_place(path) and base.keys() != own.keys():
        return own
    return base | {
        key: _merge(base.get(key), value, (*path, key)) for key, value in own.items()
    }


def _bases(own: Source) -> tuple[list[tuple[Path, str]], list[Problem]]:
    """Return the files a source builds on, with the place of each."""
    value = own.data.get("base")
    if value is None:
        return [], []
    entries = (
        [(("base", index), item) for index, item in enumerate(value)]
        if isinstance(value, list)
        else [(("base",), value)]
    )
    problems = [
        Problem(
            f"expected the name of a file, received {show(item)}.", path, "", own.mark(path)
        )
        for path, item in entries
        if not _is_file_name(item)
    ]
    return [(path, item) for path, item in entries if _is_file_name(item)], problems


def _is_file_name(item: Any) -> bool:
    return isinstance(item, str) and item != "" and "\0" not in item


def _remove(merged: Source, own: Source) -> tuple[Source, list[Problem]]:
    """Take away what a source removes from its bases."""
    entries = own.data.get("remove")
    if entries is None:
        return merged, []
    if not isinstance(entries, list):
        message = f"expected a list of paths, received {show(entries)}."
        return merged, [Problem(message, ("remove",), "", own.mark(("remove",)))]
    problems = []
    paths: set[Path] = set()
    for index, entry in enumerate(entries):
        place = ("remove", index)
        path = parse_path(entry) if isinstance(entry, str) else ()
        if not path:
            message = f"expected a path like 'training.epochs', received {show(entry)}."
            problems.append(Problem(message, place, "", own.mark(place)))
            continue
        try:
            lookup(merged.data, path)
            paths.add(path)
        except KeyError as error:
            known = [format_path(known) for known, _ in walk(merged.data) if known]
            message = f"the bases have no {entry!r} ({error.args[0]!r} is not there)."
            hint = did_you_mean(entry, known)
            problems.append(Problem(message, place, hint, own.mark(place)))
    data = without(merged.data, paths)
    kept = ((_moved(path, paths), mark) for path, mark in merged.marks.items())
    return Source(data, {p: mark for p, mark in kept if p is not None}, merged.text), problems


def _moved(path: Path, removed: set[Path]) -> Path | None:
    """Return a path as it is once others are gone; None where it goes with them."""
    moved: list[str | int] = []
    for depth, part in enumerate(path):
        above = path[:depth]
        if (*above, part) in removed:
            return None
        if isinstance(part, int):
            part -= sum((*above, index) in removed for index in range(part))
        moved.append(part)
    return tuple(moved)


def _read_text(file: FilePath, shown: str) -> str:
    """Read a config file.

    Raises:
        ConfigError: If it is not there, no file, or no text.
    """
    mark = Mark(shown)
    try:
        return file.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise ConfigError(Problem("no such file.", mark=mark)) from error
    except IsADirectoryError as error:
        message = "expected a YAML file, received a folder."
        raise ConfigError(Problem(message, mark=mark)) from error
    except UnicodeDecodeError as error:
        message = f"not a text file in UTF-8 (byte {error.start})."
        raise ConfigError(Problem(message, mark=mark)) from error
    except OSError as error:
        raise ConfigError(Problem(f"cannot be read: {error.strerror}.", mark=mark)) from error
