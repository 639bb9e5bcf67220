"""Data that is made by a written rule, so that what can be learned from it is known.

Everything is a function of the settings and the seed. Noise is normal and added last: with
``noise: 0`` the rules hold exactly, to the rounding of float32.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from dlkit.config.choices import Choice
from dlkit.config.known import known_facts
from dlkit.config.made_sources import (
    GateSource,
    LineSource,
    MoonsSource,
    PointsSource,
    SequencesSource,
    WaveSource,
)
from dlkit.data.raw import RawData
from dlkit.errors import DataError

_PURPOSE = 0x3ADE  # keeps this stream apart from any other use of the same seed

GATE_INPUTS = ((0, 0), (0, 1), (1, 0), (1, 1))

GATE_OUTPUTS = {
    "and": (0, 0, 0, 1),
    "or": (0, 1, 1, 1),
    "xor": (0, 1, 1, 0),
    "nand": (1, 1, 1, 0),
    "nor": (1, 0, 0, 0),
}
"""What each gate gives for the four inputs."""

LINE_BIAS = 0.5

CIRCLE_FACTOR = 0.5
"""Radius of the inner circle; that of the outer one is 1."""

Examples = tuple[np.ndarray, np.ndarray]


def make_data(choice: Choice, seed: int) -> RawData:
    """Make the data of one of the sources in ``SYNTHETIC``.

    Args:
        choice: Which, and its settings.
        seed: The same seed makes the same data.

    Returns:
        x float32 of shape ``(examples, 2)`` for gates and points of a plane, ``(examples,
        inputs)`` for a line, ``(examples, 1)`` for a sine and ``(examples, length, 1)`` for
        sequences; y int32 classes or float32 values of shape ``(examples,)``. Gates come
        with a test split of their own: the truth table.

    Raises:
        DataError: If there is no memory for that many examples.
    """
    settings, facts = choice.settings, known_facts(choice.name, choice.settings)
    assert facts is not None  # noqa: S101  # the config names no other
    test: tuple[np.ndarray | None, np.ndarray | None] = (None, None)
    try:
        if isinstance(settings, GateSource):
            test = _truth_table(choice.name)
            x, y = _gate(choice.name, settings, seed)
        else:
            x, y = MAKERS[choice.name](settings, seed)
        with np.errstate(over="ignore"):  # what is not finite then, is refused later
            x, y = x.astype(np.float32), y.astype(np.int32 if facts.classes else np.float32)
    except MemoryError as error:
        raise DataError(
            f"{choice.name}: there is no memory for {facts.train} examples of shape"
            f" {facts.shape}. Ask for fewer."
        ) from error
    return RawData(
        x,
        y,
        *test,
        origin=f"made by dlkit with seed {seed}",
        feature_names=facts.features,
        class_names=facts.classes or None,
        target_names=(facts.target,) if facts.target else (),
    )


def _generator(seed: int) -> np.random.Generator:
    return np.random.default_rng([seed, _PURPOSE])


def _truth_table(name: str) -> Examples:
    """Return the four inputs of a gate, float32, and its outputs, int32."""
    return np.array(GATE_INPUTS, np.float32), np.array(GATE_OUTPUTS[name], np.int32)


def _gate(name: str, settings: GateSource, seed: int) -> Examples:
    """Return the rows of the truth table in turn, their inputs with noise."""
    x, y = _truth_table(name)
    rows = np.arange(settings.examples) % len(x)
    noise = _generator(seed).normal(scale=settings.noise, size=(settings.examples, 2))
    return x[rows] + noise, y[rows]


def _moons(settings: MoonsSource, seed: int) -> Examples:
    """Return two half circles of radius 1, the one reaching into the other."""
    from sklearn.datasets import make_moons

    points: Examples = make_moons(settings.examples, noise=settings.noise, random_state=seed)
    return points


def _circles(settings: MoonsSource, seed: int) -> Examples:
    """Return a circle of radius 1 (class 0) and one of radius 1/2 within (class 1)."""
    from sklearn.datasets import make_circles

    points: Examples = make_circles(
        settings.examples, noise=settings.noise, random_state=seed, factor=CIRCLE_FACTOR
    )
    return points


def _blobs(settings: PointsSource, seed: int) -> Examples:
    """Return normal clouds whose spread is the noise."""
    from sklearn.datasets import make_blobs

    points: Examples = make_blobs(
        settings.examples,
        centers=blob_centers(settings.classes),
        cluster_std=settings.noise,
        random_state=seed,
    )
    return points


def blob_centers(classes: int) -> np.ndarray:
    """Return the middles of the blobs, float64 of shape ``(classes, 2)``.

    They stand on a circle around 0, evenly from (radius, 0) on. Its radius is 1, or what
    keeps neighbors 1 apart.
    """
    angles = 2 * np.pi * np.arange(classes) / classes
    radius = max(1.0, 0.5 / float(np.sin(np.pi / classes)))
    return np.stack([radius * np.cos(angles), radius * np.sin(angles)], axis=1)


def _spirals(settings: PointsSource, seed: int) -> Examples:
    """Return arms that start in the middle and turn once around it.

    A point of class c, at a share t of its arm, is (r cos a, r sin a) with r = t classes / 2
    and a = 2 pi (t + c / classes). So neighboring arms are half a unit apart along every ray,
    and noise means the same for any number of classes.
    """
    generator, total, arms = _generator(seed), settings.examples, settings.classes
    y = np.arange(total) % arms
    share = (np.arange(total) // arms + 1) / -(-total // arms)  # evenly, up to 1
    radius, angle = share * arms / 2, 2 * np.pi * (share + y / arms)
    x = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
    order = generator.permutation(total)
    return x[order] + generator.normal(scale=settings.noise, size=x.shape), y[order]


def _line(settings: LineSource, seed: int) -> Examples:
    """Return standard normal inputs, and y = weights x + 0.5 + noise."""
    generator = _generator(seed)
    x = generator.standard_normal((settings.examples, settings.inputs))
    noise = generator.normal(scale=settings.noise, size=settings.examples)
    return x, x @ line_weights(settings.inputs) + LINE_BIAS + noise


def line_weights(inputs: int) -> np.ndarray:
    """Return the weights of ``linear``: 1, -2, 3, -4, ... of shape ``(inputs,)``."""
    numbers = np.arange(1, inputs + 1)
    return np.where(numbers % 2 == 1, numbers, -numbers).astype(np.float64)


def _sine(settings: WaveSource, seed: int) -> Examples:
    """Return even chances between -1 and 1, and y = sin(pi periods x) + noise."""
    generator = _generator(seed)
    x = generator.uniform(-1, 1, (settings.examples, 1))
    noise = generator.normal(scale=settings.noise, size=settings.examples)
    return x, np.sin(np.pi * settings.periods * x[:, 0]) + noise


def _sequences(settings: SequencesSource, seed: int) -> Examples:
    """Return random digits of shape ``(examples, length, 1)``, as many of each class.

    Digits are drawn with even chances; where their class is not the wanted one, as little
    as the rule needs is changed.
    """
    generator, length, rule = _generator(seed), settings.length, settings.rule
    y = generator.permutation(np.arange(settings.examples) % 2)
    x = generator.integers(0, 2, (settings.examples, length), dtype=np.int8)
    if rule == "first":
        x[:, 0] = y
    elif rule == "parity":
        x[:, -1] = (x[:, :-1].sum(axis=1) + y) % 2
    elif rule == "majority":
        _set_majority(x, y)
    else:
        _set_repeat(x[:, : length // 2], y, generator)
    return x[:, :, None], y


def _set_majority(x: np.ndarray, y: np.ndarray) -> None:
    """Swap zeros and ones where too few or too many are ones; equally many are too few."""
    length = x.shape[1]
    wrong = (2 * x.sum(axis=1, dtype=np.int64) > length) != y
    x[wrong] = 1 - x[wrong]
    equal = (2 * x.sum(axis=1, dtype=np.int64) == length) & (y == 1)
    first_zero = x[equal].argmin(axis=1)
    x[np.flatnonzero(equal), first_zero] = 1


def _set_repeat(half: np.ndarray, y: np.ndarray, generator: np.random.Generator) -> None:
    """Let two neighbors be equal where that is wanted, and digits alternate elsewhere."""
    width = half.shape[1]
    alternating = (half[:, :1] + np.arange(width)) % 2
    lacking = (y == 1) & (half == alternating).all(axis=1)
    place = generator.integers(1, width, len(half))[lacking]
    rows = np.flatnonzero(lacking)
    half[rows, place] = half[rows, place - 1]
    half[y == 0] = alternating[y == 0]


MAKERS: dict[str, Callable[[Any, int], Examples]] = {
    "moons": _moons,
    "circles": _circles,
    "blobs": _blobs,
    "spirals": _spirals,
    "linear": _line,
    "sine": _sine,
    "sequences": _sequences,
}
"""What makes each kind of data but the gates."""
