"""What a sweep may aim at: figures of validation, and what is known of a trial beside them."""

from __future__ import annotations

from collections.abc import Iterator

from dlkit.config.columns import monitored_names
from dlkit.config.names import did_you_mean
from dlkit.config.schema import Config
from dlkit.config.sweep.choosing import default_objective, is_direction_known
from dlkit.config.sweep.section import OWN_OBJECTIVES
from dlkit.errors import Path, Problem

OBJECTIVE: Path = ("sweep", "objective")


def check_objectives(config: Config) -> Iterator[Problem]:
    """What is made best is a figure of validation, and which side is better is known."""
    if config.sweep is None:
        return
    objectives = config.sweep.objective or {default_objective(config): None}
    for name, mode in objectives.items():
        yield from check_objective(config, name)
        known = name in OWN_OBJECTIVES or name in monitored_names(config)
        if known and mode is None and not is_direction_known(config, name):
            message = f"whether more or less of {name!r} is better is not known."
            hint = f"Write `objective: {{{name}: max}}` or `{{{name}: min}}`."
            yield Problem(message, OBJECTIVE, hint)


def check_objective(config: Config, name: str) -> Iterator[Problem]:
    """Say why an experiment does not tell what is to be made best.

    Args:
        config: The experiment.
        name: Of the objective.
    """
    legal = [n for n in monitored_names(config) if n.startswith("val_")]
    if name in legal or name in OWN_OBJECTIVES:
        return
    if name.startswith("test_"):
        message = "the test split is never used to choose: its figures would be too good."
        meant = f"val_{name.removeprefix('test_')}"
        hint = f"Write {meant!r}." if meant in legal else ""
    elif not config.dataset.validation:
        message = f"{name!r} needs validation data, and dataset.validation is 0."
        hint = "Set `dataset.validation: 0.2`."
    elif f"val_{name}" in legal:
        message = f"{name!r} is a figure of training, which says little of new data."
        hint = f"Write 'val_{name}'."
    else:
        message = f"no metric makes {name!r}."
        every = [*legal, *OWN_OBJECTIVES]
        near = did_you_mean(name, every, most=0)
        hint = f"{near} There are: {', '.join(every)}."
    yield Problem(message, OBJECTIVE, hint.strip())
