"""Small experiments with all that has a state, for tests that interrupt them."""

from __future__ import annotations

from typing import Any

OFTEN = {"checkpoint": {"epochs": 1, "seconds": 1e-9}}

PLAIN: dict[str, Any] = {
    "name": "plain",
    "seed": 2,
    "dataset": {"source": "iris", "validation": 0.2},
    "architecture": {
        "layers": [
            {"Dense": {"units": 6, "activation": "relu"}},
            {"BatchNormalization": {"momentum": 0.8}},
            {"Dropout": 0.3},
            {"Dense": {"units": 3, "activation": "softmax"}},
        ]
    },
    "loss": "sparse_categorical_crossentropy",
    "metrics": ["accuracy"],
    "optimizer": {"Adam": {"learning_rate": 0.1}},
    "regularization": {
        # With so large a step the best epoch is one in the middle.
        "early_stopping": {"monitor": "val_loss", "patience": 4, "min_delta": 0.5}
    },
    "training": {
        "epochs": 5,
        "batch_size": 32,
        "callbacks": [
            {
                "ReduceLROnPlateau": {
                    "monitor": "loss",
                    "factor": 0.5,
                    "patience": 1,
                    "min_delta": 0.2,
                }
            }
        ],
        **OFTEN,
    },
}

FIT: dict[str, Any] = {
    **PLAIN,
    "name": "fit",
    "training": {**PLAIN["training"], "epochs": 3, "loop": "fit"},
}

STAGES: dict[str, Any] = {
    **PLAIN,
    "name": "stages",
    "architecture": {
        "layers": [
            {"Dense": {"name": "base", "units": 6, "activation": "relu"}},
            *PLAIN["architecture"]["layers"][1:],
        ]
    },
    "training": {
        "batch_size": 32,
        "stages": [
            {"epochs": 2},
            {"epochs": 2, "learning_rate": 0.01, "trainable": {"base": False}},
        ],
        **OFTEN,
    },
}

SEEDS: dict[str, Any] = {
    **PLAIN,
    "name": "seeds",
    "repeat": 2,
    "training": {**PLAIN["training"], "epochs": 2},
}

AUGMENTED: dict[str, Any] = {
    **PLAIN,
    "name": "augmented",
    "dataset": {"source": "digits", "validation": 0.2},
    "architecture": {
        "layers": [
            {"Reshape": [8, 8, 1]},
            {"Conv2D": {"filters": 2, "kernel_size": 3, "activation": "relu"}},
            "BatchNormalization",
            "Flatten",
            {"Dropout": 0.3},
            {"Dense": {"units": 10, "activation": "softmax"}},
        ]
    },
    "regularization": {
        **PLAIN["regularization"],
        "augmentation": [{"RandomTranslation": [0.1, 0.1]}, {"GaussianNoise": 0.05}],
    },
    "training": {"epochs": 2, "batch_size": 256, "limit": {"train_batches": 3}, **OFTEN},
}
