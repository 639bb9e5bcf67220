"""Train one experiment one way and print the seconds an epoch takes.

    python -m benchmarks.contender dlkit mnist_mlp 5
    python -m benchmarks.contender keras mnist_mlp 5

Both ways see the same data in the same batches and make the same number of updates. The
first epoch, which compiles, is left out. ``keras`` is what a person writes by hand:
``model.fit`` on numpy arrays, scaled beforehand.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

CONFIGS = Path(__file__).parent.parent / "configs"

TRAIN_ONLY = {"dataset.validation": 0, "regularization": {}}
"""Nothing but training: neither way validates or stops early."""


def seconds_with_dlkit(name: str, epochs: int) -> float:
    """Run the shipped config through the public call and read its own records."""
    import dlkit

    overrides = TRAIN_ONLY | {"training.epochs": epochs + 1}
    with tempfile.TemporaryDirectory() as output:
        result = dlkit.run(CONFIGS / f"{name}.yaml", overrides, output=output)
        total = json.loads(result.folder.metrics.read_text("utf-8"))["seconds"]
    return float(total - result.rows[0]["seconds"]) / epochs


def seconds_with_keras(name: str, epochs: int) -> float:
    """Train the same model by hand."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "1")
    import keras

    from dlkit.config.load import load_config
    from dlkit.data.files import search_places
    from dlkit.data.load import load_dataset

    config = load_config(CONFIGS / f"{name}.yaml", TRAIN_ONLY).config
    train = load_dataset(config, search_places(CONFIGS)).train
    keras.utils.set_random_seed(config.seed)
    scale = 255.0 if train.x.max() > 100 else 1.0
    x = train.x.astype("float32") / scale
    model = MODELS[name](keras, x)
    optimizer = {"mnist_mlp": "rmsprop"}.get(name, "adam")
    loss = "sparse_categorical_crossentropy"
    model.compile(optimizer=optimizer, loss=loss, metrics=["accuracy"])
    size = config.training.batch_size
    model.fit(x, train.y, batch_size=size, epochs=1, verbose=0)
    started = time.perf_counter()
    model.fit(x, train.y, batch_size=size, epochs=epochs, verbose=0)
    return (time.perf_counter() - started) / epochs


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


MODELS: dict[str, Callable[[Any, Any], Any]] = {
    "mnist_mlp": mnist_mlp,
    "mnist_cnn": mnist_cnn,
    "iris_mlp": iris_mlp,
}

WAYS = {"dlkit": seconds_with_dlkit, "keras": seconds_with_keras}


def main() -> None:
    """Measure what the command line names; the figure is the last line printed."""
    way, name, epochs = sys.argv[1], sys.argv[2], int(sys.argv[3])
    print(f"\n{WAYS[way](name, epochs):.9f}")


if __name__ == "__main__":
    main()
