"""The learning rate in training: by schedules, on a plateau, in stages, and after a pause."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytestmark = pytest.mark.keras

keras = pytest.importorskip("keras")

from dlkit.train.plan import plan_training  # noqa: E402
from dlkit.train.rates.schedule import portable_optimizer, rate_curve  # noqa: E402

Make = Callable[..., Any]

STEPS = 6
"""Of an epoch: 43 examples by 8."""

LINE = {"architecture": {"layers": [{"Dense": {"name": "base", "units": 1}}]}}

PLATEAU = {"factor": 0.5, "patience": 1, "min_delta": 0.4, "cooldown": 1, "min_lr": 0.001}


def rates(training: Any) -> list[float]:
    return [row["learning_rate"] for row in training.rows]


def schedule_of(bench: Any) -> Any:
    return bench.built.core.optimizer._learning_rate


def training(epochs: int) -> dict[str, Any]:
    return {"training": {"epochs": epochs}}


def test_cycle_is_as_long_as_training_and_goes_up_to_the_optimizer_s_rate(bench: Make) -> None:
    made = schedule_of(bench(None, lr_schedule="OneCycle", **training(5)))
    assert (made.max_learning_rate, made.total_steps) == (0.05, 5 * STEPS)
    made = schedule_of(bench(None, lr_schedule="OneCycle", training={"steps": 13}))
    assert made.total_steps == 13
    inner = {"WarmUp": {"steps": 4, "schedule": "OneCycle"}}
    made = schedule_of(bench(None, lr_schedule=inner, **training(5)))
    assert (made.steps, made.schedule.total_steps) == (4, 5 * STEPS - 4)


def test_schedules_take_durations_and_the_optimizer_s_rate(bench: Make) -> None:
    notation = {"WarmUp": {"steps": "2 epochs", "schedule": {"Power": "3 epochs"}}}
    made = schedule_of(bench(None, lr_schedule=notation, **training(5)))
    assert (made.steps, made.schedule.decay_steps) == (2 * STEPS, 3 * STEPS)
    assert made.schedule.initial_learning_rate == 0.05
    assert schedule_of(bench(None, lr_schedule={"WarmUp": 3}, **training(5))).schedule == 0.05
    inside = {"SGD": {"learning_rate": {"OneCycle": 0.3}}}
    made = schedule_of(bench(None, optimizer=inside, **training(5)))
    assert (made.max_learning_rate, made.total_steps) == (0.3, 5 * STEPS)


@pytest.mark.parametrize("loop", ["tape", "fit"])
def test_history_has_the_rate_of_the_last_step_of_each_epoch(bench: Make, loop: str) -> None:
    sections = {"training": {"epochs": 3, "loop": loop}, **LINE}
    _, trained, _ = bench(None, lr_schedule={"Power": 6}, **sections).train()
    # 0.05 / (1 + t / 6), t the steps before the last one of the epoch.
    wanted = [0.05 / (1 + t / 6) for t in (5, 11, 17)]
    np.testing.assert_allclose(rates(trained), wanted, rtol=1e-6)


def test_by_epoch_the_rate_is_constant_within_an_epoch(bench: Make) -> None:
    ready = bench(None, lr_schedule={"ExponentialByEpoch": 0.5}, **training(3), **LINE)
    schedule = schedule_of(ready)
    assert type(schedule) is keras.optimizers.schedules.ExponentialDecay  # Keras has it
    found = [float(schedule(step)) for step in (0, 5, 6, 11, 12)]
    np.testing.assert_allclose(found, [0.05, 0.05, 0.025, 0.025, 0.0125], rtol=1e-6)
    _, trained, _ = ready.train()
    np.testing.assert_allclose(rates(trained), [0.05, 0.025, 0.0125], rtol=1e-6)


def in_keras(bench: Any, epochs: int, *callbacks: Any) -> tuple[Any, Any]:
    """Train by plain Keras on the batches of dlkit."""
    model = bench.build()
    model.compile(optimizer=keras.optimizers.SGD(0.05, momentum=0.9), loss="mse")
    x, y = bench.dataset.train.x, bench.dataset.train.y

    def batches() -> Any:
        for epoch in range(epochs):
            philox = np.random.Philox([bench.loaded.config.seed, epoch, 0xDD])
            order = np.random.Generator(philox).permutation(len(x))
            for start in range(0, len(x), 8):
                rows = order[start : start + 8]
                yield x[rows], y[rows]

    held = bench.dataset.validation
    history = model.fit(
        batches(),
        steps_per_epoch=STEPS,
        epochs=epochs,
        validation_data=(held.x, held.y),
        callbacks=[*callbacks],
        shuffle=False,
        verbose=0,
    )
    return model, history.history


@pytest.mark.parametrize("loop", ["tape", "fit"])
def test_plateau_is_keras_s_callback(bench: Make, loop: str) -> None:
    sections = {"training": {"epochs": 9, "loop": loop}, **LINE}
    ready = bench(None, lr_schedule={"ReduceLROnPlateau": PLATEAU}, **sections)
    theirs, history = in_keras(ready, 9, keras.callbacks.ReduceLROnPlateau(**PLATEAU))
    mine, trained, _ = ready.train()
    assert len(set(rates(trained))) > 3  # it was lowered, and more than once
    np.testing.assert_allclose(rates(trained), history["learning_rate"], rtol=1e-6)
    for own, other in zip(mine.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(own, other, rtol=1e-4, atol=1e-6)


def test_plateau_knows_which_of_its_figure_is_better(bench: Make) -> None:
    from dlkit.train.callbacks import build_plateaus

    metric = {"R2Score": {"name": "fit"}}
    notation = {"ReduceLROnPlateau": {"monitor": "val_fit", "mode": "auto"}}
    config = bench(None, metrics=[metric], lr_schedule=notation, **training(12)).loaded.config
    (callback,) = build_plateaus(config).values()
    assert callback.mode == "max"


def stages(*rates: Any) -> list[dict[str, Any]]:
    """Return stages of three epochs, each with a schedule of its own or none."""
    return [{"epochs": 3, **({"lr_schedule": rate} if rate else {})} for rate in rates]


ALWAYS = {"ReduceLROnPlateau": {"factor": 0.5, "patience": 1, "min_delta": 100}}
"""Nothing improves by 100: the rate is halved behind every epoch but the first."""


def test_plateau_begins_anew_with_each_stage_and_ends_with_it(bench: Make) -> None:
    made = stages(ALWAYS, None, {"ExponentialByEpoch": 1}, ALWAYS)
    _, trained, _ = bench(made, **LINE).train()
    halved = [0.05, 0.05, 0.025]
    wanted = [*halved, *halved, 0.05, 0.05, 0.05, *halved]
    np.testing.assert_allclose(rates(trained), wanted, rtol=1e-6)


def test_failing_plateau_is_told_at_its_place(bench: Make, monkeypatch: Any) -> None:
    from dlkit.errors import TrainingError

    def fail(*_: Any) -> None:
        raise ValueError("no")

    monkeypatch.setattr(keras.callbacks.ReduceLROnPlateau, "on_epoch_end", fail)
    other = keras.callbacks.LambdaCallback(on_epoch_begin=fail)
    ready = bench(None, lr_schedule=ALWAYS, **training(2), **LINE)
    with pytest.raises(TrainingError) as caught:
        ready.train()
    assert caught.value.problems[0].path == ("lr_schedule",)
    with pytest.raises(TrainingError) as caught:
        ready.train(other)
    assert caught.value.problems[0].path == ("training", "callbacks", 0)


@pytest.mark.parametrize(
    ("rate", "epoch"), [(ALWAYS, 5), ("OneCycle", 2)], ids=["plateau", "cycle"]
)
def test_taken_up_training_goes_on_with_the_same_rates(
    bench: Make, tmp_path: Path, rate: Any, epoch: int, monkeypatch: Any
) -> None:
    from dlkit.train.state.store import Store
    from tests.train.conftest import Notes
    from tests.train.test_resume import KilledError, everything, keeper, stop_at

    monkeypatch.setattr("dlkit.train.state.keeper.SHARE", 0)
    made = [{"epochs": 3, "lr_schedule": rate}, {"epochs": 4}]
    whole, trained, _ = bench(made, **LINE).train()
    with pytest.raises(KilledError):
        bench(made, **LINE).train(keeper=keeper(tmp_path), notes=stop_at(Notes(), epoch + 1, 0))
    taken_up, _ = Store(tmp_path).newest()
    resumed, again, _ = bench(made, **LINE).train(keeper=keeper(tmp_path, taken_up=taken_up))
    assert rates(again) == rates(trained)
    for mine, theirs in zip(everything(resumed), everything(whole), strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_curve_has_the_rates_of_the_steps_that_ran(bench: Make) -> None:
    made = [*stages("OneCycle", ALWAYS), {"epochs": 2, "lr_schedule": {"WarmUp": "1 epochs"}}]
    ready = bench(made, **LINE)
    _, trained, _ = ready.train()
    config = ready.loaded.config
    plan = plan_training(config.training, 43)
    curve = rate_curve(config, plan, ready.loaded.catalogue, trained.rows)
    ends = dict(reversed([point for point in curve if not np.isnan(point[1])]))
    for row in trained.rows:  # an epoch's last step ends where the epoch does
        np.testing.assert_allclose(ends[row["epoch"]], row["learning_rate"], rtol=1e-6)
    assert ends[1 / STEPS] == pytest.approx(0.05 / 25)
    assert ends[6 + 1 / STEPS] == 0  # the warm-up begins there
    assert ends[6 + 4 / STEPS] == pytest.approx(0.05 * 3 / STEPS)
    assert sum(np.isnan(rate) for _, rate in curve) == 2  # gaps between three stages
    assert len(curve) == 3 * STEPS + 3 * 2 + 2 * STEPS + 2
    short = rate_curve(config, plan, ready.loaded.catalogue, trained.rows[:2])
    assert max(end for end, _ in short) == 2


def test_curve_of_a_long_training_has_few_points(bench: Make) -> None:
    ready = bench(None, lr_schedule="OneCycle", **training(1000))
    rows = [{"epoch": epoch, "learning_rate": 0.0} for epoch in range(1, 1001)]
    plan = plan_training(ready.loaded.config.training, 43)
    curve = rate_curve(ready.loaded.config, plan, ready.loaded.catalogue, rows)
    assert 450 < len(curve) < 550
    assert max(rate for _, rate in curve) == pytest.approx(0.05, rel=1e-3)
    assert curve[-1] == (1000.0, pytest.approx(0.05 / 25e4))


def test_curve_is_left_out_where_no_rate_follows_a_schedule(bench: Make) -> None:
    ready = bench(None, lr_schedule=ALWAYS, **training(3))
    plan = plan_training(ready.loaded.config.training, 43)
    row = {"epoch": 1, "learning_rate": 0.05}
    assert rate_curve(ready.loaded.config, plan, ready.loaded.catalogue, [row]) == ()


@pytest.mark.parametrize("wrapped", [False, True], ids=["alone", "scaled"])
def test_portable_optimizer_is_the_same_but_for_its_rate(wrapped: bool) -> None:
    from dlkit.model.schedules import WarmUp

    variable = keras.Variable([1.0, 2.0])
    made = keras.optimizers.Adam(WarmUp(100, 1.0), beta_1=0.8)
    made = keras.optimizers.LossScaleOptimizer(made) if wrapped else made
    made.build([variable])
    for _ in range(3):
        made.apply([keras.ops.array([0.5, -1.0])], [variable])
    other = portable_optimizer(made, [variable])
    assert float(other.learning_rate) == pytest.approx(0.02)  # of the third step
    inner = other.inner_optimizer if wrapped else other
    assert (type(inner), inner.beta_1) == (keras.optimizers.Adam, 0.8)
    kept = [v for v in other.variables if v is not inner._learning_rate]
    assert len(kept) == len(made.variables)
    for mine, theirs in zip(kept, made.variables, strict=True):
        np.testing.assert_array_equal(np.asarray(mine), np.asarray(theirs))
    assert portable_optimizer(other, [variable]) is other
