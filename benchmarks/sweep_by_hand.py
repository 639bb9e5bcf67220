"""What a person would write in the place of a sweep over iris.

    python -m benchmarks.sweep_by_hand FOLDER      all 24 points, in a loop
    python -m benchmarks.sweep_by_hand FOLDER 7    one of them, as a script of its own

The same data, models, points and 50 epochs as the sweep has; of each point the history, the
model and its answers for the test examples are kept, the table goes to the output.
"""

from __future__ import annotations

import csv
import itertools
import os
import sys
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import numpy as np
from sklearn.datasets import load_iris
from sklearn.model_selection import train_test_split

POINTS = [
    *itertools.product(["SGD", "Adam"], [0.001, 0.003, 0.01, 0.03], [4, 8, 16]),
]
"""The optimizer, its learning rate, and the units of the first layer."""


def train(point: tuple[str, float, int], data: Any, folder: Path) -> float:
    """Train one model, and return the validation accuracy of its best epoch."""
    (x, y), validation, test = data
    optimizer, rate, units = point
    keras.backend.clear_session()
    keras.utils.set_random_seed(0)
    normalization = keras.layers.Normalization()
    normalization.adapt(x)
    model = keras.Sequential(
        [
            keras.Input((4,)),
            normalization,
            keras.layers.Dense(units, activation="relu"),
            keras.layers.Dense(10, activation="relu"),
            keras.layers.Dense(3, activation="softmax"),
        ]
    )
    model.compile(
        optimizer=getattr(keras.optimizers, optimizer)(learning_rate=rate),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    fitted = model.fit(x, y, epochs=50, batch_size=5, validation_data=validation, verbose=0)
    best = max(fitted.history["val_accuracy"])
    keep(model, fitted.history, test, folder)
    return float(best)


def keep(model: Any, history: dict[str, list[float]], test: Any, folder: Path) -> None:
    """Test a model, and write what is kept of its training."""
    folder.mkdir()
    loss, accuracy = model.evaluate(*test, verbose=0)
    np.savetxt(folder / "predictions.csv", model.predict(test[0], verbose=0), delimiter=",")
    (folder / "metrics.txt").write_text(f"loss {loss}, accuracy {accuracy}\n")
    model.save(folder / "model.keras")
    with (folder / "history.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(history)
        writer.writerows(zip(*history.values(), strict=True))


def main() -> None:
    """Train what the command line names, and print what came of it."""
    iris = load_iris()
    x, x_test, y, y_test = train_test_split(
        iris.data.astype("float32"), iris.target, test_size=45, random_state=0
    )
    x, x_validation, y, y_validation = train_test_split(x, y, test_size=21, random_state=0)
    data = (x, y), (x_validation, y_validation), (x_test, y_test)
    folder = Path(sys.argv[1])
    for number in map(int, sys.argv[2:] or range(len(POINTS))):
        best = train(POINTS[number], data, folder / f"point_{number}")
        print(*POINTS[number], f"{best:.4f}", flush=True)


if __name__ == "__main__":
    main()
