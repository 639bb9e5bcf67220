"""Networks for pictures that are no plain chain, written both ways."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.keras

keras = pytest.importorskip("keras")

from keras import layers  # noqa: E402


def test_u_net(same: Any, numbers: Any) -> None:
    """Ronneberger et al. 2015: what went down is read again on the way up."""
    text = """
    architecture:
      defaults:
        Conv2D: {padding: same, activation: relu}
        Conv2DTranspose: {padding: same}
      blocks:
        twice:
          parameters: {filters:}
          layers: [Conv2D: {filters: "${filters}", kernel_size: 3, repeat: 2}]
        down:
          parameters: {filters:}
          layers:
            - twice: {filters: "${filters}", name: skip}
            - MaxPooling2D: 2
        up:
          parameters: {filters:}
          inputs: [below, skip]
          layers:
            - Conv2DTranspose:
                name: larger
                filters: "${filters}"
                kernel_size: 2
                strides: 2
                from: below
            - Concatenate: {from: [skip, larger]}
            - twice: "${filters}"
      layers:
        - down: {filters: 4, name: first}
        - down: {filters: 8, name: second}
        - twice: {filters: 16, name: bottom}
        - up: {filters: 8, from: [bottom, second_skip], name: third}
        - up: {filters: 4, from: {skip: first_skip, below: third}}
        - Conv2D: {filters: 1, kernel_size: 1, activation: sigmoid}
    """

    def twice(x: Any, filters: int) -> Any:
        for _ in range(2):
            x = layers.Conv2D(filters, 3, padding="same", activation="relu")(x)
        return x

    def up(x: Any, skip: Any, filters: int) -> Any:
        larger = layers.Conv2DTranspose(filters, 2, strides=2, padding="same")(x)
        return twice(layers.Concatenate()([skip, larger]), filters)

    start = keras.Input((16, 16, 1))
    first = twice(start, 4)
    second = twice(layers.MaxPooling2D(2)(first), 8)
    bottom = twice(layers.MaxPooling2D(2)(second), 16)
    x = up(up(bottom, second, 8), first, 4)
    sigmoid = layers.Conv2D(1, 1, padding="same", activation="sigmoid")
    same(text, keras.Model(start, sigmoid(x)), numbers(16, 16, 1), saved=True)


def test_xception_in_small(same: Any, numbers: Any) -> None:
    """Chollet 2017: separable convolutions, and a 1x1 one as the way around."""
    text = """
    architecture:
      defaults: {SeparableConv2D: {padding: same, use_bias: false}}
      blocks:
        separable:
          parameters: {filters:}
          layers:
            - Activation: relu
            - SeparableConv2D: {filters: "${filters}", kernel_size: 3}
            - BatchNormalization
        entry:
          parameters: {filters:}
          layers:
            - separable: {filters: "${filters}", repeat: 2}
            - MaxPooling2D: {name: pooled, pool_size: 3, strides: 2, padding: same}
            - Conv2D:
                name: around
                filters: "${filters}"
                kernel_size: 1
                strides: 2
                from: input
            - Add: {from: [pooled, around]}
      layers:
        - Conv2D: [8, 3]
        - entry: 8
        - entry: 12
        - GlobalAveragePooling2D
        - Dense: 2
    """

    def separable(x: Any, filters: int) -> Any:
        x = layers.Activation("relu")(x)
        x = layers.SeparableConv2D(filters, 3, padding="same", use_bias=False)(x)
        return layers.BatchNormalization()(x)

    def entry(x: Any, filters: int) -> Any:
        y = separable(separable(x, filters), filters)
        y = layers.MaxPooling2D(3, strides=2, padding="same")(y)
        return layers.Add()([y, layers.Conv2D(filters, 1, strides=2)(x)])

    start = keras.Input((16, 16, 3))
    x = entry(entry(layers.Conv2D(8, 3)(start), 8), 12)
    plain = keras.Model(start, layers.Dense(2)(layers.GlobalAveragePooling2D()(x)))
    same(text, plain, numbers(16, 16, 3))


def test_mobilenet_in_small(same: Any, numbers: Any) -> None:
    """Howard et al. 2017: a convolution a channel, then 1x1 over all channels."""
    text = """
    architecture:
      defaults:
        Conv2D: {padding: same, use_bias: false}
        DepthwiseConv2D: {padding: same, use_bias: false, kernel_size: 3}
      blocks:
        activated: {layers: [BatchNormalization, {ReLU: 6}]}
        depthwise:
          parameters: {filters:, strides: 1}
          layers:
            - DepthwiseConv2D: {strides: "${strides}"}
            - activated
            - Conv2D: ["${filters}", 1]
            - activated
      layers:
        - Conv2D: {filters: 8, kernel_size: 3, strides: 2}
        - activated
        - depthwise: 16
        - depthwise: {filters: 32, strides: 2}
        - depthwise: {filters: 32, repeat: 2}
        - GlobalAveragePooling2D
        - Dropout: 0.001
        - Dense: {units: 10, activation: softmax}
    """

    def activated(x: Any) -> Any:
        return layers.ReLU(6.0)(layers.BatchNormalization()(x))

    start = keras.Input((16, 16, 3))
    x = layers.Conv2D(8, 3, strides=2, padding="same", use_bias=False)(start)
    x = activated(x)
    for filters, strides in ((16, 1), (32, 2), (32, 1), (32, 1)):
        depthwise = layers.DepthwiseConv2D(3, strides=strides, padding="same", use_bias=False)
        x = activated(depthwise(x))
        x = activated(layers.Conv2D(filters, 1, padding="same", use_bias=False)(x))
    x = layers.Dropout(0.001)(layers.GlobalAveragePooling2D()(x))
    plain = keras.Model(start, layers.Dense(10, activation="softmax")(x))
    same(text, plain, numbers(16, 16, 3), draws=True)


def test_inverted_residual_that_is_squeezed_and_excited(same: Any, numbers: Any) -> None:
    """Tan and Le 2019, the block of EfficientNet: widen, convolve, weigh the channels."""
    text = """
    architecture:
      defaults:
        Conv2D: {padding: same, use_bias: false}
        DepthwiseConv2D: {padding: same, use_bias: false}
      blocks:
        weighed:
          parameters: {filters:}
          layers:
            - GlobalAveragePooling2D: {keepdims: true}
            - Conv2D: {filters: "${filters} / 4", kernel_size: 1, activation: silu}
            - Conv2D: {name: w, filters: "${filters}", kernel_size: 1, activation: sigmoid}
            - Multiply: {from: [input, w]}
        inverted:
          parameters: {filters:, wide:}
          layers:
            - Conv2D: ["${wide}", 1]
            - BatchNormalization
            - Activation: silu
            - DepthwiseConv2D: 3
            - weighed: "${wide}"
            - Conv2D: ["${filters}", 1]
            - BatchNormalization: {name: narrow}
            - Add: {from: [narrow, input]}
      layers:
        - Conv2D: [4, 3]
        - inverted: {filters: 4, wide: 16, repeat: 2}
        - GlobalAveragePooling2D
        - Dense: 3
    """

    def convolution(x: Any, filters: int, size: int, **others: Any) -> Any:
        return layers.Conv2D(filters, size, padding="same", use_bias=False, **others)(x)

    def weighed(x: Any) -> Any:
        mean = layers.GlobalAveragePooling2D(keepdims=True)(x)
        weights = convolution(
            convolution(mean, 4, 1, activation="silu"), 16, 1, activation="sigmoid"
        )
        return layers.Multiply()([x, weights])

    def inverted(x: Any) -> Any:
        y = layers.Activation("silu")(layers.BatchNormalization()(convolution(x, 16, 1)))
        y = layers.DepthwiseConv2D(3, padding="same", use_bias=False)(y)
        y = layers.BatchNormalization()(convolution(weighed(y), 4, 1))
        return layers.Add()([y, x])

    start = keras.Input((8, 8, 3))
    x = layers.GlobalAveragePooling2D()(inverted(inverted(convolution(start, 4, 3))))
    same(text, keras.Model(start, layers.Dense(3)(x)), numbers(8, 8, 3))


def test_convolutional_lstm_on_video(same: Any, numbers: Any) -> None:
    """Shi et al. 2015: the next frame of five."""
    text = """
    architecture:
      layers:
        - ConvLSTM2D: {filters: 4, kernel_size: 3, padding: same, return_sequences: true}
        - BatchNormalization
        - ConvLSTM2D: {filters: 4, kernel_size: 3, padding: same}
        - Conv2D: {filters: 1, kernel_size: 3, padding: same, activation: sigmoid}
    """
    plain = keras.Sequential(
        [
            keras.Input((5, 6, 6, 1)),
            layers.ConvLSTM2D(4, 3, padding="same", return_sequences=True),
            layers.BatchNormalization(),
            layers.ConvLSTM2D(4, 3, padding="same"),
            layers.Conv2D(1, 3, padding="same", activation="sigmoid"),
        ]
    )
    same(text, plain, numbers(5, 6, 6, 1))
