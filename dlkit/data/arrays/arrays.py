"""Arrays of numpy's in one ``.npz`` file or a folder of ``.npy`` files.

Without names the layout is Keras's: ``x_train``, ``y_train``, ``x_test``, ``y_test``, or
``x`` and ``y``. The files are the user's and only ever read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

import numpy as np

from dlkit.config.file_sources import ArraysSource
from dlkit.config.names import did_you_mean
from dlkit.data.arrays.array_files import Arrays, open_arrays
from dlkit.data.dataset import Value, no_labels
from dlkit.data.files import find_folder
from dlkit.data.raw import RawData
from dlkit.errors import DataError

CLASS_NAMES = "class_names"
MAX_LISTED = 20

_NUMBERS = "buif"
_TEXTS = "US"


def read_arrays(
    settings: ArraysSource,
    places: Sequence[Path],
    targets: Mapping[str, tuple[str, ...]] = MappingProxyType({}),
    *,
    labelled: bool = True,
) -> RawData:
    """Read arrays that the model takes and arrays that it learns to give.

    A lone input becomes an array, several a dict by name; 0/1 flags become uint8, and
    numbers of shape ``(n,)`` a column ``(n, 1)``; texts become objects. A lone output
    stays as it is but for ``(n, 1)``, which becomes ``(n,)``; several are joined to the
    columns of one float32 array.

    Args:
        settings: Which file or folder, and the names of inputs and outputs.
        places: Folders that the path may be relative to.
        targets: Names of the arrays that single outputs learn to give, by output.
        labelled: Whether there are labels beside these; if not, all are 0.

    Raises:
        NotFoundError: If the file is nowhere.
        DataError: If it is damaged, or an array is missing, or holds neither numbers nor
            texts, or has another length than the others.
    """
    path = find_folder(settings.path, places)
    with open_arrays(path) as arrays:
        inputs = settings.inputs or ("x",)
        outputs = settings.outputs or (("y",) if labelled else ())
        wanted = {**({"": outputs} if outputs else {}), **targets}
        names = tuple(dict.fromkeys(name for each in wanted.values() for name in each))
        train, test = _parts(arrays, inputs, names, default=settings.inputs is None)
        used = {name + part for name in (*inputs, *names) for part in (train, test or train)}
        x, own, target_names = _examples(arrays, inputs, wanted, train)
        x_test, own_test = dict[str, np.ndarray](), dict[str, np.ndarray]()
        if test is not None:
            x_test, own_test, _ = _examples(arrays, inputs, wanted, test)
            for output, joined in wanted.items():
                _check_alike(arrays.path, ", ".join(joined), own[output], own_test[output])
            for name in inputs:
                _check_alike(arrays.path, name, x[name], x_test[name])
        class_names = _class_names(arrays)
    y = own.pop("", no_labels(_length(x)))
    y_test = own_test.pop("", no_labels(_length(x_test))) if x_test else None
    left = [name for name in arrays.names if name not in {*used, CLASS_NAMES}]
    return RawData(
        x=_value(x),
        y=y,
        x_test=_value(x_test) if x_test else None,
        y_test=y_test,
        origin=str(path),
        class_names=class_names,
        target_names=target_names.get("", ()),
        targets=own,
        targets_test=own_test,
        target_columns=target_names,
        notes=(f"Arrays that were not read: {_listed(left)}.",) if left else (),
        settings=settings.model_copy(update={"inputs": inputs, "outputs": outputs}),
    )


def read_inputs(arrays: Arrays, names: Sequence[str]) -> dict[str, np.ndarray]:
    """Read arrays that a model takes, without any that it learned to give.

    Args:
        arrays: The opened file or folder.
        names: Of the arrays, all of them there.

    Returns:
        Arrays as ``read_arrays`` gives inputs, by name.

    Raises:
        DataError: If one holds neither numbers nor texts, or their lengths differ.
    """
    x = {name: _as_input(*_checked(arrays, name)) for name in names}
    _check_lengths(arrays.path, x)
    return x


def _parts(
    arrays: Arrays, inputs: tuple[str, ...], outputs: tuple[str, ...], *, default: bool
) -> tuple[str, str | None]:
    """Return what is added to the names of inputs and outputs: for training, for the test.

    Names are taken as they are where such arrays exist; Keras's layout comes first only
    where nobody has chosen names.

    Raises:
        DataError: If an array is missing.
    """
    names, wanted = set(arrays.names), (*inputs, *outputs)
    divided = {name + "_train" for name in wanted} <= names
    plain = set(wanted) <= names
    if plain and not (default and divided):
        return "", None
    if divided:
        tests = [name + "_test" for name in wanted]
        missing = [name for name in tests if name not in names]
        if missing and len(missing) < len(tests):
            raise DataError(_missing_text(arrays, missing[0]))
        return "_train", None if missing else "_test"
    missing = [name for name in wanted if not {name, name + "_train"} & names]
    if not missing:  # some are divided, some are not
        missing = [name + "_train" for name in wanted if name + "_train" not in names]
    raise DataError(_missing_text(arrays, missing[0]))


def _missing_text(arrays: Arrays, name: str) -> str:
    hint = did_you_mean(name, arrays.names)
    hint = f" {hint}" if hint.startswith("Did") else ""
    return (
        f"{arrays.path}: there is no array {name!r}.{hint} There are: {_listed(arrays.names)}."
        " Name those that the model reads and gives under `inputs:` and `outputs:`."
    )


def _listed(names: Sequence[str]) -> str:
    more = f", and {len(names) - MAX_LISTED} more" if len(names) > MAX_LISTED else ""
    return ", ".join(names[:MAX_LISTED]) + more if names else "none"


def _examples(
    arrays: Arrays, inputs: tuple[str, ...], wanted: Mapping[str, tuple[str, ...]], part: str
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray], dict[str, tuple[str, ...]]]:
    """Read the inputs, what each output learns, and the names of its columns."""
    x = {name: _as_input(*_checked(arrays, name + part)) for name in inputs}
    names = {name for each in wanted.values() for name in each}
    y = {name: _as_output(*_checked(arrays, name + part)) for name in sorted(names)}
    _check_lengths(arrays.path, {name + part: array for name, array in (x | y).items()})
    labels, target_names = {}, {}
    for output, own in wanted.items():
        labels[output], target_names[output] = _joined(
            arrays.path, {name: y[name] for name in own}
        )
    return x, labels, target_names


def _value(x: Mapping[str, np.ndarray]) -> Value:
    """Return a lone input as an array, several as they are."""
    return dict(x) if len(x) > 1 else next(iter(x.values()))


def _length(x: Mapping[str, np.ndarray]) -> int:
    return len(next(iter(x.values())))


def _checked(arrays: Arrays, name: str) -> tuple[str, np.ndarray]:
    """Read one array in a form that TensorFlow takes too, and where it came from.

    Raises:
        DataError: If it holds neither numbers nor texts.
    """
    array, where = arrays.read(name), f"{arrays.path}: {name}"
    if array.dtype.kind not in _NUMBERS + _TEXTS:
        raise DataError(f"{where}: expected numbers or texts, received {array.dtype}.")
    if array.ndim == 0:
        raise DataError(f"{where}: expected an example a row, received a lone value.")
    if array.dtype.kind == "S":
        try:
            array = np.char.decode(array, "utf-8")
        except UnicodeDecodeError as error:
            raise DataError(f"{where}: expected texts in utf-8 ({error}).") from error
    if array.dtype.kind == "b":
        return where, array.astype(np.uint8)
    if array.dtype.kind == "f" and array.dtype.itemsize > 8:
        return where, array.astype(np.float64)
    return where, array.astype(array.dtype.newbyteorder("="), copy=False)


def _as_input(where: str, array: np.ndarray) -> np.ndarray:
    """Return an input with an axis for what an example holds, or one text an example.

    Raises:
        DataError: If an example has several texts.
    """
    if array.dtype.kind != "U":
        return array.reshape(-1, 1) if array.ndim == 1 else array
    if array.size != len(array):
        raise DataError(
            f"{where}: expected one text an example, shape (n,), received {array.shape}."
        )
    return array.reshape(-1).astype(object)


def _as_output(where: str, array: np.ndarray) -> np.ndarray:
    """Return an output of shape ``(n,)`` or ``(n, values)``.

    Raises:
        DataError: If it has more axes.
    """
    if array.ndim > 2:
        raise DataError(
            f"{where}: expected shape (n,) or (n, values), received {array.shape}. What single"
            " pixels are cannot be learned from arrays; to give the input back, `outputs` has"
            " `target: input`."
        )
    return array.reshape(-1) if array.size == len(array) else array


def _check_lengths(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Refuse arrays that do not belong together.

    Raises:
        DataError: If their lengths differ, or there are no examples.
    """
    (first, one), *others = arrays.items()
    for name, other in others:
        if len(other) != len(one):
            raise DataError(
                f"{path}: expected as many examples in each array, received {len(one)} in"
                f" {first} and {len(other)} in {name}."
            )
    for name, array in arrays.items():
        if not array.size:
            raise DataError(
                f"{path}: {name}: there are no examples, its shape is {array.shape}."
            )


def _joined(
    path: Path, outputs: Mapping[str, np.ndarray]
) -> tuple[np.ndarray, tuple[str, ...]]:
    """Return all outputs as one array, and the name of each of its columns.

    Raises:
        DataError: If texts stand beside other outputs.
    """
    names: list[str] = []
    for name, array in outputs.items():
        values = array.shape[1] if array.ndim > 1 else 1
        names += [name] if values == 1 else [f"{name}[{i}]" for i in range(values)]
        if array.dtype.kind == "U" and (len(outputs) > 1 or values > 1):
            raise DataError(
                f"{path}: {name}: texts are labels of one output, and there are several."
                " Give them as numbers."
            )
    if len(outputs) == 1:
        return next(iter(outputs.values())), tuple(names) if len(names) > 1 else ()
    columns = [array.reshape(len(array), -1) for array in outputs.values()]
    return np.concatenate(columns, axis=1).astype(np.float32), tuple(names)


def _check_alike(path: Path, name: str, train: np.ndarray, test: np.ndarray) -> None:
    """Refuse a test split of another shape or kind than the training data.

    Raises:
        DataError: If there is such an array.
    """
    texts = [part.dtype.kind in "UO" for part in (train, test)]
    if train.shape[1:] != test.shape[1:] or texts[0] != texts[1]:
        raise DataError(
            f"{path}: expected {name} alike in training and test, received"
            f" {train.shape} of {train.dtype} and {test.shape} of {test.dtype}."
        )


def _class_names(arrays: Arrays) -> tuple[str, ...] | None:
    """Return the names of the classes, or None where the file has none.

    Raises:
        DataError: If they are no texts.
    """
    if CLASS_NAMES not in arrays.names:
        return None
    where, array = _checked(arrays, CLASS_NAMES)
    if array.dtype.kind != "U" or array.ndim != 1:
        raise DataError(
            f"{where}: expected texts, a name a class, received {array.dtype} of shape"
            f" {array.shape}."
        )
    return tuple(map(str, array))
