"""The notation of Keras objects, taken apart: what a name means and which argument is which.

Every function returns what it found, or the problem that kept it from finding it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from dlkit.config.catalogue import KINDS, Catalogue, Entry
from dlkit.config.names import did_you_mean
from dlkit.config.own_layers import OWN_LAYERS, find_layer
from dlkit.config.values import show
from dlkit.errors import Path, Problem

ACTIVATION_LAYERS = ("ReLU", "LeakyReLU", "PReLU", "ELU", "Softmax")
"""Layers that stand in for an activation that takes arguments."""

SEVERAL = {"losses": "For several outputs write `outputs: {NAME: {loss: mse}}`."}
"""What several names in the place of one may mean, by kind."""

REGISTER = "put `@keras.saving.register_keras_serializable()` before it."
"""What makes an object of a plugin known."""


def split_notation(notation: Any, kind: str, path: Path) -> tuple[str, Any, Path] | Problem:
    """Take a notation apart into name, what stands behind it, and the path of the name."""
    if isinstance(notation, str):
        return notation, None, path
    if isinstance(notation, dict) and len(notation) == 1:
        ((name, value),) = notation.items()
        return name, value, (*path, name)
    one = KINDS[kind]
    if isinstance(notation, dict) and notation:
        first, *others = notation
        beside = " and ".join(repr(other) for other in others)
        return Problem(
            f"one {one} has one name, received {beside} beside {first!r}.",
            (*path, others[0]),
            SEVERAL.get(kind, f"Indent what belongs to {first!r} under it."),
        )
    article = "an" if one[0] in "aio" else "a"
    return Problem(f"expected the name of {article} {one}, received {show(notation)}.", path)


def find_entry(
    catalogue: Catalogue, kind: str, name: str, path: Path, blocks: Collection[str] = ()
) -> Entry | Problem:
    """Look a name up in its kind, and explain it where it is not there.

    Args:
        catalogue: What Keras offers.
        kind: The kind it must be of.
        name: As written.
        path: Where it stands.
        blocks: Names that mean blocks, where layers stand in a list.
    """
    layers = kind == "layers"
    entry = find_layer(catalogue, name) if layers else catalogue.find(kind, name)
    if entry is None and kind == "activations" and name in ACTIVATION_LAYERS:
        entry = catalogue.find("layers", name)
    if entry:
        return entry
    kinds = ("layers", "applications") if layers else (kind,)
    for plugin in catalogue.plugins:
        if name in plugin.unregistered:
            return Problem(
                f"{plugin.name} does not register {name!r}.", path, f"There {REGISTER}"
            )
    legal = [known for candidate in kinds for known in catalogue.all_names(candidate)]
    if layers:
        legal += [*OWN_LAYERS, *blocks]
    hint = did_you_mean(name, legal)
    if not hint.startswith("Did"):
        hint = did_you_mean(name, catalogue.names(kind))
    elsewhere = catalogue.find_anywhere(name)
    if elsewhere and not hint.startswith("Did"):
        one = KINDS[elsewhere[0].kind]
        hint = f"{name} is {'an' if one[0] in 'aio' else 'a'} {one}."
        if kind == "layers" and elsewhere[0].kind == "activations":
            hint += f" Write `Activation: {name}`."
    return Problem(f"Keras has no {KINDS[kind]} {name!r}.", path, hint)


def name_arguments(
    entry: Entry, value: Any, path: Path, supplied: Collection[str]
) -> dict[str, Any] | Problem:
    """Give every written value the name of its argument.

    Args:
        entry: What Keras knows of the object.
        value: What stands behind its name: nothing, a lone value, or a mapping.
        path: Where the name stands.
        supplied: Arguments that dlkit itself fills in.
    """
    if value is None:
        return {}
    if entry.kind == "activations":
        hint = f"Layers can: {', '.join(ACTIVATION_LAYERS)}."
        return Problem(f"{entry.name} takes no arguments here.", path, hint)
    if isinstance(value, dict):
        return value
    parameters = [name for name in entry.parameters if name not in supplied]
    if not parameters:
        return Problem(f"{entry.name} takes no arguments, received {show(value)}.", path)
    required = [name for name in entry.required if name not in supplied]
    if isinstance(value, list) and len(required) > 1:
        if len(value) == len(required):
            return dict(zip(required, value, strict=True))
        return Problem(f"expected [{', '.join(required)}], received {show(value)}.", path)
    return {parameters[0]: value}


def places_of(given: Mapping[str, Any], value: Any, path: Path) -> dict[str, Path]:
    """Return where each argument of an object stands.

    Args:
        given: The arguments by name, as ``name_arguments`` returns them.
        value: What stands behind the object's name.
        path: Where the name stands.
    """
    if isinstance(value, dict):
        return {key: (*path, key) for key in given}
    if isinstance(value, list):  # it fills several arguments, or it is the first one
        alone = any(item is value for item in given.values())
        return {key: path if alone else (*path, i) for i, key in enumerate(given)}
    return dict.fromkeys(given, path)
