"""How the values of the next trial are chosen: Optuna's samplers, seeded trial by trial.

A sampler that is made anew for each trial, with a seed of that trial's own, chooses the same
whether the sweep was interrupted before or not: all that it learned is in the storage.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import optuna
from optuna.distributions import BaseDistribution
from optuna.samplers import BaseSampler
from optuna.study import Study
from optuna.trial import FrozenTrial

from dlkit.config.sweep.section import Pruner, Sampler
from dlkit.config.sweep.space import Parameter, Scalar

Labels = Mapping[str, Scalar]
"""What the value of each parameter is called."""


class ListedSampler(BaseSampler):
    """Takes points from a list, the one for each trial by its number.

    Args:
        points: The labels of each trial, in the order of the trials.
    """

    def __init__(self, points: Sequence[Labels]) -> None:
        self._points = points

    def infer_relative_search_space(
        self, study: Study, trial: FrozenTrial
    ) -> dict[str, BaseDistribution]:
        """Return that nothing is chosen together."""
        return {}

    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """Return that nothing is chosen together."""
        return {}

    def sample_independent(
        self,
        study: Study,
        trial: FrozenTrial,
        param_name: str,
        param_distribution: BaseDistribution,
    ) -> Any:
        """Return what the list has for a trial."""
        return self._points[trial.number][param_name]


def seed_of(seed: int, number: int) -> int:
    """Return the seed of one trial's sampler.

    Args:
        seed: The experiment's.
        number: The trial's, from 0.
    """
    return int(np.random.SeedSequence([seed, number]).generate_state(1)[0])


def _tpe(seed: int, own: int) -> BaseSampler:
    return optuna.samplers.TPESampler(seed=own, group=True)


def _random(seed: int, own: int) -> BaseSampler:
    return optuna.samplers.RandomSampler(seed=own)


def _cmaes(seed: int, own: int) -> BaseSampler:
    return optuna.samplers.CmaEsSampler(
        seed=own,
        independent_sampler=_random(seed, own),
        warn_independent_sampling=False,
    )


def _qmc(seed: int, own: int) -> BaseSampler:
    # One sequence for the whole sweep: it is even only as a whole.
    return optuna.samplers.QMCSampler(
        scramble=True,
        seed=seed,
        independent_sampler=_random(seed, own),
        warn_independent_sampling=False,
    )


def _nsga2(seed: int, own: int) -> BaseSampler:
    return optuna.samplers.NSGAIISampler(seed=own, population_size=20)


SAMPLERS: dict[Sampler, Callable[[int, int], BaseSampler]] = {
    "random": _random,
    "tpe": _tpe,
    "cmaes": _cmaes,
    "qmc": _qmc,
    "nsga2": _nsga2,
}
"""What makes each sampler, of the sweep's seed and the trial's own."""


def sampler_for(name: Sampler, points: Sequence[Labels], seed: int, number: int) -> BaseSampler:
    """Return what chooses the values of one trial.

    Args:
        name: Which sampler.
        points: For a grid, its points.
        seed: The experiment's.
        number: The trial's, from 0.
    """
    if name == "grid":
        return ListedSampler(points)
    return SAMPLERS[name](seed, seed_of(seed, number))


def draw(trial: optuna.trial.Trial, parameter: Parameter) -> Scalar:
    """Let a trial choose what the value of a parameter is called."""
    config = parameter.config
    if config.values is not None:
        chosen: Scalar = trial.suggest_categorical(parameter.name, parameter.labels)
        return chosen
    low, high, step = parameter.bounds
    if config.int:
        return trial.suggest_int(
            parameter.name, int(low), int(high), step=int(step or 1), log=config.log
        )
    return trial.suggest_float(parameter.name, low, high, step=step, log=config.log)


def pruner_for(name: Pruner, steps: int) -> optuna.pruners.BasePruner:
    """Return what says that a trial promises little.

    Args:
        name: Which pruner.
        steps: How many epochs (or folds) a trial has at most.
    """
    if name == "median":
        return optuna.pruners.MedianPruner(n_startup_trials=5, n_warmup_steps=steps // 10)
    if name == "hyperband":
        return optuna.pruners.HyperbandPruner(
            min_resource=max(1, steps // 27), max_resource=steps, reduction_factor=3
        )
    return optuna.pruners.NopPruner()
