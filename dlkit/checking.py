"""What can be known of an experiment without training it."""

from __future__ import annotations

import math
from pathlib import Path

import keras

from dlkit.config.initialization_rules import initialization_notes
from dlkit.config.load import LoadedConfig
from dlkit.config.regularization.regularize import regularize
from dlkit.data.load import load_dataset
from dlkit.model.summary import Overview
from dlkit.preparation import data_places, layer_rows, located, prepare
from dlkit.report.opening import split_sizes


def check_experiment(loaded: LoadedConfig, output: Path) -> Overview:
    """Load the data, build the model, and prove that they fit; train nothing.

    Args:
        loaded: The checked config.
        output: The folder that keeps experiments: the model may build on one of them.

    Raises:
        DlkitError: If the data or the model fails.
    """
    with located(loaded):
        config = loaded.config.model_copy(
            update={"dataset": loaded.config.dataset.model_copy(update={"folds": None})}
        )
        whole = load_dataset(config, data_places(loaded))
        prepared = prepare(loaded, whole, None, output)
    model, dataset = prepared.built.core, prepared.dataset
    stands_in = f" in place of {dataset.stand_in_for}" if dataset.stand_in_for else ""
    return Overview(
        warnings=prepared.loaded.warnings,
        data=f"{dataset.name}{stands_in}: {split_sizes(whole)}",
        notes=(*dataset.limited, *dataset.notes),
        layers=tuple(layer_rows(prepared)),
        parameters=prepared.built.model.count_params(),
        trainable=_size(model.trainable_variables),
        weight_bytes=_bytes(model.variables),
        optimizer_bytes=max(
            [stage.optimizer_bytes for stage in prepared.stage_rows]
            or [_bytes(model.optimizer.variables)]
        ),
        stages=prepared.stage_rows,
        regularization=regularize(prepared.loaded.config).landings,
        initialization=initialization_notes(prepared.loaded.config),
        taken=prepared.taken,
        steps_per_epoch=loaded.config.training.steps_of_epoch(len(whole.train)),
    )


def _size(variables: list[keras.Variable]) -> int:
    return sum(math.prod(variable.shape) for variable in variables)


def _bytes(variables: list[keras.Variable]) -> int:
    return sum(v.numpy().nbytes for v in variables if "string" not in str(v.dtype))
