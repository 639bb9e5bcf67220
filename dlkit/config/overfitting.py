"""The config of a run that is to learn a few examples by heart: without what prevents it."""

from __future__ import annotations

from dlkit.config.schema import Config

STOPPING = "EarlyStopping"
"""The callback that ends training, as the section's own early stopping does."""


def for_overfitting(config: Config) -> Config:
    """Return a config without what a run leaves out that learns a few examples by heart.

    Augmentation would show other examples in every epoch, and early stopping would end
    training just when it begins to work. Layers, losses and the optimizer stay: they are
    what is tried.

    Args:
        config: A checked config; one without ``training.overfit`` stays as it is.
    """
    if config.training.overfit is None:
        return config
    section = config.regularization.model_copy(
        update={"augmentation": (), "early_stopping": None}
    )
    callbacks = tuple(one for one in config.training.callbacks if one.name != STOPPING)
    training = config.training.model_copy(update={"callbacks": callbacks})
    return config.model_copy(update={"regularization": section, "training": training})


def left_out(config: Config) -> tuple[str, ...]:
    """Return what ``for_overfitting`` leaves out of a config, in words."""
    if config.training.overfit is None:
        return ()
    stops = any(one.name == STOPPING for one in config.training.callbacks)
    section = config.regularization
    found = {
        "augmentation": bool(section.augmentation),
        "early stopping": section.early_stopping is not None or stops,
    }
    return tuple(words for words, there in found.items() if there)
