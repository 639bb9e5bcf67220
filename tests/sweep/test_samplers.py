"""Samplers and pruners do what they promise, on objectives whose best is known."""

from __future__ import annotations

import math
import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np
import pytest
from scipy import stats

from dlkit.config.sweep.section import Mode, Pruner, Sampler, SweepConfig
from dlkit.config.sweep.space import grid_of, parameters_of
from dlkit.report.sweep.record import TrialRecord
from dlkit.sweep.samplers import seed_of
from dlkit.sweep.study import Search, Study


@pytest.fixture(autouse=True)
def _no_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let thousands of trials be kept in seconds: nobody cuts the power here."""
    monkeypatch.setattr(os, "fsync", lambda file: None)


Points = list[dict[str, Any]]
Objective = Callable[[Mapping[str, Any]], tuple[float, ...]]

MANY = ("random", "tpe", "cmaes", "qmc", "nsga2")
"""All samplers but the grid, which draws nothing."""

CUBE = {name: {"low": -5, "high": 5} for name in "xyz"}

MIXED = {
    "kind": ["flat", "deep"],
    "rate": {"low": 1e-5, "high": 1e-1, "log": True},
    "units": {"low": 8, "high": 64, "int": True, "step": 8},
    "depth": {"values": [1, 2, 3], "when": {"kind": "deep"}},
}
"""A choice, ranges, and what matters with one of the choices alone."""


def search_for(
    parameters: Mapping[str, Any],
    sampler: Sampler,
    seed: int = 0,
    pruner: Pruner = "none",
    objectives: Mapping[str, Mode] | None = None,
    steps: int = 1,
) -> Search:
    """Return how points are chosen, without an experiment around it."""
    config = SweepConfig.model_validate({"parameters": parameters})
    found = parameters_of(config)
    points = (
        [
            {each.name: each.label_of(point[each.name]) for each in found if each.name in point}
            for point in grid_of(found)
        ]
        if sampler == "grid"
        else []
    )
    return Search(found, objectives or {"loss": "min"}, sampler, pruner, steps, seed, points)


def sweep(study: Study, objective: Objective, trials: int) -> Points:
    """Run trials one after another to their ends, and return their points."""
    points = []
    for _ in range(trials):
        number, point = study.begin()
        points.append(point)
        study.complete(number, objective(point), {})
    return points


def bowl(point: Mapping[str, Any]) -> tuple[float]:
    """Return the squared distance from (1, 1, 1), stretched."""
    return (sum(w * (point[n] - 1.0) ** 2 for n, w in zip("xyz", (1, 3, 9), strict=True)),)


def mixed(point: Mapping[str, Any]) -> tuple[float]:
    """Return what is least at a rate of 1e-3, with much depth."""
    return ((math.log10(point["rate"]) + 3) ** 2 + 1 / point["units"] - point.get("depth", 0),)


def best_of(path: Path, sampler: Sampler, seed: int, trials: int) -> float:
    study = Study(path, search_for(CUBE, sampler, seed))
    sweep(study, bowl, trials)
    return min(each.values[0] for each in study.records())


def test_random_points_are_even_in_every_range(tmp_path: Path) -> None:
    study = Study(tmp_path / "study.log", search_for(MIXED, "random"))
    points = sweep(study, mixed, 300)
    rates = [(math.log10(point["rate"]) + 5) / 4 for point in points]
    assert stats.kstest(rates, "uniform").pvalue > 0.001
    units = Counter(point["units"] for point in points)
    assert sorted(units) == [8, 16, 24, 32, 40, 48, 56, 64]
    assert stats.chisquare(list(units.values())).pvalue > 0.001
    deep = [point for point in points if point["kind"] == "deep"]
    assert 120 < len(deep) < 180
    assert all(("depth" in point) == (point["kind"] == "deep") for point in points)
    assert stats.chisquare(list(Counter(p["depth"] for p in deep).values())).pvalue > 0.001


def test_random_values_of_one_trial_say_nothing_of_one_another(tmp_path: Path) -> None:
    study = Study(tmp_path / "study.log", search_for(CUBE, "random"))
    points = sweep(study, bowl, 200)
    table = np.array([[point[name] for name in "xyz"] for point in points])
    between = np.corrcoef(table.T)[np.triu_indices(3, 1)]
    following = [np.corrcoef(table[1:, k], table[:-1, k])[0, 1] for k in range(3)]
    assert np.abs([*between, *following]).max() < 0.2


def test_qmc_points_fill_a_square_box_by_box(tmp_path: Path) -> None:
    # Sobol's sequence in two dimensions is a (0, 2)-sequence: of the first 64 points each of
    # 8 x 8 boxes has one, and so has each of 64 x 1 and 4 x 16.
    square = {name: {"low": 0, "high": 1} for name in "xy"}
    study = Study(tmp_path / "study.log", search_for(square, "qmc"))
    points = sweep(study, lambda point: (point["x"],), 65)[1:]  # the first shows the space
    for columns, rows in ((8, 8), (64, 1), (1, 64), (4, 16)):
        boxes = {(int(p["x"] * columns), int(p["y"] * rows)) for p in points}
        assert len(boxes) == 64


@pytest.mark.parametrize("sampler", ["tpe", "cmaes"])
def test_sampler_that_learns_beats_chance(tmp_path: Path, sampler: Sampler) -> None:
    def bests(name: Sampler) -> list[float]:
        return [best_of(tmp_path / f"{name}{seed}.log", name, seed, 60) for seed in range(5)]

    learned, lucky = bests(sampler), bests("random")
    assert fmean(learned) < 0.5 * fmean(lucky)
    assert sum(mine < theirs for mine, theirs in zip(learned, lucky, strict=True)) >= 4


def test_tpe_learns_a_choice_and_what_matters_with_it_alone(tmp_path: Path) -> None:
    study = Study(tmp_path / "study.log", search_for(MIXED, "tpe"))
    late = sweep(study, mixed, 50)[30:]
    assert sum(point.get("depth") == 3 for point in late) >= 10  # by chance it is 3 of 20


def zdt1(point: Mapping[str, Any]) -> tuple[float, float]:
    """Return a problem of Zitzler, Deb and Thiele (2000); its front is y = 1 - sqrt(x)."""
    rest = 1 + 9 * (point["y"] + point["z"]) / 2
    return point["x"], rest * (1 - math.sqrt(point["x"] / rest))


def area(trials: Sequence[TrialRecord], corner: float = 1.1) -> float:
    """Return the area that trials dominate below a corner."""
    pairs = sorted(tuple(each.values) for each in trials)
    found, height = 0.0, corner
    for x, y in pairs:
        if x < corner and y < height:
            found += (corner - x) * (height - y)
            height = y
    return found


def test_nsga2_finds_the_front_of_two_objectives(tmp_path: Path) -> None:
    cube = {name: {"low": 0, "high": 1} for name in "xyz"}
    objectives: dict[str, Mode] = {"one": "min", "other": "min"}
    found = dict.fromkeys(("nsga2", "random"), 0.0)
    for sampler in found:
        for seed in range(3):
            path = tmp_path / f"{sampler}{seed}.log"
            study = Study(path, search_for(cube, sampler, seed, objectives=objectives))
            sweep(study, zdt1, 200)
            found[sampler] += area(study.records()) / 3
    whole = 1.21 - 1 / 3  # the area above y = 1 - sqrt(x) and below the corner
    assert found["random"] < 0.5 * whole
    assert found["nsga2"] > 0.6 * whole


PLANTED = {"quality": {"low": 0.9, "high": 1.0}, "is_good": [True, True, False]}


def curve(point: Mapping[str, Any], steps: int) -> Iterator[float]:
    """Yield the accuracies of a trial: all rise alike, those of a bad one not far."""
    top = point["quality"] if point["is_good"] else 0.3
    return (top * (1 - 0.5**step) for step in range(1, steps + 1))


def run_pruned(study: Study, steps: int, trials: int) -> dict[int, tuple[bool, float, int]]:
    """Run trials that may be pruned: whether each is good, how good, and its last step."""
    found = {}
    for _ in range(trials):
        number, point = study.begin()
        ended = steps
        for step, value in enumerate(curve(point, steps), 1):
            if study.see(number, step, value):
                ended = step
                study.prune(number, {})
                break
        else:
            study.complete(number, (value,), {})
        found[number] = point["is_good"], point["quality"], ended
    return found


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("pruner", ["median", "hyperband"])
def test_pruner_ends_what_is_planted_as_bad_and_never_the_best(
    tmp_path: Path, pruner: Pruner, seed: int
) -> None:
    steps, trials = 27, 50
    parameters = {"quality": PLANTED["quality"], "is_good": {"values": [True, False]}}
    search = search_for(parameters, "random", seed, pruner, {"accuracy": "max"}, steps)
    found = run_pruned(Study(tmp_path / "study.log", search), steps, trials)
    best = max((number for number in found if found[number][0]), key=lambda n: found[n][1])
    assert found[best][2] == steps
    bad = [ended for number, (good, _, ended) in found.items() if not good and number > 15]
    assert len(bad) >= 10
    # Of Hyperband's four brackets one lets its trials run to their ends.
    most = 0 if pruner == "median" else len(bad) // 2
    assert sum(ended == steps for ended in bad) <= most
    assert sum(ended for _, _, ended in found.values()) < 2 / 3 * steps * trials


def test_no_pruner_ends_a_trial(tmp_path: Path) -> None:
    search = search_for(CUBE, "random", objectives={"accuracy": "max"}, steps=9)
    study = Study(tmp_path / "study.log", search)
    sweep(study, bowl, 10)
    number, _ = study.begin()
    assert not any(study.see(number, step, -1e9) for step in range(1, 10))


def test_median_waits_until_five_trials_are_complete(tmp_path: Path) -> None:
    search = search_for(CUBE, "random", 0, "median", {"accuracy": "max"}, 10)
    study = Study(tmp_path / "study.log", search)
    for complete in range(6):
        number, _ = study.begin()
        assert study.see(number, 1, -1.0 * complete) == (complete == 5)
        study.complete(number, (0.0,), {}) if complete < 5 else study.prune(number, {})


def test_grid_is_complete_and_what_does_not_matter_is_left_out(tmp_path: Path) -> None:
    parameters = {
        "optimizer": [{"SGD": {"momentum": 0.9}}, "Adam"],
        "momentum": {"values": [0.5, 0.9], "when": {"optimizer": "SGD"}},
        "nesterov": {"values": [True, False], "when": {"optimizer": "SGD", "momentum": 0.9}},
        "units": {"low": 8, "high": 24, "int": True, "step": 8},
    }
    study = Study(tmp_path / "study.log", search_for(parameters, "grid"))
    points = sweep(study, lambda point: (0.0,), 12)
    sgd = {"optimizer": {"SGD": {"momentum": 0.9}}}
    expected = [
        {**around, "units": units}
        for around in (
            {**sgd, "momentum": 0.5},
            {**sgd, "momentum": 0.9, "nesterov": True},
            {**sgd, "momentum": 0.9, "nesterov": False},
            {"optimizer": "Adam"},
        )
        for units in (8, 16, 24)
    ]
    assert len(points) == len(expected)
    assert all(point in points for point in expected)


@pytest.mark.parametrize("sampler", MANY)
def test_seed_and_number_alone_decide_the_first_point(tmp_path: Path, sampler: Sampler) -> None:
    def first(name: str, seed: int) -> dict[str, Any]:
        return Study(tmp_path / name, search_for(MIXED, sampler, seed)).begin()[1]

    assert first("one", 7) == first("other", 7)
    assert first("third", 8)["rate"] != first("fourth", 7)["rate"]


@pytest.mark.parametrize("sampler", MANY)
def test_same_seed_makes_the_same_sweep_and_another_makes_another(
    tmp_path: Path, sampler: Sampler
) -> None:
    runs = [
        sweep(Study(tmp_path / name, search_for(CUBE, sampler, seed)), bowl, 25)
        for name, seed in (("one", 1), ("again", 1), ("two", 2))
    ]
    assert runs[0] == runs[1]
    assert not any(point in runs[0] for point in runs[2])
    assert len({tuple(point.values()) for point in runs[0]}) == 25


@pytest.mark.parametrize("sampler", MANY)
def test_study_that_is_opened_again_goes_on_as_if_it_had_not_been_closed(
    tmp_path: Path, sampler: Sampler
) -> None:
    search = search_for(CUBE, sampler, 3)
    whole = sweep(Study(tmp_path / "whole", search), bowl, 30)
    parts = [point for _ in range(6) for point in sweep(Study(tmp_path / "p", search), bowl, 5)]
    assert parts == whole


@pytest.mark.parametrize("pruner", ["median", "hyperband"])
def test_what_is_pruned_is_the_same_once_the_study_is_opened_again(
    tmp_path: Path, pruner: Pruner
) -> None:
    search = search_for(PLANTED, "tpe", 0, pruner, {"accuracy": "max"}, 9)
    whole = run_pruned(Study(tmp_path / "whole", search), 9, 24)
    parts: dict[int, tuple[bool, float, int]] = {}
    for _ in range(6):
        parts |= run_pruned(Study(tmp_path / "parts", search), 9, 4)
    assert parts == whole


def test_seeds_of_trials_do_not_repeat_across_sweeps_with_seeds_side_by_side() -> None:
    seeds = [seed_of(seed, number) for seed in range(20) for number in range(100)]
    assert len(set(seeds)) == 2000
