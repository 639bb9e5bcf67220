"""Weight decay and clipping: arguments of the optimizer, whose own win."""

from __future__ import annotations

from dataclasses import replace

from dlkit.config.objects import KerasObject
from dlkit.config.regularization.landing import Place
from dlkit.config.training_section import RegularizationConfig
from dlkit.errors import Path

CLIPPING = ("clipnorm", "global_clipnorm", "clipvalue")
"""Ways to clip gradients; Keras takes one of them."""

DECAYS = ("weight_decay", "adam_weight_decay")
"""Arguments for weight decay: Muon has one more, for what it leaves to Adam."""

DECAY_PATH: Path = ("regularization", "weight_decay")


def regularize_optimizer(
    optimizer: KerasObject, regularization: RegularizationConfig
) -> tuple[KerasObject, list[Place]]:
    """Give an optimizer the weight decay and the clipping of the section.

    The place of an argument says who set it: what comes from here stands under
    ``regularization``.

    Args:
        optimizer: As the config has it.
        regularization: The section.

    Returns:
        The optimizer, and where the settings landed.
    """
    inner = optimizer.arguments.get("inner_optimizer")
    if isinstance(inner, KerasObject):
        inner, places = regularize_optimizer(inner, regularization)
        arguments = {**optimizer.arguments, "inner_optimizer": inner}
        return replace(optimizer, arguments=arguments), places
    known = optimizer.entry.parameters if optimizer.entry else {}
    own_clipping = [key for key in CLIPPING if optimizer.arguments.get(key) is not None]
    added: dict[str, float] = {}
    paths: dict[str, Path] = {}
    places = []
    for setting in ("weight_decay", *CLIPPING):
        value = getattr(regularization, setting)
        if not value:
            continue
        rivals = own_clipping if setting in CLIPPING else optimizer.arguments.keys() & {setting}
        if rivals:
            own = next(iter(rivals))
            places.append(Place(setting, optimizer.name, f"its own {own}"))
            continue
        asked = DECAYS if setting == "weight_decay" else (setting,)
        names = tuple(n for n in asked if n in known and n not in optimizer.arguments)
        if not names:
            places.append(Place(setting, optimizer.name, "takes none"))
            continue
        added |= dict.fromkeys(names, value)
        paths |= dict.fromkeys(names, ("regularization", setting))
        places.append(Place(setting, optimizer.name))
    arguments, at = {**optimizer.arguments, **added}, {**optimizer.places, **paths}
    return replace(optimizer, arguments=arguments, places=at), places


def decays_by_section(optimizer: KerasObject) -> bool:
    """Tell whether an optimizer's weight decay comes from the section."""
    inner = optimizer.arguments.get("inner_optimizer")
    if isinstance(inner, KerasObject):
        return decays_by_section(inner)
    return optimizer.places.get("weight_decay") == DECAY_PATH
