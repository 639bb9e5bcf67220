"""A model written in YAML and the same in plain Keras: what it takes to call them equal."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

Inputs = np.ndarray | dict[str, np.ndarray]

ROWS = 10

Written = Callable[..., Any]
Same = Callable[..., Any]


@pytest.fixture
def numbers() -> Callable[..., np.ndarray]:
    """Return a function that draws inputs of a shape."""

    def draw(*shape: int, seed: int = 0) -> np.ndarray:
        return np.random.default_rng(seed).normal(size=(ROWS, *shape)).astype("float32")

    return draw


@pytest.fixture
def words() -> Callable[..., np.ndarray]:
    """Return a function that draws the numbers of words: texts, padded with zeros or not."""

    def draw(steps: int, size: int, *, padded: bool = False, seed: int = 0) -> np.ndarray:
        generator = np.random.default_rng(seed)
        found = generator.integers(1, size, (ROWS, steps))
        lengths = generator.integers(1, steps + 1, (ROWS, 1))
        lengths[:2] = [[1], [steps]]
        return np.where(np.arange(steps) < lengths, found, 0) if padded else found

    return draw


@pytest.fixture
def written(tmp_path: Path) -> Written:
    """Return a function that builds the model of a YAML text for inputs."""

    def build(text: str, inputs: Inputs) -> Any:
        from dlkit.config.load import load_config
        from dlkit.data.load import load_dataset
        from dlkit.model.graph import build_model
        from dlkit.model.inputs import open_entrance

        arrays = inputs if isinstance(inputs, dict) else {"x": inputs}
        np.savez(tmp_path / "data.npz", **arrays, y=np.arange(ROWS) % 2)
        named = f", inputs: [{', '.join(arrays)}]" if isinstance(inputs, dict) else ""
        source = f"dataset: {{source: {{arrays: {{path: data.npz{named}}}}}}}\n"
        text = textwrap.dedent(text)
        loss = "" if "\noutputs:" in text else "loss: mse\n"
        (tmp_path / "known.yaml").write_text(source + loss + text)
        config = load_config(tmp_path / "known.yaml").config
        dataset = load_dataset(config, [tmp_path])
        layers = config.architecture.layers
        entrance = open_entrance(dataset, [entry.name for entry in layers])
        return build_model(layers, dataset, entrance, config.name, tuple(config.outputs))

    return build


@pytest.fixture
def same(written: Written, tmp_path: Path) -> Same:
    """Return a function that proves a YAML text and a plain model to be the same model.

    They have the same numbers of weights, output shapes and layers, and with the same
    weights they compute the same, as they predict and, unless they draw, as they train.
    """

    def compare(
        text: str, plain: Any, inputs: Inputs, *, draws: bool = False, saved: bool = False
    ) -> Any:
        import keras

        model = written(text, inputs).model
        assert sizes(model) == sizes(plain)
        assert model.output_shape == plain.output_shape
        assert [described(one) for one in layers_of(model)] == [
            described(one) for one in layers_of(plain)
        ]
        model.set_weights(other_weights(model.get_weights()))
        plain.set_weights(model.get_weights())
        for training in (False,) if draws else (False, True):
            equal(call(model, inputs, training), call(plain, inputs, training))
        if saved:
            model.save(tmp_path / "known.keras")
            again = keras.saving.load_model(tmp_path / "known.keras")
            equal(call(again, inputs, False), call(plain, inputs, False))
        return model

    return compare


def sizes(model: Any) -> tuple[int, int, int]:
    """Return how many weights a model has, how many are trained, and how many are not."""
    trained = sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)
    frozen = sum(int(np.prod(weight.shape)) for weight in model.non_trainable_weights)
    return model.count_params(), trained, frozen


def layers_of(model: Any) -> Iterator[Any]:
    """Yield the layers of a model and of those inside it, in the order of the graph."""
    import keras

    for layer in model.layers:
        if isinstance(layer, keras.Model):
            yield from layers_of(layer)
        elif not isinstance(layer, keras.layers.InputLayer):
            yield layer
            inner = getattr(layer, "layer", None)
            if isinstance(inner, keras.Model):
                yield from layers_of(inner)


def described(layer: Any) -> tuple[str, Any]:
    """Return a layer's class and its config, without names and types of numbers."""
    import keras

    config = layer.get_config()
    if isinstance(getattr(layer, "layer", None), keras.Model):
        del config["layer"]  # its layers follow
    return type(layer).__name__, plain_config(config)


def plain_config(value: Any) -> Any:
    if isinstance(value, dict):
        unlike = ("name", "dtype", "registered_name", "build_config", "shared_object_id")
        return {key: plain_config(one) for key, one in value.items() if key not in unlike}
    if isinstance(value, (list, tuple)):
        return [plain_config(one) for one in value]
    return value


def other_weights(weights: list[np.ndarray]) -> list[np.ndarray]:
    """Return weights that no initializer gives: no zeros, and variances above zero."""
    draw = np.random.default_rng(1)
    return [
        draw.uniform(0.5, 1.5, one.shape)
        if one.ndim < 2
        else one + draw.normal(0, 0.05, one.shape)
        for one in weights
    ]


def call(model: Any, inputs: Inputs, training: bool) -> Any:
    """Return what a model makes of inputs; several ones have the names of its inputs."""
    import keras

    one = isinstance(inputs, np.ndarray)
    named = {key: array.astype("float32") for key, array in ({} if one else inputs).items()}
    taken = inputs.astype("float32") if one else named
    if not one and not isinstance(model.input, Mapping):
        taken = [named[tensor.name] for tensor in model.inputs]
    return keras.tree.map_structure(np.asarray, model(taken, training=training))


def equal(ours: Any, theirs: Any) -> None:
    import keras

    assert keras.tree.flatten(ours)
    for left, right in zip(keras.tree.flatten(ours), keras.tree.flatten(theirs), strict=True):
        assert np.isfinite(right).all()
        assert np.ptp(right) > 0
        np.testing.assert_allclose(left, right, rtol=1e-6, atol=1e-6)
