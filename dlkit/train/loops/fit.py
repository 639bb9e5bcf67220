"""Training by Keras's own ``fit``, for what needs Keras's trainer."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import keras
import tensorflow as tf

from dlkit.train.augmentation import Augmentation
from dlkit.train.callbacks import UserCallbacks
from dlkit.train.loops.feed import Block, Feed
from dlkit.train.loops.step import output_names, spread
from dlkit.train.plan import Stretch


class FitLoop:
    """Runs epochs of a compiled model through ``Model.fit`` over a tf.data pipeline.

    Args:
        model: The compiled model, with its optimizer built.
        feed: The training examples.
        batch_size: Examples a step; the last step of an epoch takes what is left.
        seed: Of the run: together with the epoch it orders the examples.
        augmentation: Changes each batch, or None.
        callbacks: The user's; here they are told of batches, and of nothing else.
    """

    def __init__(
        self,
        model: keras.Model,
        feed: Feed,
        batch_size: int,
        seed: int,
        augmentation: Augmentation | None,
        callbacks: UserCallbacks,
    ) -> None:
        self._model = model
        self._feed = feed
        self._batch_size = batch_size
        self._seed = seed
        self._augmentation = augmentation
        self._callbacks = callbacks

    variables: tuple[Any, ...] = ()
    """Of an epoch under way: Keras's trainer begins one anew or not at all."""

    def run_epoch(
        self, epoch: int, stretches: Sequence[Stretch], on_steps: Callable[[int], None]
    ) -> dict[str, float]:
        """Train on the steps of an epoch.

        It ends at once where the loss is no longer finite; all figures are NaN then, as of
        the other loop.

        Args:
            epoch: Number of the epoch, counted from 0.
            stretches: Its steps.
            on_steps: Told the number of steps done so far.

        Returns:
            The loss and the metrics over the epoch.
        """
        if self._augmentation:
            self._augmentation.start_epoch(epoch)
        sizes = [size for stretch in stretches for size in self._sizes(stretch)]
        short = [step for step, size in enumerate(sizes) if size < self._batch_size]
        hooks = _EpochHooks(self._callbacks, on_steps, short)
        history = self._model.fit(
            self._pipeline(stretches),
            initial_epoch=epoch,
            epochs=epoch + 1,
            shuffle=False,
            verbose=0,
            callbacks=[hooks],
        )
        for variable, value in zip(hooks.variables, hooks.values, strict=True):
            variable.assign(value)
        figures = {name: float(values[-1]) for name, values in history.history.items()}
        if not math.isfinite(hooks.loss):
            return dict.fromkeys(figures, math.nan)
        return figures | self._output_losses(figures, hooks.around, sizes)

    def _output_losses(
        self,
        figures: Mapping[str, float],
        around: Mapping[int, tuple[Mapping[str, Any], Mapping[str, Any]]],
        sizes: Sequence[int],
    ) -> dict[str, float]:
        """Return the losses of several outputs over an epoch, every example counted alike.

        Keras 3.15 takes the mean over batches for them, where the last one of a pass may be
        smaller: unlike the whole loss, and unlike both where the size of a batch is known.

        Args:
            figures: Of the epoch, as Keras has them: means over all batches.
            around: The same before and after each batch that is smaller, by its number.
            sizes: Examples of each batch.
        """
        names = output_names(self._model)
        if len(names) < 2 or not 0 < len(around) < len(sizes):
            return {}
        found = {}
        for name in (f"{name}_loss" for name in names):
            sums = {
                step: float(after[name]) * (step + 1)
                - (float(before[name]) * step if step else 0)
                for step, (before, after) in around.items()
            }
            others = figures[name] * len(sizes) - sum(sums.values())
            weighed = sum(sums[step] * sizes[step] for step in sums)
            found[name] = (others * self._batch_size + weighed) / sum(sizes)
        return found

    def _sizes(self, stretch: Stretch) -> list[int]:
        """Return how many examples each step has."""
        size, examples = self._batch_size, len(self._feed)
        return [
            min(size, examples - step * size) for step in range(stretch.first, stretch.last)
        ]

    def _pipeline(self, stretches: Sequence[Stretch]) -> tf.data.Dataset:
        """Return an epoch's batches; what draws at random does so in their order."""
        blocks = itertools.chain.from_iterable(
            self._feed.stretch(self._seed, stretch) for stretch in stretches
        )
        first = next(blocks)  # it tells the shapes, and whether others follow
        steps = sum(stretch.last - stretch.first for stretch in stretches)
        batches = self._of_block(first)
        if steps > -(-len(first.rows) // self._batch_size):
            # A generator, since a block is read when the one before it is used up.
            signature = batches.element_spec
            batches = tf.data.Dataset.from_generator(
                lambda: self._of_blocks(first, blocks), output_signature=signature
            ).apply(tf.data.experimental.assert_cardinality(steps))
        if self._augmentation:
            batches = batches.map(self._augmented, num_parallel_calls=None)
        return batches.prefetch(tf.data.AUTOTUNE)

    def _of_block(self, block: Block) -> tf.data.Dataset:
        """Return the batches of a block in memory."""
        data = tuple(part for part in block.data if part is not None)

        def gather(indices: tf.Tensor) -> Any:
            x, y, *weight = tf.nest.map_structure(lambda part: tf.gather(part, indices), data)
            return (x, y, *(spread(each, y, self._model) for each in weight))

        return (
            tf.data.Dataset.from_tensor_slices(block.rows)
            .batch(self._batch_size)
            .map(gather, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)
        )

    def _of_blocks(self, first: Block, others: Iterator[Block]) -> Iterator[Any]:
        for block in itertools.chain([first], others):
            yield from self._of_block(block)

    def _augmented(self, x: Any, y: Any, *weight: Any) -> Any:
        assert self._augmentation is not None  # noqa: S101  # else it is not mapped
        return (*self._augmentation(x, y), *weight)


class _EpochHooks(keras.callbacks.Callback):
    """Passes on what happens to batches; the trainer itself tells of epochs.

    At its end ``fit`` puts averaged weights in the place of the trained ones, if the
    optimizer averages. Training goes on from the trained ones, so they are kept here.

    Args:
        callbacks: The user's.
        on_steps: Told the number of steps done so far.
        short: Numbers of batches, from 0, around which the figures are kept.
    """

    def __init__(
        self,
        callbacks: UserCallbacks,
        on_steps: Callable[[int], None],
        short: Sequence[int] = (),
    ) -> None:
        super().__init__()
        self._callbacks = callbacks
        self._on_steps = on_steps
        self._short = frozenset(short)
        self.variables: list[Any] = []
        self.values: list[Any] = []
        self.around: dict[int, tuple[Mapping[str, Any], Mapping[str, Any]]] = {}
        self._last: Mapping[str, Any] = {}
        self.loss = 0.0

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Keep the trained weights before they are averaged."""
        optimizer = self.model.optimizer  # one that scales the loss holds the one that averages
        if getattr(optimizer, "inner_optimizer", optimizer).use_ema:
            self.variables = list(self.model.trainable_variables)
            self.values = [variable.numpy() for variable in self.variables]

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Pass on that a batch begins."""
        self._callbacks.tell("on_train_batch_begin", batch, logs)

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Pass on that a batch is over, and report the step."""
        if batch in self._short:
            self.around[batch] = self._last, logs
        self._last = logs
        self._callbacks.tell("on_train_batch_end", batch, logs)
        self.loss = float(self._last["loss"])  # a mean over the epoch, so it stays not finite
        if math.isfinite(self.loss):
            self._on_steps(batch + 1)
        else:
            self.model.stop_training = True
