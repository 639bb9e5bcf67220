"""Sections of a config that have a description of their own, and how they may look."""

from __future__ import annotations

from dlkit.config.dataset_section import DatasetConfig
from dlkit.config.schema import OutputConfig
from dlkit.config.section import Section
from dlkit.config.sweep.section import ParameterConfig, SweepConfig
from dlkit.config.training_section import (
    CheckpointConfig,
    EarlyStoppingConfig,
    LimitConfig,
    RegularizationConfig,
    StageConfig,
    TrainingConfig,
)

SECTIONS: dict[str, tuple[type[Section], list[str]]] = {
    "dataset": (DatasetConfig, ["dataset: {source: mnist, validation: 0.1}"]),
    "outputs": (
        OutputConfig,
        [
            "outputs:",
            "  digit: {loss: sparse_categorical_crossentropy, metrics: [accuracy]}",
            "  copy: {loss: mse, weight: 0.3, target: input}",
        ],
    ),
    "regularization": (RegularizationConfig, ["regularization: {l2: 1e-4, dropout: 0.5}"]),
    "early_stopping": (
        EarlyStoppingConfig,
        ["regularization:", "  early_stopping: {monitor: val_accuracy, patience: 5}"],
    ),
    "training": (TrainingConfig, ["training: {epochs: 20, batch_size: 64}"]),
    "limit": (
        LimitConfig,
        ["training:", "  limit: {train_batches: 10, validation_batches: 2}"],
    ),
    "checkpoint": (CheckpointConfig, ["training:", "  checkpoint: {epochs: 5}"]),
    "stages": (
        StageConfig,
        [
            "training:",
            "  stages:",
            "    - {epochs: 5}",
            "    - {epochs: 3, learning_rate: 1e-5, trainable: {vgg16: true}}",
        ],
    ),
    "sweep": (
        SweepConfig,
        [
            "sweep:",
            "  parameters:",
            "    optimizer: [SGD, Adam]",
            "    optimizer.learning_rate: {low: 1e-4, high: 1e-1, log: true}",
            "  trials: 20",
            "  objective: val_accuracy",
            "  jobs: 2",
        ],
    ),
    "parameters": (
        ParameterConfig,
        [
            "sweep:",
            "  parameters:",
            "    # values",
            "    training.batch_size: [16, 32, 64]",
            "    # numbers between two, as often 1e-4 to 1e-3 as 1e-3 to 1e-2",
            "    optimizer.learning_rate: {low: 1e-4, high: 1e-1, log: true}",
            "    # whole numbers, 8 apart, of the layer that is called `hidden`",
            "    architecture.layers.hidden.units: {low: 8, high: 64, step: 8, int: true}",
            "    # whole objects",
            "    optimizer: [{SGD: {nesterov: true}}, Adam]",
            "    # a name of its own; only with SGD",
            "    momentum:",
            "      values: [0.5, 0.9, 0.99]",
            "      paths: optimizer.SGD.momentum",
            "      when: {optimizer: SGD}",
            "    # one value in two places",
            "    penalty:",
            "      values: [0, 1e-4]",
            "      paths: [regularization.l1, regularization.l2]",
        ],
    ),
}
"""Sections of a config with what each may look like."""
