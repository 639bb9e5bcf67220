"""Whether loss, last layer, labels and metrics mean the same thing.

Each rule is a pure function from a config to problems, as in ``rules``. What can only go
wrong is an error; what may be meant is a warning.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from dlkit.config.datasets import Task
from dlkit.config.objects import KerasObject
from dlkit.config.schema import Config
from dlkit.errors import Path, Problem

SPARSE = frozenset({"SparseCategoricalCrossentropy"})
ONE_HOT = frozenset(
    {
        *("CategoricalCrossentropy", "CategoricalFocalCrossentropy", "CategoricalHinge"),
        *("CategoricalGeneralizedCrossEntropy", "KLDivergence"),
    }
)
BINARY = frozenset({"BinaryCrossentropy", "BinaryFocalCrossentropy"})
CLASSIFICATION = SPARSE | ONE_HOT | BINARY
REGRESSION = frozenset(
    {
        *("MeanSquaredError", "MeanAbsoluteError", "MeanAbsolutePercentageError"),
        *("MeanSquaredLogarithmicError", "Huber", "LogCosh", "Poisson"),
    }
)
"""Losses by the labels they are made for."""

CLASS_METRICS = frozenset(
    {
        *("accuracy", "BinaryAccuracy", "CategoricalAccuracy", "AUC"),
        *("SparseCategoricalAccuracy", "TopKCategoricalAccuracy", "Precision", "Recall"),
        *("SparseTopKCategoricalAccuracy", "F1Score", "FBetaScore"),
        *("BinaryCrossentropy", "CategoricalCrossentropy", "SparseCategoricalCrossentropy"),
    }
)
"""Metrics that need classes."""

ONE_HOT_METRICS = frozenset(
    {"CategoricalAccuracy", "TopKCategoricalAccuracy", "CategoricalCrossentropy"}
)
BINARY_METRICS = frozenset(
    {"BinaryAccuracy", "BinaryCrossentropy", "AUC", "Precision", "Recall"}
)

SPARSE_METRICS = frozenset(
    {
        *("SparseCategoricalAccuracy", "SparseTopKCategoricalAccuracy"),
        "SparseCategoricalCrossentropy",
    }
)

CLASS_LOSSES = CLASSIFICATION | {"Hinge", "SquaredHinge"}

PROBABILITIES = frozenset({"softmax", "sigmoid", "Softmax"})
"""Activations whose outputs are probabilities."""


@dataclass(frozen=True)
class Head:
    """The end of a model, as far as the config alone tells.

    Attributes:
        units: Width of the output; None where it is not plain.
        activation: What is applied last; ``linear`` for nothing, None where unknown.
        path: Where the last layer stands.
        activation_path: Where its activation stands.
    """

    units: int | None
    activation: str | None
    path: Path
    activation_path: Path


def read_head(config: Config) -> Head | None:
    """Return the end of a model that ends in ``Dense``, with or without ``Activation``."""
    entries = list(config.architecture.layers)
    last = entries[-1].layer
    activation: str | None = None
    activation_path = last.path
    if last.name in {"Activation", "Softmax"} and len(entries) > 1 and not entries[-1].inputs:
        given = last.arguments.get("activation", last)
        activation = given.name if isinstance(given, KerasObject) else None
        last = entries[-2].layer
    elif last.name == "Dense":
        given = last.arguments.get("activation")
        activation = given.name if isinstance(given, KerasObject) else "linear"
        activation_path = given.path if isinstance(given, KerasObject) else last.path
    if last.name != "Dense":
        return None
    units = last.arguments.get("units")
    return Head(
        units if isinstance(units, int) else None, activation, last.path, activation_path
    )


def task_of(config: Config) -> Task:
    """Return what is to be learned of data that does not say so itself, as a file's.

    Loss and metrics say it: those made for classes want classes. A loss or metric of a
    plugin counts as the Keras class that it extends; one of none learns values. Where all
    outputs give the input back, values are learned by whatever loss. Arrays have several
    labels an example where the binary loss judges several units.
    """
    if config.outputs and all(output.target == "input" for output in config.outputs.values()):
        return "regression"
    target = config.dataset.target
    if target and (
        target.separator or (len(target.columns) > 1 and config.loss.name in BINARY)
    ):
        return "multi_label"
    if config.dataset.source.name == "arrays" and config.loss.name in BINARY:
        head = read_head(config)  # it says how many labels there are: a table has columns
        if head is not None and (head.units or 0) > 1 and head.activation != "softmax":
            return "multi_label"
    if keras_name(config.loss) in CLASS_LOSSES:
        return "classification"
    classes = any(keras_name(metric) in CLASS_METRICS for metric in config.metrics)
    return "classification" if classes else "regression"


def is_one_hot(loss: KerasObject) -> bool:
    """Tell whether a loss compares with a column a class."""
    return keras_name(loss) in ONE_HOT


def keras_name(notation: KerasObject) -> str:
    """Return an object's name, and for one of a plugin that of the Keras class it extends."""
    bases = getattr(notation.own_code, "__mro__", ())
    names = [base.__name__ for base in bases if base.__module__.startswith("keras.")]
    return names[0] if names else notation.name


def gives_logits(loss: KerasObject) -> bool:
    """Tell whether a loss takes raw outputs, of which no probabilities were made."""
    return bool(loss.arguments.get("from_logits", False))


def check_output_activation(config: Config) -> Iterator[Problem]:
    """The last activation gives what the loss takes: probabilities or logits."""
    head, loss = read_head(config), config.loss
    if head is None or head.activation is None or loss.name not in CLASSIFICATION:
        return
    logits = gives_logits(loss)
    given = head.activation
    wanted = "sigmoid" if loss.name in BINARY else "softmax"
    if logits and given in PROBABILITIES:
        yield Problem(
            f"{loss.name} with from_logits: true takes raw outputs, and the last layer"
            f" applies {given}.",
            head.activation_path,
            f"Remove {given}, or from_logits.",
        )
    elif not logits and given not in PROBABILITIES:
        shown = "no activation" if given == "linear" else given
        yield Problem(
            f"{loss.name} takes probabilities, and the last layer has {shown}.",
            head.activation_path,
            f"Give it `activation: {wanted}`, or the loss `from_logits: true`.",
        )
    elif given in {"softmax", "Softmax"} and head.units == 1:
        yield Problem(
            "softmax over one unit is always 1.",
            head.activation_path,
            "Use sigmoid with binary_crossentropy, or one unit a class.",
        )
    elif given == "sigmoid" and loss.name in SPARSE | ONE_HOT:
        yield Problem(
            f"{loss.name} expects probabilities that sum to 1, and sigmoid gives each class"
            " its own.",
            head.activation_path,
            "Use softmax.",
            warning=True,
        )
    elif given in {"softmax", "Softmax"} and loss.name in BINARY:
        yield Problem(
            f"{loss.name} judges each unit alone, and softmax ties them together.",
            head.activation_path,
            "Use sigmoid, or sparse_categorical_crossentropy.",
            warning=True,
        )


def check_output_names(config: Config) -> Iterator[Problem]:
    """Figures begin with an output's name, and those of the validation with `val_`."""
    for name in config.outputs:
        if name == "val" or name.startswith("val_"):
            message = f"{name!r} would be taken for the validation in the history."
            yield Problem(message, ("outputs", name), "Choose another name.")


def check_hidden_softmax(config: Config) -> Iterator[Problem]:
    """Softmax belongs at the end: inside it lets one unit speak for all."""
    entries = config.architecture.layers
    for entry in entries[:-1]:
        if entry.name in config.outputs:
            continue
        given = entry.layer.arguments.get("activation")
        if isinstance(given, KerasObject) and given.name == "softmax":
            if entry.layer.name != "Dense" or entry.layer is entries[-1].layer:
                continue
            yield Problem(
                "softmax in a hidden layer lets few units through.",
                given.path,
                "Use relu, unless it is meant.",
                warning=True,
            )
