"""Steps are compiled once, and what XLA cannot compile is trained without it, or refused."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytestmark = pytest.mark.keras

keras = pytest.importorskip("keras")
tf = pytest.importorskip("tensorflow")

from dlkit.data.dataset import Split, Stream  # noqa: E402
from dlkit.errors import TrainingError  # noqa: E402
from dlkit.train.loops.evaluation import EvaluationLoop  # noqa: E402
from dlkit.train.loops.feed import Feed  # noqa: E402
from dlkit.train.loops.method import Method  # noqa: E402
from dlkit.train.loops.step import training_step  # noqa: E402
from dlkit.train.loops.tape import TapeLoop  # noqa: E402
from dlkit.train.plan import Stretch  # noqa: E402
from dlkit.train.trainer import Subject, train_model  # noqa: E402

BATCH = 8


def reads_text(labels: Any, outputs: Any) -> Any:
    """Squared error, by way of texts, for which XLA has no kernel."""
    written = tf.strings.to_number(tf.strings.as_string(labels))
    return keras.ops.mean((outputs - tf.reshape(written, tf.shape(labels))) ** 2, axis=-1)


def trained(bench: Callable[..., Any], wish: Any, batch_size: int = BATCH) -> Any:
    """Train one epoch with XLA, on a loss that it cannot compile."""
    made = bench(None, training={"epochs": 1, "xla": wish, "batch_size": batch_size})
    model = made.built.core
    model.compile(optimizer=keras.optimizers.SGD(0.01), loss=reads_text, jit_compile=False)
    model.optimizer.build(model.trainable_variables)
    method = Method("tape", True, "2,000 steps pay for compiling")
    subject = Subject(model, made.dataset, made.loaded.config, method)
    return train_model(subject, (), Silent())


class Silent:
    """An observer that does nothing."""

    def on_stage(self, *told: Any) -> None: ...

    def on_steps(self, *told: Any) -> None: ...

    def on_epoch(self, row: Any) -> None: ...


@pytest.mark.parametrize("batch_size", [BATCH, 64], ids=["six-batches", "more-than-there-are"])
def test_training_goes_on_without_xla_where_it_was_free_to(
    bench: Callable[..., Any], batch_size: int
) -> None:
    training = trained(bench, "auto", batch_size)
    assert training.method == Method("tape", False, "it cannot compile this model")
    assert np.isfinite(training.rows[0]["loss"])


def test_stages_that_freeze_layers_are_compiled_each_for_itself(
    bench: Callable[..., Any],
) -> None:
    dense = [{"Dense": {"name": name, "units": 1}} for name in ("base", "head")]
    stages = [{"epochs": 1}, {"epochs": 1, "trainable": {"base": False}}]
    training = {"xla": True, "stages": stages}
    _, done, _ = bench(stages, architecture={"layers": dense}, training=training).train()
    assert [row["stage"] for row in done.rows] == [1, 2]
    assert done.method.xla


def test_who_insists_is_told(bench: Callable[..., Any]) -> None:
    with pytest.raises(TrainingError) as caught:
        trained(bench, True)
    (problem,) = caught.value.problems
    assert problem.message.startswith("XLA cannot compile this training: ")
    assert "\n" not in problem.message
    assert problem.path == ("training", "xla")
    assert problem.hint == "Leave it out."


def line(examples: int) -> Split:
    x = np.random.default_rng(0).normal(size=(examples, 3)).astype("float32")
    return Split(x, x[:, :1])


def model() -> Any:
    made = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    made.compile(optimizer="sgd", loss="mse", metrics=["mae"], jit_compile=False)
    made.optimizer.build(made.trainable_variables)
    x = np.zeros((1, 3), "float32")
    training_step(made, keras.metrics.Mean(), x, x[:, :1])  # as proved before every training
    return made


def stream(split: Split) -> Stream:
    def blocks() -> Any:
        return iter([split])

    return Stream(len(split), blocks, split.take, 1, 20)


def run_epochs(loop: TapeLoop, first: int, last: int) -> None:
    """Run epochs that are whole, begin late or end early, with calls of several lengths."""
    for epoch in range(first, last):
        loop._steps_per_call = 1 + epoch % 4
        stretch = Stretch(epoch, epoch % 2, 6 - epoch % 3)
        loop.run_epoch(epoch, [stretch, Stretch(epoch, 0, 6)], lambda done: None)


def traces(loop: Any) -> dict[str, int]:
    functions = {name: getattr(loop, name, None) for name in ("_many", "_measure", "_rest")}
    return {
        name: function.experimental_get_tracing_count()
        for name, function in functions.items()
        if function is not None
    }


@pytest.mark.parametrize("xla", [False, True], ids=["plain", "xla"])
def test_steps_are_traced_once(xla: bool) -> None:
    loop = TapeLoop(model(), Feed(line(44), BATCH), BATCH, 0, None, xla=xla)
    run_epochs(loop, 0, 9)
    assert traces(loop) == {"_many": 1, "_rest": 1}


def test_blocks_from_the_disk_are_traced_in_the_first_epoch_alone() -> None:
    # Blocks of 16, 16 and 12 examples: their number is left open from the third on.
    loop = TapeLoop(model(), Feed(stream(line(44)), BATCH), BATCH, 0, None)
    run_epochs(loop, 0, 2)
    before = traces(loop)
    run_epochs(loop, 2, 9)
    assert traces(loop) == before
    assert before["_many"] <= 2


def test_validation_is_traced_once() -> None:
    loop = EvaluationLoop(model(), line(600), BATCH)
    for _ in range(4):
        loop.measure()
    assert traces(loop) == {"_measure": 1, "_rest": 1}


PROGRAM = """
import tensorflow as tf
from tests.train.loops.test_xla import TapeLoop, Feed, line, model, run_epochs, BATCH
run_epochs(TapeLoop(model(), Feed(line(44), BATCH), BATCH, 0, None, xla=True), 0, 9)

@tf.function(jit_compile=True)
def between(first, last):
    return tf.reduce_sum(tf.range(first, last))

for last in (3, 4, 5):
    between(tf.constant(0), tf.constant(last))
"""
"""Trains with XLA; then the negative control, which it compiles for every pair of bounds."""


def test_xla_compiles_once() -> None:
    noted = {"TF_CPP_MIN_LOG_LEVEL": "0", "TF_CPP_VMODULE": "device_compilation_profiler=1"}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={**os.environ, **noted},
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    counts: dict[str, int] = {}
    for name, count in re.findall(r"Compiled __inference_(\w+?)_\d+ (\d+) times", done.stderr):
        counts[name] = max(counts.get(name, 0), int(count))
    assert counts == {"_run_many": 1, "_run_one": 1, "between": 3}
