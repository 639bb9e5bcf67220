"""Build Keras objects from checked notations.

Whatever Keras itself refuses comes back as a problem at the object's place in the config;
so does what fails in one's own code, with the line of that code.
"""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Mapping
from typing import Any

import keras
import tensorflow as tf

from dlkit.config.columns import COMPILED, metric_name
from dlkit.config.datasets import Task
from dlkit.config.objects import KerasObject
from dlkit.config.own_layers import KIND, MODEL
from dlkit.config.values import Duration
from dlkit.errors import ModelError, Problem
from dlkit.model.draws import drawing_nothing
from dlkit.model.schedules import OWN_CLASSES
from dlkit.plugins import own_place

MODULES = {
    "layers": keras.layers,
    "applications": keras.applications,
    "optimizers": keras.optimizers,
    "schedules": keras.optimizers.schedules,
    "losses": keras.losses,
    "metrics": keras.metrics,
    "initializers": keras.initializers,
    "regularizers": keras.regularizers,
    "constraints": keras.constraints,
    "callbacks": keras.callbacks,
}

SAVED = ("layers", "initializers", "regularizers", "constraints")
"""Kinds that are parts of a saved model; others are made anew from the config."""

REFUSALS = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    ImportError,
    LookupError,
    NotImplementedError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
    tf.errors.OpError,
)
"""What Keras and TensorFlow raise when something they are given cannot work."""


def build_object(
    notation: KerasObject, steps_per_epoch: int = 1, extra: Mapping[str, Any] | None = None
) -> Any:
    """Build one Keras object with everything nested in it.

    Args:
        notation: The checked notation.
        steps_per_epoch: Turns durations in epochs into steps.
        extra: Built arguments that dlkit adds; the notation's own win.

    Returns:
        The Keras object; for an activation its name, as Keras's layers take it, and for
        a function of one's own the function.

    Raises:
        ModelError: If Keras refuses the arguments.
    """
    if notation.kind == "activations":
        return notation.own_code or notation.name
    if notation.kind == KIND:
        return _build_chain(notation)
    arguments = dict(extra or {})
    for name, value in notation.arguments.items():
        arguments[name] = _build_value(value, steps_per_epoch)
    factory = find_factory(notation)
    if not inspect.isclass(factory) and notation.own_code:
        return _with_arguments(factory, arguments)
    try:
        made = factory(**arguments)
    except refusals_of(notation) as error:
        raise ModelError(refusal(notation, error)) from error
    if notation.own_code:
        prove_kept(made, notation)
    return made


def find_factory(notation: KerasObject) -> Any:
    """Return the class or function that makes an object: a plugin's, dlkit's or Keras's."""
    own = OWN_CLASSES.get(notation.name) if notation.kind == "schedules" else None
    return notation.own_code or own or getattr(MODULES[notation.kind], notation.name)


def refusals_of(notation: KerasObject) -> tuple[type[Exception], ...]:
    """Return what may be raised where an object is made or used.

    Applications may download weights, and Keras raises a bare Exception where it cannot;
    one's own code raises anything.
    """
    anything = notation.kind == "applications" or notation.own_code
    return (Exception,) if anything else REFUSALS


def _with_arguments(function: Any, arguments: dict[str, Any]) -> Any:
    """Return a function of labels and outputs that has its other arguments."""
    if not arguments:
        return function
    return functools.update_wrapper(functools.partial(function, **arguments), function)


def prove_kept(made: Any, notation: KerasObject) -> None:
    """Prove that an object of one's own code can be saved, and for a model's part, loaded.

    Raises:
        ModelError: If it cannot: what is trained would be lost.
    """
    if notation.kind == "callbacks":
        return
    hint = "Write get_config(): super().get_config() with every argument of __init__."
    try:
        config = made.get_config()
    except Exception as error:  # it is anybody's code and raises anything
        reason = f"get_config() fails: {one_line(error)}"
        if isinstance(error, NotImplementedError) and not own_place(error):
            reason = "it has no get_config()."  # Keras says so at length
        message = f"{notation.name} cannot be saved: {reason}"
        raise ModelError(Problem(message, notation.path, hint)) from error
    if notation.kind not in SAVED:
        return
    own = vars(notation.own_code)
    taken = inspect.signature(own["__init__"]).parameters if "__init__" in own else ()
    lost = [key for key in taken if key in notation.arguments and key not in config]
    if lost and "from_config" not in own:
        message = f"{notation.name} cannot be saved: get_config() leaves out {lost[0]!r}."
        raise ModelError(Problem(message, notation.path, hint))
    try:
        with drawing_nothing():
            keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(made))
    except Exception as error:
        message = f"{notation.name} cannot be loaded again: {one_line(error)}"
        raise ModelError(Problem(message, notation.path, hint)) from error


def _build_chain(notation: KerasObject) -> keras.Sequential:
    """Build a model that is an argument of a layer, as that of ``TimeDistributed``.

    It is built when it is called, since only the layer knows what it will read.

    Raises:
        ModelError: If it is no chain of Keras's layers.
    """
    entries = notation.arguments.get("layers", ())
    if notation.name != MODEL or any(e.inputs or e.layer.kind != "layers" for e in entries):
        message = f"a {MODEL} inside a layer must be a chain of Keras's layers."
        hint = "Leave out `from`, and what is no layer of Keras's."
        raise ModelError(Problem(message, notation.path, hint))
    layers = [build_object(entry.layer, extra={"name": entry.name}) for entry in entries]
    chain = keras.Sequential(layers)
    chain.trainable = notation.arguments.get("trainable", True)
    return chain


def build_metric(notation: KerasObject, task: Task) -> Any:
    """Build a metric under the name of its column.

    Args:
        notation: The metric.
        task: What is learned. Of several labels an example Keras itself would
            compare the largest only, as if there were one.

    Returns:
        A Keras metric, or the name of one that ``compile`` picks by the labels' shape.

    Raises:
        ModelError: If Keras refuses the arguments.
    """
    name = metric_name(notation)
    if notation.name in COMPILED:
        several = task == "multi_label"
        return keras.metrics.BinaryAccuracy(name=name) if several else notation.name
    factory = find_factory(notation)
    if isinstance(factory, type):
        return build_object(notation, extra={"name": name})
    return keras.metrics.MeanMetricWrapper(factory, name=name, **notation.arguments)


def refusal(notation: KerasObject, error: Exception, received: str = "") -> Problem:
    """Say in one problem why Keras refused an object.

    Args:
        notation: The refused object.
        error: What Keras raised.
        received: What the object was given, e.g. the shape of its input.
    """
    reason = one_line(error)
    context = f" for {received}" if received else ""
    fails = f"{notation.name} fails" if notation.own_code else f"Keras refuses {notation.name}"
    return Problem(f"{fails}{context}: {reason}", notation.path)


INTERNALS = (
    r"\{\{function_node [^}]*\}\} ?"  # where TensorFlow ran it
    r"| ?\[Op:\w+\](?: name:)?"
    r"| ?Inputs received: \[.*?KerasTensor.*\]\.?"  # the shapes are told already
)
"""Parts of messages of Keras's and TensorFlow's that say nothing of the user's model."""


def one_line(error: Exception, length: int = 300) -> str:
    """Return Keras's message as one line of bounded length.

    Where it comes from one's own code, that code's line stands behind it.
    """
    in_graph = re.search(r"([^\n]+)\n\s*\[\[\{\{node", str(error))  # behind a stack of calls
    text = " ".join((in_graph[1] if in_graph else str(error)).split())
    marker = "Exception encountered when calling"
    if text.startswith(marker):  # Keras wraps the reason in a report on the call
        text = text.split(". ", 1)[-1].split(" Arguments received by")[0]
    text = text.replace("\x1b[1m", "").replace("\x1b[0m", "").strip()
    text = text.split("Error encountered: ")[-1]  # behind Keras's guess at the reason
    text = re.sub(INTERNALS, "", text).strip()
    if place := own_place(error):
        text = f"{text or type(error).__name__}"[: length - len(place) - 4]
        return f"{text.rstrip('.')} ({place})."
    text += "" if text.endswith((".", "!", "?")) else "."
    return text if len(text) <= length else f"{text[: length - 3]}..."


def _build_value(value: Any, steps_per_epoch: int) -> Any:
    if isinstance(value, KerasObject):
        return build_object(value, steps_per_epoch)
    if isinstance(value, Duration):
        return value.steps(steps_per_epoch)
    if isinstance(value, list):
        return [_build_value(item, steps_per_epoch) for item in value]
    return value
