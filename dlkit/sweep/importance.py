"""Which parameters of a sweep mattered: Optuna's fANOVA, and a test against chance beside it.

fANOVA (Hutter, Hoos and Leyton-Brown, 2014) fits a forest to what the trials came to, and
asks how much of its variance each parameter makes alone. A forest finds something in pure
noise as well, so a permutation test says which effects chance would not give.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence

import numpy as np
import optuna
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.importance import FanovaImportanceEvaluator, get_param_importances

from dlkit.config.sweep.space import Parameter, Scalar
from dlkit.report.sweep.record import SweepRecord, TrialRecord
from dlkit.report.sweep.weights import Weights

FEWEST = 10
"""Complete trials below which nothing is said."""

MOST = 400
"""Trials that are looked at, the latest ones: more say the same and take long."""

TREES = 24
DEPTH = 8

SHUFFLES = 999

LEVEL = 0.05
"""How often pure noise may be taken for an effect, over all parameters together."""

BINS = 4
"""Groups of equal size that numbers are divided into, to be tested."""

FEWEST_IN_BIN = 3

UNSET = "\N{EMPTY SET}"
"""A value of its own where a parameter is not in a trial."""


def weigh(record: SweepRecord) -> Weights:
    """Count how much each parameter mattered for the first objective.

    Values count by their rank, so that a few that diverged do not drown the others. Of a
    parameter that is in some trials only, the others count as the middle of its values: its
    share is small if it is seldom there.

    Args:
        record: The trials; pruned and failed ones are left out.
    """
    trials = [t for t in record.of("complete") if math.isfinite(t.values[0])][-MOST:]
    if len(trials) < FEWEST:
        count = f"{len(trials)} trial" + ("" if len(trials) == 1 else "s")
        return Weights(
            trials=len(trials),
            reason=f"Only {count} came to a result: what mattered is told from {FEWEST} on.",
        )
    varied = [p for p in record.parameters if len(_labels(p, trials)) > 1]
    if not varied:
        return Weights(trials=len(trials), reason="No parameter had more than one value.")
    values = np.array([trial.values[0] for trial in trials])
    if values.min() == values.max():
        reason = "All trials came to the same: nothing can have mattered."
        return Weights(trials=len(trials), reason=reason)
    ranks = _ranks(values)
    shares = _shares(varied, trials, ranks)
    groups = [_groups(each, trials) for each in varied]
    chances = effects_by_chance(groups, ranks)
    names = [each.name for each in varied]
    beyond = {n for n, chance in zip(names, chances, strict=True) if chance <= LEVEL}
    ordered = sorted(names, key=lambda name: -shares[name])
    return Weights({n: shares[n] for n in ordered}, frozenset(beyond), len(trials))


def _labels(parameter: Parameter, trials: Sequence[TrialRecord]) -> set[tuple[type, Scalar]]:
    """Return what a parameter was in the trials, that it was not there included."""
    found = (trial.labels.get(parameter.name, UNSET) for trial in trials)
    return {(type(label), label) for label in found}


def _ranks(values: np.ndarray) -> np.ndarray:
    """Return ranks in [0, 1], the mean rank for equal values."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    middle = ends - (counts + 1) / 2
    return np.asarray(middle[inverse] / max(len(values) - 1, 1))


def _shares(
    parameters: Sequence[Parameter], trials: Sequence[TrialRecord], ranks: np.ndarray
) -> dict[str, float]:
    """Return the share of each parameter by fANOVA, in a study that has all in every trial."""
    columns = [_column(each, trials) for each in parameters]
    keys = [f"p{index}" for index in range(len(columns))]
    spaces = dict(zip(keys, (space for space, _ in columns), strict=True))
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what is experimental is the library's affair
        study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
        study.add_trials(
            [
                optuna.trial.create_trial(
                    params={k: c[row] for k, (_, c) in zip(keys, columns, strict=True)},
                    distributions=spaces,
                    value=float(rank),
                )
                for row, rank in enumerate(ranks)
            ]
        )
        evaluator = FanovaImportanceEvaluator(n_trees=TREES, max_depth=DEPTH, seed=0)
        found = get_param_importances(study, evaluator=evaluator, params=keys)
    total = sum(map(float, found.values())) or 1.0
    return {
        each.name: float(found.get(key, 0.0)) / total
        for key, each in zip(keys, parameters, strict=True)
    }


def _column(
    parameter: Parameter, trials: Sequence[TrialRecord]
) -> tuple[BaseDistribution, list[Scalar]]:
    """Return the values of a parameter in all trials, and what they may be.

    Numbers keep their order, those of a list too.
    """
    found = [trial.labels.get(parameter.name, UNSET) for trial in trials]
    numbers = [v for v in found if _is_number(v)]
    if len(numbers) < sum(value != UNSET for value in found):
        texts = [f"{type(value).__name__}:{value}" for value in found]
        return CategoricalDistribution(sorted(set(texts))), list(texts)
    middle = float(np.median([float(n) for n in numbers if n is not None]))
    filled = [float(v) if _is_number(v) and v is not None else middle for v in found]
    if parameter.config.values is not None:
        places = {value: index for index, value in enumerate(sorted(set(filled)))}
        return IntDistribution(0, max(len(places) - 1, 1)), [places[v] for v in filled]
    low, high, _ = parameter.bounds
    log = parameter.config.log and low > 0
    return FloatDistribution(low, high, log=log), [min(max(v, low), high) for v in filled]


def _is_number(value: Scalar) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _groups(parameter: Parameter, trials: Sequence[TrialRecord]) -> np.ndarray:
    """Return to which group of values each trial belongs, int ``(trials,)``."""
    found = [trial.labels.get(parameter.name, UNSET) for trial in trials]
    texts = np.array([f"{type(value).__name__}:{value}" for value in found])
    names, groups = np.unique(texts, return_inverse=True)
    numbers = np.array([float(v) if _is_number(v) and v is not None else np.nan for v in found])
    there = np.isfinite(numbers)
    bins = min(BINS, max(2, int(there.sum()) // FEWEST_IN_BIN))
    if len(names) <= bins or not all(v == UNSET or _is_number(v) for v in found):
        return np.asarray(groups)
    edges = np.quantile(numbers[there], np.linspace(0, 1, bins + 1)[1:-1])
    result = np.full(len(found), bins)
    result[there] = np.searchsorted(edges, numbers[there], side="right")
    return result


def effects_by_chance(groups: Sequence[np.ndarray], ranks: np.ndarray) -> np.ndarray:
    """Return how likely chance alone would give an effect as large as each parameter's.

    The values are dealt out anew many times. How much the groups of a parameter differ is
    the share of variance between them; a parameter is compared with the largest effect that
    any parameter has by chance (the step of Westfall and Young, 1993).

    Args:
        groups: For each parameter to which group each trial belongs, int ``(trials,)``.
        ranks: What each trial came to, float64 ``(trials,)``.

    Returns:
        float64 ``(parameters,)`` in (0, 1].
    """
    generator = np.random.default_rng(0)
    dealt = np.stack([ranks, *(generator.permutation(ranks) for _ in range(SHUFFLES))])
    dealt -= ranks.mean()
    effects = np.stack([_between(each, dealt) for each in groups], axis=1)
    # How rare each effect is among those of its own parameter; of the rarest, how rare that is.
    order = np.sort(effects, axis=0)
    rare = np.stack(
        [
            (len(effects) - np.searchsorted(order[:, i], effects[:, i] - 1e-12)) / len(effects)
            for i in range(effects.shape[1])
        ],
        axis=1,
    )
    rarest = np.sort(rare.min(axis=1))
    return np.asarray(np.searchsorted(rarest, rare[0] + 1e-12) / len(rarest))


def _between(groups: np.ndarray, dealt: np.ndarray) -> np.ndarray:
    """Return the sum of squares between groups, for each row of ``(deals, trials)``."""
    members = np.eye(int(groups.max()) + 1)[groups]
    counts = members.sum(axis=0)
    sums = dealt @ members
    return np.asarray((sums**2 / np.maximum(counts, 1)).sum(axis=1))
