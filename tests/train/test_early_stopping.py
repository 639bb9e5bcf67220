import math

import pytest

from dlkit.train.early_stopping import StoppingState, observe


def follow(values: list[float], *, higher: bool, min_delta: float = 0.0) -> StoppingState:
    state = StoppingState()
    for epoch, value in enumerate(values, start=1):
        state = observe(state, epoch, value, higher=higher, min_delta=min_delta)
    return state


@pytest.mark.parametrize(
    ("values", "higher", "best_epoch", "waited"),
    [
        pytest.param([3.0, 2.0, 1.0], False, 3, 0, id="falls"),
        pytest.param([3.0, 1.0, 2.0, 2.0], False, 2, 2, id="rises-again"),
        pytest.param([0.5, 0.7, 0.6], True, 2, 1, id="higher-is-better"),
        pytest.param([1.0, 1.0, 1.0], False, 1, 2, id="equal-is-no-gain"),
        pytest.param([math.nan, 1.0, 2.0], False, 2, 1, id="first-nan-is-no-best"),
        pytest.param([1.0, math.nan, math.inf], False, 1, 2, id="later-nan-waits"),
        pytest.param([-math.inf, 1.0], False, 2, 0, id="minus-infinity-is-no-best"),
    ],
)
def test_best_epoch_and_wait(
    values: list[float], higher: bool, best_epoch: int, waited: int
) -> None:
    state = follow(values, higher=higher)
    assert (state.best_epoch, state.waited) == (best_epoch, waited)


def test_gain_must_exceed_min_delta() -> None:
    assert follow([1.0, 0.75], higher=False, min_delta=0.25).best_epoch == 1
    assert follow([1.0, 0.74], higher=False, min_delta=0.25).best_epoch == 2


def test_small_gains_add_up_against_the_best_not_the_last() -> None:
    state = follow([1.0, 0.9, 0.8], higher=False, min_delta=0.15)
    assert (state.best, state.best_epoch) == (0.8, 3)


def test_nothing_finite_leaves_no_best() -> None:
    assert follow([math.nan, math.nan], higher=True) == StoppingState(None, 0, 2)
