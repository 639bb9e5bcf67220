"""New arrays: for runs that learned from arrays, whatever they came from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np

from dlkit.config.dataset_section import TargetConfig
from dlkit.config.expansion import INPUT
from dlkit.config.file_sources import ArraysSource
from dlkit.data.arrays.array_files import Arrays, open_arrays
from dlkit.data.arrays.arrays import CLASS_NAMES, read_arrays, read_inputs
from dlkit.data.checks import check_finite
from dlkit.data.dataset import Split, Value
from dlkit.data.labels import LabelCodec, label_texts
from dlkit.data.raw import RawData
from dlkit.data.tables.cells import is_number
from dlkit.data.unseen.known import Findings, Input, Known, Unseen, count_labels
from dlkit.errors import DataError

DEFAULT_INPUT = "x"


def open_unseen_arrays(known: Known, path: Path, *, labelled: bool) -> Unseen:
    """Open new arrays.

    Without labels a lone input is the array of its name, ``x``, or the only one there is;
    several are found by their names. With labels the file is laid out as for training.

    Args:
        known: What the run knows of its own.
        path: An ``.npz`` file, a folder of ``.npy`` files, or for a lone input an ``.npy``.
        labelled: Whether the labels are wanted too.

    Raises:
        DataError: If it is damaged, or its arrays are not what the model takes.
    """
    findings = Findings()
    settings = known.config.source.settings
    if not labelled:
        x = _read(known, settings if isinstance(settings, ArraysSource) else None, path)
        _check(known, x, path)
        count = len(next(iter(x.values())))
        return _unseen(path, Split(_value(x), np.zeros(count, np.int32)), findings)
    own = settings if isinstance(settings, ArraysSource) else ArraysSource(path=str(path))
    outputs = {name: target.columns for name, target in _targets(known).items()}
    update = {"path": str(path)} | ({"outputs": outputs.pop("")} if "" in outputs else {})
    raw = read_arrays(own.model_copy(update=update), [Path()], outputs)
    if raw.x_test is not None and raw.y_test is not None:
        raw = replace(raw, x=raw.x_test, y=raw.y_test, targets=raw.targets_test)
        findings.notes.append(f"{path}: its own test split alone is evaluated.")
    _check(known, raw.x if isinstance(raw.x, dict) else {INPUT: raw.x}, path)
    y = _labels(known, raw, findings)
    targets = {
        name: _labels(one, replace(raw, y=raw.targets[name], class_names=None), findings, name)
        for name, one in known.outputs.items()
    }
    return _unseen(path, Split(raw.x, y, targets=targets), findings)


def _targets(known: Known) -> dict[str, TargetConfig]:
    """Return the targets that are named, the dataset's own under an empty name."""
    each = {"": known, **known.outputs}
    return {name: one.config.target for name, one in each.items() if one.config.target}


def _unseen(path: Path, split: Split, findings: Findings) -> Unseen:
    def blocks() -> Iterator[Split]:
        yield split

    return Unseen(str(path), blocks, findings)


def _value(x: Mapping[str, np.ndarray]) -> Value:
    return next(iter(x.values())) if len(x) == 1 else dict(x)


@contextmanager
def _opened(path: Path) -> Iterator[Arrays]:
    """Open an archive, a folder, or a lone array, which is looked for in its folder."""
    if path.suffix == ".npy" and path.is_file():
        with open_arrays(path.parent) as arrays:
            yield replace(arrays, path=path, names=(path.stem,))
    else:
        with open_arrays(path) as arrays:
            yield arrays


def _read(known: Known, settings: ArraysSource | None, path: Path) -> dict[str, np.ndarray]:
    """Read what the model takes, under the names it takes it by.

    Raises:
        DataError: If an array is missing.
    """
    wanted = list(known.inputs)
    targets = _targets(known).values()
    outputs = (settings.outputs if settings else None) or ()
    outputs = (*outputs, *(name for target in targets for name in target.columns))
    with _opened(path) as arrays:
        if len(wanted) > 1:
            missing = [name for name in wanted if name not in arrays.names]
            if missing:
                raise DataError(
                    f"{path}: the model reads the arrays {', '.join(wanted)}, and there is no"
                    f" {', '.join(missing)}. There are: {', '.join(arrays.names)}."
                )
            return read_inputs(arrays, wanted)
        likely = [*((settings.inputs if settings else None) or ()), DEFAULT_INPUT]
        found = [name for name in likely if name in arrays.names]
        if not found:
            found = [name for name in arrays.names if name not in (*outputs, CLASS_NAMES)]
            if len(found) != 1:
                raise DataError(
                    f"{path}: expected an array {likely[0]!r}, or one alone, received"
                    f" {', '.join(arrays.names)}."
                )
        return {wanted[0]: read_inputs(arrays, found[:1])[found[0]]}


def _check(known: Known, x: Mapping[str, np.ndarray], path: Path) -> None:
    """Refuse arrays that the model cannot take.

    Raises:
        DataError: If one has another shape or other contents.
    """
    for name, array in x.items():
        wanted, where = known.inputs[name], f"{path}: {name}"
        if wanted.is_text != (array.dtype.kind == "O"):
            words = ("numbers", "texts")
            raise DataError(
                f"{where}: expected {words[wanted.is_text]}, received"
                f" {words[not wanted.is_text]}."
            )
        if not wanted.is_text and not _fits(array.shape[1:], wanted):
            hint = ""
            if _fits(array.shape, wanted):
                hint = " One example alone is an array of one: `array[None]`."
            raise DataError(
                f"{where}: expected examples of shape {_shape(wanted.shape)}, an array of shape"
                f" {_shape(('n', *wanted.shape))}, received one of shape"
                f" {_shape(array.shape)}.{hint}"
            )
    check_finite(_value(x), str(path))


def _fits(shape: tuple[int, ...], wanted: Input) -> bool:
    return len(shape) == len(wanted.shape) and all(
        length in (expected, None) or expected is None
        for length, expected in zip(shape, wanted.shape, strict=True)
    )


def _shape(shape: tuple[object, ...]) -> str:
    """Write a shape as numpy does; any length is ``n``."""
    texts = ["n" if length is None else str(length) for length in shape]
    return f"({', '.join(texts)}{',' * (len(texts) == 1)})"


def _labels(known: Known, raw: RawData, findings: Findings, output: str = "") -> np.ndarray:
    """Return labels as the run has them; see ``Split.y``.

    Args:
        known: What the run knows of them.
        raw: With these labels as its own.
        findings: Takes note of others than it learned.
        output: Whose labels they are; empty for the dataset's own.

    Raises:
        DataError: If there are others than it learned.
    """
    flat = raw.y.reshape(len(raw.y), -1)
    if known.task != "classification":
        names = known.class_names or known.target_names or ("y",)
        if flat.shape[1] != len(names):
            raise DataError(
                f"{raw.origin}: expected {len(names)} value{'s' * (len(names) != 1)} an"
                f" example, received {flat.shape[1]}."
            )
        codec = LabelCodec(known.task, names, known.class_names)
        return codec.encode(dict(zip(names, flat.T, strict=True)), _row)
    if flat.shape[1] != 1:
        raise DataError(
            f"{raw.origin}: expected one label an example, received {flat.shape[1]}."
        )
    labels = _class_labels(flat[:, 0], raw.class_names, known.class_names)
    count_labels(labels, known, findings, output)
    return LabelCodec(known.task, ("y",), known.class_names).encode({"y": labels}, _row)


def _class_labels(
    values: np.ndarray, own: tuple[str, ...] | None, known: tuple[str, ...]
) -> np.ndarray:
    """Return labels as names of classes.

    Whole numbers count the classes, those that come with the labels or the run's, unless
    these are called by numbers themselves.
    """
    classes = own or known
    if values.dtype.kind not in "iu" or (own is None and _are_numbers(known)):
        return values
    inside = (values >= 0) & (values < len(classes))
    texts = label_texts(values)
    texts[inside] = np.array(classes, object)[values[inside]]
    return texts


def _are_numbers(names: tuple[str, ...]) -> bool:
    return all(is_number(name, ".") for name in names)


def _row(row: int) -> str:
    return f"row {row}"
