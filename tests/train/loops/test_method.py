"""Which loop runs, and whether XLA compiles it: a function of model and config alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

pytestmark = pytest.mark.keras

keras = pytest.importorskip("keras")
tf = pytest.importorskip("tensorflow")

from dlkit.config.load import load_config  # noqa: E402
from dlkit.data.dataset import Dataset, Split, Stream  # noqa: E402
from dlkit.train.augmentation import Augmentation  # noqa: E402
from dlkit.train.loops.method import Method, choose_method  # noqa: E402

layers = keras.layers
BATCH = 8


@keras.saving.register_keras_serializable("dlkit-tests")
class Doubling(layers.Layer):  # type: ignore[misc]
    """Stands for a layer of a plugin."""

    def call(self, inputs: Any) -> Any:
        return 2 * inputs


class Batches(keras.callbacks.Callback):  # type: ignore[misc]
    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Want to be told of it."""


def dataset(examples: int = 40) -> Dataset:
    x = np.zeros((examples, 3), "float32")
    source = config().dataset
    part = Split(x, x[:, :1])
    return Dataset("made", None, "here", "regression", (), (), part, None, part, source)


def config(**training: Any) -> Any:
    """A config of 400 epochs, which are 2,000 steps, where nothing else is said."""
    length = {} if training.keys() & {"epochs", "steps", "stages"} else {"epochs": 400}
    return load_config(
        {
            "dataset": {"source": "diabetes"},
            "architecture": {"layers": [{"Dense": 1}]},
            "loss": "mse",
            "training": {"batch_size": BATCH, **length, **training},
        }
    ).config


def chain(*parts: Any, shape: tuple[int, ...] = (3,), dtype: str = "float32") -> Any:
    return keras.Sequential([keras.Input(shape, dtype=dtype), *parts])


def chosen(model: Any = None, callbacks: Any = (), **training: Any) -> Method:
    made = model or chain(layers.Dense(1))
    return choose_method(config(**training), made, dataset(), callbacks, None)


WITH, WITHOUT = "tape loop, with XLA", "tape loop, without XLA"


# 40 examples in batches of 8 are 5 steps an epoch.
@pytest.mark.parametrize(
    ("training", "expected"),
    [
        ({"loop": "fit"}, "fit loop, without XLA (Keras's loop goes without it)"),
        ({"xla": False}, f"{WITHOUT} (as the config says)"),
        ({"xla": True, "epochs": 1}, f"{WITH} (as the config says)"),
        ({"epochs": 400}, f"{WITH} (2,000 steps pay for compiling)"),
        ({"epochs": 399}, f"{WITHOUT} (1,995 steps do not pay for compiling)"),
        ({"steps": 5000}, f"{WITH} (5,000 steps pay for compiling)"),
        (
            {"limit": {"train_batches": 2}},
            f"{WITHOUT} (800 steps do not pay for compiling)",
        ),
        (
            {"stages": [{"epochs": 300}, {"epochs": 300}]},
            f"{WITHOUT} (1,500 steps a stage do not pay for compiling)",
        ),
    ],
)
def test_length_and_wishes_decide(training: dict[str, Any], expected: str) -> None:
    assert str(chosen(**training)) == expected


def test_callback_that_wants_batches_brings_keras_loop() -> None:
    assert chosen(callbacks=[Batches()]).loop == "fit"
    assert chosen(callbacks=[keras.callbacks.Callback()]).loop == "tape"


@pytest.mark.parametrize(
    ("parts", "shape"),
    [
        pytest.param([lambda: layers.Dense(4)], (3,), id="dense"),
        pytest.param([layers.GlobalAveragePooling2D], (4, 4, 1), id="mean-of-pixels"),
        pytest.param([layers.GlobalMaxPooling2D], (4, 4, 1), id="largest-of-all"),
        pytest.param([lambda: layers.AveragePooling2D(2)], (4, 4, 1), id="averages"),
        pytest.param([layers.UpSampling2D], (4, 4, 1), id="repeated-pixels"),
        pytest.param([layers.BatchNormalization], (4, 4, 1), id="normalization"),
        pytest.param([lambda: layers.LSTM(3, dropout=0.2)], (4, 2), id="recurrent-dropout"),
        pytest.param([lambda: layers.Bidirectional(layers.GRU(3))], (4, 2), id="both-ways"),
        pytest.param([lambda: layers.Dropout(0.0)], (99,), id="dropout-of-none"),
        # 8 examples of 16 numbers: as many as a step may draw.
        pytest.param([lambda: layers.Dropout(0.3)], (16,), id="few-draws"),
    ],
)
def test_layers_that_do_not_speak_against_xla(parts: list[Any], shape: Any) -> None:
    method = chosen(chain(*(part() for part in parts), shape=shape))
    assert method == Method("tape", True, "2,000 steps pay for compiling")


def in_attention(dropout: float) -> Any:
    start = keras.Input((4, 2))
    return keras.Model(start, layers.MultiHeadAttention(1, 2, dropout=dropout)(start, start))


SLOW = "is slow in it on a CPU"
DRAWS = "draws at random, slowly in it on a CPU"
UNSETTLED = "has no deterministic gradient in it"


@pytest.mark.parametrize(
    ("build", "reason"),
    [
        (lambda: chain(layers.Conv1D(2, 3), shape=(8, 1)), f"Conv1D {SLOW}"),
        (lambda: chain(layers.Conv2D(2, 3), shape=(8, 8, 1)), f"Conv2D {SLOW}"),
        (lambda: chain(layers.Conv3D(2, 3), shape=(4, 4, 4, 1)), f"Conv3D {SLOW}"),
        (
            lambda: chain(layers.SeparableConv2D(2, 3), shape=(8, 8, 1)),
            f"SeparableConv2D {SLOW}",
        ),
        (lambda: chain(layers.DepthwiseConv2D(3), shape=(8, 8, 1)), f"DepthwiseConv2D {SLOW}"),
        (
            lambda: chain(layers.Conv2DTranspose(2, 3), shape=(8, 8, 1)),
            f"Conv2DTranspose {SLOW}",
        ),
        (lambda: chain(layers.ConvLSTM1D(2, 3), shape=(3, 8, 1)), f"ConvLSTM1D {SLOW}"),
        (lambda: chain(layers.MaxPooling1D(), shape=(8, 1)), f"MaxPooling1D {UNSETTLED}"),
        (lambda: chain(layers.MaxPooling2D(), shape=(8, 8, 1)), f"MaxPooling2D {UNSETTLED}"),
        (lambda: chain(layers.MaxPooling3D(), shape=(8, 8, 8, 1)), f"MaxPooling3D {SLOW}"),
        (lambda: chain(layers.Resizing(4, 4), shape=(8, 8, 1)), f"Resizing {SLOW}"),
        (
            lambda: chain(layers.UpSampling2D(interpolation="bilinear"), shape=(8, 8, 1)),
            f"UpSampling2D {SLOW}",
        ),
        (
            lambda: chain(layers.TimeDistributed(layers.Conv2D(2, 3)), shape=(2, 8, 8, 1)),
            f"Conv2D {SLOW}",
        ),
        (
            lambda: chain(chain(layers.Conv2D(2, 3), shape=(8, 8, 1)), shape=(8, 8, 1)),
            f"Conv2D {SLOW}",
        ),
        (
            lambda: keras.applications.MobileNetV2((32, 32, 3), 0.35, weights=None, classes=2),
            f"Conv2D {SLOW}",
        ),
        (
            lambda: chain(layers.LSTM(2, unroll=True), shape=(4, 1)),
            "LSTM is unrolled, and compiles slowly in it",
        ),
        (lambda: chain(layers.Dropout(0.3), shape=(17,)), f"Dropout {DRAWS}"),
        (lambda: chain(layers.GaussianNoise(0.3), shape=(17,)), f"GaussianNoise {DRAWS}"),
        (
            lambda: chain(layers.SpatialDropout1D(0.3), shape=(20, 2)),
            f"SpatialDropout1D {DRAWS}",
        ),
        (lambda: chain(layers.RandomFlip(), shape=(8, 8, 1)), f"RandomFlip {DRAWS}"),
        (lambda: chain(layers.Dropout(0.3), shape=(None,)), f"Dropout {DRAWS}"),
        (lambda: in_attention(0.1), f"Dropout {DRAWS}"),
        (
            lambda: chain(layers.Bidirectional(layers.GRU(3, unroll=True)), shape=(4, 2)),
            "GRU is unrolled, and compiles slowly in it",
        ),
        (lambda: chain(Doubling()), "Doubling is own code, which it may make much slower"),
        (
            lambda: chain(layers.IntegerLookup(vocabulary=[1, 2]), shape=(2,), dtype="int64"),
            "IntegerLookup cannot be compiled by it",
        ),
        (
            lambda: chain(layers.Hashing(4), shape=(2,), dtype="string"),
            "it cannot compile text",
        ),
    ],
)
def test_layers_that_speak_against_xla(build: Any, reason: str) -> None:
    assert chosen(build()) == Method("tape", False, reason)


def test_small_draws_add_up() -> None:
    start = keras.Input((16,))
    twice = layers.Dropout(0.3)(layers.Dropout(0.3)(start))
    assert chosen(keras.Model(start, twice)).reason == f"Dropout {DRAWS}"
    assert chosen(in_attention(0.0)).xla


def test_largest_of_pixels_is_slow_where_bits_may_differ() -> None:
    model = chain(layers.MaxPooling2D(), shape=(8, 8, 1))
    assert chosen(model, deterministic=False).reason == f"MaxPooling2D {SLOW}"


def test_on_a_gpu_other_things_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tf.config, "list_logical_devices", lambda kind: ["one"])
    assert chosen(chain(layers.Conv2D(2, 3), shape=(8, 8, 1))).xla
    assert chosen(chain(layers.Dropout(0.3), shape=(99,))).xla
    assert chosen(chain(layers.MaxPooling2D(), shape=(8, 8, 1))).xla
    unsettled = chosen(chain(layers.MaxPooling2D(), shape=(8, 8, 1)), deterministic=True)
    assert unsettled.reason == f"MaxPooling2D {UNSETTLED}"
    assert chosen(chain(layers.LSTM(3), shape=(4, 2))).reason == "LSTM is faster by cuDNN"
    assert chosen(chain(layers.SimpleRNN(3), shape=(4, 2))).xla


def test_streams_and_augmentation_speak_against_xla() -> None:
    model, made = chain(layers.Dense(1)), dataset()
    streamed = replace(made, train=Stream(40, lambda: iter([])))
    drawn = Augmentation((), (8, 8, 1), 0, (0.0, 1.0))
    for data, augmentation, reason in (
        (streamed, None, "the data is streamed"),
        (made, drawn, "augmentation draws at random"),
    ):
        method = choose_method(config(), model, data, (), augmentation)
        assert method == Method("tape", False, reason)
