"""What speaks against compiling a training's steps with XLA.

The answer depends on the model and the config alone. Behind it are measurements on two
cores, as XLA's time to TensorFlow's own: dense layers 0.1 to 0.8, normalization and
embedding 0.3 to 0.6, attention 0.6, recurrent layers 0.3 to 1.0 (with dropout too), means
over pixels 0.2 to 0.5; but largest of pixels 2 to 5, bilinear resizing 5, convolutions of
any rank 9 to 50 unless they come first, and 0.45 millionths of a second for each number
drawn, which is as much as XLA saves in a small step when it draws some 400.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Literal

import keras
import tensorflow as tf

from dlkit.config.training_section import TrainingConfig
from dlkit.data.dataset import Dataset, Split
from dlkit.train.augmentation import Augmentation

layers = keras.layers

WORTH_COMPILING = 2000
"""Steps from which XLA's second of compiling pays (measured on small dense networks)."""

FEW_NUMBERS = 128
"""Numbers that a step may draw: XLA takes longer for them, and saves more than that."""

CONVOLUTIONS = (
    *(layers.Conv1D, layers.Conv2D, layers.Conv3D),
    *(layers.Conv1DTranspose, layers.Conv2DTranspose, layers.Conv3DTranspose),
    *(layers.SeparableConv1D, layers.SeparableConv2D),
    *(layers.DepthwiseConv1D, layers.DepthwiseConv2D),
    *(layers.ConvLSTM1D, layers.ConvLSTM2D, layers.ConvLSTM3D),
)

MAXIMA = (layers.MaxPooling1D, layers.MaxPooling2D, layers.MaxPooling3D)

LOOKUPS = (
    *(layers.StringLookup, layers.IntegerLookup, layers.TextVectorization),
    *(layers.Hashing, layers.HashedCrossing),
)
"""Layers that find or hash values: XLA has no kernels for them."""

RECURRENT = (layers.RNN, layers.LSTMCell, layers.GRUCell, layers.SimpleRNNCell)
"""XLA saves more in their steps over time than their draws cost."""

DRAWING_FOR_EACH_INPUT = (
    *(layers.Dropout, layers.GaussianDropout, layers.GaussianNoise, layers.AlphaDropout),
)
"""Layers that draw at most as many numbers as they read."""


def against_xla(
    model: keras.Model,
    dataset: Dataset,
    training: TrainingConfig,
    augmentation: Augmentation | None,
) -> str | None:
    """Return the first thing that speaks against XLA, and None where nothing does.

    Args:
        model: The model that is trained.
        dataset: What it is trained on, as it takes it.
        training: Says the size of a batch, and whether bits have to be the same each time.
        augmentation: Changes each batch, or None.
    """
    if not isinstance(dataset.train, Split):
        return "the data is streamed"
    if augmentation:
        return "augmentation draws at random"
    if any("string" in str(tensor.dtype) for tensor in model.inputs):
        return "it cannot compile text"
    parts = list(model._flatten_layers())  # Keras has no public way into wrappers and cells
    on_gpu = bool(tf.config.list_logical_devices("GPU"))
    return next(
        (
            f"{type(layer).__name__} {reason}"
            for layer in parts
            for reason in _against(layer, training, on_gpu=on_gpu)
        ),
        None if on_gpu else _against_draws(parts, training.batch_size),
    )


def _against(
    layer: keras.layers.Layer, training: TrainingConfig, *, on_gpu: bool
) -> Iterator[str]:
    """Yield what a layer is or does that speaks against XLA, to be read after its name."""
    deterministic: Literal["auto"] | bool = training.deterministic
    if deterministic == "auto":
        deterministic = not on_gpu
    if isinstance(layer, LOOKUPS):
        yield "cannot be compiled by it"
    if deterministic and isinstance(layer, MAXIMA[:2]):
        yield "has no deterministic gradient in it"
    if on_gpu:
        if isinstance(layer, (layers.LSTM, layers.GRU)):
            yield "is faster by cuDNN"
        return
    if not type(layer).__module__.startswith("keras."):
        yield "is own code, which it may make much slower"
    bilinear = isinstance(layer, layers.UpSampling2D) and layer.interpolation != "nearest"
    if bilinear or isinstance(layer, (*CONVOLUTIONS, *MAXIMA, layers.Resizing)):
        yield "is slow in it on a CPU"
    if getattr(layer, "unroll", False):
        yield "is unrolled, and compiles slowly in it"


def _against_draws(parts: list[keras.layers.Layer], batch_size: int) -> str | None:
    """Return what a step's random numbers say against XLA on a CPU."""
    drawing = {layer: _numbers(layer, batch_size) for layer in parts if _draws(layer)}
    if sum(drawing.values()) <= FEW_NUMBERS:
        return None
    name = type(max(drawing, key=lambda layer: drawing[layer])).__name__
    return f"{name} draws at random, slowly in it on a CPU"


def _draws(layer: keras.layers.Layer) -> bool:
    """Tell whether a layer draws numbers in every step."""
    if isinstance(layer, RECURRENT):
        return False
    return any(isinstance(each, keras.random.SeedGenerator) for each in vars(layer).values())


def _numbers(layer: keras.layers.Layer, batch_size: int) -> float:
    """Return how many numbers a layer draws in a step, at most."""
    if not isinstance(layer, DRAWING_FOR_EACH_INPUT):
        return math.inf
    try:
        shape = layer.input.shape[1:]
    except (AttributeError, ValueError):  # it is a part of another layer, or called twice
        return math.inf
    return math.inf if None in shape else float(batch_size * math.prod(shape))
