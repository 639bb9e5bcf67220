import math

import numpy as np
import pytest
from swept_records import RATE, drawn_sweep, parameters, sweep_of, trial

from dlkit.sweep.importance import effects_by_chance, weigh

THREE = parameters(rate=RATE, kind=["a", "b", "c"], rest={"low": 0, "high": 1})


@pytest.mark.parametrize("seed", range(3))
def test_planted_parameter_comes_first_and_is_no_chance(seed: int) -> None:
    record = drawn_sweep(
        THREE, 30, lambda p, g: -((math.log10(p["rate"]) + 2) ** 2) + 0.1 * g.normal(), seed
    )
    weights = weigh(record)
    assert next(iter(weights.shares)) == "rate"
    assert weights.shares["rate"] > 0.6
    assert weights.beyond == {"rate"}
    assert sum(weights.shares.values()) == pytest.approx(1)
    assert weights.trials == 30


def test_planted_category_is_found() -> None:
    record = drawn_sweep(THREE, 30, lambda p, g: (p["kind"] == "b") + 0.1 * g.normal())
    weights = weigh(record)
    assert next(iter(weights.shares)) == "kind"
    assert "kind" in weights.beyond


def test_noise_is_called_chance() -> None:
    seeds = range(20)
    found = [weigh(drawn_sweep(THREE, 12, lambda p, g: g.normal(), seed)) for seed in seeds]
    assert sum(bool(weights.beyond) for weights in found) <= 3  # 5 % of 20, and some luck


def test_parameter_that_is_seldom_there_weighs_little() -> None:
    tried = parameters(kind=list("abcdefgh"), inner={**RATE, "when": {"kind": "a"}})
    record = drawn_sweep(
        tried, 60, lambda p, g: "abcdefgh".index(p["kind"]) + 0.01 * g.normal()
    )
    weights = weigh(record)
    assert set(weights.shares) == {"kind", "inner"}
    assert weights.shares["kind"] > 0.8


def test_scale_does_not_count_but_order() -> None:
    record = drawn_sweep(THREE, 30, lambda p, g: math.log10(p["rate"]) + 0.1 * g.normal())
    wild = drawn_sweep(
        THREE, 30, lambda p, g: math.exp(9 * (math.log10(p["rate"]) + 0.1 * g.normal()))
    )
    assert weigh(wild) == weigh(record)


def test_listed_numbers_count_in_their_order() -> None:
    rates = [10.0**power for power in range(-6, 7)]
    trials = [trial(i, -abs(math.log10(rate)), rate=rate) for i, rate in enumerate(rates, 1)]
    weights = weigh(sweep_of(parameters(rate=rates), trials))
    assert weights.shares == {"rate": 1.0}
    assert weights.beyond == {"rate"}


@pytest.mark.parametrize(
    ("outcomes", "words"),
    [
        ([0.1 * i for i in range(9)], "Only 9 trials came to a result"),
        ([0.5], "Only 1 trial came to a result"),
        (["broken"] * 12, "Only 0 trials came to a result"),
        ([math.nan] * 12, "Only 0 trials came to a result"),
        ([0.5] * 12, "All trials came to the same"),
    ],
)
def test_too_little_is_said(outcomes: list[float | str], words: str) -> None:
    trials = [trial(i, value, rate=0.01 * i) for i, value in enumerate(outcomes, 1)]
    weights = weigh(sweep_of(parameters(rate=RATE), trials))
    assert words in weights.reason
    assert not weights.shares


def test_single_value_cannot_matter() -> None:
    trials = [trial(i, 0.1 * i, kind="a") for i in range(1, 13)]
    weights = weigh(sweep_of(parameters(kind=["a"]), trials))
    assert weights.reason == "No parameter had more than one value."


def test_chance_is_as_rare_as_it_is_counted() -> None:
    # Of 2 + 4 values dealt out, 15 ways, one puts the two largest together: 1/15, and two
    # ways are as extreme, for the two smallest differ as much.
    ranks = np.arange(6.0)
    groups = np.array([0, 0, 0, 0, 1, 1])
    (chance,) = effects_by_chance([groups], ranks)
    assert chance == pytest.approx(2 / 15, abs=0.03)
