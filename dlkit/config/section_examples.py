"""Sections of a config that have a description of their own, and how they may look."""

from __future__ import annotations

from dlkit.config.dataset_section import DatasetConfig
from dlkit.config.schema import OutputConfig
from dlkit.config.section import Section
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
}
"""Sections of a config with what each may look like."""
