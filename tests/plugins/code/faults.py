"""Code that fails, each class in its own way."""

import keras
from keras import ops

R = keras.saving.register_keras_serializable()


class OddError(Exception):
    pass


@R
class Breaks(keras.layers.Layer):
    def __init__(self, how: str, **kwargs):
        super().__init__(**kwargs)
        if how == "init":
            raise OddError("not me")
        self.how = how

    def build(self, input_shape):
        if self.how == "build":
            raise KeyError("width")

    def call(self, inputs, training=None):
        if self.how == "call":
            raise OddError("never again")
        if self.how == "shape":
            return ops.matmul(inputs, ops.ones((77, 3)))
        if self.how == "training" and training:
            raise OddError("only in training")
        return inputs

    def get_config(self):
        return {**super().get_config(), "how": self.how}


@R
class Forgets(keras.layers.Layer):
    def __init__(self, units: int = 3, **kwargs):
        super().__init__(**kwargs)
        self.units = units

    def call(self, inputs):
        return inputs

    def get_config(self):
        return super().get_config()


@R
class Silent(keras.Model):
    """A model that does not say what it was made with."""

    def __init__(self, units: int, **kwargs):
        super().__init__(**kwargs)
        self.inner = keras.layers.Dense(units)

    def call(self, inputs):
        return self.inner(inputs)


@R
class Changes(keras.layers.Layer):
    """A layer that loses what it has learned."""

    def build(self, input_shape):
        self.factor = self.add_weight(shape=(), initializer="random_normal")

    def call(self, inputs):
        return inputs * self.factor

    def load_own_variables(self, store):
        pass


@R
class Steps(keras.Model):
    """A model that would train in its own way."""

    def call(self, inputs):
        return inputs

    def train_step(self, data):
        raise AssertionError("nobody calls this")


@R
class Lazy(keras.layers.Layer):
    """Makes its weights in call."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.inner = {}

    def call(self, inputs):
        self.inner[len(self.inner)] = layer = keras.layers.Dense(inputs.shape[-1])
        return layer(inputs)


class Unregistered(keras.layers.Layer):
    pass


class Loud(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        raise OddError("too loud")


@R
class BadLoss(keras.losses.Loss):
    def call(self, y_true, y_pred):
        raise OddError("no loss")


@R
def bad_metric(a, b):
    raise OddError("no metric")
