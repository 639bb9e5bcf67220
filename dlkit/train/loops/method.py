"""How a training is carried out: which loop runs, and whether XLA compiles its steps.

XLA is chosen by a rule that reads the model and the plan, never by a timing: what it
computes differs in the last bits, so a choice that noise could tip would change the run.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import keras

from dlkit.config.schema import Config
from dlkit.data.dataset import Dataset
from dlkit.errors import ConfigError, Problem
from dlkit.train.augmentation import Augmentation
from dlkit.train.callbacks import wants_batches
from dlkit.train.loops.shared import is_shared
from dlkit.train.loops.xla import WORTH_COMPILING, against_xla
from dlkit.train.plan import plan_training

LoopKind = Literal["tape", "fit"]


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
    """Choose the loop and whether XLA compiles, where the config leaves it open.

    Raises:
        ConfigError: If a callback needs Keras's loop, and layers are to be measured, or
            several devices are to train.
    """
    training = config.training
    loop: LoopKind = "fit" if wants_batches(callbacks) else "tape"
    if loop == "fit" and training.distribute:
        together = training.distribute
        message = f"a callback wants every batch, and `{together}` makes many in one call."
        hint = "Let it act once an epoch, or leave `distribute` out."
        raise ConfigError(Problem(message, ("training", "callbacks"), hint))
    if loop == "fit" and training.diagnostics and training.loop == "auto":
        message = "a callback is told of batches by Keras's loop, which measures no layers."
        path = ("training", "diagnostics")
        raise ConfigError(Problem(message, path, "Leave one of the two out."))
    if training.loop != "auto":
        loop = training.loop
    if loop == "fit":
        return Method(loop, False, "Keras's loop goes without it")
    if training.xla != "auto":
        return Method(loop, training.xla, "as the config says")
    if is_shared(model):
        return Method(loop, False, "several devices share each step")
    against = against_xla(model, dataset, training, augmentation)
    if against:
        return Method(loop, False, against)
    plan = plan_training(training, len(dataset.train))
    stages = max(1, len(training.stages))  # each of them compiles anew
    steps = plan.total // stages
    counted = f"{steps:,} steps" + (" a stage" if stages > 1 else "")
    if steps < WORTH_COMPILING:
        return Method(loop, False, f"{counted} do not pay for compiling")
    return Method(loop, True, f"{counted} pay for compiling")
