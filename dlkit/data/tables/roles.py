"""What each column of a table is for: feature, target, weight, group, time, mark of a part."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import pandas as pd

from dlkit.config.choices import Choice
from dlkit.config.dataset_section import DatasetConfig, MarkedRows
from dlkit.config.datasets import Task
from dlkit.config.feature_kinds import DateFeature, DroppedFeature, TextFeature
from dlkit.config.names import did_you_mean
from dlkit.config.targets import DATASET_TARGET, Aim, all_columns, main_aim
from dlkit.data.tables.cells import is_number
from dlkit.data.tables.dates import guess_format
from dlkit.data.tables.guess import guess_features
from dlkit.data.tables.reader import ColumnType
from dlkit.errors import ConfigError, DataError, Path, Problem

DROPPED = Choice("drop", DroppedFeature())

NO_HEADER = (
    " There are numbers among them: if the file has no line of names, write"
    " `columns: [name, ...]` under the source."
)


@dataclass(frozen=True)
class Roles:
    """What the columns of one table are for.

    Attributes:
        features: Every column that could be one, in the order of the file, those that are
            left out as well.
        reasons: Why, for those that the config does not mention.
        targets: The columns to predict, the dataset's and those of single outputs.
        weight: The column that says how much a row counts, or None.
        group: The column that keeps rows together, or None.
        time: The column that sorts rows, or None.
        marks: The columns that mark the rows of a part, by the part.
        numeric_targets: Those of them that are read as numbers.
    """

    features: dict[str, Choice]
    reasons: dict[str, str]
    targets: tuple[str, ...]
    weight: str | None
    group: str | None
    time: str | None
    marks: dict[str, MarkedRows]
    numeric_targets: frozenset[str]

    @property
    def used(self) -> dict[str, Choice]:
        """The features that are not left out."""
        return {name: f for name, f in self.features.items() if f.name != "drop"}

    @property
    def types(self) -> dict[str, ColumnType]:
        """How each column that is needed at all is read."""
        return {**self.input_types, **self.label_types}

    @property
    def input_types(self) -> dict[str, ColumnType]:
        """How each feature is read."""
        return {
            name: "number" if feature.name == "numeric" else "text"
            for name, feature in self.used.items()
        }

    @property
    def label_types(self) -> dict[str, ColumnType]:
        """How each column is read that decides what is learned, from which rows."""
        types: dict[str, ColumnType] = {}
        for name in (self.group, self.time, *(mark.column for mark in self.marks.values())):
            if name:
                types[name] = self.input_types.get(name, "text")
        if self.weight:
            types[self.weight] = "number"
        for name in self.targets:
            types[name] = "number" if name in self.numeric_targets else "text"
        return types


def assign_roles(
    columns: Sequence[str],
    sample: pd.DataFrame,
    config: DatasetConfig,
    task: Task,
    *,
    raw_text: bool,
    outputs: Mapping[str, Aim] = MappingProxyType({}),
) -> Roles:
    """Decide what every column of a table is for.

    Args:
        columns: All of them, in the order of the file.
        sample: The first rows, as texts.
        config: What is said of the columns; the others are guessed.
        task: What is learned.
        raw_text: Whether the model's first layer reads texts itself.
        outputs: What outputs with columns of their own learn.

    Raises:
        ConfigError: If the config names columns that are not there.
        DataError: If nothing is left to learn from.
    """
    targets = all_columns(config.target, outputs)
    main = main_aim(config.target, task, outputs)
    aims = tuple(dict.fromkeys([*([main] if main else []), *outputs.values()]))
    marks = {
        part: value
        for part in ("validation", "test")
        if isinstance(value := getattr(config, part), MarkedRows)
    }
    _check_names(columns, config, aims, marks)
    special = {config.sample_weight, config.group, config.time}
    taken = {*targets, *special, *(mark.column for mark in marks.values())}
    written = {
        name: config.features.get(name) if name in taken else _written(name, config)
        for name in columns
        if name not in targets
    }
    free = [name for name in columns if name not in taken and written.get(name) is None]
    settings = config.source.settings
    guessed = guess_features(
        sample[free], getattr(settings, "missing", None), getattr(settings, "decimal", ".")
    )
    features, reasons = {}, {}
    for name in columns:
        choice = written.get(name)
        if choice is None and name in guessed:
            choice, reasons[name] = guessed[name]
        if choice is not None:
            features[name] = choice
    if raw_text:
        _refuse_textless(features, reasons)
    features = _with_text_modes(features, raw_text)
    roles = Roles(
        features=_with_date_formats(features, sample),
        reasons=reasons,
        targets=targets,
        weight=config.sample_weight,
        group=config.group,
        time=config.time,
        marks=marks,
        numeric_targets=numeric_columns(aims),
    )
    if not roles.used:
        raise DataError("no column is left to learn from: give some under dataset.features.")
    return roles


def numeric_columns(aims: Iterable[Aim]) -> frozenset[str]:
    """Return the target columns that are read as numbers: texts say classes and tags."""
    return frozenset(
        name
        for aim in aims
        if aim.task == "regression" or (aim.task == "multi_label" and not aim.target.separator)
        for name in aim.target.columns
    )


def _refuse_textless(features: dict[str, Choice], reasons: dict[str, str]) -> None:
    """Refuse a table without texts where the layers take texts apart.

    Raises:
        ConfigError: If no column holds texts: which were taken for something else.
    """
    if any(feature.name == "text" for feature in features.values()):
        return
    names = [name for name in reasons if features[name].name == "categorical"]
    taken = [f"{name} was taken for {reasons[name]}" for name in names[:5]]
    message = "TextVectorization reads texts, and no column was taken for texts"
    hint = f"Write `{names[0] if names else 'column'}: text` for the one that holds them."
    message += f" ({', '.join(taken)})." if taken else "."
    raise ConfigError(Problem(message, ("dataset", "features"), hint))


def _written(name: str, config: DatasetConfig) -> Choice | None:
    """Return what the config says of a column, by its name or by a pattern like ``x_*``."""
    if name in config.features:
        return config.features[name]
    patterns = (key for key in config.features if fnmatch.fnmatchcase(name, key))
    pattern = next(patterns, None)
    return None if pattern is None else config.features[pattern]


def _with_text_modes(features: dict[str, Choice], raw_text: bool) -> dict[str, Choice]:
    """Say how texts are read where the config leaves it open."""
    return {
        name: Choice(
            "text",
            feature.settings.model_copy(
                update={"output_mode": "raw" if raw_text else "tf_idf"}
            ),
            feature.path,
        )
        if isinstance(feature.settings, TextFeature) and feature.settings.output_mode is None
        else feature
        for name, feature in features.items()
    }


def _with_date_formats(features: dict[str, Choice], sample: pd.DataFrame) -> dict[str, Choice]:
    """Say how dates are written where the config leaves it open.

    Raises:
        DataError: If no format fits the first rows.
    """
    result = dict(features)
    for name, feature in features.items():
        if not isinstance(feature.settings, DateFeature) or feature.settings.format:
            continue
        found = guess_format(sample[name], name)
        if found is None:
            raise DataError(
                f"column {name!r}: its dates are written in no known way, as"
                f" {sample[name].iloc[0]!r}. Give `format:` as for strptime."
            )
        settings = feature.settings.model_copy(update={"format": found})
        result[name] = Choice("date", settings, feature.path)
    return result


def _check_names(
    columns: Sequence[str],
    config: DatasetConfig,
    aims: tuple[Aim, ...],
    marks: dict[str, MarkedRows],
) -> None:
    """Refuse names of columns that are not there.

    Raises:
        ConfigError: With every one of them.
    """
    wanted: list[tuple[str, Path]] = []
    for aim in aims:
        for number, name in enumerate(aim.target.columns):
            below: Path = (number,) if len(aim.target.columns) > 1 else ()
            wanted.append((name, (*aim.path, *below)))
    targets = {name: aim.path for aim in aims for name in aim.target.columns}
    roles = {key: getattr(config, key) for key in ("sample_weight", "group", "time")}
    wanted += [(name, ("dataset", key)) for key, name in roles.items() if name]
    wanted += [(mark.column, ("dataset", part, "column")) for part, mark in marks.items()]
    unnamed = config.source.name != "parquet" and any(map(is_number, columns))
    problems = [
        Problem(
            f"the table has no column {name!r}.",
            path,
            _listing(name, columns) + (NO_HEADER if unnamed else ""),
        )
        for name, path in wanted
        if name not in columns
    ]
    for key in config.features:
        path = ("dataset", "features", key)
        if key in targets:
            whose = "the target" if targets[key] == DATASET_TARGET else "a target"
            message = f"{key!r} is {whose}, and cannot be a feature too."
            problems.append(Problem(message, path))
        elif key not in columns and not fnmatch.filter(columns, key):
            hint = _listing(key, columns)
            problems.append(Problem(f"the table has no column {key!r}.", path, hint))
    if problems:
        raise ConfigError(problems)


def _listing(name: str, columns: Sequence[str]) -> str:
    """Suggest a column, or list them."""
    near = did_you_mean(name, columns)
    if near.startswith("Did"):
        return near
    shown = ", ".join(columns[:20])
    return f"It has: {shown}{', ...' if len(columns) > 20 else ''}."
