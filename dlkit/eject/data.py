"""The data of an experiment as code: read, divided and labelled as dlkit does it.

What takes more than a few lines is read from a file of arrays that dlkit has prepared.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from dlkit.config.datasets import NAMED_SETS
from dlkit.config.file_sources import TABLES
from dlkit.config.known import chosen_classes, most_per_class
from dlkit.config.made_sources import GATES, SYNTHETIC
from dlkit.config.schema import Config
from dlkit.data.dataset import Dataset, Split
from dlkit.eject.code import Expression, lay_out, literal, mapping, number, text, unpacked
from dlkit.eject.made import made_lines
from dlkit.eject.parts import divide_lines, parts_of
from dlkit.eject.tables import scale_lines, table_lines

SKLEARN = "ships with scikit-learn"
KERAS = ("Keras's cache", "downloaded by Keras")
PADDED = ("imdb", "reuters")


@dataclass(frozen=True)
class DataCode:
    """The lines of the data, and what they need.

    Attributes:
        lines: They define ``x_train``, ``y_train``, ``x_test``, ``y_test``, and where there
            is validation ``x_val`` and ``y_val``.
        imports: Beside keras and numpy.
        weighted: The parts of which ``w_...`` says how much each example counts.
        prepared: Whether the inputs are as dlkit's trained model takes them.
    """

    lines: list[str]
    imports: frozenset[str]
    weighted: tuple[str, ...] = ()
    prepared: bool = False


def data_code(raw: Dataset, prepared: Dataset, config: Config) -> DataCode | None:
    """Write the data as code; None where that takes more than a few lines.

    Args:
        raw: As it was loaded.
        prepared: As the trained model takes it.
        config: The checked config.
    """
    read = None if raw.stand_in_for else _read(raw, config)
    some = most_per_class(config.dataset.source.settings) is not None
    if read is None or some or _told_by_files(config):
        return None
    lines, imports, own_test = read
    lines = [*lines, *_types(raw, config, own_test), *_chosen(config, own_test)]
    if own_test and config.dataset.test is not None:
        lines += [
            "x, y = np.concatenate([x, x_test]), np.concatenate([y, y_test])",
        ]
        own_test = False
    divided = divide_lines(raw, own_test=own_test)
    if divided is None:
        return None
    lines += divided
    if len(divided) > 1:
        imports |= {"from sklearn.model_selection import train_test_split"}
    if raw.columns:
        lines += scale_lines(raw, _variables("x", raw))
    weights = _weights(raw, prepared, config)
    labels = _labels(raw, prepared, config)
    if weights is None or labels is None:
        return None
    weighted = ("train",) if weights else ()
    return DataCode([*lines, *weights, *labels], imports, weighted, bool(raw.columns))


def _told_by_files(config: Config) -> bool:
    """Tell whether files or columns decide about rows."""
    dataset = config.dataset
    parts = (dataset.validation, dataset.test)
    others = (dataset.group, dataset.time, dataset.sample_weight, dataset.folds)
    return any(
        part is not None and not isinstance(part, (int, float)) for part in parts
    ) or any(other is not None for other in others)


def _read(raw: Dataset, config: Config) -> tuple[list[str], frozenset[str], bool] | None:
    """Return the lines that read ``x`` and ``y``, imports, and whether a test comes along."""
    source = config.dataset.source
    if source.name in SYNTHETIC:
        made = made_lines(source)
        maker = f"make_{source.name}"
        uses = bool(made) and any(maker in line for line in made or ())
        imports = {f"from sklearn.datasets import {maker}"} if uses else set()
        return (made, frozenset(imports), source.name in GATES) if made else None
    if source.name in TABLES:
        table = table_lines(raw)
        return (table, frozenset({"import pandas as pd"}), False) if table else None
    if source.name not in NAMED_SETS:
        return None
    name = source.name
    if raw.origin == SKLEARN:
        loader = f"load_{name}"
        lines = [f"x, y = {loader}(return_X_y=True)"]
        if name == "digits":
            lines = ["digits = load_digits()", "x, y = digits.images, digits.target"]
        return lines, frozenset({f"from sklearn.datasets import {loader}"}), False
    if raw.origin in KERAS:
        return _keras_lines(name, source.settings), frozenset(), True
    if Path(raw.origin).is_file():
        return _archive_lines(raw.origin, name, source.settings), frozenset(), True
    return None


def _keras_lines(name: str, settings: Any) -> list[str]:
    words = f"num_words={settings.num_words}" if name in PADDED else ""
    lines = [f"(x, y), (x_test, y_test) = keras.datasets.{name}.load_data({words})"]
    if name in PADDED:
        lines += [
            f"x = keras.utils.pad_sequences(x, {settings.maxlen})",
            f"x_test = keras.utils.pad_sequences(x_test, {settings.maxlen})",
        ]
    return lines


def _archive_lines(path: str, name: str, settings: Any) -> list[str]:
    lines = [
        *lay_out(f"np.load({text(path)})", "with ", " as data:"),
        '    x, y = data["x_train"], data["y_train"].reshape(-1)',
        '    x_test, y_test = data["x_test"], data["y_test"].reshape(-1)',
    ]
    if NAMED_SETS[name].is_image:
        lines = [
            line.replace(".reshape(-1)", "") if "cifar" not in name else line for line in lines
        ]
    if name in PADDED:  # a word that is not told apart is number 2
        words, length = settings.num_words, settings.maxlen
        lines += [
            f'x = np.where(x < {words}, x, 2).astype("int32")[:, -{length}:]',
            f'x_test = np.where(x_test < {words}, x_test, 2).astype("int32")[:, -{length}:]',
        ]
    return lines


def _types(raw: Dataset, config: Config, own_test: bool) -> list[str]:
    """Return the lines that give inputs and labels their types."""
    first = parts_of(raw)["train"]
    lines = []
    floats = isinstance(first.x, np.ndarray) and first.x.dtype.kind == "f"
    source = config.dataset.source.name
    done = source in GATES and not getattr(config.dataset.source.settings, "noise", 0)
    if floats and not raw.columns and not done:
        lines += ['x = x.astype("float32")']
        lines += ['x_test = x_test.astype("float32")'] * (own_test and source not in GATES)
    flat = "" if raw.columns else ".reshape(-1, 1)"
    if raw.task == "regression":
        lines += [f'y = y.astype("float32"){flat}']
        lines += ['y_test = y_test.astype("float32").reshape(-1, 1)'] * own_test
    elif source in NAMED_SETS and "cifar" in source and raw.origin in KERAS:
        lines += ["y, y_test = y.reshape(-1), y_test.reshape(-1)"]
    return lines


def _chosen(config: Config, own_test: bool) -> list[str]:
    """Return the lines that keep some classes of a named dataset, if not all are wanted."""
    source = config.dataset.source
    facts = NAMED_SETS.get(source.name)
    chosen = chosen_classes(facts, source.settings) if facts else None
    if chosen is None:
        return []
    lines = lay_out(literal([*chosen]), "classes = ", "  # these alone, numbered anew")
    for end in ("", "_test") if own_test else ("",):
        x, y = f"x{end}", f"y{end}"
        lines += [
            f"kept = np.isin({y}, classes)",
            f"{x}, {y} = {x}[kept], {y}[kept]",
            f"{y} = np.array([classes.index(label) for label in {y}])",
        ]
    return lines


def _variables(letter: str, dataset: Dataset) -> str:
    return ", ".join(f"{letter}_{name}" for name in parts_of(dataset))


def _weights(raw: Dataset, prepared: Dataset, config: Config) -> list[str] | None:
    """Return the lines that weigh the training examples by their classes."""
    weight = parts_of(prepared)["train"].weight
    if weight is None:
        return []
    if config.training.class_weight is None:
        return None
    labels = parts_of(raw)["train"].y.reshape(-1)
    found = range(len(raw.class_names))
    if config.training.class_weight == "balanced" and {*labels.tolist()} == {*found}:
        return [
            "counts = np.bincount(y_train)  # every class gets the same total weight",
            'class_weight = (len(y_train) / (len(counts) * counts)).astype("float32")',
            "w_train = class_weight[y_train]",
        ]
    of_class = [str(weight[labels == c][0]) if (labels == c).any() else "1.0" for c in found]
    return [
        *lay_out(
            literal([float(one) for one in of_class]),
            "class_weight = np.array(",
            ', "float32")',
        ),
        "w_train = class_weight[y_train]",
    ]


def _labels(raw: Dataset, prepared: Dataset, config: Config) -> list[str] | None:
    """Return the lines that bring labels into the form that the loss compares."""
    train = parts_of(prepared)["train"]
    before = parts_of(raw)["train"]
    if train.targets:
        return _targets(raw, prepared, before, train.targets, config)
    form = _form(before.y, train.y, len(raw.class_names))
    if form is None:
        return None
    names = _variables("y", raw)
    if form == "{}":
        return []
    return unpacked(f"{names} = ", f"{form.format('y')} for y in ({names})")


def _form(before: np.ndarray, after: np.ndarray, classes: int) -> str | None:
    """Return how labels take another form; None for one that is not known."""
    if before.shape == after.shape:
        return "{}"
    if before.size == after.size:
        return f"{{}}.reshape({', '.join(map(str, (-1, *after.shape[1:])))})"
    one_hot = after.shape == (len(before), classes)
    return f"keras.utils.to_categorical({{}}, {classes})" if one_hot else None


def _copied(layer: str, config: Config) -> str | None:
    """Return the input as an output gives it back: as it is, or as a layer rescales it.

    Args:
        layer: The layer of the model that makes it; empty where it is no input at all.
        config: The checked config.

    Returns:
        Code with the part left open; None where it takes more.
    """
    entries = {entry.name: entry.layer for entry in config.architecture.layers}
    if not layer or layer not in entries:
        return "x_{part}" if layer else None
    notation = entries[layer]
    before = [
        one.name for one in entries.values() if one.name in ("Rescaling", "Normalization")
    ]
    scale, offset = notation.arguments.get("scale"), notation.arguments.get("offset", 0)
    plain = all(isinstance(one, (int, float)) for one in (scale, offset))
    if before[0:2] != ["Rescaling"] or not plain:
        return None
    moved = f" + {offset}" if offset else ""
    return f"(x_{{part}} * ({number(float(scale or 1))}){moved})"


def _targets(
    raw: Dataset,
    prepared: Dataset,
    before: Split,
    targets: Mapping[str, np.ndarray],
    config: Config,
) -> list[str] | None:
    """Return the lines that give every output what it learns."""
    if isinstance(before.x, dict):
        return None
    forms = {}
    for name, wanted in targets.items():
        own = prepared.outputs.get(name)
        given, made = before.y, "y_{part}"
        if own is not None:
            scaled = _copied(own.copies, config)
            if scaled is None or name in before.targets:
                return None
            given, made = before.x, scaled
        form = _form(given, wanted, len(raw.class_names))
        if form is None:
            return None
        forms[name] = form.replace("{}", made)
    lines = []
    for part in parts_of(prepared):
        code: dict[str, Expression] = {n: form.format(part=part) for n, form in forms.items()}
        lines += lay_out(mapping(code), f"y_{part} = ")
    return lines
