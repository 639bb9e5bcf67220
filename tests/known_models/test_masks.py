"""Masks pass on through graphs, models in models and layers called again, as in Keras."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

pytestmark = pytest.mark.keras

keras = pytest.importorskip("keras")

from keras import layers  # noqa: E402


@pytest.mark.filterwarnings("ignore:Layer .* does not support masking")  # it ends there
def test_mask_enters_a_model_in_the_model(same: Any, words: Any) -> None:
    text = """
    architecture:
      layers:
        - Embedding: {input_dim: 20, output_dim: 4, mask_zero: true}
        - Model:
            layers:
              - Dense: {name: a, units: 4}
              - Add: {from: [a, input]}
              - GRU: 3
    """
    inside = keras.Input((8, 4))
    summed = layers.Add()([layers.Dense(4)(inside), inside])
    reader = keras.Model(inside, layers.GRU(3)(summed))
    start = keras.Input((8,))
    plain = keras.Model(start, reader(layers.Embedding(20, 4, mask_zero=True)(start)))
    given = words(8, 20, padded=True)
    model = same(text, plain, given, saved=True)
    ignores_padding(model, given)


def test_mask_leaves_a_model_in_the_model(same: Any, words: Any) -> None:
    text = """
    architecture:
      layers:
        - Model:
            layers:
              - Embedding: {input_dim: 20, output_dim: 4, mask_zero: true}
              - LayerNormalization
        - LSTM: 3
    """
    embedding = keras.Sequential(
        [
            keras.Input((8,)),
            layers.Embedding(20, 4, mask_zero=True),
            layers.LayerNormalization(),
        ]
    )
    plain = keras.Sequential([keras.Input((8,)), embedding, layers.LSTM(3)])
    given = words(8, 20, padded=True)
    ignores_padding(same(text, plain, given, saved=True), given)


def test_mask_passes_layers_that_are_called_again_and_attention(same: Any, words: Any) -> None:
    text = """
    architecture:
      layers:
        - Embedding: {name: embed, input_dim: 20, output_dim: 4, mask_zero: true, from: left}
        - Shared: {name: other, layer: embed, from: right}
        - MultiHeadAttention: {name: seen, num_heads: 1, key_dim: 4, from: [embed, other]}
        - GlobalAveragePooling1D
        - Dense: 2
    """
    left, right = keras.Input((6,), name="left"), keras.Input((8,), name="right")
    embed = layers.Embedding(20, 4, mask_zero=True)
    seen = layers.MultiHeadAttention(1, 4)(embed(left), embed(right))
    mean = layers.GlobalAveragePooling1D()(seen)
    plain = keras.Model([left, right], layers.Dense(2)(mean))
    given = {"left": words(6, 20, padded=True), "right": words(8, 20, padded=True, seed=1)}
    model = same(text, plain, given)
    ignores_padding(model, {key: array.astype("float32") for key, array in given.items()})


def test_mask_is_that_of_all_that_is_joined(same: Any, words: Any) -> None:
    text = """
    architecture:
      layers:
        - Embedding: {name: a, input_dim: 20, output_dim: 3, mask_zero: true}
        - Embedding: {name: b, input_dim: 20, output_dim: 3, mask_zero: true, from: input}
        - Concatenate: {from: [a, b]}
        - Bidirectional: {layer: {LSTM: 2}}
    """
    start = keras.Input((8,))
    both = [layers.Embedding(20, 3, mask_zero=True)(start) for _ in range(2)]
    plain = keras.Model(start, layers.Bidirectional(layers.LSTM(2))(layers.Concatenate()(both)))
    given = words(8, 20, padded=True)
    ignores_padding(same(text, plain, given, saved=True), given)


def test_operation_that_joins_masks_may_have_the_name_of_a_layer(
    written: Any, words: Any
) -> None:
    keras.utils.clear_session()  # Keras counts its operations from the start again
    lines = "".join(
        f"        - Embedding: {{name: {name}, input_dim: 9, output_dim: 2, mask_zero: true}}\n"
        for name in ("concatenate", "b", "c")
    )
    text = f"""
    architecture:
      layers:
{lines.replace("name: b", "from: input, name: b").replace("name: c", "from: input, name: c")}
        - Concatenate: {{name: concatenate_2, from: [concatenate, b]}}
        - Concatenate: {{name: concatenate_1, from: [concatenate_2, c]}}
        - LSTM: 2
    """
    model = written(text, words(8, 9, padded=True)).model
    assert len({operation.name for operation in model.operations}) == len(model.operations)


def ignores_padding(model: Any, given: Any) -> None:
    """Prove that what the padding is embedded as does not matter."""
    before = np.asarray(model(given))
    for layer in {id(one): one for one in model._flatten_layers()}.values():
        if isinstance(layer, layers.Embedding):
            weights = layer.get_weights()
            weights[0][0] += 100
            layer.set_weights(weights)
    np.testing.assert_allclose(before, model(given), rtol=1e-5, atol=1e-6)
