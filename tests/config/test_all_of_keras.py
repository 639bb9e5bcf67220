"""Every object of Keras can be named in a config, and is then built as Keras builds it."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.keras

keras = pytest.importorskip("keras")

from dlkit.config.catalogue import Entry, load_catalogue  # noqa: E402
from dlkit.config.objects import KerasObject, ObjectReader  # noqa: E402
from dlkit.config.own_schedules import OWN_SCHEDULES  # noqa: E402
from dlkit.model.objects import build_metric, build_object  # noqa: E402

MODULES = {
    "layers": keras.layers,
    "optimizers": keras.optimizers,
    "schedules": keras.optimizers.schedules,
    "losses": keras.losses,
    "metrics": keras.metrics,
    "activations": keras.activations,
    "initializers": keras.initializers,
    "regularizers": keras.regularizers,
    "constraints": keras.constraints,
    "callbacks": keras.callbacks,
}

BASES = {
    *(keras.layers.Layer, keras.layers.InputSpec, keras.optimizers.Optimizer),
    *(keras.optimizers.schedules.LearningRateSchedule, keras.losses.Loss),
    *(keras.metrics.Metric, keras.initializers.Initializer, keras.regularizers.Regularizer),
    *(keras.constraints.Constraint, keras.callbacks.Callback, keras.callbacks.CallbackList),
}
"""What exists to be subclassed, or to hold others."""

COUNTS = {
    "layers": 142,
    "optimizers": 16,
    "schedules": 6,
    "losses": 22,
    "metrics": 50,  # 45 classes, 4 functions without one, and what `compile` picks
    "activations": 30,
    "initializers": 16,
    "regularizers": 4,
    "constraints": 4,
    "callbacks": 14,
}
"""Objects of Keras 3.15, counted by hand from the listing of its modules."""

UNBUILT = {
    ("layers", "FlaxLayer"): "wraps a Flax module",
    ("layers", "JaxLayer"): "wraps a JAX function",
    ("layers", "Lambda"): "needs a Python function",
    ("layers", "TFSMLayer"): "reads a SavedModel from a folder",
    ("layers", "TorchModuleWrapper"): "wraps a PyTorch module",
    (
        "optimizers",
        "MultiOptimizer",
    ): "needs a function, or an OptimizerMap, which is no optimizer",
    ("metrics", "MeanMetricWrapper"): "needs a Python function",
    ("activations", "threshold"): "has required arguments; an activation is only named",
    ("callbacks", "LearningRateScheduler"): "needs a Python function",
    ("callbacks", "OrbaxCheckpoint"): "needs orbax-checkpoint, which dlkit does not bring",
}
"""Objects that no YAML can describe, with the reason."""

SAMPLES: dict[str, Any] = {
    "activation": "relu",
    "axes": 1,
    "backup_dir": "backup",
    "boundaries": [100, 200],
    "cell": {"LSTMCell": {"units": 4}},
    "cells": [{"LSTMCell": 4}, {"LSTMCell": {"units": 2}}],
    "decay_rate": 0.5,
    "decay_steps": 100,
    "dims": [2, 1],
    "equation": "abc,cd->abd",
    "factor": 0.2,
    "filename": "log.csv",
    "filepath": "best.keras",
    "height": 4,
    "height_factor": 0.1,
    "initial_learning_rate": 0.1,
    "inner_optimizer": {"SGD": {"momentum": 0.5}},
    "kernel_size": 3,
    "layer": {"LSTM": {"units": 4}},
    "layers": [{"Rescaling": {"scale": 0.5}}],
    "max_number": 5,
    "output_shape": [4],
    "target_class_ids": [0, 1],
    "target_shape": [2, 2],
    "values": [0.1, 0.01, 0.001],
    "width": 4,
    "width_factor": 0.1,
}
"""Sample values by the name of the argument, in the notation of a config."""

NESTED: dict[str, Callable[[], Any]] = {
    "cell": lambda: keras.layers.LSTMCell(4),
    "cells": lambda: [keras.layers.LSTMCell(4), keras.layers.LSTMCell(2)],
    "inner_optimizer": lambda: keras.optimizers.SGD(momentum=0.5),
    "layer": lambda: keras.layers.LSTM(4),
    "layers": lambda: [keras.layers.Rescaling(0.5)],
}
"""The samples that are objects themselves, as plain Keras makes them."""

OWN_SAMPLES: dict[str, dict[str, Any]] = {
    "CategoryEncoding": {"num_tokens": 4},
    "Discretization": {"num_bins": 4},
    "InputLayer": {"shape": [4]},
    "RandomPosterization": {"factor": 4},
}
"""Arguments that Keras asks for although they have a default, or of an unusual range."""

BY_TYPE = {"integer": 4, "number": 0.5}
"""Samples of other arguments."""

CATALOGUE = load_catalogue()

OWN = {("schedules", name) for name in OWN_SCHEDULES}
"""What Keras has not, or has as a callback."""

ENTRIES = {
    f"{kind}-{name}": CATALOGUE.find(kind, name)
    for kind in MODULES
    for name in CATALOGUE.names(kind)
    if (kind, name) not in OWN
}
BUILT = [key for key in ENTRIES if tuple(key.split("-")) not in UNBUILT]
CLASSES = [key for key in BUILT if key.split("-")[1][0].isupper()]  # the others are functions


def entry_of(key: str) -> Entry:
    entry = ENTRIES[key]
    assert entry is not None
    return entry


def sample_arguments(entry: Entry) -> dict[str, Any]:
    """Return values for the required arguments, and a seed so that runs are alike."""
    samples: dict[str, Any] = {"seed": 1} if "seed" in entry.parameters else {}
    for name in entry.required:
        accepts = entry.parameters[name].accepts
        samples[name] = SAMPLES[name] if name in SAMPLES else BY_TYPE[accepts[0]]
    return samples | OWN_SAMPLES.get(entry.name, {})


def read(entry: Entry, arguments: dict[str, Any]) -> tuple[KerasObject | None, list[str]]:
    """Read an object as a config writes it, and return what is wrong with it."""
    reader = ObjectReader(CATALOGUE)
    notation = {entry.name: arguments} if arguments else entry.name
    found = reader.read(notation, entry.kind, ("here",))
    return found, [str(problem) for problem in reader.problems]


def plain_keras(entry: Entry) -> Any:
    """Build an object as a script of Keras would."""
    samples = sample_arguments(entry)
    arguments = {k: NESTED[k]() if k in NESTED else v for k, v in samples.items()}
    thing = getattr(MODULES[entry.kind], entry.name)
    if entry.kind == "metrics" and not inspect.isclass(thing):
        return keras.metrics.MeanMetricWrapper(thing, **arguments)
    return thing(**arguments)


def described(thing: Any) -> Any:
    """Return a Keras object's config, or the plain settings of one that has none."""
    if hasattr(thing, "get_config"):
        return without_names(thing.get_config())
    plain = (bool, int, float, str, list, type(None))
    return {key: value for key, value in vars(thing).items() if isinstance(value, plain)}


def without_names(value: Any) -> Any:
    """Leave out names, which Keras counts up from one object to the next."""
    if isinstance(value, dict):
        return {key: without_names(item) for key, item in value.items() if key != "name"}
    if isinstance(value, (list, tuple)):
        return [without_names(item) for item in value]
    return value


def misspelt(entry: Entry) -> tuple[str, str]:
    """Return the longest argument of an object, and the same with a letter dropped."""
    argument = max(entry.parameters, key=len)
    middle = len(argument) // 2
    wrong = argument[:middle] + argument[middle + 1 :]
    return argument, wrong if len(argument) > 2 else argument + argument[-1]


def count_public(kind: str) -> int:
    """Count what a module of Keras offers, each thing once."""
    things = [thing for name, thing in vars(MODULES[kind]).items() if name[0] != "_"]
    classes = {thing for thing in things if inspect.isclass(thing)} - BASES
    functions = {thing.__name__ for thing in things if inspect.isfunction(thing)}
    functions -= {"get", "serialize", "deserialize"}
    if kind == "activations":
        return len(functions)
    if kind == "metrics":
        known = {thing.__name__.lower() for thing in classes}
        alone = {name for name in functions if name.replace("_", "") not in known}
        return len(classes) + len(alone) + len({"accuracy"})
    return len(classes)


@pytest.mark.parametrize("kind", MODULES)
def test_catalogue_has_all_that_keras_offers(kind: str) -> None:
    counted = count_public(kind) - (kind == "optimizers")  # OptimizerMap is none
    assert counted == COUNTS[kind]
    assert len([name for name in CATALOGUE.names(kind) if (kind, name) not in OWN]) == counted


@pytest.mark.parametrize("name", CATALOGUE.names("applications"))
def test_application_is_a_function_of_keras(name: str) -> None:
    assert callable(getattr(keras.applications, name))


@pytest.mark.parametrize("key", BUILT)
def test_object_in_yaml_is_the_one_of_plain_keras(key: str) -> None:
    entry = entry_of(key)
    notation, problems = read(entry, sample_arguments(entry))
    assert problems == []
    assert notation is not None
    if entry.kind == "activations":
        layer = keras.layers.Activation(build_object(notation))
        plain = keras.layers.Activation(getattr(keras.activations, entry.name))
    elif entry.name == "accuracy":
        # `compile` takes these by name
        assert build_metric(notation, "classification") == entry.name
        return
    else:
        layer = (
            build_metric(notation, "classification")
            if entry.kind == "metrics"
            else build_object(notation)
        )
        plain = plain_keras(entry)
    assert type(layer) is type(plain)
    assert described(layer) == described(plain)


@pytest.mark.parametrize("key", CLASSES)
def test_defaults_of_keras_written_out_change_nothing(key: str) -> None:
    entry = entry_of(key)
    left_out = {"name", "autocast"}  # the config of Keras has `autocast` only where it is given
    defaults = {
        parameter.name: parameter.default
        for parameter in entry.parameters.values()
        if parameter.default is not None and parameter.name not in left_out
    }
    notation, problems = read(entry, defaults | sample_arguments(entry))
    assert problems == []
    assert notation is not None
    assert described(build_object(notation)) == described(plain_keras(entry))


@pytest.mark.parametrize("key", [key for key in ENTRIES if entry_of(key).parameters])
def test_misspelt_argument_is_answered_with_the_right_one(key: str) -> None:
    entry = entry_of(key)
    argument, wrong = misspelt(entry)
    _, problems = read(entry, {wrong: 1})
    said = f"{entry.name} has no argument {wrong!r}. Did you mean {argument!r}?"
    if entry.kind == "activations":
        said = f"{entry.name} takes no arguments here."
    assert any(said in problem for problem in problems)


@pytest.mark.parametrize("key", [key for key in ENTRIES if not entry_of(key).parameters])
def test_argument_of_an_object_without_any_is_refused(key: str) -> None:
    entry = entry_of(key)
    _, problems = read(entry, {"seed": 1})
    assert [problem for problem in problems if entry.name in problem and "argument" in problem]


def test_only_what_cannot_be_described_is_left_out() -> None:
    listed = {f"{kind}-{name}" for kind, name in UNBUILT}
    assert listed <= ENTRIES.keys()
    assert len(BUILT) + len(UNBUILT) == sum(COUNTS.values())
