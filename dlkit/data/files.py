"""Find the files that a config names."""

from __future__ import annotations

import glob
import os
from collections.abc import Sequence
from pathlib import Path

from dlkit.errors import DataError


class NotFoundError(DataError):
    """A dataset is neither on this machine nor to be had from the network."""


def search_places(config_folder: Path | None) -> tuple[Path, ...]:
    """Return the folders in which a relative path is looked for, in order.

    They are the working directory, the folder of the config file, and ``$DLKIT_DATA``.
    """
    places = [Path.cwd()]
    if config_folder is not None and config_folder.resolve() != places[0]:
        places.append(config_folder)
    if os.environ.get("DLKIT_DATA"):
        places.append(Path(os.environ["DLKIT_DATA"]))
    return tuple(places)


def find_files(patterns: Sequence[str], places: Sequence[Path]) -> list[Path]:
    """Return the files that paths or patterns like ``data/*.csv`` mean, sorted by pattern.

    Args:
        patterns: As the config has them.
        places: Folders to look in; the first that has a match for a pattern counts.

    Raises:
        NotFoundError: If a pattern matches nothing.
    """
    found: list[Path] = []
    for pattern in patterns:
        for place in places:
            path = place / Path(pattern).expanduser()
            matches = [path] if path.exists() else _matching(path)
            if matches:
                found += [match for match in matches if match not in found]
                break
        else:
            looked = ", ".join(str(place) for place in places)
            raise NotFoundError(f"{pattern}: there is no such file (looked in {looked}).")
    return found


def _matching(path: Path) -> list[Path]:
    return sorted(Path(match) for match in glob.glob(str(path), recursive=True))  # noqa: PTH207


def find_folder(name: str, places: Sequence[Path]) -> Path:
    """Return the folder or file that a path means.

    Raises:
        NotFoundError: If it is nowhere.
    """
    return find_files([name], places)[0]
