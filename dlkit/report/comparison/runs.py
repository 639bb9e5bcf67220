"""What a run left that can be laid beside another one's."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dlkit.config.yaml_reader import read_yaml
from dlkit.errors import DlkitError, StorageError
from dlkit.report.finished import fold_number, read_facts, read_figures
from dlkit.report.listing import dataset_of, number_of
from dlkit.report.run_folder import RunFolder

DATA_FACTS = ("task", "class_names", "target_names", "feature_names")
"""What ``dataset.json`` says that is not the same of other data."""

Curve = Sequence[float]
Histories = Sequence[Mapping[str, Curve]]


@dataclass(frozen=True)
class ComparedRun:
    """One of the runs that are compared.

    Attributes:
        folder: Where it is.
        title: ``name/number``, and which part of that where it is one.
        facts: All of ``metrics.json``.
        figures: Its final figures; NaN where one was not finite.
        config: Its resolved config, as nested dicts and lists.
        data: What its data was, as values that can be compared.
        histories: The columns of ``history.csv`` by name; of folds and of several seeds one
            for each, of a lost file none.
    """

    folder: RunFolder
    title: str
    facts: Mapping[str, Any]
    figures: Mapping[str, float]
    config: dict[str, Any]
    data: tuple[str, ...]
    histories: Histories

    @property
    def status(self) -> str:
        """How it ended."""
        return str(self.facts.get("status", ""))

    @property
    def seconds(self) -> float | None:
        """How long it trained."""
        return number_of(self.facts, "seconds")

    @property
    def seed(self) -> int:
        """The seed that everything by chance came from."""
        seed = self.config.get("seed", 0)
        return seed if isinstance(seed, int) else 0

    def parts(self, kind: str) -> list[Mapping[str, Any]]:
        """Return the figures of its parts.

        Args:
            kind: ``folds`` or ``repeat``.
        """
        parts = self.facts.get(kind)
        if not isinstance(parts, list):
            return []
        return [part for part in parts if isinstance(part, Mapping)]


def read_run(folder: RunFolder) -> ComparedRun:
    """Read what a run left.

    Raises:
        StorageError: If its figures or its config are damaged.
    """
    facts = read_facts(folder)
    try:
        dataset_of(facts)
    except KeyError as error:
        raise StorageError(f"{folder.metrics}: {error} is missing: it is damaged.") from error
    return ComparedRun(
        folder=folder,
        title=_title(folder),
        facts=facts,
        figures=read_figures(folder),
        config=_read_config(folder),
        data=(_data_title(folder, facts), *_data_facts(folder)),
        histories=_read_histories(folder),
    )


def _title(folder: RunFolder) -> str:
    found = RunFolder(folder.path.resolve())
    if found.is_member:
        return f"{RunFolder(found.path.parent).title}/{found.path.name}"
    return found.title


def _read_config(folder: RunFolder) -> dict[str, Any]:
    """Read the resolved config.

    Raises:
        StorageError: If it is damaged.
    """
    try:
        source, problems = read_yaml(folder.resolved.read_text("utf-8"), str(folder.resolved))
    except (OSError, UnicodeError, DlkitError) as error:
        raise StorageError(f"{folder.resolved}: cannot be read ({error}).") from error
    if problems or not isinstance(source.data, dict):
        raise StorageError(f"{folder.resolved}: the file is damaged. {problems[0]}")
    return source.data


def _data_title(folder: RunFolder, facts: Mapping[str, Any]) -> str:
    """Name the data; what one fold learned from and was tested on is not that of another."""
    fold = fold_number(folder)
    dataset = dataset_of(facts)
    return f"fold {fold} of {dataset}" if fold else dataset


def _data_facts(folder: RunFolder) -> tuple[str, ...]:
    """Return what is known of the data; nothing where the file is lost or damaged."""
    try:
        known = json.loads(folder.data.read_text("utf-8"))
        return tuple(json.dumps(known[name]) for name in DATA_FACTS if name in known)
    except (OSError, ValueError, TypeError, RecursionError):
        return ()


def _read_histories(folder: RunFolder) -> Histories:
    own = [_read_history(folder.history)] if folder.history.is_file() else []
    inner = (_read_history(member.history) for member in folder.members)
    return [each for each in own or inner if each]


def _read_history(path: Path) -> dict[str, list[float]]:
    """Read the columns of a history; what is no number is NaN, a damaged file is empty."""
    try:
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.reader(file))
    except (OSError, ValueError, csv.Error):
        return {}
    if not rows:
        return {}
    return {
        name: [_number(row[index]) if index < len(row) else math.nan for row in rows[1:]]
        for index, name in enumerate(rows[0])
    }


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan
