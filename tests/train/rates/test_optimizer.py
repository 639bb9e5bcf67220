"""What weight decay leaves alone, on the variables that Keras makes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

pytestmark = pytest.mark.keras

keras = pytest.importorskip("keras")

from dlkit.config.catalogue import load_catalogue  # noqa: E402
from dlkit.config.load import load_config  # noqa: E402
from dlkit.train.rates.optimizer import build_optimizer, undecayed  # noqa: E402

layers = keras.layers


def every_kind() -> Any:
    ids = keras.Input((5,))
    x = layers.Embedding(9, 4, name="embedding")(ids)
    x = layers.MultiHeadAttention(2, 2, name="attention")(x, x)
    x = layers.LayerNormalization(name="layer_norm")(x)
    x = layers.RMSNormalization(name="rms")(x)
    x = layers.TimeDistributed(layers.Dense(4, name="inner"), name="each")(x)
    x = layers.Bidirectional(layers.LSTM(3, return_sequences=True), name="both")(x)
    x = layers.GRU(3, name="gru")(x)
    encoder = keras.Sequential(
        [keras.Input((3,)), layers.Dense(3, name="dense"), layers.BatchNormalization()],
        name="encoder",
    )
    x = layers.SpectralNormalization(layers.Dense(4, name="spectral"), name="bound")(encoder(x))
    return keras.Model(ids, x)


def test_biases_and_normalization_are_left_alone_and_nothing_else() -> None:
    model = every_kind()
    left = {id(variable) for variable in undecayed(model)}
    decayed = [v.path for v in model.trainable_variables if id(v) not in left]
    assert {path.rsplit("/", 1)[1] for path in decayed} == {
        *("embeddings", "kernel", "recurrent_kernel"),
    }
    kept = [v.path for v in model.trainable_variables if id(v) in left]
    assert {path.rsplit("/", 1)[1] for path in kept} == {"bias", "gamma", "beta", "scale"}
    # Attention has 4 kernels; LSTM both ways and GRU 2 each; 3 of Dense; 1 of the embedding.
    assert len(decayed) == 4 + 4 + 2 + 3 + 1


def optimizer(notation: Any, section: dict[str, Any], model: Any) -> Any:
    loaded = load_config(
        {
            "dataset": {"source": "iris"},
            "architecture": {"layers": [{"Dense": {"units": 3, "activation": "softmax"}}]},
            "loss": "sparse_categorical_crossentropy",
            "optimizer": notation,
            "regularization": section,
        }
    )
    return build_optimizer(loaded.config, model, 1, load_catalogue())


@pytest.mark.parametrize(
    ("notation", "section", "bias"),
    [
        pytest.param({"SGD": 0.5}, {"weight_decay": 0.1}, 1.0, id="section"),
        pytest.param(
            {"SGD": {"learning_rate": 0.5, "weight_decay": 0.1}}, {}, 0.95, id="optimizer"
        ),
        pytest.param(
            {"LossScaleOptimizer": {"inner_optimizer": {"SGD": 0.5}}},
            {"weight_decay": 0.1},
            1.0,
            id="inside-another",
        ),
    ],
)
def test_decay_is_a_share_times_the_learning_rate(
    notation: Any, section: dict[str, Any], bias: float
) -> None:
    model = keras.Sequential([keras.Input((2,)), layers.Dense(1, bias_initializer="ones")])
    made = optimizer(notation, section, model)
    before = model.get_weights()[0]
    made.build(model.trainable_variables)
    made.apply([np.zeros((2, 1), "float32"), np.zeros(1, "float32")], model.trainable_variables)
    kernel, offset = model.get_weights()
    np.testing.assert_allclose(kernel, before * (1 - 0.5 * 0.1), rtol=1e-6)
    np.testing.assert_allclose(offset, bias, rtol=1e-6)


@pytest.mark.parametrize("name", ["clipnorm", "global_clipnorm", "clipvalue"])
def test_clipping_reaches_the_optimizer(name: str) -> None:
    assert getattr(optimizer("Adam", {name: 0.5}, keras.Sequential()), name) == 0.5
