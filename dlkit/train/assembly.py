"""Give a model its losses, metrics and optimizer, and prove that it trains."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import keras

from dlkit.config.catalogue import Catalogue
from dlkit.config.datasets import Task
from dlkit.config.outputs import views
from dlkit.config.schema import Config
from dlkit.data.dataset import Dataset, first_examples, learned
from dlkit.errors import ModelError, Path, Problem, TrainingError
from dlkit.model.memory import OUT_OF_MEMORY
from dlkit.model.objects import REFUSALS, build_metric, build_object, one_line
from dlkit.train.augmentation import Augmentation
from dlkit.train.determinism import failure
from dlkit.train.loops.feed import tensors
from dlkit.train.loops.step import training_step
from dlkit.train.memory_need import refuse_large_training
from dlkit.train.output_checks import check_outputs
from dlkit.train.rates.optimizer import build_optimizer

SAMPLE = 7
"""Examples that a model is proved on: a count that equals no usual width by chance."""


def assemble(
    model: keras.Model,
    config: Config,
    dataset: Dataset,
    steps_per_epoch: int,
    catalogue: Catalogue,
    augmentation: Augmentation | None = None,
) -> None:
    """Compile a model in place and check it on a few training examples.

    Args:
        model: The built model.
        config: Names losses, metrics, optimizer and schedule.
        dataset: Provides the examples, as the model takes them, and what is learned.
        steps_per_epoch: Turns durations in epochs into steps.
        catalogue: Knows each optimizer's default learning rate.
        augmentation: Changes each training batch, or None.

    Raises:
        ModelError: If Keras refuses one of them, or they do not fit the labels.
        TrainingError: If there is not enough memory to train it.
    """
    with model.distribute_strategy.scope():
        optimizer = build_optimizer(config, model, steps_per_epoch, catalogue)
        compile_model(model, optimizer, config, tasks_of(dataset, config))
    few = tensors(first_examples(dataset.train, SAMPLE))
    check_outputs(model, config, dataset, few)
    if config.training.stages:
        return  # what is trained, and how, is said and proved for each of them
    refuse_large_training(model, model.optimizer, dataset)
    with model.distribute_strategy.scope():
        model.optimizer.build(model.trainable_variables)
    prove_training_step(model, few, augmentation)


def tasks_of(dataset: Dataset, config: Config) -> dict[str, Task]:
    """Return what each output learns, by its name; the only one's is empty without one."""
    return {name: learned(dataset, name).task for name in views(config)}


def compile_model(
    model: keras.Model, optimizer: Any, config: Config, tasks: Mapping[str, Task]
) -> None:
    """Compile a model in place.

    Args:
        model: Gives a dict of outputs where the config names them.
        optimizer: Keras's; None for a model that is not trained.
        config: Names losses, their weights and metrics.
        tasks: What each output learns, by its name.

    Raises:
        ModelError: If Keras refuses one of them.
    """
    each = views(config)
    losses: Any = {name: build_object(one.loss) for name, one in each.items()}
    metrics: Any = {
        name: [build_metric(metric, tasks[name]) for metric in one.metrics]
        for name, one in each.items()
        if one.metrics
    }
    weights = {name: output.weight for name, output in config.outputs.items()}
    if not config.outputs:
        losses, metrics = losses[""], metrics.get("", [])
    optimizer = _scaling(optimizer, model)
    model.compile(
        **({} if optimizer is None else {"optimizer": optimizer}),
        loss=losses,
        loss_weights=weights or None,
        metrics=metrics,
        jit_compile=False,
    )


def _scaling(optimizer: Any, model: keras.Model) -> Any:
    """Return an optimizer that scales the loss where gradients of 16 bits would vanish.

    Keras itself adds that as well, but does not save it with the model.
    """
    scaled = keras.optimizers.LossScaleOptimizer
    if optimizer is None or isinstance(optimizer, scaled):
        return optimizer
    is_half = model.dtype_policy.name == "mixed_float16"
    return scaled(optimizer, name="loss_scale_optimizer") if is_half else optimizer


def prove_training_step(
    model: keras.Model, few: tuple[Any, Any, Any], augmentation: Augmentation | None = None
) -> None:
    """Make one training step on a few examples, and take it back.

    Every variable gets its value back, the states of random generators included.

    Raises:
        ModelError: If the step fails; training would.
        TrainingError: If there is not enough memory for it.
    """
    path: Path = ("architecture", "layers")
    if not model.trainable_variables:
        raise ModelError(Problem("no layer has weights to train.", path))
    variables = [*model.variables, *model.optimizer.variables]
    before = [keras.ops.convert_to_numpy(variable) for variable in variables]
    inputs, labels, _ = few
    try:
        if augmentation:
            inputs, labels = augmentation(inputs, labels)
        training_step(model, keras.metrics.Mean(), inputs, labels, few[2])
    except OUT_OF_MEMORY as error:
        message = f"there is not enough memory for a step of {SAMPLE} examples."
        hint = "Make the layers or their inputs smaller."
        raise TrainingError(Problem(message, path, hint)) from error
    except REFUSALS as error:
        found = failure(f"a training step fails: {one_line(error)}", error)
        raise ModelError(found if found.path else replace(found, path=path)) from error
    finally:
        if augmentation:
            augmentation.start_epoch(0)
        for variable, value in zip(variables, before, strict=True):
            variable.assign(value)
        model.reset_metrics()
