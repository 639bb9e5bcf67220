"""Recurrent and causal networks, written both ways."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

pytestmark = pytest.mark.keras

keras = pytest.importorskip("keras")

from keras import layers  # noqa: E402


def test_tagger_that_reads_both_ways_and_minds_the_padding(same: Any, words: Any) -> None:
    text = """
    architecture:
      layers:
        - Embedding: {input_dim: 20, output_dim: 4, mask_zero: true}
        - Bidirectional: {layer: {LSTM: {units: 3, return_sequences: true}}}
        - TimeDistributed: {layer: {Dense: {units: 5, activation: softmax}}}
    """
    plain = keras.Sequential(
        [
            keras.Input((8,)),
            layers.Embedding(20, 4, mask_zero=True),
            layers.Bidirectional(layers.LSTM(3, return_sequences=True)),
            layers.TimeDistributed(layers.Dense(5, activation="softmax")),
        ]
    )
    given = words(8, 20, padded=True)
    model = same(text, plain, given, saved=True)
    length = int((given[2] > 0).sum())
    longer = np.zeros((1, 8))
    longer[0, :length] = given[2, :length]
    alone = keras.Sequential(plain.layers)(given[2:3, :length])  # the same without padding
    np.testing.assert_allclose(model(longer)[:, :length], alone, rtol=1e-5, atol=1e-6)


def test_convolution_pooling_and_lstm(same: Any, words: Any) -> None:
    text = """
    architecture:
      layers:
        - Embedding: {input_dim: 50, output_dim: 8}
        - Conv1D: {filters: 6, kernel_size: 5, activation: relu, padding: same}
        - MaxPooling1D: 4
        - LSTM: 5
        - Dense: {units: 1, activation: sigmoid}
    """
    plain = keras.Sequential(
        [
            keras.Input((20,)),
            layers.Embedding(50, 8),
            layers.Conv1D(6, 5, activation="relu", padding="same"),
            layers.MaxPooling1D(4),
            layers.LSTM(5),
            layers.Dense(1, activation="sigmoid"),
        ]
    )
    same(text, plain, words(20, 50))


def test_gru_encoder_of_padded_texts(same: Any, words: Any) -> None:
    text = """
    architecture:
      layers:
        - Embedding: {input_dim: 30, output_dim: 6, mask_zero: true}
        - Bidirectional: {layer: {GRU: 5}, merge_mode: ave}
        - LayerNormalization
        - UnitNormalization
    """
    start = keras.Input((12,))
    x = layers.Embedding(30, 6, mask_zero=True)(start)
    x = layers.Bidirectional(layers.GRU(5), merge_mode="ave")(x)
    plain = keras.Model(start, layers.UnitNormalization()(layers.LayerNormalization()(x)))
    given = words(12, 30, padded=True)
    model = same(text, plain, given)
    further = given.copy()
    further[0, -1] = 7  # a word behind the padding would be read; zeros there are not
    assert np.abs(model(further)[0] - model(given)[0]).max() > 1e-3


def test_cells_of_several_kinds_in_one_recurrent_layer(same: Any, numbers: Any) -> None:
    text = """
    architecture:
      layers:
        - Masking: 0
        - RNN:
            cell: [LSTMCell: 4, GRUCell: {units: 3, reset_after: false}, SimpleRNNCell: 2]
            return_sequences: true
        - RNN: {cell: {StackedRNNCells: {cells: [LSTMCell: 2, LSTMCell: 3]}}}
        - Dense: 1
    """
    mixed = [layers.LSTMCell(4), layers.GRUCell(3, reset_after=False), layers.SimpleRNNCell(2)]
    stacked = layers.StackedRNNCells([layers.LSTMCell(2), layers.LSTMCell(3)])
    plain = keras.Sequential(
        [
            keras.Input((6, 2)),
            layers.Masking(0.0),
            layers.RNN(mixed, return_sequences=True),
            layers.RNN(stacked),
            layers.Dense(1),
        ]
    )
    same(text, plain, numbers(6, 2))


def test_encoder_and_decoder_by_a_repeated_vector(same: Any, numbers: Any) -> None:
    """Cho et al. 2014 in the form of Keras's adder: one vector for all that is said."""
    text = """
    architecture:
      layers:
        - LSTM: 8
        - RepeatVector: 4
        - LSTM: {units: 8, return_sequences: true, repeat: 2}
        - TimeDistributed: {layer: {Dense: {units: 12, activation: softmax}}}
    """
    plain = keras.Sequential(
        [
            keras.Input((7, 12)),
            layers.LSTM(8),
            layers.RepeatVector(4),
            layers.LSTM(8, return_sequences=True),
            layers.LSTM(8, return_sequences=True),
            layers.TimeDistributed(layers.Dense(12, activation="softmax")),
        ]
    )
    same(text, plain, numbers(7, 12))


def test_encoder_that_hands_on_its_state(same: Any, words: Any) -> None:
    """Sutskever et al. 2014: the decoder starts where the encoder ended."""
    text = """
    architecture:
      layers:
        - Embedding: {input_dim: 20, output_dim: 4, mask_zero: true, from: source}
        - LSTM: {name: [encoded, h, c], units: 6, return_state: true}
        - Embedding: {name: said, input_dim: 30, output_dim: 4, mask_zero: true, from: target}
        - LSTM:
            units: 6
            return_sequences: true
            from: {sequences: said, initial_state: [h, c]}
        - Dense: {units: 30, activation: softmax}
    """
    source, target = keras.Input((9,), name="source"), keras.Input((6,), name="target")
    x = layers.Embedding(20, 4, mask_zero=True)(source)
    _, h, c = layers.LSTM(6, return_state=True)(x)
    x = layers.Embedding(30, 4, mask_zero=True)(target)
    x = layers.LSTM(6, return_sequences=True)(x, initial_state=[h, c])
    plain = keras.Model([source, target], layers.Dense(30, activation="softmax")(x))
    given = {"source": words(9, 20, padded=True), "target": words(6, 30, padded=True, seed=1)}
    same(text, plain, given, saved=True)


def test_both_directions_apart(same: Any, numbers: Any) -> None:
    text = """
    architecture:
      layers:
        - Bidirectional: {name: [forth, back], layer: {GRU: 3}, merge_mode: null}
        - Subtract: {from: [forth, back]}
        - Dense: 1
    """
    start = keras.Input((5, 2))
    forth, back = layers.Bidirectional(layers.GRU(3), merge_mode=None)(start)
    plain = keras.Model(start, layers.Dense(1)(layers.Subtract()([forth, back])))
    same(text, plain, numbers(5, 2))


def test_wavenet_in_small(same: Any, numbers: Any) -> None:
    """Van den Oord et al. 2016: causal, dilated, gated, with skips to the end."""
    text = """
    architecture:
      blocks:
        gated:
          parameters: {dilation:}
          layers:
            - Conv1D:
                name: filter
                filters: 4
                kernel_size: 2
                padding: causal
                dilation_rate: "${dilation}"
                activation: tanh
            - Conv1D:
                name: gate
                filters: 4
                kernel_size: 2
                padding: causal
                dilation_rate: "${dilation}"
                activation: sigmoid
                from: input
            - Multiply: {from: [filter, gate]}
            - Conv1D: {name: skip, filters: 4, kernel_size: 1}
            - Add: {from: [skip, input]}
      layers:
        - Conv1D: {filters: 4, kernel_size: 2, padding: causal}
        - gated: {dilation: 1, name: a}
        - gated: {dilation: 2, name: b}
        - gated: {dilation: 4, name: c}
        - Add: {from: [a_skip, b_skip, c_skip, c]}
        - ReLU
        - Conv1D: [2, 1]
    """

    def causal(x: Any, dilation: int, activation: str | None = None) -> Any:
        return layers.Conv1D(
            4, 2, padding="causal", dilation_rate=dilation, activation=activation
        )(x)

    start = keras.Input((16, 1))
    x, skips = causal(start, 1), []
    for dilation in (1, 2, 4):
        y = layers.Multiply()([causal(x, dilation, "tanh"), causal(x, dilation, "sigmoid")])
        skips.append(layers.Conv1D(4, 1)(y))
        x = layers.Add()([skips[-1], x])
    x = layers.ReLU()(layers.Add()([*skips, x]))
    plain = keras.Model(start, layers.Conv1D(2, 1)(x))
    given = numbers(16, 1)
    model = same(text, plain, given)
    changed = given.copy()
    changed[:, 10:] += 1
    np.testing.assert_array_equal(model(given)[:, :10], model(changed)[:, :10])


def test_network_for_pictures_on_every_frame(same: Any, numbers: Any) -> None:
    text = """
    architecture:
      layers:
        - TimeDistributed:
            layer:
              Model:
                layers:
                  - Conv2D: {filters: 4, kernel_size: 3, padding: same, name: a}
                  - Conv2D: {filters: 4, kernel_size: 3, padding: same}
                  - Add: {from: [a, conv2d_1]}
                  - GlobalAveragePooling2D
        - GRU: 5
        - Dense: 2
    """
    frame = keras.Input((8, 8, 1))
    a = layers.Conv2D(4, 3, padding="same")(frame)
    x = layers.Add()([a, layers.Conv2D(4, 3, padding="same")(a)])
    frames = keras.Model(frame, layers.GlobalAveragePooling2D()(x))
    plain = keras.Sequential(
        [
            keras.Input((4, 8, 8, 1)),
            layers.TimeDistributed(frames),
            layers.GRU(5),
            layers.Dense(2),
        ]
    )
    same(text, plain, numbers(4, 8, 8, 1), saved=True)
