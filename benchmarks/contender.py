"""Train one work one way, and print the seconds that an epoch takes.

    python -m benchmarks.contender dlkit mnist_mlp

All ways see the same data in batches of the same size, and make the same number of updates
an epoch. Time goes from the end of the first epoch, which compiles, to the end of the last.

``fit`` is ``model.fit`` on numpy arrays. ``loop`` is what a person writes who knows how:
a compiled step with a gradient tape, called for every batch of a pipeline that shuffles
numbers of examples, gathers whole batches and works ahead. ``whole`` compiles that loop
over the batches too. All of them have their inputs scaled beforehand; dlkit scales within
the step.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from typing import Any

from benchmarks.works import CONFIGS, TRAIN_ONLY, WORKS, Work


def seconds_with_dlkit(work: Work) -> float:
    """Run the config through the public call; a mark is set at the end of every epoch."""
    import dlkit
    from dlkit.report.terminal import EpochTable

    marks: list[float] = []
    on_epoch = EpochTable.on_epoch

    def marking(table: EpochTable, row: Any) -> None:
        on_epoch(table, row)
        marks.append(time.perf_counter())

    EpochTable.on_epoch = marking  # type: ignore[method-assign]  # a mark from outside
    with tempfile.TemporaryDirectory() as output:
        dlkit.run(work.config, TRAIN_ONLY | dict(work.overrides), output=output)
    return pace(marks)


def pace(marks: list[float]) -> float:
    """Return the seconds an epoch from the times at which epochs ended."""
    return (marks[-1] - marks[0]) / (len(marks) - 1)


def by_hand(work: Work) -> tuple[Any, Any, Any, int]:
    """Return the compiled model, the scaled inputs, the labels and the size of a batch."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "1")
    import keras

    from dlkit.config.load import load_config
    from dlkit.data.files import search_places
    from dlkit.data.load import load_dataset

    config = load_config(work.config, TRAIN_ONLY).config
    train: Any = load_dataset(config, search_places(CONFIGS)).train
    keras.utils.set_random_seed(config.seed)
    size = config.training.batch_size
    batches = work.overrides.get("training.limit.train_batches")
    most = batches * size if batches else len(train.x)
    scale = 255.0 if train.x.max() > 100 else 1.0
    x, y = train.x[:most].astype("float32") / scale, train.y[:most]
    model = work.model(keras, x)
    loss = "sparse_categorical_crossentropy"
    model.compile(optimizer=work.optimizer, loss=loss, metrics=["accuracy"])
    return model, x, y, size


def seconds_with_fit(work: Work) -> float:
    """Train by Keras's own loop."""
    model, x, y, size = by_hand(work)
    import keras

    marks: list[float] = []
    note = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: marks.append(time.perf_counter())
    )
    model.fit(x, y, batch_size=size, epochs=work.epochs, verbose=0, callbacks=[note])
    return pace(marks)


def seconds_with_loop(work: Work, *, whole: bool = False) -> float:
    """Train by a compiled step of one's own; ``whole`` compiles all steps of an epoch."""
    model, x, y, size = by_hand(work)
    import keras
    import tensorflow as tf

    loss_of = keras.losses.SparseCategoricalCrossentropy()
    mean, accuracy = keras.metrics.Mean(), keras.metrics.SparseCategoricalAccuracy()
    optimizer = model.optimizer
    optimizer.build(model.trainable_variables)
    x, y = tf.constant(x), tf.constant(y)
    batches = (
        tf.data.Dataset.range(len(x))
        .shuffle(len(x))
        .batch(size)
        .map(
            lambda rows: (tf.gather(x, rows), tf.gather(y, rows)),
            num_parallel_calls=tf.data.AUTOTUNE,
        )
        .prefetch(tf.data.AUTOTUNE)
    )

    @tf.function(reduce_retracing=True)
    def step(inputs: Any, labels: Any) -> None:
        with tf.GradientTape() as tape:
            outputs = model(inputs, training=True)
            loss = loss_of(labels, outputs)
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
        mean.update_state(loss)
        accuracy.update_state(labels, outputs)

    def epoch() -> None:
        for inputs, labels in batches:
            step(inputs, labels)

    run = tf.function(epoch) if whole else epoch
    marks: list[float] = []
    history: list[tuple[float, float]] = []
    for _ in range(work.epochs):
        run()
        history.append((float(mean.result()), float(accuracy.result())))
        mean.reset_state()
        accuracy.reset_state()
        marks.append(time.perf_counter())
    return pace(marks)


WAYS = {
    "dlkit": seconds_with_dlkit,
    "fit": seconds_with_fit,
    "loop": seconds_with_loop,
    "whole": lambda work: seconds_with_loop(work, whole=True),
}


def main() -> None:
    """Measure what the command line names; the figure is the last line printed."""
    way, name = sys.argv[1:]
    print(f"\n{WAYS[way](WORKS[name]):.9f}")


if __name__ == "__main__":
    main()
