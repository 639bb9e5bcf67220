"""Prove that a script begins as dlkit does: with the same data, weights and answers."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

from dlkit.data.dataset import Dataset, Split, Value
from dlkit.eject.data import DataCode
from dlkit.eject.parts import parts_of
from dlkit.errors import ConfigError, Problem
from dlkit.model.objects import one_line
from dlkit.preparation import Prepared

TRIED = 8
"""Examples that both models answer for."""

DATA_REMEDY = "`dlkit eject FILE --data train.npz` writes them to a file that the script reads."

MODEL_REMEDY = "The fault is dlkit's; please report it with FILE. `dlkit run FILE` works."


def prove(foundation: str, raw: Dataset, prepared: Prepared, code: DataCode) -> None:
    """Run a script up to its model, and compare.

    Args:
        foundation: The script up to its model.
        raw: The data as it was loaded.
        prepared: The experiment, ready to be trained.
        code: The lines of its data.

    Raises:
        ConfigError: If something differs.
    """
    found: dict[str, Any] = {}
    policy = keras.config.dtype_policy()
    try:
        exec(compile(foundation, "<script>", "exec"), found)  # noqa: S102 - our own text
    except Exception as error:  # whatever Keras or numpy refuses of it
        parts = parts_of(prepared.dataset)
        read = all(f"{letter}_{part}" in found for letter in "xy" for part in parts)
        remedy = MODEL_REMEDY if read or code.prepared else DATA_REMEDY
        raise ConfigError(_different(f"it fails: {one_line(error)}", remedy)) from error
    finally:
        keras.config.set_dtype_policy(policy)
    given = raw if not code.prepared and not raw.columns else prepared.dataset
    for part, wanted in parts_of(prepared.dataset).items():
        _compare_part(found, part, parts_of(given)[part].x, wanted)
    _compare_models(
        found["model"], prepared, parts_of(prepared.dataset)["test"], found["x_test"]
    )


def _different(what: str, remedy: str = MODEL_REMEDY) -> Problem:
    message = f"the script would not do what dlkit does: {what}"
    return Problem(message, (), remedy)


def _compare_part(found: dict[str, Any], part: str, x: Value, wanted: Split) -> None:
    """Compare the arrays of a part.

    Raises:
        ConfigError: If they differ.
    """
    pairs = [
        ("inputs", found[f"x_{part}"], x),
        ("labels", found[f"y_{part}"], dict(wanted.targets) or wanted.y),
    ]
    if wanted.weight is not None:
        pairs.append(("weights", found[f"w_{part}"], wanted.weight))
    for what, ours, theirs in pairs:
        if not _alike(ours, theirs):
            what = f"the {what} of the {part} examples differ."
            raise ConfigError(_different(what, DATA_REMEDY))


def _alike(ours: Any, theirs: Any) -> bool:
    if isinstance(theirs, dict):
        return all(_alike(ours[key], value) for key, value in theirs.items())
    if ours.shape != theirs.shape:
        return False
    if theirs.dtype.kind in "iub":
        return bool((ours == theirs).all())
    return bool(np.allclose(ours, theirs, rtol=1e-4, atol=1e-5, equal_nan=True))


def _compare_models(model: Any, prepared: Prepared, test: Split, x: Any) -> None:
    """Compare weights, random states and answers of two models.

    Raises:
        ConfigError: If they differ.
    """
    core = prepared.built.core
    pairs = [
        ("weights", _trained(model), _trained(core)),
        ("random draws", _draws(model), _draws(core)),
    ]
    for what, ours, theirs in pairs:
        same = len(ours) == len(theirs) and all(
            np.array_equal(a, b) for a, b in zip(ours, theirs, strict=True)
        )
        if not same:
            raise ConfigError(_different(f"its first {what} differ."))
    few = test.take(slice(0, TRIED))
    answers = (_answers(model, _few(x)), _answers(core, few.x))
    for own, wanted in zip(*answers, strict=True):
        if own.shape != wanted.shape or not np.allclose(own, wanted, rtol=1e-3, atol=1e-4):
            raise ConfigError(_different("its model answers otherwise."))


def _trained(model: Any) -> list[np.ndarray]:
    return [variable.numpy() for variable in model.trainable_variables]


def _draws(model: Any) -> list[np.ndarray]:
    return [v.numpy() for v in model.variables if "seed_generator" in v.path]


def _few(x: Any) -> Any:
    return {k: v[:TRIED] for k, v in x.items()} if isinstance(x, dict) else x[:TRIED]


def _answers(model: Any, x: Any) -> list[np.ndarray]:
    outputs = model(keras.tree.map_structure(keras.ops.convert_to_tensor, x), training=False)
    return [keras.ops.convert_to_numpy(tensor) for tensor in keras.tree.flatten(outputs)]
