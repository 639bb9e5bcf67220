"""The parts of the data, and how a script divides examples among them."""

from __future__ import annotations

import numpy as np

from dlkit.data.dataset import Dataset, Examples, Split
from dlkit.data.setting_aside import MANY_ROWS
from dlkit.eject.code import call, comment, lay_out


def parts_of(dataset: Dataset) -> dict[str, Split]:
    """Return the parts that are held in memory by the names that variables end in."""
    found: dict[str, Examples | None] = {
        "train": dataset.train,
        "val": dataset.validation,
        "test": dataset.test,
    }
    return {name: part for name, part in found.items() if isinstance(part, Split)}


def divide_lines(raw: Dataset, *, own_test: bool) -> list[str] | None:
    """Return the lines that set test and validation aside as dlkit does.

    Args:
        raw: As it was loaded.
        own_test: Whether the source has a test split, which is taken.

    Returns:
        The lines, from ``x`` and ``y`` to ``x_train``, ``y_train``, ...; None where dlkit
        divides in a way that takes more than a few.
    """
    parts = parts_of(raw)
    wanted = [] if own_test else ["test"]
    wanted += ["val"] if "val" in parts else []
    if not wanted:
        return ["x_train, y_train = x, y"]
    total = sum(len(parts[name]) for name in ("train", *wanted))
    if total > MANY_ROWS:
        return None
    kept = [_keeps_classes(raw, wanted[index:]) for index in range(len(wanted))]
    if len({*kept}) > 1:
        return None
    options = {"random_state": "SEED", **({"stratify": "y"} if kept[0] else {})}
    words = ", every class in proportion" if kept[0] else ""
    if len(wanted) == 1:
        name = wanted[0]
        count = len(parts[name])
        named = {"test_size": str(count), **options}
        whole = call("train_test_split", "np.arange(len(x))", named=named)
        return [
            *comment(f"{count:,} examples are set aside at random{words}"),
            *lay_out(whole, "rest, aside = "),
            "rest, aside = np.sort(rest), np.sort(aside)",
            f"x_train, y_train, x_{name}, y_{name} = x[rest], y[rest], x[aside], y[aside]",
        ]
    dividing = call(
        "train_test_split", "np.arange(len(x))", named={"test_size": "count", **options}
    )
    lines = [
        "",
        "",
        "def set_aside(x, y, count):",
        f'    """Set examples aside at random{words}."""',
        *lay_out(dividing, "rest, aside = ", "", 4),
        "    rest, aside = np.sort(rest), np.sort(aside)",
        "    return x[rest], y[rest], x[aside], y[aside]",
        "",
        "",
    ]
    given = "x, y"
    for name in wanted:
        rest = "x_train, y_train" if name == wanted[-1] else "x, y"
        lines.append(f"{rest}, x_{name}, y_{name} = set_aside({given}, {len(parts[name])})")
    return lines


def _keeps_classes(raw: Dataset, wanted: list[str]) -> bool:
    """Tell whether dlkit keeps the proportions of the classes when it sets a part aside."""
    if raw.task != "classification":
        return False
    parts = parts_of(raw)
    labels = np.concatenate([parts[name].y.reshape(-1) for name in ("train", *wanted)])
    count = len(parts[wanted[0]])
    sizes = np.unique(labels, return_counts=True)[1]
    return bool(min(sizes) >= 2 and len(sizes) <= min(count, len(labels) - count))
