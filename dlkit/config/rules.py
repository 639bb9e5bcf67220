"""What must hold between fields, after each of them is right by itself.

A rule is a pure function from a config to problems. The table at the end says which
parts it reads: it is asked only where these are free of faults of their own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from dlkit.config.augmentation_rules import AUGMENTATION_DATA_RULES, AUGMENTATION_RULES
from dlkit.config.cluster import check_distribution
from dlkit.config.columns import OWN_COLUMNS, metric_name, monitored_names
from dlkit.config.dataset_rules import (
    check_chosen_classes,
    check_marked_rows,
    check_options,
    check_output_targets,
    check_record_names,
    check_stand_in,
)
from dlkit.config.diagnostics_rules import check_diagnostics
from dlkit.config.facts import DataFacts
from dlkit.config.graph_rules import (
    check_called_again,
    check_layer_graph,
    check_layer_inputs,
    check_metrics_of_copies,
    check_outputs,
)
from dlkit.config.initialization_rules import INITIALIZATION_RULES
from dlkit.config.label_rules import (
    check_class_weight,
    check_loss_fits_labels,
    check_metrics_fit_labels,
)
from dlkit.config.names import did_you_mean, nearest
from dlkit.config.own_code_rules import check_own_direction, check_own_training
from dlkit.config.regularization_rules import REGULARIZATION_RULES
from dlkit.config.repeat_rules import REPEAT_RULES
from dlkit.config.schedule_rules import (
    check_learning_rate,
    check_plateau,
    check_plateau_figures,
    check_schedule_length,
    check_schedule_places,
    check_schedule_values,
)
from dlkit.config.schema import Config
from dlkit.config.section import NAME_PATTERN
from dlkit.config.semantics import (
    check_hidden_softmax,
    check_output_activation,
    check_output_names,
)
from dlkit.config.stage_rules import (
    check_stage_layers,
    check_stage_rates,
    check_stages_differ,
)
from dlkit.config.sweep.rules import SWEEP_RULES
from dlkit.config.training_rules import (
    check_backup,
    check_batch_size,
    check_epoch,
    check_length,
    check_limit,
    check_overfit,
    check_overfit_length,
    check_patience,
    check_restoring,
    check_xla,
)
from dlkit.config.transfer_rules import check_classes_of_top, check_pixels_in_front
from dlkit.config.values import show
from dlkit.errors import Path, Problem


def check_monitor(config: Config) -> Iterator[Problem]:
    """Early stopping watches a figure that training will make."""
    stopping = config.regularization.early_stopping
    if stopping is None:
        return
    path: Path = ("regularization", "early_stopping", "monitor")
    legal = monitored_names(config)
    if stopping.monitor in legal:
        return
    if stopping.monitor.startswith("val_") and not config.dataset.validation:
        yield Problem(
            f"{stopping.monitor!r} needs validation data, and dataset.validation is 0.",
            path,
            f"Expected one of: {', '.join(legal)}.",
        )
    else:
        meant = nearest(stopping.monitor, legal)
        near = f"Did you mean {meant!r}? " if meant else ""
        yield Problem(
            f"no metric makes {stopping.monitor!r}.",
            path,
            f"{near}Made: {', '.join(legal)}.",
        )


def check_callback_monitors(config: Config) -> Iterator[Problem]:
    """Callbacks watch figures that training will make."""
    legal = monitored_names(config)
    for callback in config.training.callbacks:
        entry = callback.entry
        if entry is None or "monitor" not in entry.parameters:
            continue
        monitor = callback.arguments.get("monitor", entry.parameters["monitor"].default)
        if monitor not in legal:
            yield Problem(
                f"{callback.name} watches {monitor!r}, which no metric makes.",
                callback.places.get("monitor", callback.path),
                f"{did_you_mean(monitor, legal)} Made: {', '.join(legal)}.",
            )


def check_metric_names(config: Config) -> Iterator[Problem]:
    """Each metric has a column of its own."""
    seen = {"loss"}
    for metric in config.metrics:
        name = metric_name(metric)
        place = metric.path if isinstance(metric.path[-1], int) else metric.path[:-1]
        path = metric.places.get("name", place)
        if not re.fullmatch(NAME_PATTERN, name):
            expected = "letters, digits, dots, dashes or underscores (at most 100)"
            yield Problem(f"expected {expected}, received {show(name)}.", path)
        if name in OWN_COLUMNS or name.startswith("val_"):
            hint = "Choose another name."
            yield Problem(f"{name!r} is a column of the history's own.", path, hint)
        if name in seen:
            hint = "Remove one, or give it a `name:`."
            yield Problem(f"there is a {name!r} already.", place, hint)
        seen.add(name)


_HEAD: tuple[Path, ...] = (("loss",), ("architecture",))
_LABELS: tuple[Path, ...] = (("dataset",), *_HEAD)
_RATES: tuple[Path, ...] = (("optimizer",), ("lr_schedule",), ("training", "stages"))
_LENGTH: tuple[Path, ...] = (("dataset",), ("training",))

RULES: dict[Callable[[Config], Iterator[Problem]], tuple[Path, ...]] = {
    check_stand_in: (("dataset", "source"), ("dataset", "offline")),
    check_options: (("dataset",), ("outputs",)),
    check_output_targets: (("dataset",), ("outputs",)),
    check_chosen_classes: (("dataset", "source"),),
    check_record_names: (("dataset",), ("outputs",)),
    check_marked_rows: (("dataset",),),
    check_monitor: (
        ("metrics",),
        ("dataset", "source"),  # without one there is no dataset to ask for its validation
        ("dataset", "validation"),
        ("regularization", "early_stopping"),
    ),
    check_callback_monitors: (
        ("metrics",),
        ("dataset", "source"),
        ("dataset", "validation"),
        ("training", "callbacks"),
    ),
    check_metric_names: (("metrics",),),
    check_layer_inputs: (("architecture", "layers"), ("dataset",)),
    check_layer_graph: (("architecture", "layers"), ("outputs",)),
    check_called_again: (("architecture", "layers"),),
    check_outputs: (("architecture", "layers"), ("outputs",)),
    check_pixels_in_front: (("architecture", "layers"),),
    check_classes_of_top: (("architecture", "layers"),),
    check_output_names: (("outputs",),),
    check_metrics_of_copies: (("outputs",),),
    check_learning_rate: (("optimizer",), ("lr_schedule",)),
    check_schedule_values: _RATES,
    check_schedule_places: _RATES,
    check_plateau_figures: (
        *_RATES,
        *(("metrics",), ("dataset", "source"), ("dataset", "validation")),
        ("training", "epochs"),
    ),
    check_restoring: (
        ("dataset", "source"),
        ("dataset", "validation"),
        ("regularization", "early_stopping"),
    ),
    check_length: (("training",),),
    check_diagnostics: (("training",),),
    check_xla: (("training",),),
    check_distribution: (("training",), ("dataset", "folds")),
    check_epoch: (("training",),),
    check_limit: (("training",), ("dataset", "source"), ("dataset", "validation")),
    check_overfit: (("training",), ("dataset", "source"), ("dataset", "folds")),
    check_patience: (
        ("training", "epochs"),
        ("training", "stages"),
        ("regularization", "early_stopping"),
    ),
    check_backup: (("training", "callbacks"),),
    check_plateau: (
        ("optimizer",),
        ("lr_schedule",),
        ("training", "callbacks"),
        ("training", "stages"),
    ),
    check_stage_layers: (("architecture", "layers"), ("training", "stages")),
    check_stage_rates: (("optimizer",), ("lr_schedule",), ("training", "stages")),
    check_stages_differ: (
        ("architecture", "layers"),
        ("optimizer",),
        ("lr_schedule",),
        ("training", "stages"),
    ),
    check_output_activation: _HEAD,
    check_hidden_softmax: (("architecture",),),
    check_own_training: (("architecture", "layers"),),
    check_own_direction: (("metrics",), ("outputs",), ("regularization", "early_stopping")),
    **AUGMENTATION_RULES,
    **REGULARIZATION_RULES,
    **INITIALIZATION_RULES,
    **REPEAT_RULES,
    **SWEEP_RULES,
}
"""Every rule, and the parts of a config it reads."""

OUTPUT_RULES = frozenset({check_metric_names, check_output_activation})
"""Rules on one loss and its metrics: they are asked for each output."""

OUTPUT_DATA_RULES = frozenset({check_loss_fits_labels, check_metrics_fit_labels})
"""Those of them that need to know the data too."""

DATA_RULES: dict[Callable[[Config, DataFacts], Iterator[Problem]], tuple[Path, ...]] = {
    check_schedule_length: (("optimizer",), ("lr_schedule",), *_LENGTH),
    check_batch_size: _LENGTH,
    check_overfit_length: _LENGTH,
    check_loss_fits_labels: _LABELS,
    check_metrics_fit_labels: (("dataset",), ("metrics",), ("loss",)),
    check_class_weight: (("dataset",), ("training", "class_weight")),
    **AUGMENTATION_DATA_RULES,
}
"""Rules that need to know the data too."""
