"""Models that read or give several things, and layers called more than once."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

pytestmark = pytest.mark.keras

keras = pytest.importorskip("keras")

from keras import layers  # noqa: E402


def test_wide_and_deep(same: Any, numbers: Any) -> None:
    """Cheng et al. 2016: some columns go straight to the end, others through layers."""
    text = """
    architecture:
      layers:
        - Dense: {units: 30, activation: relu, from: deep, repeat: 2, name: hidden}
        - Concatenate: {from: [wide, hidden]}
        - Dense: 1
    """
    deep, wide = keras.Input((6,), name="deep"), keras.Input((5,), name="wide")
    hidden = layers.Dense(30, activation="relu")(layers.Dense(30, activation="relu")(deep))
    end = layers.Dense(1)(layers.Concatenate()([wide, hidden]))
    plain = keras.Model([deep, wide], end)
    same(text, plain, {"deep": numbers(6), "wide": numbers(5, seed=1)}, saved=True)


def test_auxiliary_output(same: Any, numbers: Any) -> None:
    """Géron, Hands-On Machine Learning: the deep part must foretell by itself as well."""
    text = """
    architecture:
      layers:
        - Dense: {name: hidden, units: 30, activation: relu, from: deep, repeat: 2}
        - Concatenate: {from: [wide, hidden]}
        - Dense: {name: main, units: 1}
        - Dense: {name: auxiliary, units: 1, from: hidden}
    outputs:
      main: {loss: mse, metrics: [mae]}
      auxiliary: {loss: mse, weight: 0.1}
    """
    deep, wide = keras.Input((6,), name="deep"), keras.Input((5,), name="wide")
    hidden = layers.Dense(30, activation="relu")(layers.Dense(30, activation="relu")(deep))
    main = layers.Dense(1)(layers.Concatenate()([wide, hidden]))
    outputs = {"main": main, "auxiliary": layers.Dense(1)(hidden)}
    plain = keras.Model([deep, wide], outputs)
    same(text, plain, {"deep": numbers(6), "wide": numbers(5, seed=1)}, saved=True)


def test_two_heads(same: Any, numbers: Any) -> None:
    """One trunk tells what is in a picture, and where."""
    text = """
    architecture:
      layers:
        - Conv2D: {filters: 4, kernel_size: 3, activation: relu}
        - GlobalAveragePooling2D: {name: features}
        - Dense: {name: what, units: 2, activation: softmax}
        - Dense: {units: 8, activation: relu, from: features}
        - Dense: {name: where, units: 1}
    outputs:
      what: {loss: sparse_categorical_crossentropy, metrics: [accuracy]}
      where: {loss: huber, weight: 0.5}
    """
    start = keras.Input((8, 8, 3))
    features = layers.Conv2D(4, 3, activation="relu")(start)
    features = layers.GlobalAveragePooling2D()(features)
    where = layers.Dense(1)(layers.Dense(8, activation="relu")(features))
    outputs = {"what": layers.Dense(2, activation="softmax")(features), "where": where}
    same(text, keras.Model(start, outputs), numbers(8, 8, 3), saved=True)


TOWER = """
        - Model:
            name: tower
            layers:
              - Conv2D: {filters: 4, kernel_size: 3, activation: relu}
              - MaxPooling2D: 2
              - Flatten
              - Dense: {units: 5, activation: sigmoid}
"""


def tower() -> Any:
    return keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(4, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(5, activation="sigmoid"),
        ]
    )


def test_siamese_pair_by_a_shared_model(same: Any, numbers: Any) -> None:
    """Koch et al. 2015: one network for both, then the distance in every feature."""
    text = f"""
    architecture:
      layers:{TOWER}            from: left
        - Shared: {{layer: tower, name: other, from: right}}
        - Subtract: {{name: difference, from: [tower, other]}}
        - Rescaling: {{scale: -1, name: negative}}
        - Maximum: {{from: [difference, negative]}}
        - Dense: {{units: 1, activation: sigmoid}}
    """
    left, right = keras.Input((8, 8, 1), name="left"), keras.Input((8, 8, 1), name="right")
    model = tower()
    difference = layers.Subtract()([model(left), model(right)])
    distance = layers.Maximum()([difference, layers.Rescaling(-1)(difference)])
    plain = keras.Model([left, right], layers.Dense(1, activation="sigmoid")(distance))
    given = {"left": numbers(8, 8, 1), "right": numbers(8, 8, 1, seed=1)}
    model = same(text, plain, given, saved=True)
    alike = model({"left": given["left"], "right": given["left"]}).numpy()
    np.testing.assert_allclose(alike, alike[0, 0])  # of two alike only the bias is left


def test_siamese_pair_by_shared_layers(same: Any, numbers: Any) -> None:
    text = """
    architecture:
      layers:
        - Dense: {name: first, units: 6, activation: relu, from: left}
        - Dense: {name: second, units: 4}
        - Shared: {layer: first, from: right}
        - Shared: {layer: second, name: other}
        - Dot: {axes: 1, normalize: true, from: [second, other]}
    """
    left, right = keras.Input((5,), name="left"), keras.Input((5,), name="right")
    first, second = layers.Dense(6, activation="relu"), layers.Dense(4)
    cosine = layers.Dot(1, normalize=True)([second(first(left)), second(first(right))])
    plain = keras.Model([left, right], cosine)
    same(text, plain, {"left": numbers(5), "right": numbers(5, seed=1)})


def test_triplet_with_three_inputs(same: Any, numbers: Any) -> None:
    """Schroff et al. 2015: nearer to one of its kind than to another, by squared distance."""
    text = f"""
    architecture:
      blocks:
        apart:
          inputs: [a, b]
          layers:
            - Subtract: {{name: difference, from: [a, b]}}
            - Dot: {{axes: 1, from: [difference, difference]}}
      layers:{TOWER}            from: anchor
        - Shared: {{layer: tower, name: alike, from: positive}}
        - Shared: {{layer: tower, name: unlike, from: negative}}
        - apart: {{name: near, from: [tower, alike]}}
        - apart: {{name: far, from: [tower, unlike]}}
        - Subtract: {{from: [near, far]}}
    """
    starts = [keras.Input((8, 8, 1), name=key) for key in ("anchor", "negative", "positive")]
    model = tower()
    anchor, negative, positive = (model(start) for start in starts)

    def apart(a: Any, b: Any) -> Any:
        difference = layers.Subtract()([a, b])
        return layers.Dot(1)([difference, difference])

    end = layers.Subtract()([apart(anchor, positive), apart(anchor, negative)])
    plain = keras.Model(starts, end)
    names = ("anchor", "negative", "positive")
    given = {key: numbers(8, 8, 1, seed=seed) for seed, key in enumerate(names)}
    same(text, plain, given, saved=True)


def test_two_towers_that_recommend(same: Any, words: Any) -> None:
    """Covington et al. 2016 in small: people and films meet in one space."""
    text = """
    architecture:
      blocks:
        tower:
          parameters: {count:}
          layers:
            - Embedding: {input_dim: "${count}", output_dim: 6}
            - Flatten
            - Dense: 4
      layers:
        - tower: {name: person, count: 40, from: user}
        - tower: {name: film, count: 25, from: item}
        - Dot: {axes: 1, from: [person, film]}
        - Activation: sigmoid
    """

    def vector(start: Any, count: int) -> Any:
        return layers.Dense(4)(layers.Flatten()(layers.Embedding(count, 6)(start)))

    item, user = keras.Input((1,), name="item"), keras.Input((1,), name="user")
    likes = layers.Dot(1)([vector(user, 40), vector(item, 25)])
    plain = keras.Model([item, user], layers.Activation("sigmoid")(likes))
    same(text, plain, {"item": words(1, 25), "user": words(1, 40, seed=1)})


def test_autoencoder(same: Any, numbers: Any) -> None:
    """Hinton and Salakhutdinov 2006: the picture again, through a bottleneck."""
    text = """
    architecture:
      layers:
        - Model:
            name: encoder
            layers:
              - Flatten
              - Dense: {units: 16, activation: selu}
              - Dense: {units: 4, activation: selu}
        - Model:
            name: decoder
            layers:
              - Dense: {units: 16, activation: selu}
              - Dense: {units: 64, activation: sigmoid}
              - Reshape: [8, 8]
    outputs:
      decoder: {loss: binary_crossentropy, target: input}
    """
    encoder = keras.Sequential(
        [
            keras.Input((8, 8)),
            layers.Flatten(),
            layers.Dense(16, activation="selu"),
            layers.Dense(4, activation="selu"),
        ]
    )
    decoder = keras.Sequential(
        [
            keras.Input((4,)),
            layers.Dense(16, activation="selu"),
            layers.Dense(64, activation="sigmoid"),
            layers.Reshape((8, 8)),
        ]
    )
    start = keras.Input((8, 8))
    plain = keras.Model(start, {"decoder": decoder(encoder(start))})
    same(text, plain, numbers(8, 8), saved=True)


def test_autoencoder_that_takes_noise_away(same: Any, numbers: Any) -> None:
    """Vincent et al. 2008: it reads pictures with noise, and learns those without."""
    text = """
    architecture:
      defaults:
        Conv2D: {padding: same, activation: relu}
        Conv2DTranspose: {padding: same, activation: relu, kernel_size: 3, strides: 2}
      layers:
        - GaussianNoise: 0.2
        - Conv2D: {filters: 4, kernel_size: 3, strides: 2}
        - Conv2D: {filters: 8, kernel_size: 3, strides: 2}
        - Conv2DTranspose: 8
        - Conv2DTranspose: 4
        - Conv2D: {name: clean, filters: 1, kernel_size: 3, activation: sigmoid}
    outputs:
      clean: {loss: binary_crossentropy, target: input}
    """
    x = start = keras.Input((8, 8, 1))
    x = layers.GaussianNoise(0.2)(x)
    for filters in (4, 8):
        x = layers.Conv2D(filters, 3, strides=2, padding="same", activation="relu")(x)
    for filters in (8, 4):
        x = layers.Conv2DTranspose(filters, 3, strides=2, padding="same", activation="relu")(x)
    clean = layers.Conv2D(1, 3, padding="same", activation="sigmoid")(x)
    same(text, keras.Model(start, {"clean": clean}), numbers(8, 8, 1), draws=True)


def test_encoder_with_two_outputs_of_its_own(same: Any, numbers: Any) -> None:
    """The deterministic half of a variational autoencoder: a mean, and a spread."""
    text = """
    architecture:
      layers:
        - Model:
            name: [mean, spread]
            outputs: [mean, spread]
            layers:
              - Dense: {name: hidden, units: 8, activation: relu}
              - Dense: {name: mean, units: 3}
              - Dense: {name: spread, units: 3, activation: softplus, from: hidden}
        - Concatenate: {from: [mean, spread]}
        - Dense: 5
    """
    inside = keras.Input((5,))
    hidden = layers.Dense(8, activation="relu")(inside)
    both = [layers.Dense(3)(hidden), layers.Dense(3, activation="softplus")(hidden)]
    start = keras.Input((5,))
    joined = layers.Concatenate()(keras.Model(inside, both)(start))
    same(text, keras.Model(start, layers.Dense(5)(joined)), numbers(5), saved=True)
