"""Training in a few compiled calls.

The data lies in memory as tensors, all of it or a block at a time; a call gathers its
batches by index and makes many steps, as many as take about a third of a second, so that
progress stays live while Python is left out of the steps.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from dlkit.model.compiled import compiled
from dlkit.train.augmentation import Augmentation
from dlkit.train.diagnostics import Probe
from dlkit.train.loops.feed import Block, Feed
from dlkit.train.loops.figures import figures_of, read_and_reset
from dlkit.train.loops.shared import agreed, is_shared, shared_step
from dlkit.train.loops.step import training_step
from dlkit.train.plan import Stretch

SECONDS_PER_CALL = 0.3


class TapeLoop:
    """Runs epochs of a compiled model.

    Args:
        model: The compiled model, with its optimizer built.
        feed: The training examples.
        batch_size: Examples a step; the last step of a pass takes what is left.
        seed: Of the run: together with the pass it orders the examples.
        augmentation: Changes each batch, or None.
        xla: Whether XLA compiles the steps.
        probe: Measures what each step does to each layer, or None.
    """

    def __init__(
        self,
        model: keras.Model,
        feed: Feed,
        batch_size: int,
        seed: int,
        augmentation: Augmentation | None,
        *,
        xla: bool = False,
        probe: Probe | None = None,
    ) -> None:
        self._model = model
        self._probe = probe
        self._loss = keras.metrics.Mean(name="loss")
        self._feed = feed
        # One batch of all there is, where they are too few, is compiled ahead like any other.
        self._batch_size = min(batch_size, len(feed))
        self._seed = seed
        self._augmentation = augmentation
        self._steps_per_call = 1
        self._many = compiled(self._run_many, reduce_retracing=True, xla=xla)
        self._call: Any = None  # the same, once it is compiled
        # Keras weighs an output's loss by the size of its batch where the graph knows it.
        self._rest = compiled(self._run_one, xla=xla)
        self._read = compiled(self._read_and_reset)

    @property
    def variables(self) -> list[Any]:
        """What an epoch that is under way has collected of its loss and of its layers."""
        return [*self._loss.variables, *(self._probe.variables if self._probe else ())]

    def run_epoch(
        self, epoch: int, stretches: Sequence[Stretch], on_steps: Callable[[int], None]
    ) -> dict[str, float]:
        """Train on the steps of an epoch.

        It ends at once where the loss is no longer finite. All figures are NaN then: what
        they were at that step would tell how many steps a call made.

        Args:
            epoch: Number of the epoch, counted from 0.
            stretches: Its steps; where some were taken already, those that are left.
            on_steps: Told the number of steps done by this call, a few times a second.

        Returns:
            The loss and the metrics over the epoch.
        """
        if self._augmentation and not stretches[0].continues:
            self._augmentation.start_epoch(epoch)
        done = 0
        for stretch in stretches:
            for block in self._feed.stretch(self._seed, stretch):
                done, finite = self._run_block(block, done, on_steps)
                if not finite:
                    return dict.fromkeys(self._figures(), math.nan)
        return self._figures()

    def _figures(self) -> dict[str, float]:
        return figures_of(self._model, self._read())

    def _run_block(
        self, block: Block, done: int, on_steps: Callable[[int], None]
    ) -> tuple[int, bool]:
        """Train on a block.

        Returns:
            The number of steps done, and whether the loss is finite still.
        """
        indices, size = tf.constant(block.order), self._batch_size
        first, wanted = block.span or (0, len(block.order))
        at = begun = first // size
        end, last = wanted // size, -(-wanted // size)
        if at < end:
            self._compile(block.data, indices)
        while at < end:
            steps = min(self._steps_per_call, end - at)
            started = time.perf_counter()
            # Asking for the result waits for the steps: a GPU would return at once.
            total = self._call(block.data, indices, tf.constant(at), tf.constant(steps))
            finite = bool(np.isfinite(total.numpy()))
            (seconds,) = agreed(self._model, [time.perf_counter() - started])
            self._adjust(steps, seconds)
            if not finite:
                return done + at - begun, False
            at += steps
            on_steps(done + at - begun)
        if at < last:
            total = self._rest(block.data, indices[end * size : wanted])
            finite = bool(np.isfinite(total.numpy()))
            if finite:
                on_steps(done + last - begun)
            return done + last - begun, finite
        return done + at - begun, True

    def compile_ahead(self) -> None:
        """Compile the steps now, for data in memory, and take none."""
        held = self._feed.held
        if held is not None:
            self._compile(held, tf.range(len(self._feed)))

    def _compile(self, data: Any, indices: tf.Tensor) -> None:
        """Compile the call of many steps by asking for none.

        What is timed afterwards is steps alone.
        """
        if self._call is not None:
            return
        none = tf.constant(0)
        call = self._many
        if data is self._feed.held:
            # Nothing changes its shape from call to call: so none has to look for the graph
            # that fits, which takes longer than a few small steps.
            call = call.get_concrete_function(data, indices, none, none)
        call(data, indices, none, none)
        self._call = call

    def _adjust(self, steps: int, seconds: float) -> None:
        """Choose how many steps the next call makes, without jumping to conclusions."""
        fitting = int(SECONDS_PER_CALL * steps / max(seconds, 1e-6))
        self._steps_per_call = max(1, min(fitting, 64 * self._steps_per_call))

    def _run_many(
        self, data: Any, order: tf.Tensor, first: tf.Tensor, steps: tf.Tensor
    ) -> tf.Tensor:
        size, last = self._batch_size, first + steps

        def make(step: tf.Tensor) -> tf.Tensor:
            self._step(data, tf.slice(order, [step * size], [size]))
            return step + 1

        # The bounds are tensors: XLA would compile a loop over a range anew for each pair.
        tf.while_loop(lambda step: step < last, make, [first])
        return tf.identity(self._loss.total)

    def _run_one(self, data: Any, indices: tf.Tensor) -> tf.Tensor:
        self._step(data, indices)
        return tf.identity(self._loss.total)

    def _step(self, data: Any, indices: tf.Tensor) -> None:
        x, y, weight = tf.nest.map_structure(
            lambda array: None if array is None else tf.gather(array, indices), data
        )
        if self._augmentation:
            x, y = self._augmentation(x, y)
        step = shared_step if is_shared(self._model) else training_step
        step(self._model, self._loss, x, y, weight, self._probe)

    def _read_and_reset(self) -> dict[str, tf.Tensor]:
        return read_and_reset(self._model, self._loss)
