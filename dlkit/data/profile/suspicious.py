"""What looks wrong with a column by itself: constant, a name of the row, extreme, skewed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from dlkit.config.choices import Choice
from dlkit.config.feature_kinds import NumericFeature
from dlkit.data.dataset import Dataset
from dlkit.data.profile.columns import count_names, present, unique
from dlkit.data.profile.findings import Finding
from dlkit.data.profile.placeholders import describe_placeholder, percent, placeholder
from dlkit.data.profile.survey import Field, Survey
from dlkit.data.tables.learners import yaml_key

NEARLY = 0.99
"""Share of one value in a column that is nearly constant."""

ROWS_TO_DIFFER = 20
"""Fewer rows than this do not show that all of them differ."""

DIFFERING = 0.95
WORDS_OF_A_NAME = 3

FAR = 10.0
"""Ranges of the middle half, beyond its ends, where an outlier is extreme."""

FEW = 0.01
"""Share of the rows up to which outliers are few."""

SKEWED = 2.0
IMBALANCED = 10


def find_suspicious(
    found: Survey, dataset: Dataset, features: Mapping[str, Choice], *, weighted: bool
) -> Iterator[Finding]:
    """Yield what looks wrong with single columns and with what is learned.

    Args:
        found: The survey.
        dataset: What it is of.
        features: What the config, or a guess, says of a table's columns; else empty.
        weighted: Whether the config weighs classes already.
    """
    for field in found.fields:
        if field.values.ndim > 1:
            yield from _arrays(field)
            continue
        there = present(field.values)
        yield from _refused(field, features.get(field.name))
        if len(there):
            yield from _column(field, there, features)
    if dataset.task == "classification" and not weighted:
        yield from _imbalance(dataset.class_names, found.counts)
    yield from _alike(dataset.class_names)
    for place, name in enumerate(dataset.target_names if found.targets else ()):
        yield from _skew(name, found.y.reshape(len(found.y), -1)[:, place].astype(np.float64))


def _column(
    field: Field, there: np.ndarray, features: Mapping[str, Choice]
) -> Iterator[Finding]:
    """Yield what looks wrong with a column that has values."""
    drop = f"`{yaml_key(field.name)}: drop`" if features else ""
    distinct = len(unique(there))
    if distinct == 1:
        value = there[0] if field.values.dtype.kind == "O" else f"{there[0]:g}"
        only = " where it is not missing" if len(there) < len(field.values) else ""
        yield Finding(field.name, f"always {value}{only}: it says nothing", drop)
        return
    if field.kind in {"numeric", "categorical"}:
        yield from _nearly_constant(field.name, there)
    if is_identifier(field):
        yield Finding(field.name, "another value in every row: does it name the row?", drop)
    elif field.kind == "numeric":
        held = placeholder(there)
        if held:
            hint = _filled(field.name, features.get(field.name), held.number)
            yield Finding(field.name, describe_placeholder(held, len(field.values)), hint)
            there = there[there != held.number]
        yield from _outliers(field.name, there)


def _refused(field: Field, feature: Choice | None) -> Iterator[Finding]:
    """Yield missing numbers that nobody has said what to do with."""
    settings = feature.settings if feature else None
    if not isinstance(settings, NumericFeature) or settings.missing is not None:
        return
    if field.tally.missing:
        rows = "row has" if field.tally.missing == 1 else "rows have"
        message = f"{field.tally.missing:,} {rows} no value, and training refuses that"
        yield Finding(field.name, message, _filled(field.name, feature))


def _filled(name: str, feature: Choice | None, placeholder: float | None = None) -> str:
    """Write a column of numbers, as its config has it, with missing values filled.

    Args:
        name: Of the column.
        feature: What is said of it; None where it is no column of a table.
        placeholder: One more number that stands for a missing value.
    """
    if feature is None:
        return ""
    told = {"missing": "median"} | feature.settings.model_dump(exclude_defaults=True)
    numbers = [*(told.pop("missing_values", None) or ())]
    numbers += [] if placeholder is None else [placeholder]
    parts = [f"{setting}: {str(value).lower()}" for setting, value in told.items()]
    if numbers:
        parts.append(f"missing_values: [{', '.join(f'{number:g}' for number in numbers)}]")
    return f"`{yaml_key(name)}: {{numeric: {{{', '.join(parts)}}}}}`"


def _nearly_constant(name: str, there: np.ndarray) -> Iterator[Finding]:
    """Yield the value that nearly every row has."""
    if there.dtype.kind == "O":
        names, counts = count_names(there)
    else:
        numbers, counts = np.unique(there, return_counts=True)
        names = [f"{number:g}" for number in numbers]
    most = int(counts.argmax())
    share = counts[most] / len(there)
    if share > NEARLY:
        others = len(there) - counts[most]
        message = f"{names[most]} in all rows but {others:,}: it says next to nothing"
        yield Finding(name, message)


def is_identifier(field: Field) -> bool:
    """Tell whether a column names its rows: names that all differ, numbers that count."""
    if field.values.ndim > 1 or field.kind == "date":
        return False
    there = present(field.values)
    if len(there) < ROWS_TO_DIFFER:
        return False
    distinct = len(unique(there))
    if field.kind == "numeric":
        whole = distinct == len(there) and bool((there == np.round(there)).all())
        counts = whole and there.max() - there.min() + 1 == len(there)
        return bool(counts or (whole and (np.diff(there) > 0).all()))
    if distinct < DIFFERING * len(there):
        return False
    words = np.mean([len(text.split()) for text in there[:1000]])
    return bool(words < WORDS_OF_A_NAME)


def _outliers(name: str, values: np.ndarray) -> Iterator[Finding]:
    """Yield a few values that are far from all others."""
    low, high = np.quantile(values, (0.25, 0.75))
    reach = FAR * (high - low)
    far = values[(values < low - reach) | (values > high + reach)]
    if reach > 0 and 0 < len(far) <= FEW * len(values):
        furthest = far[np.abs(far - np.median(values)).argmax()]
        are = "row is" if len(far) == 1 else "rows are"
        yield Finding(
            name,
            f"{len(far):,} {are} far from all others: {furthest:.4g}, while half of the rows"
            f" are {low:.4g} to {high:.4g}",
            "If they are right, `log: true` or `bins: 10` tames them.",
        )


def _arrays(field: Field) -> Iterator[Finding]:
    """Yield what looks wrong with pictures and other arrays."""
    flat = field.values.reshape(len(field.values), -1)
    blank = int((flat == flat[:, :1]).all(axis=1).sum())
    if blank and flat.shape[1] > 1:
        things = "picture is" if blank == 1 else "pictures are"
        if field.kind != "pictures":
            things = "example has" if blank == 1 else "examples have"
        all_alike = "all one color" if field.kind == "pictures" else "one value everywhere"
        yield Finding(field.name, f"{blank:,} {things} {all_alike}")
    same = int((flat == flat[0]).all(axis=0).sum())
    if field.kind == "array" and same and field.values.ndim == 2:
        message = f"{same:,} of {flat.shape[1]:,} values are the same in all examples"
        yield Finding(field.name, message)
    three = field.kind == "pictures" and field.values.ndim == 4 and field.values.shape[3] == 3
    if three and (field.values == field.values[..., :1]).all():
        message = "three channels, and all pictures are gray"
        yield Finding(field.name, message, "`color_mode: grayscale` does with a third.")


def _imbalance(names: tuple[str, ...], counts: np.ndarray) -> Iterator[Finding]:
    """Yield the rarest class where the most frequent has ten times as many."""
    there = np.flatnonzero(counts)
    rare, common = there[counts[there].argmin()], there[counts[there].argmax()]
    if counts[common] > IMBALANCED * counts[rare]:
        share = counts[common] / counts.sum()
        yield Finding(
            "",
            f"classes are far from even: {counts[common]:,} of {names[common]} and"
            f" {counts[rare]:,} of {names[rare]}; always saying {names[common]} is right in"
            f" {percent(float(share))}",
            "`training: {class_weight: balanced}`",
        )


def _alike(names: tuple[str, ...]) -> Iterator[Finding]:
    """Yield classes that only capitals or spaces tell apart."""
    written: dict[str, list[str]] = {}
    for name in names:
        written.setdefault("".join(name.split()).casefold(), []).append(name)
    for alike in written.values():
        if len(alike) > 1:
            listed = " and ".join(map(repr, alike))
            yield Finding("", f"the classes {listed} differ in capitals or spaces alone")


def _skew(name: str, values: np.ndarray) -> Iterator[Finding]:
    """Yield a target most of whose spread is in a few rows."""
    deviation = values.std()
    skewness = float(((values - values.mean()) ** 3).mean() / deviation**3) if deviation else 0
    if abs(skewness) > SKEWED and len(values) >= ROWS_TO_DIFFER:
        hint = "`loss: mae` or `huber` minds them less than mse does"
        hint += ", msle compares ratios." if values.min() >= 0 else "."
        side = "large" if skewness > 0 else "small"
        message = f"very skewed (skewness {skewness:.1f}): a few {side} values decide the loss"
        yield Finding(name, message, hint)
