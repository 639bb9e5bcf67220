"""The ways of training that a script takes over, those it leaves out, and what it refuses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from dlkit.config.load import LoadedConfig
from dlkit.config.objects import LayerEntry
from dlkit.config.own_layers import WHOLE
from dlkit.config.schema import Config
from dlkit.config.training_section import LimitConfig, TrainingConfig
from dlkit.data.dataset import Dataset
from dlkit.data.load import load_dataset
from dlkit.eject.code import text
from dlkit.eject.parts import parts_of
from dlkit.errors import ConfigError, Path, Problem
from dlkit.model.precision import FULL, PREPROCESSING
from dlkit.preparation import data_places


def refuse_ways(training: TrainingConfig, *, prepared: bool) -> None:
    """Refuse ways of training that are more than a call of ``fit``.

    Args:
        training: The section.
        prepared: Whether the script reads data that dlkit has prepared.

    Raises:
        ConfigError: If there is one.
    """
    if training.distribute is not None:
        message = "a script trains on one device, by Keras's `fit`."
        hint = "Eject it without: `dlkit eject FILE training.distribute=null`."
        raise ConfigError(Problem(message, ("training", "distribute"), hint))
    if training.overfit is not None and not prepared:
        message = "it takes more than a few lines to choose the examples as dlkit does."
        hint = "`dlkit eject FILE --data train.npz` writes them to a file."
        raise ConfigError(Problem(message, ("training", "overfit"), hint))


def left_out(training: TrainingConfig) -> str:
    """Say what a script leaves out of the training; nothing as a rule."""
    return "; ".join(_left_out(training))


def _left_out(training: TrainingConfig) -> Iterator[str]:
    if training.xla is True:
        yield "XLA, which rounds otherwise"
    if training.diagnostics:
        yield "the figures of gradients and weights"
    if "checkpoint" in training.model_fields_set:
        yield "the state from which a training can go on"


def ways_lines(training: TrainingConfig) -> list[str]:
    """Return the lines behind the seed that say how TensorFlow computes."""
    if training.deterministic is not True:
        return []
    return ["tf.config.experimental.enable_op_determinism()"]


def policy_lines(training: TrainingConfig) -> list[str]:
    """Return the line in front of the layers that says in which numbers they compute."""
    if training.precision == FULL:
        return []
    return [f"keras.config.set_dtype_policy({text(training.precision)})", ""]


def in_precision(entries: tuple[LayerEntry, ...], config: Config) -> tuple[LayerEntry, ...]:
    """Return layers that say it themselves where they do not follow the policy.

    Those that make numbers of raw data and those that make outputs compute in 32 bits.

    Args:
        entries: The layers of the config.
        config: Says the precision and the outputs.

    Raises:
        ConfigError: If an output is that of a whole model, which has no precision of its own.
    """
    if config.training.precision == FULL:
        return entries
    ends = {*config.outputs} or {entries[-1].name}
    found = []
    for entry in entries:
        layer, is_end = entry.layer, entry.name in ends
        if is_end and layer.kind in WHOLE:
            message = f"{entry.name!r} makes an output, and is a whole model of 16 bits."
            path: Path = ("training", "precision")
            raise ConfigError(Problem(message, path, "Put a layer behind it."))
        if (is_end or layer.name in PREPROCESSING) and "dtype" not in layer.arguments:
            layer = replace(layer, arguments={**layer.arguments, "dtype": FULL})
            entry = replace(entry, layer=layer)
        found.append(entry)
    return tuple(found)


def whole_data(raw: Dataset, loaded: LoadedConfig) -> Dataset:
    """Return data without the limits of a quick try.

    Args:
        raw: As it was loaded, cut short or not.
        loaded: The config.
    """
    if not raw.limited:
        return raw
    training = loaded.config.training.model_copy(update={"limit": LimitConfig()})
    config = loaded.config.model_copy(update={"training": training})
    return load_dataset(config, data_places(loaded))


def limit_lines(whole: Dataset, prepared: Dataset) -> list[str]:
    """Return the lines that keep the first examples of parts that are cut short.

    Args:
        whole: The data without limits.
        prepared: As the trained model takes it.
    """
    lines = []
    before = parts_of(whole)
    for name, part in parts_of(prepared).items():
        count = len(part)
        if name == "train" or count == len(before[name]):
            continue
        for letter, named in (("x", isinstance(part.x, dict)), ("y", bool(part.targets))):
            array = f"{letter}_{name}"
            some = f"{array}[:{count}]"
            if named:
                some = f"{{key: part[:{count}] for key, part in {array}.items()}}"
            lines.append(f"{array} = {some}")
    return ["", "# A quick try: the first examples only.", *lines] if lines else []
