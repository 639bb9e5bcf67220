"""What the rules say of layers, of histories made by hand."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest

from dlkit.reading.layers import (
    dead_units,
    exploding_gradients,
    symmetric_units,
    vanishing_gradients,
)
from dlkit.reading.story import Answered, Network, Story

Make = Callable[..., Story]

GUESSED = Answered(
    task="classification",
    train=(100, 100),
    true=(50, 50),
    predicted=(100, 0),
    right=(50, 0),
    naive_loss=0.7,
)
FLAT = {"loss": [0.7, 0.7, 0.7]}


@pytest.mark.parametrize(("kinds", "told"), [(1, True), (2, False), (8, False)])
def test_equal_units_are_told(story: Make, kinds: int, told: bool) -> None:
    network = Network(units={"first": (8, 8), "second": (8, kinds)})
    found = symmetric_units(story(FLAT, network=network))
    assert (found is not None) is told
    if found is not None:
        assert found.title == "The units of 'second' are all the same."
        assert "All 8 units of second have equal weights after 3 epochs:" in found.evidence


@pytest.mark.parametrize(
    ("share", "answered", "told"),
    [(0.5, True, False), (0.5, False, True), (0.49, False, False), (0.9, True, True)],
)
def test_dead_units_are_told(story: Make, share: float, answered: bool, told: bool) -> None:
    dead = {"dead_units/first": [0.0, share], "dead_units/second": [0.1, 0.1]}
    run = (
        story({"loss": [0.4, 0.2], **dead})
        if answered
        else story({"loss": [0.7, 0.7], **dead}, answered=GUESSED)
    )
    found = dead_units(run)
    assert (found is not None) is told
    if found is not None:
        assert f"{share:.0%}".replace("%", " %") in found.evidence
        assert found.change == "regularization:\n  batch_normalization: before"


def test_dead_units_are_found_without_diagnostics(story: Make) -> None:
    run = story(FLAT, answered=GUESSED, network=Network(dead={"first": 1.0}))
    found = dead_units(run)
    assert found is not None
    assert found.title == "100 % of the units of 'first' are dead."


def test_high_rate_is_what_kills_units(story: Make) -> None:
    sections = {"optimizer": {"Adam": {"learning_rate": 0.02}}}
    network = Network(dead={"first": 1.0})
    run = story({**FLAT, "learning_rate": 0.02}, sections, GUESSED, network=network)
    found = dead_units(run)
    assert found is not None
    assert found.change == "optimizer:\n  Adam:\n    learning_rate: 0.002"


@pytest.mark.parametrize(("first", "told"), [(0.9e-3, True), (1.1e-3, False)])
def test_measured_gradients_that_vanish_are_told(story: Make, first: float, told: bool) -> None:
    norms = {"gradient_norm/a": first, "gradient_norm/b": 0.1, "gradient_norm/c": 1.0}
    run = story({**FLAT, **norms}, answered=GUESSED)
    assert (vanishing_gradients(run) is not None) is told
    assert vanishing_gradients(story({"loss": [0.4, 0.1], **norms})) is None


def test_layers_that_are_not_trained_have_no_gradient_to_lose(story: Make) -> None:
    norms = {"gradient_norm/a": 0.0, "gradient_norm/b": 0.1, "gradient_norm/c": 1.0}
    assert vanishing_gradients(story({**FLAT, **norms}, answered=GUESSED)) is None


# A quarter to the power of 5 is just less than a thousandth.
@pytest.mark.parametrize(("sigmoids", "told"), [(5, True), (4, False)])
def test_many_sigmoids_are_told(story: Make, sigmoids: int, told: bool) -> None:
    network = Network(sigmoids=sigmoids)
    found = vanishing_gradients(story(FLAT, answered=GUESSED, network=network))
    assert (found is not None) is told
    if found is not None:
        assert "0.0009766 of a gradient" in found.evidence


# The gradient times the weights' norm, beside the naive loss of 0.7: a thousand is too much.
@pytest.mark.parametrize(("gradient", "told"), [(71.0, True), (69.0, False)])
def test_measured_gradients_that_explode_are_told(
    story: Make, gradient: float, told: bool
) -> None:
    norms = {"gradient_norm/a": [1.0, gradient, 1.0], "weight_norm/a": 10.0}
    run = story({**FLAT, **norms}, answered=GUESSED)
    found = exploding_gradients(run)
    assert (found is not None) is told
    if found is not None:
        assert "The gradient of a was 71 in epoch 2" in found.evidence


@pytest.mark.parametrize(
    ("network", "rate", "told"),
    [
        (Network(recurrent=True), 0.01, True),
        (Network(recurrent=True), 0.011, False),
        (Network(recurrent=True, clipped=True), 0.01, False),
        (Network(), 0.001, True),
        (Network(), 0.0011, False),
    ],
    ids=["recurrent", "recurrent, high rate", "clipped", "usual rate", "high rate"],
)
def test_divergence_that_is_not_the_rate_alone_is_told(
    story: Make, network: Network, rate: float, told: bool
) -> None:
    history = {"loss": [1.0, math.nan], "learning_rate": rate}
    run = story(history, network=network, status="diverged")
    assert (exploding_gradients(run) is not None) is told
