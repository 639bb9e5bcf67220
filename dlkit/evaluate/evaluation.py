"""Evaluate a trained model on the test split: one pass, in order, once."""

from __future__ import annotations

import keras

from dlkit.config.outputs import views
from dlkit.config.schema import Config
from dlkit.config.semantics import gives_logits
from dlkit.data.dataset import Dataset, learned, of_output
from dlkit.evaluate.predictions import Evaluation, evaluate_outputs
from dlkit.train.loops.evaluation import EvaluationLoop


def evaluate_model(
    model: keras.Model, dataset: Dataset, config: Config
) -> dict[str, Evaluation]:
    """Return the answers of each output for the test split, with their loss and metrics.

    Labels, outputs and metrics come from the same pass, so the confusion matrix and the
    accuracy cannot disagree.

    Args:
        model: The trained, compiled model.
        dataset: Its test split is used.
        config: Names the outputs, and tells which of them are logits.

    Returns:
        An evaluation for each output by its name; the name of the only one of a config
        that names none is empty.
    """
    loop = EvaluationLoop(model, dataset.test, config.training.batch_size)
    metrics, outputs, labels = loop.collect()
    found = {}
    for name, one in views(config).items():
        target = learned(dataset, name)
        answered, true = (of_output(part, name) for part in (outputs, labels))
        found[name] = evaluate_outputs(
            metrics,
            answered,
            true,
            target.task,
            from_logits=gives_logits(one.loss),
            is_copy=bool(target.copies),
        )
    return found
