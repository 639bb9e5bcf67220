"""What is to be learned of the data: by the dataset's own word, and output by output.

An output learns what the dataset says, or columns of its own, or to give back what the
model reads, which needs no labels.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from dlkit.config.dataset_section import TargetConfig
from dlkit.config.datasets import Task
from dlkit.config.file_sources import TABLES
from dlkit.config.outputs import view
from dlkit.config.schema import Config
from dlkit.config.semantics import task_of
from dlkit.errors import Path

DATASET_TARGET: Path = ("dataset", "target")
"""Where a config says what all outputs learn that do not say it themselves."""

BY_NAME = (*TABLES, "arrays", "tfrecord")
"""Sources whose columns, arrays or features can be targets of single outputs."""

CHOSEN = (*TABLES, "tfrecord")
"""Sources that have no labels until a target is named."""


@dataclass(frozen=True)
class Aim:
    """Columns to learn.

    Attributes:
        task: What is learned of them.
        target: Which, and their classes.
        path: Where the config says so.
    """

    task: Task
    target: TargetConfig
    path: Path = DATASET_TARGET


def own_targets(config: Config) -> dict[str, TargetConfig]:
    """Return the targets of the outputs that have columns of their own, by output."""
    return {
        name: output.target
        for name, output in config.outputs.items()
        if isinstance(output.target, TargetConfig)
    }


def own_aims(config: Config) -> dict[str, Aim]:
    """Return what the outputs with columns of their own learn, by output."""
    return {
        name: Aim(task_of(view(config, name)), target, ("outputs", name, "target"))
        for name, target in own_targets(config).items()
    }


def given_back(config: Config) -> tuple[str, ...]:
    """Return the outputs that learn to give what the model reads."""
    return tuple(name for name, output in config.outputs.items() if output.target == "input")


def uses_dataset_target(config: Config) -> bool:
    """Tell whether an output learns what the dataset says."""
    return not config.outputs or any(o.target is None for o in config.outputs.values())


def needs_no_labels(config: Config) -> bool:
    """Tell whether all that is learned is to give back what the model reads."""
    return bool(config.outputs) and len(given_back(config)) == len(config.outputs)


def labels_view(config: Config) -> Config:
    """Return the config of the output whose labels are the dataset's.

    It is the first that learns what the dataset says; where none does, the first with
    columns of its own, which are then the dataset's target.
    """
    shared = (name for name, output in config.outputs.items() if output.target is None)
    name = next(shared, next(iter(own_targets(config)), ""))
    return view(config, name)


def target_columns(config: Config) -> tuple[str, ...]:
    """Return every column that is learned, each once."""
    return _columns(config.dataset.target, own_targets(config).values())


def all_columns(target: TargetConfig | None, aims: Mapping[str, Aim]) -> tuple[str, ...]:
    """Return the columns of a dataset's target and of the outputs' own, each once."""
    return _columns(target, (aim.target for aim in aims.values()))


def _columns(target: TargetConfig | None, own: Iterable[TargetConfig]) -> tuple[str, ...]:
    found = [*([target] if target else []), *own]
    return tuple(dict.fromkeys(name for each in found for name in each.columns))


def main_aim(target: TargetConfig | None, task: Task, outputs: Mapping[str, Aim]) -> Aim | None:
    """Return what a dataset's own labels teach; where an output learns the same, as its own.

    Args:
        target: The columns; None where there are none.
        task: What is learned of them.
        outputs: What outputs with columns of their own learn.
    """
    if target is None:
        return None
    same = (aim for aim in outputs.values() if (aim.task, aim.target) == (task, target))
    return next(same, Aim(task, target))
