"""What a sweep does where it says nothing: sampler, trials, objective, pruner."""

from __future__ import annotations

from dlkit.config.columns import figure_names, higher_is_better, metric_name
from dlkit.config.schema import Config
from dlkit.config.sweep.counting import grid_size
from dlkit.config.sweep.section import (
    DEFAULT_TRIALS,
    OWN_OBJECTIVES,
    Mode,
    Pruner,
    Sampler,
    SweepConfig,
)
from dlkit.config.sweep.space import parameters_of

MOST_POINTS = 100_000
"""Of a grid; nobody waits for more."""


def sampler_of(sweep: SweepConfig) -> Sampler:
    """Return how values are chosen."""
    if sweep.sampler:
        return sweep.sampler
    listed = all(each.values is not None for each in sweep.parameters.values())
    return "grid" if listed and sweep.trials is None else "tpe"


def trials_of(sweep: SweepConfig) -> int:
    """Return how many trials there are in all."""
    if sampler_of(sweep) != "grid":
        return sweep.trials or DEFAULT_TRIALS
    points = grid_size(parameters_of(sweep), MOST_POINTS)
    return min(points, sweep.trials or points)


def objectives_of(config: Config) -> dict[str, Mode]:
    """Return what is made best, and whether less or more of it is better.

    Args:
        config: Of a sweep; sound.
    """
    written = config.sweep.objective if config.sweep else None
    if written is None:
        written = {default_objective(config): None}
    return {name: mode or _direction(config, name) for name, mode in written.items()}


def default_objective(config: Config) -> str:
    """Return the first metric of validation whose better side is known, or its loss."""
    if len(config.outputs) < 2:
        for metric in config.metrics:
            name = f"val_{metric_name(metric)}"
            if higher_is_better(config, name):
                return name
    return "val_loss"


def _direction(config: Config, name: str) -> Mode:
    if name in OWN_OBJECTIVES:
        return OWN_OBJECTIVES[name]
    return "max" if higher_is_better(config, name) else "min"


def is_direction_known(config: Config, name: str) -> bool:
    """Tell whether less or more of a figure is better; of somebody's own metric it is not."""
    if name in OWN_OBJECTIVES:
        return True
    metric = figure_names(config).get(name.removeprefix("val_"))
    return metric is None or not metric.own_code


def pruner_of(config: Config, sweep: SweepConfig) -> Pruner:
    """Return what ends trials early.

    Hopeless trials are what a grid wants to see, too; and of several objectives nobody can
    say which trial is behind.
    """
    if sweep.pruner:
        return sweep.pruner
    several = sweep.objective is not None and len(sweep.objective) > 1
    own = any(name in OWN_OBJECTIVES for name in objectives_of(config))
    return "none" if several or own or sampler_of(sweep) == "grid" else "median"
