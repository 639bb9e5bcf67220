"""Layers that compute in 16 bits: as plain Keras does under the same policy."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import dlkit
from dlkit.config.load import load_config
from tests.nightly import by_night

pytestmark = [pytest.mark.keras, pytest.mark.usefixtures("unpictured")]

keras = pytest.importorskip("keras")
tf = pytest.importorskip("tensorflow")

EPOCHS, BATCH = 2, 32


def config(precision: str = "mixed_float16", **training: Any) -> dict[str, Any]:
    return {
        "name": "half",
        "dataset": {"source": "iris", "validation": 0},
        "architecture": {
            "layers": [
                "Normalization",
                {"Dense": {"name": "hidden", "units": 16, "activation": "relu"}},
                {"Dense": {"name": "exact", "units": 8, "dtype": "float32"}},
                {"Dense": {"name": "out", "units": 3, "activation": "softmax"}},
            ]
        },
        "loss": "sparse_categorical_crossentropy",
        "metrics": ["accuracy"],
        "optimizer": {"Adam": {"learning_rate": 0.01}},
        "training": {"epochs": EPOCHS, "batch_size": BATCH, "precision": precision, **training},
    }


def in_plain_keras(result: Any, policy: str, **optimizer: Any) -> tuple[Any, list[float]]:
    """Train the model that a run began with by hand, and return it with its losses."""
    from dlkit.data.load import load_dataset
    from dlkit.data.order import epoch_order
    from dlkit.preparation import prepare

    loaded = load_config(result.folder.resolved)
    prepared = prepare(loaded, load_dataset(loaded.config, ()), None)
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        model = keras.Sequential(
            [
                keras.Input((4,)),
                keras.layers.Dense(16, activation="relu"),
                keras.layers.Dense(8, dtype="float32"),
                keras.layers.Dense(3, activation="softmax", dtype="float32"),
            ]
        )
    finally:
        keras.config.set_dtype_policy(before)
    model.set_weights(prepared.built.core.get_weights())
    model.compile(keras.optimizers.Adam(0.01, **optimizer), "sparse_categorical_crossentropy")
    train = prepared.dataset.train
    losses = []
    for epoch in range(EPOCHS):
        order = epoch_order(len(train), loaded.config.seed, epoch)
        x, y = np.asarray(train.x)[order], np.asarray(train.y)[order]
        fitted = model.fit(x, y, batch_size=BATCH, shuffle=False, verbose=0)
        losses.append(fitted.history["loss"][0])
    return model, losses


@pytest.mark.parametrize(
    "precision", by_night(["mixed_float16", "mixed_bfloat16"], ["mixed_bfloat16"])
)
def test_equals_plain_keras(tmp_path: Path, precision: str) -> None:
    clipped = {"clipnorm": 0.05, "gradient_accumulation_steps": 2}
    given = config(precision)
    given["optimizer"] = {"Adam": {"learning_rate": 0.01, **clipped}}
    result = dlkit.run(given, output=tmp_path)
    assert keras.config.dtype_policy().name == "float32"  # put back
    model, losses = in_plain_keras(result, precision, **clipped)
    scales = isinstance(model.optimizer, keras.optimizers.LossScaleOptimizer)
    assert scales == (precision == "mixed_float16")
    assert [row["loss"] for row in result.rows] == pytest.approx(losses, rel=1e-3)
    by_layer = {layer.name: layer for layer in result.model.layers}
    hers = [
        array for name in ("hidden", "exact", "out") for array in by_layer[name].get_weights()
    ]
    for ours, theirs in zip(hers, model.get_weights(), strict=True):
        assert ours.dtype == np.float32
        np.testing.assert_allclose(ours, theirs, atol=1e-3)
    full = dlkit.run(given, {"training.precision": "float32"}, output=tmp_path)
    assert result.rows[-1]["loss"] != full.rows[-1]["loss"]  # it did compute otherwise


def test_exported_model_is_plain_keras(
    tmp_path: Path, recwarn: pytest.WarningsRecorder
) -> None:
    result = dlkit.run(config(), output=tmp_path)
    assert not [w for w in recwarn if "loading for optimizer" in str(w.message)]
    model = keras.saving.load_model(result.folder.model)
    assert not [w for w in recwarn if "loading for optimizer" in str(w.message)]
    kinds = {layer.name: layer.compute_dtype for layer in model.layers}
    assert kinds["hidden"] == "float16"
    assert [kinds[name] for name in kinds if name != "hidden"] == ["float32"] * 3
    assert {weight.dtype for weight in model.trainable_weights} == {"float32"}
    assert isinstance(model.optimizer, keras.optimizers.LossScaleOptimizer)
    answers = model.predict(np.ones((2, 4), np.float32), verbose=0)
    assert answers.dtype == np.float32
    rows = pd.read_csv(result.folder.predictions)
    chances = rows.filter(like="p(").to_numpy(np.float64)
    assert chances.sum(axis=1) == pytest.approx(np.ones(len(rows)), abs=1e-6)  # no 16 bits
    assert json.loads(result.folder.environment.read_text())["deterministic"] is True


def test_scale_of_the_loss_is_kept(tmp_path: Path) -> None:
    """Too large a scale is halved until gradients are finite: a run that goes on knows it."""
    from dlkit.train.state.variables import named, read

    result = dlkit.run(config(), output=tmp_path)
    kept = read(named({"optimizer": result.model.optimizer.variables}))
    scales = [value for name, value in kept.items() if name.endswith("dynamic_scale")]
    assert [float(scale) for scale in scales] == [2.0**15]


def test_whole_as_output_and_activity_loss(tmp_path: Path) -> None:
    """An inner model's output is made float32, and a layer that adds a loss has it too."""
    inner = [{"Dense": {"units": 3, "activation": "softmax"}}]
    given = config()
    given["architecture"]["layers"] = [
        {"Dense": {"name": "penal", "units": 8, "activity_regularizer": {"L2": 0.01}}},
        {"Dense": {"name": "hidden", "units": 8, "activation": "relu"}},
        {"Model": {"name": "last", "layers": inner}},
    ]
    model = dlkit.run(given, output=tmp_path).model
    kinds = {layer.name: layer.compute_dtype for layer in model.layers}
    assert (kinds["penal"], kinds["hidden"]) == ("float32", "float16")
    assert model.predict(np.ones((2, 4), np.float32), verbose=0).dtype == np.float32
    assert model.get_layer("last").layers[-1].compute_dtype == "float16"


def test_policy_is_put_back_after_a_failure(tmp_path: Path) -> None:
    given = config()
    given["architecture"]["layers"][1] = {"Conv2D": {"filters": 2, "kernel_size": 3}}
    with pytest.raises(dlkit.ModelError):
        dlkit.run(given, output=tmp_path)
    assert keras.config.dtype_policy().name == "float32"


def test_float16_without_a_gpu_is_told(tmp_path: Path) -> None:
    if tf.config.list_physical_devices("GPU"):
        pytest.skip("there is a GPU")
    told = [str(warning) for warning in dlkit.check(config(), output=tmp_path).warnings]
    (line,) = told
    assert line.endswith(
        "warning: training.precision: without a GPU, mixed_float16 is slower than float32,"
        " and may overflow. Leave it out."
    )
    assert not dlkit.check(config("mixed_bfloat16"), output=tmp_path).warnings
    assert not dlkit.check(config(), static=True).warnings
