"""How a training is carried out: which loop runs, and whether XLA compiles its steps.

XLA is chosen by a rule that reads the model and the plan, never by a timing: what it
computes differs in the last bits, so a choice that noise could tip would change the run.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import keras
import tensorflow as tf

from dlkit.config.schema import Config
from dlkit.data.dataset import Dataset, Split
from dlkit.train.augmentation import Augmentation
from dlkit.train.callbacks import wants_batches
from dlkit.train.plan import plan_training

LoopKind = Literal["tape", "fit"]

WORTH_COMPILING = 2000
"""Steps from which XLA's second of compiling pays (measured on small dense networks)."""

SLOW_ON_CPU = ("Conv2D", "Conv3D", "Pooling2D", "Pooling3D", "ConvLSTM2D", "ConvLSTM3D")
"""Parts of the names of layers that XLA's CPU code makes slower, up to 60 times."""


@dataclass(frozen=True)
class Method:
    """How training is carried out.

    Attributes:
        loop: ``tape``, many steps in one compiled call, or ``fit``, Keras's own.
        xla: Whether XLA compiles the steps.
        reason: Why it does, or why not: ends a sentence after "XLA: yes, ".
    """

    loop: LoopKind
    xla: bool
    reason: str

    def __str__(self) -> str:
        return f"{self.loop} loop, {'with' if self.xla else 'without'} XLA ({self.reason})"


def choose_method(
    config: Config,
    model: keras.Model,
    dataset: Dataset,
    callbacks: Sequence[keras.callbacks.Callback],
    augmentation: Augmentation | None,
) -> Method:
    """Choose the loop and whether XLA compiles, where the config leaves it open."""
    training = config.training
    loop: LoopKind = "fit" if wants_batches(callbacks) else "tape"
    if training.loop != "auto":
        loop = training.loop
    if loop == "fit":
        return Method(loop, False, "Keras's loop goes without it")
    if training.xla != "auto":
        return Method(loop, training.xla, "as the config says")
    against = next(_against(model, dataset, augmentation), None)
    if against:
        return Method(loop, False, against)
    steps = plan_training(training, len(dataset.train)).total
    if steps < WORTH_COMPILING:
        return Method(loop, False, f"{steps:,} steps do not pay for compiling")
    return Method(loop, True, f"{steps:,} steps pay for compiling")


def _against(
    model: keras.Model, dataset: Dataset, augmentation: Augmentation | None
) -> Iterator[str]:
    """Yield what speaks against XLA."""
    if not isinstance(dataset.train, Split):
        yield "the data is streamed"
    if augmentation:
        yield "augmentation draws at random"
    on_gpu = bool(tf.config.list_logical_devices("GPU"))
    for layer in model._flatten_layers():  # Keras has no public way into wrappers and cells
        name = type(layer).__name__
        if on_gpu:
            if isinstance(layer, keras.layers.RNN):
                yield f"{name} is faster by cuDNN"
            continue
        if any(part in name for part in SLOW_ON_CPU):
            yield f"{name} is slow in it on a CPU"
        if _draws(layer):
            yield f"{name} draws at random, slowly in it on a CPU"


def _draws(layer: keras.layers.Layer) -> bool:
    """Tell whether a layer draws numbers in every step."""
    rates = [getattr(layer, name, 0) for name in ("rate", "dropout", "recurrent_dropout")]
    name = type(layer).__name__
    has_generator = getattr(layer, "seed_generator", None) is not None
    return (has_generator and any(rates)) or "Noise" in name or name.startswith("Random")
