"""What is trained when speed is measured, and how fast it has to be."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

CONFIGS = Path(__file__).parent.parent / "configs"

TRAIN_ONLY = {"dataset.validation": 0, "regularization": {}}
"""Nothing but training: nobody validates or stops early."""

LSTM: dict[str, Any] = {
    "name": "mnist_lstm",
    "dataset": {"source": "mnist", "offline": "digits"},
    "architecture": {
        "layers": [
            {"Rescaling": {"scale": 1 / 255}},
            {"LSTM": 64},
            {"Dense": {"units": 10, "activation": "softmax"}},
        ]
    },
    "loss": "sparse_categorical_crossentropy",
    "metrics": ["accuracy"],
    "optimizer": "Adam",
    "training": {"epochs": 5, "batch_size": 64},
}
"""Pictures read row by row."""


@dataclass(frozen=True)
class Work:
    """Something to train.

    Attributes:
        config: A file, or the same as a dict.
        model: The same model by hand, from Keras and the inputs.
        goal: dlkit's seconds an epoch as a share of those of ``fit``, at most.
        epochs: Epochs that hand-written ways take, the first one included, which compiles
            and is not measured; dlkit takes those of the config, which its rules go by.
        overrides: What is changed in the config, so that it does not take too long.
        optimizer: Keras's name for the config's.
    """

    config: Path | dict[str, Any]
    model: Callable[[Any, Any], Any]
    goal: float
    epochs: int
    overrides: Mapping[str, Any] = field(default_factory=dict)
    optimizer: str = "adam"


def mnist_mlp(keras: Any, x: Any) -> Any:
    """One hidden layer of 512."""
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input(x.shape[1:]),
            layers.Flatten(),
            layers.Dense(512, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )


def iris_mlp(keras: Any, x: Any) -> Any:
    """Two hidden layers of 10 behind a normalization."""
    layers = keras.layers
    normalization = layers.Normalization()
    normalization.adapt(x)
    return keras.Sequential(
        [
            keras.Input(x.shape[1:]),
            normalization,
            layers.Dense(10, activation="relu"),
            layers.Dense(10, activation="relu"),
            layers.Dense(3, activation="softmax"),
        ]
    )


def mnist_lstm(keras: Any, x: Any) -> Any:
    """A recurrent layer of 64 over the rows."""
    layers = keras.layers
    return keras.Sequential(
        [keras.Input(x.shape[1:]), layers.LSTM(64), layers.Dense(10, activation="softmax")]
    )


def mnist_cnn(keras: Any, x: Any) -> Any:
    """Two convolutions with dropout."""
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input(x.shape[1:]),
            layers.Reshape((28, 28, 1)),
            layers.Conv2D(32, 3, activation="relu"),
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Dropout(0.25),
            layers.Flatten(),
            layers.Dense(128, activation="relu"),
            layers.Dropout(0.5),
            layers.Dense(10, activation="softmax"),
        ]
    )


WORKS = {
    "mnist_mlp": Work(CONFIGS / "mnist_mlp.yaml", mnist_mlp, 0.32, 3, {}, "rmsprop"),
    "iris_mlp": Work(CONFIGS / "iris_mlp.yaml", iris_mlp, 0.05, 40),
    "mnist_lstm": Work(LSTM, mnist_lstm, 0.7, 3, {"training.limit.train_batches": 400}),
    "mnist_cnn": Work(
        CONFIGS / "mnist_cnn.yaml", mnist_cnn, 0.9, 4, {"training.limit.train_batches": 30}
    ),
}
