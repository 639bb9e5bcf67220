import math
import statistics

import pytest
from swept_records import RATE, parameters, sight_of, sweep_of, trial

from dlkit.report.sweep.failures import grouped_failures
from dlkit.report.sweep.record import TrialRecord
from dlkit.report.sweep.weights import Weights
from dlkit.report.sweep.words import edge_of, remarks, standard_error, verdict

ONE = parameters(rate=RATE)


def test_verdict_says_how_far_ahead() -> None:
    trials = [trial(i, value, rate=0.01) for i, value in enumerate((0.5, 0.9, 0.8), 1)]
    assert verdict(sight_of(sweep_of(ONE, trials))) == (
        "The best val_accuracy of 3 trials is 0.9000, in trial 2: 0.1000 above the median."
    )


def test_verdict_names_all_that_are_as_good() -> None:
    trials = [trial(i, value, rate=0.01) for i, value in enumerate((0.9, 0.5, 0.9), 1)]
    text = verdict(sight_of(sweep_of(ONE, trials)))
    assert text == (
        "The best val_accuracy of 3 trials is 0.9000, in trials 1 and 3: no better than the"
        " median."
    )


def test_verdict_compares_with_the_file_itself() -> None:
    tried = parameters(rate=[0.1, 0.2, 0.3])
    trials = [
        trial(i, value, rate=rate)
        for i, (value, rate) in enumerate([(0.7, 0.1), (0.4, 0.2), (0.5, 0.3)], 1)
    ]
    record = sweep_of(tried, trials, {"val_loss": "min"})
    text = verdict(sight_of(record, base={"rate": 0.3}))
    assert text.endswith("below the median, 0.1000 below the file's own settings (trial 3).")
    text = verdict(sight_of(record, base={"rate": 0.2}))
    assert text.endswith("; these are the file's own settings.")


def test_verdict_of_nothing() -> None:
    record = sweep_of(ONE, [trial(1, "broken", rate=0.1)])
    assert verdict(sight_of(record)) == "None of 1 trial came to a result."
    running = sight_of(record, status="running")
    assert verdict(running) == "No trial has come to a result yet; 1 trial of 1 over."


def test_verdict_of_one() -> None:
    record = sweep_of(ONE, [trial(1, 0.5, rate=0.1)])
    assert verdict(sight_of(record)) == "The only trial comes to a val_accuracy of 0.5000."


def test_verdict_of_two_objectives_names_the_front() -> None:
    both = [(0.9, 100.0), (0.8, 50.0), (0.7, 60.0)]
    trials = [trial(i, values, rate=0.1) for i, values in enumerate(both, 1)]
    record = sweep_of(ONE, trials, {"val_accuracy": "max", "parameters": "min"})
    assert verdict(sight_of(record)) == (
        "2 trials are beaten by no other in both of val_accuracy and parameters."
        " By val_accuracy alone the best is trial 1: 0.9000."
    )


def test_edge_is_told_where_the_parameter_matters() -> None:
    rates = [1e-4, 1e-2, 0.9]
    trials = [trial(i, i / 10, rate=rate) for i, rate in enumerate(rates, 1)]
    sure = Weights({"rate": 1.0}, frozenset({"rate"}), 3)
    record = sweep_of(parameters(rate={"low": 1e-4, "high": 0.9, "log": True}), trials)
    told = [text for text in remarks(sight_of(record, weights=sure)) if "edge" in text]
    assert told == [
        (
            "The best rate, 0.9, lies at the upper edge of what was tried: better ones may lie"
            " beyond, so widen it."
        )
    ]
    chance = Weights({"rate": 1.0}, frozenset(), 3)
    assert not any("edge" in text for text in remarks(sight_of(record, weights=chance)))


@pytest.mark.parametrize(
    ("written", "label", "edge"),
    [
        ({"low": 1e-4, "high": 1e-1, "log": True}, 1.1e-4, ("lower", 1e-4)),
        ({"low": 1e-4, "high": 1e-1, "log": True}, 3e-3, None),
        ({"low": 1e-4, "high": 1e-1, "log": True}, 0.09, ("upper", 0.1)),
        ({"low": 0, "high": 0.5}, 0.0, None),  # nothing lies below a dropout of 0
        ({"low": 0, "high": 0.5}, 0.5, ("upper", 0.5)),
        ({"low": 2, "high": 9, "int": True}, 9, ("upper", 9)),
        ([16, 32, 64], 64, ("upper", 64)),
        ([16, 32, 64], 32, None),
        ([64, 16], 64, None),  # two values have no middle
    ],
)
def test_edges(written: object, label: float, edge: tuple[str, float] | None) -> None:
    (parameter,) = parameters(rate=written)
    assert edge_of(parameter, label) == edge


def test_nothing_mattered() -> None:
    trials = [trial(i, i / 20, rate=0.01) for i in range(1, 13)]
    weights = Weights({"rate": 1.0}, frozenset(), 12)
    told = remarks(sight_of(sweep_of(ONE, trials), weights=weights))
    assert told[0] == (
        "Nothing mattered beyond chance: in 12 trials no parameter tells better from worse"
        " (permutation test, 5 %)."
    )


def test_standard_error_comes_from_the_means_over_seeds() -> None:
    seeds = [0.8, 0.9, 0.7]
    curve = {1: 0.8, 2: 0.85}  # the last mean is the value itself
    one = TrialRecord(1, "complete", {}, (statistics.mean(seeds),), curve)
    record = sweep_of(ONE, [one, trial(2, 0.75)], step="seed")
    expected = statistics.stdev(seeds) / math.sqrt(3)
    assert standard_error(record, one) == pytest.approx(expected)
    told = remarks(sight_of(record))
    assert f"is {expected:.4f} (of its seeds): 1 trial more lies within it" in told[-1]


def test_accuracy_of_few_examples_is_uncertain() -> None:
    trials = [trial(i, value) for i, value in enumerate((0.9, 0.86, 0.6), 1)]
    told = remarks(sight_of(sweep_of(ONE, trials), validation_examples=36))
    # sqrt(0.9 x 0.1 / 36) = 0.05
    assert "is 0.0500 (of 36 validation examples): 1 trial more lies within it" in told[0]
    assert "one seed" in told[1]


def test_interrupted_sweep_says_so() -> None:
    record = sweep_of(ONE, [trial(1, 0.5), trial(2, "broken")])
    told = remarks(sight_of(record, status="interrupted"))
    assert told[0].startswith("The sweep was interrupted: 2 of 2 trials are over.")
    assert told[1] == "Of 2 trials 1 failed; values below are of complete ones."


def test_failures_are_grouped_with_what_only_they_have() -> None:
    tried = parameters(rate=RATE, kind=["a", "b", "c"])
    trials = [
        trial(1, 0.5, rate=0.01, kind="a"),
        trial(2, 0.6, rate=0.1, kind="b"),
        trial(3, "training diverged in epoch 2: nan.", rate=0.3, kind="a"),
        trial(4, "training diverged in epoch 17: nan.", rate=0.9, kind="b"),
        trial(5, "no memory was left.", rate=0.02, kind="c"),
    ]
    assert grouped_failures(sweep_of(tried, trials)) == [
        ("2", "3, 4", "training diverged in epoch 2: nan.", "rate from 0.3 on"),
        ("1", "5", "no memory was left.", "kind c"),
    ]
