"""Learning-rate schedules that Keras has not: functions of the step, computed in float32.

A step is a batch: Keras calls a schedule with the number of batches so far, also where it
accumulates gradients over several of them. Ejected scripts take these classes as they stand
here, so they need nothing but ``keras`` and ``math``.
"""

from __future__ import annotations

import math

import keras


class OneCycle(keras.optimizers.schedules.LearningRateSchedule):
    """One cycle of the learning rate: up along a cosine, then down along another.

    After Smith and Topin, "Super-Convergence" (2018), as fastai and PyTorch have it:
    the first rate is max_learning_rate / div_factor, the maximum comes at step
    pct_start * total_steps - 1, and the last step's rate is the first one divided by
    final_div_factor. Steps behind the last one keep it. Steps count from 0.
    """

    def __init__(
        self,
        max_learning_rate: float,
        total_steps: int,
        pct_start: float = 0.3,
        div_factor: float = 25.0,
        final_div_factor: float = 10000.0,
    ) -> None:
        self.max_learning_rate = max_learning_rate
        self.total_steps = total_steps
        self.pct_start = pct_start
        self.div_factor = div_factor
        self.final_div_factor = final_div_factor

    def __call__(self, step: keras.KerasTensor) -> keras.KerasTensor:
        """Return the rate of a step."""
        top = max(self.pct_start * self.total_steps - 1.0, 0.0)
        rest = self.total_steps - 1.0 - top
        first = self.max_learning_rate / self.div_factor
        step = keras.ops.cast(step, "float32")
        rising = self._between(first, self.max_learning_rate, step / (top or 1.0))
        down = keras.ops.minimum((step - top) / (rest or 1.0), 1.0)
        last = first / self.final_div_factor
        falling = self._between(self.max_learning_rate, last, down)
        return keras.ops.where(step < top, rising, falling)

    def _between(
        self,
        start: float,
        end: float,
        share: keras.KerasTensor,
    ) -> keras.KerasTensor:
        """Return what lies at a share of the way from start to end, along a cosine."""
        return end + (start - end) / 2.0 * (1.0 + keras.ops.cos(math.pi * share))

    def get_config(self) -> dict[str, float]:
        """Return the arguments."""
        return {
            "max_learning_rate": self.max_learning_rate,
            "total_steps": self.total_steps,
            "pct_start": self.pct_start,
            "div_factor": self.div_factor,
            "final_div_factor": self.final_div_factor,
        }


class Power(keras.optimizers.schedules.LearningRateSchedule):
    """A learning rate that falls by a power of the step.

    It is initial_learning_rate / (1 + step / decay_steps) ** power: half of it after
    decay_steps, a third after twice as many, and so on where power is 1 (Geron,
    "Hands-On Machine Learning", chapter 11). Steps count from 0.
    """

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: int,
        power: float = 1.0,
    ) -> None:
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = decay_steps
        self.power = power

    def __call__(self, step: keras.KerasTensor) -> keras.KerasTensor:
        """Return the rate of a step."""
        passed = 1.0 + keras.ops.cast(step, "float32") / float(self.decay_steps)
        return self.initial_learning_rate / keras.ops.power(passed, float(self.power))

    def get_config(self) -> dict[str, float]:
        """Return the arguments."""
        return {
            "initial_learning_rate": self.initial_learning_rate,
            "decay_steps": self.decay_steps,
            "power": self.power,
        }


class WarmUp(keras.optimizers.schedules.LearningRateSchedule):
    """A learning rate that rises in a straight line before another schedule begins.

    Step t of the warm-up has start + (first - start) * t / steps, where first is the
    schedule's first value; step t behind it has what the schedule gives for t - steps.
    A number in the place of the schedule is kept. Steps count from 0.
    """

    def __init__(
        self,
        steps: int,
        schedule: float | keras.optimizers.schedules.LearningRateSchedule,
        start: float = 0.0,
    ) -> None:
        if isinstance(schedule, dict):  # as get_config has it
            schedule = keras.optimizers.schedules.deserialize(schedule)
        self.steps = steps
        self.schedule = schedule
        self.start = start

    def __call__(self, step: keras.KerasTensor) -> keras.KerasTensor:
        """Return the rate of a step."""
        done = keras.ops.cast(step, "float32")
        behind = keras.ops.maximum(keras.ops.cast(step, "int32") - self.steps, 0)
        first, then = self._value(0), self._value(behind)
        rising = self.start + (first - self.start) * done / float(self.steps)
        return keras.ops.where(done < self.steps, rising, then)

    def _value(self, step: keras.KerasTensor) -> keras.KerasTensor:
        """Return the rate of a step of what follows."""
        rate = self.schedule(step) if callable(self.schedule) else self.schedule
        return keras.ops.cast(rate, "float32")

    def get_config(self) -> dict[str, object]:
        """Return the arguments."""
        schedule = self.schedule
        if callable(schedule):
            schedule = keras.optimizers.schedules.serialize(schedule)
        return {"steps": self.steps, "schedule": schedule, "start": self.start}


OWN_CLASSES = {cls.__name__: cls for cls in (OneCycle, Power, WarmUp)}
"""The schedules of this module by their names."""

for _own in OWN_CLASSES.values():  # here, since a script's classes stand as they are
    keras.saving.register_keras_serializable("dlkit")(_own)
