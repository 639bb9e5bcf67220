"""What is proved of data before anything is trained on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from dlkit.data.dataset import PARTS, Dataset, Split, Value, output_view
from dlkit.data.labels import Where
from dlkit.errors import DataError


def _row(row: int) -> str:
    return f"row {row}"


def check_finite(x: Value, name: str, where: Where = _row) -> None:
    """Refuse numbers that would spoil training without a word.

    Args:
        x: Inputs.
        name: Of the data.
        where: Says where a row is to be found.

    Raises:
        DataError: If values are not finite: how many examples, and which column first.
    """
    arrays = x if isinstance(x, dict) else {"": x}
    for key, array in arrays.items():
        if array.dtype.kind != "f" or np.isfinite(array).all():
            continue
        bad = np.argwhere(~np.isfinite(array.reshape(len(array), -1)))
        rows = len(np.unique(bad[:, 0]))
        which = f" of {key!r}" if key else ""
        raise DataError(
            f"{name}: {rows} of {len(array)} examples{which} have values that are not finite"
            f" (first in {where(int(bad[0, 0]))}, column {bad[0, 1]}). Training needs numbers."
        )


def check_parts(
    dataset: Dataset, labels: Mapping[str, Mapping[str, np.ndarray]] | None = None
) -> tuple[str, ...]:
    """Prove that every part can do its work, and say what a person should know.

    Args:
        dataset: Split data.
        labels: Class numbers of each part where the data is streamed and they are known,
            -1 for a missing one; by output, the dataset's own under an empty name.

    Returns:
        What may surprise: classes that cannot be learned, metrics that cannot be computed.

    Raises:
        DataError: If a part is empty or weighs nothing, or training lacks a class that
            others have.
    """
    for part in PARTS:
        examples = getattr(dataset, part)
        if examples is not None and not len(examples):
            raise DataError(f"{dataset.name}: there are no {part} examples.")
        weight = examples.weight if isinstance(examples, Split) else None
        if weight is not None and not weight.any():
            raise DataError(f"sample_weight: every {part} example weighs 0.")
    notes: list[str] = []
    for name in ("", *dataset.outputs):
        view = output_view(dataset, name)
        if view.task != "classification":
            continue
        known = labels.get(name) if labels is not None else _held_labels(view)
        counts = {
            part: np.bincount(numbers[numbers >= 0], minlength=len(view.class_names))
            for part, numbers in (known or {}).items()
        }
        if "train" not in counts:
            continue
        view = replace(view, name=f"{view.name}, output {name!r}") if name else view
        found = [note for note in _check_classes(view, counts) if note not in notes]
        notes += [f"{name}: {note}" if name else note for note in found]
    return tuple(notes)


def _held_labels(dataset: Dataset) -> dict[str, np.ndarray]:
    """Return the class numbers of the parts that are in memory."""
    return {
        part: examples.y.reshape(-1)
        for part in PARTS
        if isinstance(examples := getattr(dataset, part), Split)
    }


def _check_classes(dataset: Dataset, counts: dict[str, np.ndarray]) -> tuple[str, ...]:
    """Compare the classes of the parts.

    Raises:
        DataError: If training has one class only, or validation one that training lacks.
    """
    names, train = dataset.class_names, counts["train"]
    present = np.flatnonzero(train)
    if len(present) == 1:
        only = f"the class {names[present[0]]!r}"
        raise DataError(
            f"{dataset.name}: all {train.sum()} training examples are of {only}. There is"
            " nothing to tell apart."
        )
    notes = []
    for part, found in counts.items():
        unseen = [number for number in np.flatnonzero(found) if not train[number]]
        if not unseen:
            continue
        shown = ", ".join(f"{names[number]!r} ({found[number]})" for number in unseen[:5])
        if part == "validation":
            raise DataError(
                f"{dataset.name}: validation has classes that training lacks: {shown}."
                " Use another seed, a larger share for training, or merge rare classes."
            )
        notes.append(f"test has classes that training lacks, and no model can predict: {shown}")
    for part, found in counts.items():
        if part != "train" and np.count_nonzero(found) == 1:
            notes.append(f"all {part} examples are of the class {names[found.argmax()]!r}")
    return tuple(notes)
