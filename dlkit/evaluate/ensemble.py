"""What several trained models say together: the mean of their answers.

Probabilities are averaged, not logits, and values as they are. Loss and metrics are those of
Keras, computed of the means as if one model had given them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import keras
import numpy as np

from dlkit.config.outputs import views
from dlkit.config.schema import Config
from dlkit.config.semantics import gives_logits
from dlkit.data.dataset import Dataset, Examples, Split, learned
from dlkit.evaluate.evaluation import evaluate_model
from dlkit.evaluate.predictions import Evaluation
from dlkit.train.assembly import compile_model, tasks_of
from dlkit.train.labels import output_shape, shape_labels

LEAST = float(np.finfo(np.float32).tiny)
"""Probabilities below have no logarithm that float32 can hold."""


def evaluate_ensemble(
    members: Sequence[Mapping[str, Evaluation]],
    model: keras.Model,
    dataset: Dataset,
    raw_test: Examples,
    config: Config,
) -> dict[str, Evaluation]:
    """Return the mean answers of several models, with their loss and metrics.

    A loss with penalties is left out: those belong to one model, and without them it could
    be held against none.

    Args:
        members: What each model answers for the same examples, by the outputs' names.
        model: One of them: it has the form of their outputs.
        dataset: The data as one of them takes it: knows what each output learns.
        raw_test: The test split as it was loaded, whose labels and weights count.
        config: As the models are trained: names outputs, losses and metrics.

    Returns:
        An evaluation for each output by its name, as ``evaluate_model`` gives it.
    """
    shapes = {name: _shape(model, name) for name in views(config)}
    means = {
        name: _mean_outputs(
            [member[name] for member in members], shapes[name], logits=gives_logits(one.loss)
        )
        for name, one in views(config).items()
    }
    passing = _passing_on(means)
    compile_model(passing, None, config, tasks_of(dataset, config))
    labels = _labels(raw_test, members[0], dataset, config)
    test = replace(labels, x={_entry(name): mean for name, mean in means.items()})
    given = replace(dataset, train=test, validation=None, test=test)
    found = evaluate_model(passing, shape_labels(given, passing, config), config)
    return _without_loss(found) if model.losses else found


def _without_loss(found: Mapping[str, Evaluation]) -> dict[str, Evaluation]:
    """Return evaluations without the loss of the whole."""
    return {
        output: replace(
            one, metrics={name: each for name, each in one.metrics.items() if name != "loss"}
        )
        for output, one in found.items()
    }


def _shape(model: keras.Model, name: str) -> tuple[int, ...]:
    """Return the shape of one example's output; -1 stands for a length that is not fixed."""
    shape = output_shape(model, name) or (None, None)
    return tuple(-1 if length is None else length for length in shape[1:])


def _mean_outputs(
    answers: Sequence[Evaluation], shape: tuple[int, ...], *, logits: bool
) -> np.ndarray:
    """Return the mean answers in the form of a model's outputs.

    Args:
        answers: Of one output, each of the same examples.
        shape: Of an example's output.
        logits: Whether the loss takes logits.

    Returns:
        float32 ``(examples, *shape)``.
    """
    first = answers[0]
    parts = [
        each.predicted if each.probabilities is None else each.probabilities for each in answers
    ]
    mean = np.asarray(np.mean(parts, axis=0, dtype=np.float64))
    is_alone = first.task == "classification" and shape[-1] == 1
    if is_alone:
        mean = mean[:, 1:]  # one unit says how likely the second class is
    if logits:
        has_classes = first.task == "classification" and not is_alone
        mean = _log(mean) if has_classes else _log(mean) - _log(1 - mean)
    return mean.astype(np.float32).reshape(len(mean), *shape)


def _log(probabilities: np.ndarray) -> np.ndarray:
    return np.asarray(np.log(np.maximum(probabilities, LEAST)))


def _passing_on(means: Mapping[str, np.ndarray]) -> keras.Model:
    """Return a model that gives what it is given, under the names of outputs."""
    inputs = {
        name: keras.Input(mean.shape[1:], dtype="float32", name=_entry(name))
        for name, mean in means.items()
    }
    outputs = {
        name: keras.layers.Identity(dtype="float32", name=name or None)(tensor)
        for name, tensor in inputs.items()
    }
    given = {_entry(name): tensor for name, tensor in inputs.items()}
    return keras.Model(given, outputs if [*outputs] != [""] else outputs[""])


def _entry(name: str) -> str:
    """Return what the input is called whose values an output passes on."""
    return f"mean_of_{name}"


def _labels(
    raw: Examples, member: Mapping[str, Evaluation], dataset: Dataset, config: Config
) -> Split:
    """Return labels and weights of all test examples in memory; the inputs are left out."""
    parts = [replace(block, x=np.zeros(len(block))) for block in raw.blocks()]
    weights = [part.weight for part in parts if part.weight is not None]
    targets = {
        name: np.concatenate([part.targets[name] for part in parts])
        for name in parts[0].targets
    }
    # What gives the input back is compared with what a layer made of it, which is at hand.
    copies = {
        name: member[name].true for name in views(config) if learned(dataset, name).copies
    }
    return Split(
        x=np.zeros(0),
        y=np.concatenate([part.y for part in parts]),
        weight=np.concatenate(weights) if weights else None,
        targets={**targets, **copies},
    )
