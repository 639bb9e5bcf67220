"""Convolutional networks that are made of one block many times, written both ways."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.keras

keras = pytest.importorskip("keras")

from keras import layers  # noqa: E402


def normalized(x: Any, filters: int, size: int, **others: Any) -> Any:
    """Convolve without a bias, then normalize."""
    x = layers.Conv2D(filters, size, padding="same", use_bias=False, **others)(x)
    return layers.BatchNormalization()(x)


def test_resnet_20_for_cifar(same: Any, numbers: Any) -> None:
    """He et al. 2016, section 4.2, with a projection where the width changes (option B).

    The paper counts 0.27 million weights; biases, and option A, are what is left open.
    """
    text = """
    architecture:
      defaults: {Conv2D: {padding: same, use_bias: false, kernel_initializer: he_normal}}
      blocks:
        normalized:
          parameters: {filters:, kernel_size: 3, strides: 1}
          layers:
            - Conv2D:
                filters: "${filters}"
                kernel_size: "${kernel_size}"
                strides: "${strides}"
            - BatchNormalization
        residual:
          parameters: {filters:}
          layers:
            - normalized: "${filters}"
            - ReLU
            - normalized: {filters: "${filters}", name: second}
            - Add: {from: [second, input]}
            - ReLU
        wider:
          parameters: {filters:}
          layers:
            - normalized: {filters: "${filters}", strides: 2}
            - ReLU
            - normalized: {filters: "${filters}", name: second}
            - normalized:
                name: shortcut
                filters: "${filters}"
                kernel_size: 1
                strides: 2
                from: input
            - Add: {from: [second, shortcut]}
            - ReLU
        stage:
          parameters: {filters:, depth: 2}
          layers:
            - wider: "${filters}"
            - residual: {filters: "${filters}", repeat: "${depth}"}
      layers:
        - normalized: 16
        - ReLU
        - residual: {filters: 16, repeat: 3}
        - stage: 32
        - stage: 64
        - GlobalAveragePooling2D
        - Dense: {units: 10, activation: softmax}
    """
    he = {"kernel_initializer": "he_normal"}

    def residual(x: Any, filters: int, *, wider: bool = False) -> Any:
        strides = 2 if wider else 1
        y = layers.ReLU()(normalized(x, filters, 3, strides=strides, **he))
        y = normalized(y, filters, 3, **he)
        if wider:
            x = normalized(x, filters, 1, strides=2, **he)
        return layers.ReLU()(layers.Add()([y, x]))

    start = keras.Input((16, 16, 3))
    x = layers.ReLU()(normalized(start, 16, 3, **he))
    for filters in (16, 32, 64):
        for turn in range(3):
            x = residual(x, filters, wider=turn == 0 and filters > 16)
    x = layers.GlobalAveragePooling2D()(x)
    plain = keras.Model(start, layers.Dense(10, activation="softmax")(x))
    model = same(text, plain, numbers(16, 16, 3))
    # 19 convolutions and 2 projections, 4 numbers a filter normalize, and the head
    narrow, middle, wide = (9 * n * n for n in (16, 32, 64))
    kernels = 9 * 3 * 16 + 6 * narrow + (middle // 2 + 5 * middle) + (wide // 2 + 5 * wide)
    projections = 16 * 32 + 32 * 64
    normalizers = 4 * (7 * 16 + 7 * 32 + 7 * 64)
    assert model.count_params() == kernels + projections + normalizers + 650


def test_residual_block_activated_before(same: Any, numbers: Any) -> None:
    """He et al. 2016b: normalize, activate, convolve; the way around is left alone."""
    text = """
    architecture:
      blocks:
        activated:
          parameters: {filters:}
          layers:
            - BatchNormalization
            - Activation: relu
            - Conv2D: {filters: "${filters}", kernel_size: 3, padding: same}
        residual:
          parameters: {filters:}
          layers:
            - activated: {filters: "${filters}", repeat: 2, name: body}
            - Add: {from: [body, input]}
      layers:
        - Conv2D: {filters: 4, kernel_size: 3, padding: same}
        - residual: {filters: 4, repeat: 2}
        - GlobalAveragePooling2D
        - Dense: 3
    """

    def activated(x: Any) -> Any:
        x = layers.Activation("relu")(layers.BatchNormalization()(x))
        return layers.Conv2D(4, 3, padding="same")(x)

    start = keras.Input((8, 8, 3))
    x = layers.Conv2D(4, 3, padding="same")(start)
    for _ in range(2):
        x = layers.Add()([activated(activated(x)), x])
    plain = keras.Model(start, layers.Dense(3)(layers.GlobalAveragePooling2D()(x)))
    same(text, plain, numbers(8, 8, 3), saved=True)


def test_inception_cell(same: Any, numbers: Any) -> None:
    """Szegedy et al. 2015: four ways beside each other, then one behind the other."""
    text = """
    architecture:
      defaults: {Conv2D: {padding: same, activation: relu}}
      blocks:
        inception:
          parameters: {one:, three:, five:, pool:}
          layers:
            - Conv2D: {name: one, filters: "${one}", kernel_size: 1, from: input}
            - Conv2D: {filters: "${three} / 2", kernel_size: 1, from: input}
            - Conv2D: {name: three, filters: "${three}", kernel_size: 3}
            - Conv2D: {filters: "${five} / 2", kernel_size: 1, from: input}
            - Conv2D: {name: five, filters: "${five}", kernel_size: 5}
            - MaxPooling2D: {pool_size: 3, strides: 1, padding: same, from: input}
            - Conv2D: {name: pool, filters: "${pool}", kernel_size: 1}
            - Concatenate: {from: [one, three, five, pool]}
      layers:
        - inception: {one: 4, three: 8, five: 4, pool: 2}
        - inception: {one: 6, three: 10, five: 4, pool: 4}
        - GlobalAveragePooling2D
        - Dense: 5
    """

    def convolution(x: Any, filters: int, size: int) -> Any:
        return layers.Conv2D(filters, size, padding="same", activation="relu")(x)

    def inception(x: Any, one: int, three: int, five: int, pool: int) -> Any:
        ways = [convolution(x, one, 1)]
        ways.append(convolution(convolution(x, three // 2, 1), three, 3))
        ways.append(convolution(convolution(x, five // 2, 1), five, 5))
        pooled = layers.MaxPooling2D(3, strides=1, padding="same")(x)
        return layers.Concatenate()([*ways, convolution(pooled, pool, 1)])

    start = keras.Input((8, 8, 3))
    x = inception(inception(start, 4, 8, 4, 2), 6, 10, 4, 4)
    plain = keras.Model(start, layers.Dense(5)(layers.GlobalAveragePooling2D()(x)))
    same(text, plain, numbers(8, 8, 3))


def test_squeezenet_of_two_fires(same: Any, numbers: Any) -> None:
    """Iandola et al. 2016: squeeze by 1x1, expand by 1x1 beside 3x3."""
    text = """
    architecture:
      defaults: {Conv2D: {padding: same, activation: relu}}
      blocks:
        fire:
          parameters: {squeeze:}
          layers:
            - Conv2D: {name: squeezed, filters: "${squeeze}", kernel_size: 1}
            - Conv2D: {name: left, filters: "${squeeze} * 4", kernel_size: 1}
            - Conv2D:
                name: right
                filters: "${squeeze} * 4"
                kernel_size: 3
                from: squeezed
            - Concatenate: {from: [left, right]}
      layers:
        - fire: 2
        - MaxPooling2D: 2
        - fire: 3
        - Conv2D: [4, 1]
        - GlobalAveragePooling2D
        - Softmax
    """

    def convolution(x: Any, filters: int, size: int) -> Any:
        return layers.Conv2D(filters, size, padding="same", activation="relu")(x)

    def fire(x: Any, squeeze: int) -> Any:
        x = convolution(x, squeeze, 1)
        both = [convolution(x, 4 * squeeze, 1), convolution(x, 4 * squeeze, 3)]
        return layers.Concatenate()(both)

    start = keras.Input((8, 8, 3))
    x = convolution(fire(layers.MaxPooling2D(2)(fire(start, 2)), 3), 4, 1)
    plain = keras.Model(start, layers.Softmax()(layers.GlobalAveragePooling2D()(x)))
    same(text, plain, numbers(8, 8, 3))


def test_densenet_of_two_blocks(same: Any, numbers: Any) -> None:
    """Huang et al. 2017: each layer reads all before it; a transition halves the picture."""
    text = """
    architecture:
      defaults: {Conv2D: {padding: same, use_bias: false}}
      blocks:
        activated:
          parameters: {filters:, kernel_size:}
          layers:
            - BatchNormalization
            - ReLU
            - Conv2D: {filters: "${filters}", kernel_size: "${kernel_size}"}
        dense:
          parameters: {growth:}
          layers:
            - activated: {filters: "${growth} * 4", kernel_size: 1}
            - activated: {filters: "${growth}", kernel_size: 3, name: new}
            - Concatenate: {from: [input, new]}
        transition:
          parameters: {filters:}
          layers:
            - activated: {filters: "${filters}", kernel_size: 1}
            - AveragePooling2D: 2
      layers:
        - Conv2D: [8, 3]
        - dense: {growth: 3, repeat: 2}
        - transition: 7
        - dense: {growth: 3, repeat: 2}
        - GlobalAveragePooling2D
        - Dense: {units: 4, activation: softmax}
    """

    def activated(x: Any, filters: int, size: int) -> Any:
        x = layers.ReLU()(layers.BatchNormalization()(x))
        return layers.Conv2D(filters, size, padding="same", use_bias=False)(x)

    def dense(x: Any) -> Any:
        return layers.Concatenate()([x, activated(activated(x, 12, 1), 3, 3)])

    start = keras.Input((8, 8, 3))
    x = dense(dense(layers.Conv2D(8, 3, padding="same", use_bias=False)(start)))
    x = dense(dense(layers.AveragePooling2D(2)(activated(x, 7, 1))))
    x = layers.GlobalAveragePooling2D()(x)
    plain = keras.Model(start, layers.Dense(4, activation="softmax")(x))
    same(text, plain, numbers(8, 8, 3))
