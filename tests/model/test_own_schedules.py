"""Schedules that Keras has not, against numbers worked by hand, numpy, and Keras itself."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

pytestmark = pytest.mark.keras

keras = pytest.importorskip("keras")
tf = pytest.importorskip("tensorflow")

from dlkit.model.schedules import OneCycle, Power, WarmUp  # noqa: E402

CYCLE = OneCycle(0.1, 10)
"""From 0.1 / 25 = 0.004 over 0.1 at step 0.3 * 10 - 1 = 2 down to 0.004 / 10000 at step 9."""

cosine = keras.optimizers.schedules.CosineDecay

WORKED = {
    "cycle": (
        CYCLE,
        {
            0: 0.004,
            1: 0.052,  # in the middle of the way up: (0.004 + 0.1) / 2
            2: 0.1,
            9: 4e-7,
            10: 4e-7,
            5000: 4e-7,
        },
    ),
    # 0.5 * 21 - 1 = 9.5 steps up, and as many down: both middles are at 4.75 and 14.75.
    "even cycle": (OneCycle(1.0, 21, 0.5, 2.0, 5.0), {0: 0.5, 20: 0.1, 21: 0.1}),
    "cycle of one step": (OneCycle(0.1, 1), {0: 0.1, 1: 4e-7}),
    "cycle of two steps": (OneCycle(0.1, 2), {0: 0.1, 1: 4e-7}),
    "power": (Power(0.1, 10), {0: 0.1, 10: 0.05, 20: 0.1 / 3, 30: 0.025, 90: 0.01}),
    "square": (Power(0.1, 10, 2.0), {0: 0.1, 10: 0.025, 20: 0.1 / 9}),
    "to a number": (WarmUp(4, 0.2), {0: 0.0, 1: 0.05, 3: 0.15, 4: 0.2, 5: 0.2, 900: 0.2}),
    "from a start": (WarmUp(4, 0.2, 0.1), {0: 0.1, 1: 0.125, 4: 0.2}),
    # The cosine has (1 + cos(pi / 2)) / 2 = 1 / 2 of 0.2 in its middle, 5 steps behind 4.
    "to a cosine": (WarmUp(4, cosine(0.2, 10)), {2: 0.1, 4: 0.2, 9: 0.1, 14: 0, 20: 0}),
    "to a cycle": (WarmUp(4, CYCLE), {2: 0.002, 4: 0.004, 6: 0.1, 13: 4e-7}),
    "to a warm-up": (WarmUp(2, WarmUp(2, 0.4, 0.2)), {1: 0.1, 2: 0.2, 3: 0.3, 4: 0.4}),
}


@pytest.mark.parametrize("name", WORKED)
def test_rates_are_those_worked_by_hand(name: str) -> None:
    schedule, worked = WORKED[name]
    found = [float(schedule(tf.constant(step))) for step in worked]
    np.testing.assert_allclose(found, list(worked.values()), rtol=1e-6, atol=1e-9)


def numpy_cycle(steps: np.ndarray, top: float, total: int, share: float) -> np.ndarray:
    """Return the rates of a cycle, float64, divided by 25 and 1e4 at its ends."""
    peak = share * total - 1
    up = top + (top / 25 - top) * (1 + np.cos(np.pi * steps / peak)) / 2
    down = np.minimum((steps - peak) / (total - 1 - peak), 1)
    last = top / 25e4
    fall = last + (top - last) * (1 + np.cos(np.pi * down)) / 2
    return np.where(steps < peak, up, fall)


def test_cycle_is_its_formula_at_every_step() -> None:
    steps = np.arange(700)
    found = tf.map_fn(OneCycle(0.3, 617), tf.constant(steps), fn_output_signature=tf.float32)
    # Single precision of 0.3: the last rates are a difference of two such numbers.
    np.testing.assert_allclose(found, numpy_cycle(steps, 0.3, 617, 0.3), rtol=1e-6, atol=5e-8)
    wrong = numpy_cycle(steps, 0.3, 617, 0.31)
    assert np.abs(np.asarray(found) - wrong).max() > 1e-3  # it could tell them apart


def test_power_of_one_is_keras_s_decay_by_inverse_time() -> None:
    theirs = keras.optimizers.schedules.InverseTimeDecay(0.1, 7, 1.0)
    mine = Power(0.1, 7)
    for step in (0, 1, 6, 7, 50, 3000):
        np.testing.assert_allclose(float(mine(step)), float(theirs(step)), rtol=1e-6)


def test_warm_up_before_a_cosine_is_keras_s_own() -> None:
    theirs = cosine(0.0, 16, warmup_target=0.1, warmup_steps=4)
    mine = WarmUp(4, cosine(0.1, 16))
    for step in range(25):
        found = float(mine(tf.constant(step)))
        np.testing.assert_allclose(found, float(theirs(step)), rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("name", ["cycle", "square", "to a cosine"])
def test_compiled_rates_are_the_same(name: str) -> None:
    schedule, _ = WORKED[name]
    plain = tf.function(schedule)
    fast = tf.function(schedule, jit_compile=True)
    for step in range(12):
        wanted = float(schedule(tf.constant(step)))
        assert schedule(tf.constant(step)).dtype == tf.float32
        for compiled in (plain, fast):
            found = float(compiled(tf.constant(step)))
            np.testing.assert_allclose(found, wanted, rtol=3e-6, atol=1e-9)


@pytest.mark.parametrize("name", WORKED)
def test_schedule_can_be_made_again_from_its_config(name: str) -> None:
    schedule, worked = WORKED[name]
    text = keras.optimizers.schedules.serialize(schedule)
    again = keras.optimizers.schedules.deserialize(text)
    assert [float(again(s)) for s in worked] == [float(schedule(s)) for s in worked]


@pytest.mark.parametrize("name", ["cycle", "power", "to a number"])
@pytest.mark.parametrize("compiled", [False, True], ids=["eager", "XLA"])
def test_weights_move_by_the_rate_times_the_gradient(name: str, compiled: bool) -> None:
    schedule, _ = WORKED[name]
    weight = keras.Variable(2.0)
    optimizer = keras.optimizers.SGD(schedule)
    optimizer.build([weight])

    @tf.function(jit_compile=compiled)
    def step() -> None:
        optimizer.apply([tf.constant(0.5)], [weight])

    for number in range(12):
        before = float(weight)
        step()
        wanted = before - float(schedule(tf.constant(number))) * 0.5
        np.testing.assert_allclose(float(weight), wanted, rtol=1e-6)


def test_step_is_a_batch_where_gradients_are_accumulated() -> None:
    weight: Any = keras.Variable(0.0)
    optimizer = keras.optimizers.SGD(WarmUp(100, 1.0), gradient_accumulation_steps=2)
    optimizer.build([weight])
    for _ in range(4):
        optimizer.apply([tf.constant(1.0)], [weight])
    # Steps are taken with the second and the fourth batch, at the rates of steps 1 and 3.
    np.testing.assert_allclose(float(weight), -(0.01 + 0.03), rtol=1e-6)
