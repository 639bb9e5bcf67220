"""The range test of learning rates, against what algebra and numpy say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

pytestmark = pytest.mark.keras

keras = pytest.importorskip("keras")

from dlkit.data.dataset import Split  # noqa: E402
from dlkit.errors import ModelError, TrainingError  # noqa: E402
from dlkit.train.loops.feed import Feed  # noqa: E402
from dlkit.train.loops.tape import TapeLoop  # noqa: E402
from dlkit.train.plan import Stretch  # noqa: E402
from dlkit.train.rates import lr_finder  # noqa: E402
from dlkit.train.rates.lr_finder import Trial, try_rates  # noqa: E402
from dlkit.train.rates.rate_curve import divergence, read_curve, smooth  # noqa: E402

Make = Callable[..., Any]

RATES = np.geomspace(1e-7, 10, 300)


def trial_of(bench: Any) -> Trial:
    loaded = bench.loaded
    return Trial(
        bench.built.core, bench.dataset, loaded.config, loaded.catalogue, stages=bench.stages
    )


SCALES = np.array([3.0, 1.0, 0.3])


def line() -> Split:
    """Return 8 rows of three orthogonal columns of several sizes, and a line through them."""
    hadamard = np.array([[1]])
    for _ in range(3):
        hadamard = np.block([[hadamard, hadamard], [hadamard, -hadamard]])
    x = (SCALES * hadamard[:, 1:4]).astype(np.float32)
    return Split(x, x @ np.array([[1.0], [-2.0], [0.5]], np.float32))


def test_losses_are_those_of_algebra_and_the_suggestion_does_not_diverge(bench: Make) -> None:
    plain = {"layers": [{"Dense": {"units": 1, "use_bias": False}}]}
    made = bench(None, architecture=plain, optimizer="SGD", metrics=[])
    trial = replace(trial_of(made), dataset=replace(made.dataset, train=line()))
    error = made.built.core.get_weights()[0].astype(np.float64).ravel() - [1.0, -2.0, 0.5]
    found = try_rates(trial)
    curvature = 2 * SCALES**2  # mean squared error: the Hessian is 2 X'X / 8
    expected = []
    for rate in RATES:
        expected.append(float((SCALES**2 * error**2).sum()))
        error = error * (1 - rate * curvature)
    edge = 2 / curvature.max()
    upto = int(np.searchsorted(RATES, edge))
    np.testing.assert_allclose(found.losses[:upto], expected[:upto], rtol=1e-3)
    np.testing.assert_allclose(found.rates, RATES[: len(found.rates)], rtol=1e-4)
    rising = found.losses[1:] > found.losses[:-1]
    assert not rising[: upto - 1].any()  # below 2 / curvature it falls in every step
    assert rising[-3:].all()  # beyond, it explodes, and the test has ended soon
    assert edge < found.rates[-1] < 20 * edge
    assert found.suggestion is not None
    assert edge / 1000 < found.suggestion < edge


def test_steps_are_those_of_training(bench: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("LOWEST", 0.05), ("HIGHEST", 0.05), ("STEPS", 5)):
        monkeypatch.setattr(lr_finder, name, value)
    regularization = {"l2": 0.01}  # besides dropout and batch normalization
    losses = try_rates(trial_of(bench(None, regularization=regularization))).losses
    other = bench(None, regularization=regularization)
    loop = TapeLoop(other.built.core, Feed(other.dataset.train, 8), 8, 0, None)
    row = loop.run_epoch(0, [Stretch(0, 0, 5)], lambda done: None)
    assert len(losses) == 5
    assert float(losses.mean()) == pytest.approx(row["loss"], rel=1e-6)


def everything(model: Any) -> list[np.ndarray]:
    return [np.array(v) for v in [*model.variables, *model.optimizer.variables]]


@pytest.mark.parametrize(
    "stages", [None, [{"epochs": 2, "trainable": {"base": False}}]], ids=["plain", "stages"]
)
def test_everything_is_as_it_was_and_again_gives_the_same(bench: Make, stages: Any) -> None:
    made = bench(stages)
    model = made.built.core
    before, optimizer, trained = (
        everything(model),
        model.optimizer,
        len(model.trainable_weights),
    )
    first = try_rates(trial_of(made))
    assert model.optimizer is optimizer
    assert len(model.trainable_weights) == trained
    for old, new in zip(before, everything(model), strict=True):
        np.testing.assert_array_equal(old, new)
    again = try_rates(trial_of(made))
    np.testing.assert_array_equal(first.losses, again.losses)
    untouched, _, _ = bench(stages).train()
    afterwards, _, _ = made.train()
    for old, new in zip(everything(untouched), everything(afterwards), strict=True):
        np.testing.assert_array_equal(old, new)
    assert first.suggestion is not None


def test_stage_is_tried_with_what_it_trains(bench: Make) -> None:
    frozen = [{"epochs": 2, "trainable": {"base": False, "norm": False}}]
    whole = try_rates(trial_of(bench(None))).losses
    assert not np.array_equal(try_rates(trial_of(bench(frozen))).losses, whole)


def test_schedule_is_replaced_by_the_growing_rate(bench: Make) -> None:
    schedule = {"ExponentialDecay": {"decay_steps": 10, "decay_rate": 0.5}}
    plain = try_rates(trial_of(bench(None)))
    scheduled = try_rates(trial_of(bench(None, lr_schedule=schedule)))
    np.testing.assert_array_equal(plain.losses, scheduled.losses)
    np.testing.assert_array_equal(plain.rates, scheduled.rates)


def test_optimizer_without_a_rate_of_its_own_is_refused(bench: Make) -> None:
    made = bench(None, optimizer={"LossScaleOptimizer": {"inner_optimizer": "Adam"}})
    with pytest.raises(ModelError, match="LossScaleOptimizer has no learning rate of its own"):
        try_rates(trial_of(made))


def test_loss_that_is_no_number_at_once_is_told(bench: Make) -> None:
    made = bench(None)
    split = made.dataset.train
    broken = replace(made.dataset, train=Split(split.x * np.float32(np.nan), split.y))
    with pytest.raises(TrainingError, match=r"the loss is nan before anything is learned\."):
        try_rates(replace(trial_of(made), dataset=broken))


def test_smoothed_loss_is_the_corrected_exponential_mean() -> None:
    losses = np.random.default_rng(0).normal(3, 1, 40)
    weights = 0.1 * 0.9 ** np.arange(40)[::-1]
    expected = [
        (weights[-n:] * losses[:n]).sum() / weights[-n:].sum()
        for n in range(1, len(losses) + 1)
    ]
    np.testing.assert_allclose(smooth(losses), expected, rtol=1e-12)
    np.testing.assert_allclose(smooth(np.full(5, 2.0)), 2.0)


def curve(
    fall: float = 2.0, noise: float = 0.1, at: float = 1e-3, start: float = 2.3, seed: int = 0
) -> np.ndarray:
    """Return losses that fall around one rate, and explode from a hundred times it on."""
    scatter = np.random.default_rng(seed).normal(0, noise, len(RATES))
    fallen = start - fall / (1 + (at / RATES) ** 2)
    return np.asarray(fallen + scatter + np.maximum(0, RATES / (100 * at) - 1) ** 4)


@pytest.mark.parametrize("at", [1e-5, 1e-3, 1e-2])
@pytest.mark.parametrize("start", [2.3, 0.0], ids=["above", "below-zero"])
def test_suggestion_follows_the_fall(at: float, start: float) -> None:
    found = [read_curve(RATES, curve(at=at, start=start, seed=s)).suggestion for s in range(9)]
    assert all(each is not None and at < each < 10 * at for each in found)
    moved = read_curve(RATES, curve(at=at / 2, start=start, seed=0)).suggestion
    assert moved == pytest.approx(found[0] / 2, rel=0.25)  # type: ignore[operator]


def test_losses_that_only_scatter_or_rise_give_no_suggestion() -> None:
    none = [read_curve(RATES, curve(fall=0, noise=0.5, seed=s)).suggestion for s in range(20)]
    assert sum(each is not None for each in none) <= 1
    assert read_curve(RATES, curve(fall=0, noise=0)).suggestion is None
    assert read_curve(RATES, curve(fall=-1)).suggestion is None
    small = read_curve(RATES, curve(fall=0.3)).suggestion  # the control: a small fall counts
    assert small is not None


def test_test_ends_where_the_loss_leaves_all_bounds() -> None:
    losses = np.concatenate([np.full(30, 2.0), np.full(30, 1.0), np.full(60, 5.0)])
    smoothed = smooth(losses)
    end = divergence(losses, smoothed)
    bound = 4 * smoothed[10:end].min()
    assert smoothed[end - 1] <= bound < smoothed[end]
    for bad in (np.nan, np.inf):
        losses[45] = bad
        assert divergence(losses, smooth(losses)) == 45
    jumps = np.tile([0.1, 2.0, 3.0, 2.0], 40)  # of small batches: it starts with a small one
    assert divergence(jumps, smooth(jumps)) == 160
