"""What a person would write in the place of ``configs/iris_mlp.yaml``.

    python -m benchmarks.iris_by_hand FOLDER

The same data, model and 100 epochs; history, model, pictures and a report in a folder.
"""

from __future__ import annotations

import csv
import os
import sys
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import matplotlib as mpl
from sklearn.datasets import load_iris
from sklearn.metrics import ConfusionMatrixDisplay, classification_report
from sklearn.model_selection import train_test_split

mpl.use("Agg")

import matplotlib.pyplot as plt  # after its backend was chosen


def main() -> None:
    """Train, evaluate, save, draw."""
    folder = Path(sys.argv[1])
    keras.utils.set_random_seed(0)
    iris = load_iris()
    x_train, x_test, y_train, y_test = train_test_split(
        iris.data.astype("float32"), iris.target, test_size=0.3, random_state=0
    )
    normalization = keras.layers.Normalization()
    normalization.adapt(x_train)
    model = keras.Sequential(
        [
            keras.Input((4,)),
            normalization,
            keras.layers.Dense(10, activation="relu"),
            keras.layers.Dense(10, activation="relu"),
            keras.layers.Dense(3, activation="softmax"),
        ]
    )
    model.compile(
        optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"]
    )
    history = model.fit(x_train, y_train, epochs=100, batch_size=5, verbose=0).history
    loss, accuracy = model.evaluate(x_test, y_test, verbose=0)
    predicted = model.predict(x_test, verbose=0).argmax(axis=1)
    model.save(folder / "model.keras")

    with (folder / "history.csv").open("w") as file:
        writer = csv.writer(file)
        writer.writerow(history)
        writer.writerows(zip(*history.values(), strict=True))
    for name, values in history.items():
        plt.figure()
        plt.plot(values)
        plt.xlabel("epoch")
        plt.ylabel(name)
        plt.savefig(folder / f"{name}.png")
    names = list(iris.target_names)
    ConfusionMatrixDisplay.from_predictions(y_test, predicted, display_labels=names)
    plt.savefig(folder / "confusion.png")
    report = classification_report(y_test, predicted, target_names=names)
    (folder / "report.txt").write_text(f"loss {loss:.4f}, accuracy {accuracy:.4f}\n{report}")
    print(report)


if __name__ == "__main__":
    main()
