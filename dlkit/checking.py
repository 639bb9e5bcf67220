"""What can be known of an experiment without training it."""

from __future__ import annotations

import contextlib
import logging
import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import keras

from dlkit.config.initialization_rules import initialization_notes
from dlkit.config.load import LoadedConfig
from dlkit.config.regularization.regularize import regularize
from dlkit.config.sweep.checking import Sweep
from dlkit.config.sweep.parameter_names import PARAMETERS
from dlkit.config.sweep.points import extreme_points
from dlkit.config.sweep.space import describe_point
from dlkit.config.sweep.summary import describe_sweep
from dlkit.data.load import load_dataset
from dlkit.errors import DlkitError, ModelError, Problem
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


def check_sweep(sweep: Sweep, output: Path) -> Overview:
    """Do the same for an experiment and for the models at the ends of its sweep.

    Args:
        sweep: The checked sweep.
        output: The folder that keeps experiments.

    Raises:
        DlkitError: If the experiment fails.
        ModelError: If no model at an end of the sweep can be built.
    """
    overview = check_experiment(sweep.loaded, output)
    sizes: list[int] = []
    refused: list[Problem] = []
    points = extreme_points(sweep.parameters)
    for point in points:
        try:
            with _without_advice():
                sizes.append(check_experiment(sweep.at(point), output).parameters)
        except DlkitError as error:
            at = describe_point(sweep.parameters, point)
            message = f"the model at an end of the sweep cannot be built. {at}:"
            reason = " ".join(str(error).split())
            refused.append(Problem(message, PARAMETERS, reason, warning=True))
        keras.backend.clear_session()
    located = sweep.loaded.source.locate(refused)
    if len(refused) == len(points):
        raise ModelError(replace(each, warning=False) for each in located)
    ends = sorted({min(sizes), max(sizes)})
    told = " to ".join(f"{size:,}" for size in ends)
    return replace(
        overview,
        warnings=(*overview.warnings, *located),
        sweep=(*describe_sweep(sweep), f"models: {told} parameters at the ends of the sweep"),
    )


@contextlib.contextmanager
def _without_advice() -> Iterator[None]:
    """Keep to itself what TensorFlow says of programs that build one model after another."""
    logger, handler = logging.getLogger("tensorflow"), logging.NullHandler()
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)


def _size(variables: list[keras.Variable]) -> int:
    return sum(math.prod(variable.shape) for variable in variables)


def _bytes(variables: list[keras.Variable]) -> int:
    return sum(v.numpy().nbytes for v in variables if "string" not in str(v.dtype))
