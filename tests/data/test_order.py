from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlkit.data.order import block_orders, epoch_order


@pytest.mark.parametrize("examples", [1, 2, 1000])
def test_order_visits_every_example_once(examples: int) -> None:
    order = epoch_order(examples, seed=0, epoch=0)
    assert order.dtype == np.int32
    assert sorted(order.tolist()) == [*range(examples)]


@pytest.mark.parametrize(
    ("seed", "epoch"), [(0, 1), (1, 0), (1, 1), (2**31 - 1, 0), (0, 10_000)], ids=str
)
def test_order_differs_by_seed_and_epoch(seed: int, epoch: int) -> None:
    first = epoch_order(1000, seed=0, epoch=0)
    order = epoch_order(1000, seed=seed, epoch=epoch)
    # Two independent permutations agree in one place on average; 20 is beyond all chance.
    assert (order == first).sum() < 20


def test_no_epoch_of_one_seed_repeats_an_epoch_of_another() -> None:
    orders = {tuple(epoch_order(50, seed, epoch)) for seed in range(8) for epoch in range(8)}
    assert len(orders) == 64


def test_order_is_the_same_when_asked_again() -> None:
    later = [epoch_order(50, seed=3, epoch=epoch).tolist() for epoch in (7, 0, 7)]
    assert later[0] == later[2]
    assert later[0] != later[1]


def test_order_takes_nothing_from_numpy_s_global_state() -> None:
    np.random.seed(1)
    first = epoch_order(50, seed=3, epoch=1).tolist()
    np.random.seed(2)
    assert epoch_order(50, seed=3, epoch=1).tolist() == first


def test_order_is_uniform_over_places() -> None:
    visits = np.zeros((5, 5))
    for epoch in range(2000):
        visits[np.arange(5), epoch_order(5, seed=0, epoch=epoch)] += 1
    # 400 are expected in each cell, with a standard deviation of 18.
    assert np.abs(visits - 400).max() < 5 * 18


@given(
    examples=st.integers(1, 300),
    piece=st.integers(1, 40),
    block=st.integers(1, 120),
    epoch=st.integers(0, 5),
)
@settings(max_examples=80, deadline=None)
def test_blocks_visit_every_example_once(
    examples: int, piece: int, block: int, epoch: int
) -> None:
    orders = [*block_orders(examples, piece, block, seed=4, epoch=epoch)]
    assert sorted(np.concatenate(orders).tolist()) == [*range(examples)]
    assert {len(order) for order in orders[:-1]} <= {block}
    assert 1 <= len(orders[-1]) <= block


def test_blocks_mix_examples_from_everywhere() -> None:
    first = next(block_orders(100_000, piece=100, block=10_000, seed=0, epoch=0))
    # 100 pieces drawn at random from a thousand: each tenth of the data gives about ten.
    tenths = np.bincount(first // 10_000, minlength=10)
    assert (tenths > 300).all()
    assert np.abs(np.diff(first)).mean() > 10_000  # neighbors do not stay neighbors


@pytest.mark.parametrize(("seed", "epoch"), [(0, 1), (1, 0), (1, 1)], ids=str)
def test_order_of_blocks_differs_by_seed_and_epoch(seed: int, epoch: int) -> None:
    def order(seed: int, epoch: int) -> np.ndarray:
        return np.concatenate([*block_orders(1000, 10, 100, seed, epoch)])

    np.testing.assert_array_equal(order(0, 0), order(0, 0))
    assert (order(seed, epoch) == order(0, 0)).sum() < 20
