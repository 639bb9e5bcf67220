"""Perceptrons and the first convolutional networks, written both ways."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

pytestmark = pytest.mark.keras

keras = pytest.importorskip("keras")

from keras import layers  # noqa: E402


def test_perceptron_of_two_hidden_layers(same: Any, numbers: Any) -> None:
    """Chollet, Deep Learning with Python: movie reviews by two layers of 16."""
    text = """
    architecture:
      layers:
        - Dense: {units: 16, activation: relu, repeat: 2}
        - Dense: {units: 1, activation: sigmoid}
    """
    plain = keras.Sequential(
        [
            keras.Input((20,)),
            layers.Dense(16, activation="relu"),
            layers.Dense(16, activation="relu"),
            layers.Dense(1, activation="sigmoid"),
        ]
    )
    model = same(text, plain, numbers(20), saved=True)
    assert isinstance(model, keras.Sequential)
    assert model.count_params() == (20 * 16 + 16) + (16 * 16 + 16) + (16 + 1)


def test_lenet_5(same: Any, numbers: Any) -> None:
    """LeCun et al. 1998, with the subsampling as plain average pooling."""
    text = """
    architecture:
      defaults: {Conv2D: {activation: tanh}, Dense: {activation: tanh}}
      layers:
        - Conv2D: {filters: 6, kernel_size: 5, padding: same}
        - AveragePooling2D: 2
        - Conv2D: [16, 5]
        - AveragePooling2D: 2
        - Flatten
        - Dense: 120
        - Dense: 84
        - Dense: {units: 10, activation: softmax}
    """
    plain = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(6, 5, padding="same", activation="tanh"),
            layers.AveragePooling2D(2),
            layers.Conv2D(16, 5, activation="tanh"),
            layers.AveragePooling2D(2),
            layers.Flatten(),
            layers.Dense(120, activation="tanh"),
            layers.Dense(84, activation="tanh"),
            layers.Dense(10, activation="softmax"),
        ]
    )
    assert same(text, plain, numbers(28, 28, 1)).count_params() == 61_706


def test_alexnet_in_small(same: Any, numbers: Any) -> None:
    """Krizhevsky et al. 2012: overlapping pooling, three convolutions in a row, dropout."""
    text = """
    architecture:
      defaults: {Conv2D: {activation: relu, padding: same}}
      blocks:
        head:
          parameters: {units:}
          layers:
            - Dense: {units: "${units}", activation: relu}
            - Dropout: 0.5
      layers:
        - Conv2D: {filters: 12, kernel_size: 5, strides: 2}
        - MaxPooling2D: {pool_size: 3, strides: 2}
        - Conv2D: [16, 3]
        - MaxPooling2D: {pool_size: 3, strides: 2}
        - Conv2D: {filters: 24, kernel_size: 3, repeat: 2}
        - Conv2D: [16, 3]
        - MaxPooling2D: {pool_size: 3, strides: 2, padding: same}
        - Flatten
        - head: {units: 32, repeat: 2}
        - Dense: {units: 10, activation: softmax}
    """

    def convolution(filters: int, size: int, **others: Any) -> Any:
        return layers.Conv2D(filters, size, padding="same", activation="relu", **others)

    plain = keras.Sequential(
        [
            keras.Input((32, 32, 3)),
            convolution(12, 5, strides=2),
            layers.MaxPooling2D(3, 2),
            convolution(16, 3),
            layers.MaxPooling2D(3, 2),
            convolution(24, 3),
            convolution(24, 3),
            convolution(16, 3),
            layers.MaxPooling2D(3, 2, padding="same"),
            layers.Flatten(),
            layers.Dense(32, activation="relu"),
            layers.Dropout(0.5),
            layers.Dense(32, activation="relu"),
            layers.Dropout(0.5),
            layers.Dense(10, activation="softmax"),
        ]
    )
    same(text, plain, numbers(32, 32, 3), draws=True)


def test_frozen_vgg16_under_a_new_head(written: Any) -> None:
    """Transfer at 224x224x3; the weights of both are drawn, not those of ImageNet."""
    text = """
    architecture:
      layers:
        - VGG16: {include_top: false, weights: none, trainable: false}
        - Flatten
        - Dense: {units: 512, activation: relu}
        - Dense: {units: 10, activation: softmax}
    """
    vgg16 = keras.applications.vgg16
    base = vgg16.VGG16(include_top=False, weights=None, input_shape=(224, 224, 3))
    base.trainable = False
    start = keras.Input((224, 224, 3))
    features = layers.Flatten()(base(vgg16.preprocess_input(start)))
    hidden = layers.Dense(512, activation="relu")(features)
    plain = keras.Model(start, layers.Dense(10, activation="softmax")(hidden))

    pixels = np.random.default_rng(0).integers(0, 256, (10, 224, 224, 3), "uint8")
    model = written(text, pixels).model
    for one in (model, plain):
        trained, frozen = (
            sum(int(np.prod(weight.shape)) for weight in weights)
            for weights in (one.trainable_weights, one.non_trainable_weights)
        )
        assert (one.count_params(), trained, frozen) == (27_565_386, 12_850_698, 14_714_688)
        assert one.output_shape == (None, 10)
    plain.set_weights(model.get_weights())
    x = pixels[:2].astype("float32")
    np.testing.assert_allclose(model(x), plain(x), rtol=1e-6, atol=1e-6)


def test_maxout(same: Any, numbers: Any) -> None:
    """Goodfellow et al. 2013: a unit is the largest of two linear ones."""
    text = """
    architecture:
      blocks:
        maxout:
          parameters: {units:}
          layers:
            - Dense: {name: a, units: "${units}"}
            - Dense: {name: b, units: "${units}", from: input}
            - Maximum: {from: [a, b]}
      layers:
        - maxout: {units: 8, repeat: 2}
        - Dense: 1
    """

    def maxout(x: Any) -> Any:
        return layers.Maximum()([layers.Dense(8)(x), layers.Dense(8)(x)])

    start = keras.Input((5,))
    plain = keras.Model(start, layers.Dense(1)(maxout(maxout(start))))
    same(text, plain, numbers(5))


def test_highway(same: Any, numbers: Any) -> None:
    """Srivastava et al. 2015: t * h + (1 - t) * x, the gate closed at first."""
    text = """
    architecture:
      blocks:
        highway:
          parameters: {units:}
          layers:
            - Dense: {name: h, units: "${units}", activation: relu}
            - Dense:
                name: gate
                units: "${units}"
                activation: sigmoid
                bias_initializer: {Constant: -2}
                from: input
            - Rescaling: {name: carry, scale: -1, offset: 1}
            - Multiply: {name: new, from: [gate, h]}
            - Multiply: {name: old, from: [carry, input]}
            - Add: {from: [new, old]}
      layers:
        - Dense: 6
        - highway: {units: 6, repeat: 3}
        - Dense: {units: 1, activation: sigmoid}
    """

    def highway(x: Any) -> Any:
        h = layers.Dense(6, activation="relu")(x)
        closed = keras.initializers.Constant(-2)
        gate = layers.Dense(6, activation="sigmoid", bias_initializer=closed)(x)
        carry = layers.Rescaling(-1, 1)(gate)
        return layers.Add()([layers.Multiply()([gate, h]), layers.Multiply()([carry, x])])

    start = keras.Input((4,))
    tensor = layers.Dense(6)(start)
    for _ in range(3):
        tensor = highway(tensor)
    plain = keras.Model(start, layers.Dense(1, activation="sigmoid")(tensor))
    same(text, plain, numbers(4), saved=True)
