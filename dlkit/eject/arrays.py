"""Prepared data as one ``.npz`` file, and the lines that read it in the script.

It holds the numbers that dlkit's trained model reads and is compared with, so the script
needs none of the data's own files.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from dlkit.data.dataset import Dataset, Value
from dlkit.eject.code import Expression, call, lay_out, mapping, text
from dlkit.eject.data import DataCode
from dlkit.eject.parts import parts_of
from dlkit.errors import StorageError


def arrays_of(dataset: Dataset) -> dict[str, np.ndarray]:
    """Return every array of a dataset under the name of its variable in the script.

    Args:
        dataset: As the trained model takes it, in memory.
    """
    arrays: dict[str, np.ndarray] = {}
    for part, split in parts_of(dataset).items():
        arrays |= _named(f"x_{part}", split.x)
        arrays |= _named(f"y_{part}", dict(split.targets) or split.y)
        if split.weight is not None:
            arrays[f"w_{part}"] = split.weight
    return arrays


def _named(name: str, value: Value) -> dict[str, np.ndarray]:
    if isinstance(value, dict):
        return {f"{name}.{key}": array for key, array in value.items()}
    return {name: value}


def write_arrays(dataset: Dataset, path: Path) -> None:
    """Write the prepared data.

    Args:
        dataset: As the trained model takes it, in memory.
        path: The file.

    Raises:
        StorageError: If it cannot be written.
    """
    try:
        with path.open("wb") as file:
            np.savez_compressed(file, **arrays_of(dataset))  # type: ignore[arg-type]
    except OSError as error:
        raise StorageError(f"{path}: cannot be written ({error.strerror}).") from error


def array_code(dataset: Dataset, path: Path) -> DataCode:
    """Return the lines that read the prepared data.

    Args:
        dataset: As the trained model takes it, in memory.
        path: The file, as a person has named it.
    """
    lines = [*lay_out(call("np.load", text(str(path))), "data = ")]
    weighted = []
    for part, split in parts_of(dataset).items():
        targets = dict(split.targets)
        lines += _reading(f"x_{part}", split.x if isinstance(split.x, dict) else None)
        lines += _reading(f"y_{part}", targets or None)
        if split.weight is not None:
            lines += _reading(f"w_{part}", None)
            weighted.append(part)
    return DataCode(lines, frozenset(), tuple(weighted), prepared=True)


def _reading(name: str, keys: Mapping[str, np.ndarray] | None) -> list[str]:
    if keys is None:
        return [f"{name} = data[{text(name)}]"]
    code: dict[str, Expression] = {key: f"data[{text(f'{name}.{key}')}]" for key in keys}
    return lay_out(mapping(code), f"{name} = ")
