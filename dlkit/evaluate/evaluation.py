"""Evaluate a trained model on the test split: one pass, in order, once."""

from __future__ import annotations

import keras

from dlkit.config.schema import Config
from dlkit.data.dataset import Dataset
from dlkit.evaluate.predictions import Evaluation, evaluate_outputs
from dlkit.train.tape import EvaluationLoop


def evaluate_model(model: keras.Model, dataset: Dataset, config: Config) -> Evaluation:
    """Return the model's answers for the test split, with their loss and metrics.

    Labels, outputs and metrics come from the same pass, so the confusion matrix and the
    accuracy cannot disagree.

    Args:
        model: The trained, compiled model.
        dataset: Its test split is used.
        config: Tells whether the model gives logits.
    """
    loop = EvaluationLoop(model, dataset.test, config.training.batch_size)
    metrics, outputs, labels = loop.collect()
    from_logits = bool(config.loss.arguments.get("from_logits", False))
    return evaluate_outputs(
        metrics,
        outputs,
        labels,
        dataset.task,
        from_logits=from_logits,
    )
