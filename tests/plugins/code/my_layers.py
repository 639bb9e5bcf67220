"""One of everything that a person may write for Keras."""

from __future__ import annotations

import pathlib

import keras
from keras import ops


@keras.saving.register_keras_serializable()
class Scaled(keras.layers.Layer):
    """A dense layer whose output is scaled by a weight.

    Args:
        units: Width of the output.
        scale: What the scale begins with.
    """

    def __init__(
        self, units: int, scale: float = 1.0, kernel_initializer="glorot_uniform", **kwargs
    ):
        super().__init__(**kwargs)
        self.units = units
        self.scale = scale
        self.kernel_initializer = keras.initializers.get(kernel_initializer)

    def build(self, input_shape):
        self.kernel = self.add_weight(
            shape=(input_shape[-1], self.units),
            initializer=self.kernel_initializer,
            name="kernel",
        )
        self.factor = self.add_weight(
            shape=(), initializer=keras.initializers.Constant(self.scale), name="factor"
        )

    def call(self, inputs, training=None):
        return ops.matmul(inputs, self.kernel) * self.factor

    def get_config(self):
        return {
            **super().get_config(),
            "units": self.units,
            "scale": self.scale,
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
        }


@keras.saving.register_keras_serializable(package="mine")
class Small(keras.initializers.Initializer):
    """Small numbers."""

    def __init__(self, size: float = 0.1):
        self.size = size

    def __call__(self, shape, dtype=None, **kwargs):
        return ops.full(shape, self.size, dtype=dtype)

    def get_config(self):
        return {"size": self.size}


@keras.saving.register_keras_serializable()
class Net(keras.Model):
    """A whole net."""

    def __init__(self, units: int, classes: int, **kwargs):
        super().__init__(**kwargs)
        self.units, self.classes = units, classes
        self.hidden = keras.layers.Dense(units, activation="relu")
        self.head = keras.layers.Dense(classes, activation="softmax")

    def call(self, inputs):
        return self.head(self.hidden(inputs))

    def get_config(self):
        return {**super().get_config(), "units": self.units, "classes": self.classes}


@keras.saving.register_keras_serializable()
class Softer(keras.losses.SparseCategoricalCrossentropy):
    """Cross-entropy, halved."""

    def __init__(self, factor: float = 0.5, name: str = "softer", **kwargs):
        super().__init__(name=name, **kwargs)
        self.factor = factor

    def call(self, y_true, y_pred):
        return self.factor * super().call(y_true, y_pred)

    def get_config(self):
        return {**super().get_config(), "factor": self.factor}


@keras.saving.register_keras_serializable()
def surprise(y_true, y_pred, base=1.0):
    """Cross-entropy as a plain function."""
    return base * keras.losses.sparse_categorical_crossentropy(y_true, y_pred)


@keras.saving.register_keras_serializable()
class Sure(keras.metrics.Metric):
    """How sure the model is."""

    def __init__(self, name="sure", **kwargs):
        super().__init__(name=name, **kwargs)
        self.total = self.add_weight(name="total", initializer="zeros")
        self.count = self.add_weight(name="count", initializer="zeros")

    def update_state(self, y_true, y_pred, sample_weight=None):
        best = ops.max(y_pred, axis=-1)
        self.total.assign_add(ops.sum(best))
        self.count.assign_add(ops.cast(ops.size(best), "float32"))

    def result(self):
        return self.total / self.count


@keras.saving.register_keras_serializable()
class Halving(keras.optimizers.schedules.LearningRateSchedule):
    """Halves."""

    def __init__(self, initial_learning_rate: float, every_steps: int):
        self.initial_learning_rate = initial_learning_rate
        self.every_steps = every_steps

    def __call__(self, step):
        return self.initial_learning_rate * ops.power(
            0.5, ops.floor(ops.cast(step, "float32") / self.every_steps)
        )

    def get_config(self):
        return {
            "initial_learning_rate": self.initial_learning_rate,
            "every_steps": self.every_steps,
        }


@keras.saving.register_keras_serializable()
class Nearer(keras.regularizers.Regularizer):
    """Pulls weights towards a value."""

    def __init__(self, value: float, strength: float = 0.01):
        self.value = value
        self.strength = strength

    def __call__(self, x):
        return self.strength * ops.sum(ops.square(x - self.value))

    def get_config(self):
        return {"value": self.value, "strength": self.strength}


@keras.saving.register_keras_serializable()
class Below(keras.constraints.Constraint):
    """Keeps weights below a value."""

    def __init__(self, top: float = 1.0):
        self.top = top

    def __call__(self, w):
        return ops.minimum(w, self.top)

    def get_config(self):
        return {"top": self.top}


@keras.saving.register_keras_serializable()
class Plain(keras.optimizers.SGD):
    """Gradient descent by another name."""


@keras.saving.register_keras_serializable()
def bent(x):
    """A bent line."""
    return ops.maximum(0.3 * x, x)


class Told(keras.callbacks.Callback):
    """Keeps a file of epochs."""

    def __init__(self, path: str):
        super().__init__()
        self.path = path

    def on_epoch_end(self, epoch, logs=None):
        with pathlib.Path(self.path).open("a") as file:
            file.write(f"{epoch}\n")
