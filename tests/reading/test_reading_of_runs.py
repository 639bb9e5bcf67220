"""Which findings are told together, in which order, and whether what they say can be tried."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from dlkit.config.load import load_config
from dlkit.reading.finding import Finding
from dlkit.reading.reading import MOST, RULES, SILENCES, read_story, told
from dlkit.reading.story import Answered, Network, Story

Make = Callable[..., Story]
Config = Callable[..., dict[str, Any]]

GUESSED = Answered(
    task="classification",
    classes=("no", "yes"),
    train=(100, 100),
    true=(50, 50),
    predicted=(100, 0),
    right=(50, 0),
    naive_loss=0.7,
)
RARE = replace(GUESSED, train=(95, 5), true=(95, 5), right=(95, 0))
FLAT = {"loss": [0.7] * 6, "val_loss": [0.7] * 6}
FALLS = [0.70 - 0.01 * place for place in range(9)]
JUMPS = [0.5 + 0.1 * (place % 2) for place in range(10)]
SGD = {"optimizer": {"SGD": {"learning_rate": 0.01, "momentum": 0.5}}}

ILL: dict[str, dict[str, Any]] = {
    "exploding_gradients": {
        "history": {"loss": [0.7, math.nan]},
        "status": "diverged",
        "network": Network(recurrent=True),
    },
    "rate_too_high": {"history": {"loss": [0.3, 0.2, 0.6]}},
    "symmetric_units": {"history": FLAT, "network": Network(units={"a": (4, 1)})},
    "regularized_too_much": {
        "history": FLAT,
        "answered": GUESSED,
        "sections": {"regularization": {"l1_l2": {"l1": 1.0, "l2": 2.0}}},
        "network": Network(penalized=True, shrunk={"a": 0.0}),
    },
    "dead_units": {
        "history": FLAT,
        "answered": GUESSED,
        "network": Network(dead={"a": 0.6}),
    },
    "rate_too_low": {
        "history": {"loss": FALLS, "learning_rate": 0.01},
        "sections": SGD,
        "usual_rate": 0.01,
    },
    "vanishing_gradients": {
        "history": FLAT,
        "answered": GUESSED,
        "network": Network(sigmoids=9),
    },
    "underfitting": {"history": {"loss": [0.6] * 6}, "network": Network(bends=0)},
    "unlike_splits": {"answered": replace(GUESSED, true=(0, 100), right=(0, 80))},
    "shuffled_labels": {
        "history": {"loss": [0.7, 0.1], "val_loss": [0.72, 2.0]},
        "answered": GUESSED,
    },
    "imbalance": {"answered": RARE},
    "not_learning": {"history": FLAT, "answered": GUESSED},
    "overfitting": {
        "history": {"loss": [0.5, 0.4, 0.3, 0.2], "val_loss": [0.5, 0.4, 0.5, 0.6]},
    },
    "class_never_predicted": {
        "answered": replace(
            GUESSED,
            classes=("a", "b", "c"),
            train=(90, 90, 20),
            true=(45, 45, 10),
            predicted=(50, 50, 0),
            right=(45, 45, 0),
        ),
    },
    "learned_at_once": {"history": {"loss": [0.01, 0.01], "val_loss": [0.001, 0.001]}},
    "stopped_too_early": {"history": {"loss": [0.6, 0.3], "val_loss": [0.6, 0.3]}},
    "small_validation": {"examples": {"train": 200, "validation": 5, "test": 50}},
    "noisy_validation": {
        "history": {"loss": [0.3 + 0.3 * 0.6**place for place in range(10)], "val_loss": JUMPS},
        "best_epoch": 1,
    },
}
"""For each rule what makes a story that it speaks of."""


def test_every_rule_has_a_story() -> None:
    assert set(ILL) == set(RULES)


@pytest.mark.parametrize("name", ILL)
def test_rule_speaks_with_numbers_and_is_heard(story: Make, name: str) -> None:
    run = story(**ILL[name])
    finding = RULES[name](run)
    assert finding is not None
    assert finding.name == name
    assert any(sign.isdigit() for sign in finding.evidence)
    assert len(finding.title) <= 70
    assert bool(finding.change) == bool(finding.why)
    assert finding in read_story(run)


@pytest.mark.parametrize("name", ILL)
def test_change_is_a_config_that_builds_on_the_run(
    story: Make, config: Config, name: str, tmp_path: Path
) -> None:
    finding = RULES[name](story(**ILL[name]))
    assert finding is not None
    base = config(name="run", **{"training": {"epochs": 20}, **ILL[name].get("sections", {})})
    (tmp_path / "run.yaml").write_text(yaml.safe_dump(base), "utf-8")
    (tmp_path / "try.yaml").write_text(f"base: run.yaml\n{finding.change}\n", "utf-8")
    before = load_config(tmp_path / "run.yaml")
    after = load_config(tmp_path / "try.yaml")
    assert (after.config == before.config) is (finding.change == "")
    assert after.warnings == before.warnings
    kept = before.config.optimizer.arguments.keys() - {"learning_rate"}
    for argument in kept:
        assert (
            after.config.optimizer.arguments[argument]
            == before.config.optimizer.arguments[argument]
        )


def test_healthy_run_has_nothing_that_stands_out(story: Make) -> None:
    history = {"loss": [0.6, 0.4, 0.3, 0.25, 0.24], "val_loss": [0.5, 0.4, 0.33, 0.31, 0.3]}
    figures = {"train_accuracy": 0.93, "val_accuracy": 0.91, "test_accuracy": 0.9}
    assert read_story(story(history, figures=figures)) == ()


def test_run_without_an_epoch_has_nothing_either(story: Make) -> None:
    assert read_story(replace(story(), rows=())) == ()


def test_one_cause_is_told_once(story: Make) -> None:
    history = {"loss": [0.7] * 6, "val_loss": [0.7] * 6, "learning_rate": 1e-7}
    run = story(history, answered=GUESSED, network=Network(weight_size=0.1, bends=0))
    speak = [name for name, rule in RULES.items() if rule(run)]
    assert {"rate_too_low", "underfitting", "not_learning", "class_never_predicted"} <= {*speak}
    assert [finding.name for finding in read_story(run)] == ["rate_too_low"]


def test_silenced_findings_silence_nothing() -> None:
    names = ("rate_too_high", "unlike_splits", "overfitting", "small_validation")
    found = {name: Finding(name, "", "") for name in names}
    assert "overfitting" in SILENCES["unlike_splits"]
    assert [*told(found)] == ["rate_too_high", "small_validation"]
    del found["rate_too_high"]
    assert [*told(found)] == ["unlike_splits", "small_validation"]


def test_silence_comes_from_rules_that_are_asked_before() -> None:
    order = [*RULES]
    assert {*SILENCES} <= {*order}
    for name, silenced in SILENCES.items():
        assert all(order.index(name) < order.index(other) for other in silenced & {*order})
        assert silenced <= {*order}


def test_few_findings_are_told(story: Make) -> None:
    one = replace(GUESSED, true=(0, 100), right=(0, 90), predicted=(10, 90))
    history = {"loss": [0.6, 0.3], "val_loss": [0.001, 0.001]}
    examples = {"train": 200, "validation": 40, "test": 100}
    run = story(history, answered=one, examples=examples, network=Network(dead={"a": 1.0}))
    assert len(read_story(run)) <= MOST


def test_quick_try_is_not_read(story: Make) -> None:
    sections = {"training": {"limit": {"train_batches": 2}}}
    assert read_story(story(FLAT, sections, GUESSED)) == ()


def test_learning_by_heart_has_its_own_advice(story: Make) -> None:
    sections = {"training": {"overfit": 10}}
    assert read_story(story(FLAT, sections, GUESSED)) == ()
    equal = story(FLAT, sections, GUESSED, network=Network(units={"a": (4, 1)}))
    assert [finding.name for finding in read_story(equal)] == ["symmetric_units"]
