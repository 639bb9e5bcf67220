"""Mixers, Transformers and attention between two sequences, written both ways."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

pytestmark = pytest.mark.keras

keras = pytest.importorskip("keras")

from keras import layers  # noqa: E402


def test_mlp_mixer(same: Any, numbers: Any) -> None:
    """Tolstikhin et al. 2021: dense layers over patches, then over channels."""
    text = """
    architecture:
      blocks:
        mlp:
          parameters: {hidden:, units:}
          layers:
            - Dense: {units: "${hidden}", activation: gelu}
            - Dense: "${units}"
        mixer:
          parameters: {patches:, channels:}
          layers:
            - LayerNormalization
            - Permute: [2, 1]
            - mlp: {hidden: 8, units: "${patches}"}
            - Permute: {dims: [2, 1], name: mixed}
            - Add: {name: sum, from: [input, mixed]}
            - LayerNormalization
            - mlp: {hidden: "${channels} * 2", units: "${channels}", name: channelwise}
            - Add: {from: [sum, channelwise]}
      layers:
        - Conv2D: {filters: 6, kernel_size: 4, strides: 4}
        - Reshape: [4, 6]
        - mixer: {patches: 4, channels: 6, repeat: 2}
        - LayerNormalization
        - GlobalAveragePooling1D
        - Dense: {units: 3, activation: softmax}
    """

    def mlp(x: Any, hidden: int, units: int) -> Any:
        return layers.Dense(units)(layers.Dense(hidden, activation="gelu")(x))

    def mixer(x: Any) -> Any:
        y = layers.Permute((2, 1))(layers.LayerNormalization()(x))
        x = layers.Add()([x, layers.Permute((2, 1))(mlp(y, 8, 4))])
        return layers.Add()([x, mlp(layers.LayerNormalization()(x), 12, 6)])

    start = keras.Input((8, 8, 3))
    x = layers.Reshape((4, 6))(layers.Conv2D(6, 4, strides=4)(start))
    x = layers.LayerNormalization()(mixer(mixer(x)))
    x = layers.GlobalAveragePooling1D()(x)
    plain = keras.Model(start, layers.Dense(3, activation="softmax")(x))
    same(text, plain, numbers(8, 8, 3))


ENCODER = """
        feed_forward:
          parameters: {units:}
          layers:
            - Dense: {units: "${units} * 2", activation: gelu}
            - Dense: "${units}"
        encoder:
          parameters: {units:, heads: 2}
          layers:
            - LayerNormalization
            - MultiHeadAttention: {name: attended, num_heads: "${heads}", key_dim: 4}
            - Add: {name: sum, from: [input, attended]}
            - LayerNormalization
            - feed_forward: {units: "${units}", name: forward}
            - Add: {from: [sum, forward]}
"""


def encoder(x: Any, units: int, **told: Any) -> Any:
    """Attend, then transform, each beside a way around it."""
    y = layers.LayerNormalization()(x)
    x = layers.Add()([x, layers.MultiHeadAttention(2, 4)(y, y, **told)])
    y = layers.Dense(2 * units, activation="gelu")(layers.LayerNormalization()(x))
    return layers.Add()([x, layers.Dense(units)(y)])


def counted(x: Any) -> Any:
    """Return the places of the words of a text."""
    return keras.ops.cumsum(keras.ops.ones_like(x, dtype="int32"), axis=1) - 1


def test_vision_transformer_in_small(same: Any, numbers: Any) -> None:
    """Dosovitskiy et al. 2021, with the mean of the patches instead of a class token."""
    text = f"""
    architecture:
      blocks:{ENCODER}
      layers:
        - Conv2D: {{filters: 8, kernel_size: 4, strides: 4}}
        - Reshape: {{target_shape: [4, 8], name: patches}}
        - Positions
        - Embedding: {{name: places, input_dim: 4, output_dim: 8}}
        - Add: {{from: [patches, places]}}
        - encoder: {{units: 8, repeat: 2}}
        - LayerNormalization
        - GlobalAveragePooling1D
        - Dense: 3
    """
    start = keras.Input((8, 8, 3))
    patches = layers.Reshape((4, 8))(layers.Conv2D(8, 4, strides=4)(start))
    x = layers.Add()([patches, layers.Embedding(4, 8)(counted(patches[:, :, 0]))])
    x = layers.LayerNormalization()(encoder(encoder(x, 8), 8))
    plain = keras.Model(start, layers.Dense(3)(layers.GlobalAveragePooling1D()(x)))
    same(text, plain, numbers(8, 8, 3), saved=True)


def test_transformer_encoder_of_texts(same: Any, words: Any) -> None:
    """Vaswani et al. 2017: embeddings of words and of places, one encoder, their mean."""
    text = f"""
    architecture:
      blocks:{ENCODER}
      layers:
        - Embedding: {{name: words, input_dim: 30, output_dim: 8}}
        - Positions: {{from: input}}
        - Embedding: {{name: places, input_dim: 12, output_dim: 8}}
        - Add: {{from: [words, places]}}
        - encoder: {{units: 8}}
        - GlobalAveragePooling1D
        - Dropout: 0.1
        - Dense: {{units: 1, activation: sigmoid}}
    """
    start = keras.Input((12,))
    places = layers.Embedding(12, 8)(counted(start))
    x = encoder(layers.Add()([layers.Embedding(30, 8)(start), places]), 8)
    x = layers.Dropout(0.1)(layers.GlobalAveragePooling1D()(x))
    plain = keras.Model(start, layers.Dense(1, activation="sigmoid")(x))
    same(text, plain, words(12, 30), draws=True, saved=True)


def test_language_model_that_sees_only_what_came_before(same: Any, words: Any) -> None:
    """Radford et al. 2018: the mask is a word of the call, written like an argument."""
    text = """
    architecture:
      layers:
        - Embedding: {name: words, input_dim: 30, output_dim: 8}
        - MultiHeadAttention:
            name: attended
            num_heads: 2
            key_dim: 4
            use_causal_mask: true
        - Add: {name: sum, from: [words, attended]}
        - LayerNormalization
        - Dense: {units: 30, activation: softmax}
    """
    start = keras.Input((10,))
    x = layers.Embedding(30, 8)(start)
    x = layers.Add()([x, layers.MultiHeadAttention(2, 4)(x, x, use_causal_mask=True)])
    x = layers.LayerNormalization()(x)
    plain = keras.Model(start, layers.Dense(30, activation="softmax")(x))
    given = words(10, 30)
    model = same(text, plain, given, saved=True)
    changed = given.copy()
    changed[:, 6:] = 1
    np.testing.assert_allclose(model(given)[:, :6], model(changed)[:, :6], rtol=1e-6, atol=1e-6)


def test_transformer_that_translates(same: Any, words: Any) -> None:
    """Vaswani et al. 2017: the decoder attends to itself, then to what was encoded."""
    text = f"""
    architecture:
      blocks:{ENCODER}
        decoder:
          inputs: [target, source]
          layers:
            - MultiHeadAttention:
                name: own
                num_heads: 2
                key_dim: 4
                use_causal_mask: true
                from: target
            - Add: {{name: sum, from: [target, own]}}
            - MultiHeadAttention:
                name: other
                num_heads: 2
                key_dim: 4
                from: {{query: sum, value: source}}
            - Add: {{from: [sum, other]}}
      layers:
        - Embedding: {{input_dim: 20, output_dim: 8, from: german}}
        - encoder: {{units: 8, name: encoded}}
        - Embedding: {{name: said, input_dim: 30, output_dim: 8, from: english}}
        - decoder: {{from: [said, encoded], repeat: 2}}
        - Dense: {{units: 30, activation: softmax}}
    """

    def decoder(x: Any, source: Any) -> Any:
        x = layers.Add()([x, layers.MultiHeadAttention(2, 4)(x, x, use_causal_mask=True)])
        return layers.Add()([x, layers.MultiHeadAttention(2, 4)(query=x, value=source)])

    english, german = keras.Input((6,), name="english"), keras.Input((9,), name="german")
    encoded = encoder(layers.Embedding(20, 8)(german), 8)
    said = layers.Embedding(30, 8)(english)
    x = decoder(decoder(said, encoded), encoded)
    plain = keras.Model([english, german], layers.Dense(30, activation="softmax")(x))
    same(text, plain, {"english": words(6, 30), "german": words(9, 20, seed=1)})


def test_additive_attention_with_its_scores(same: Any, numbers: Any) -> None:
    """Bahdanau et al. 2015: a query asks a memory, and tells where it looked."""
    text = """
    architecture:
      layers:
        - Dense: {name: asked, units: 4, from: query}
        - Dense: {name: known, units: 4, from: memory}
        - AdditiveAttention:
            name: [found, scores]
            return_attention_scores: true
            from: [asked, known]
        - Concatenate: {from: [asked, found, scores]}
        - Dense: 2
    """
    memory, query = keras.Input((7, 5), name="memory"), keras.Input((3, 5), name="query")
    asked, known = layers.Dense(4)(query), layers.Dense(4)(memory)
    found, scores = layers.AdditiveAttention()([asked, known], return_attention_scores=True)
    both = layers.Concatenate()([asked, found, scores])
    plain = keras.Model([memory, query], layers.Dense(2)(both))
    same(text, plain, {"memory": numbers(7, 5), "query": numbers(3, 5, seed=1)}, saved=True)
