"""Pictures beside each other are the same pictures."""

from __future__ import annotations

import numpy as np
import pytest

from dlkit.report.figures.filters import draw_filters
from dlkit.report.figures.grid import picture_grid, shrink


def test_pictures_are_put_in_rows_with_gaps() -> None:
    one, two, three = (np.full((2, 3), value) for value in (1.0, 2.0, 3.0))
    grid, there = picture_grid([[one, two], [three]], gap=1)
    expected = [
        [1, 1, 1, 0, 2, 2, 2],
        [1, 1, 1, 0, 2, 2, 2],
        [0, 0, 0, 0, 0, 0, 0],
        [3, 3, 3, 0, 0, 0, 0],
        [3, 3, 3, 0, 0, 0, 0],
    ]
    np.testing.assert_array_equal(grid, expected)
    np.testing.assert_array_equal(there, np.array(expected) > 0)
    assert picture_grid([[np.ones((2, 3, 4))] * 3], gap=2)[0].shape == (2, 13, 4)


def test_large_picture_becomes_the_means_of_its_blocks() -> None:
    picture = np.arange(24).reshape(4, 6)
    np.testing.assert_array_equal(shrink(picture, 6), picture)
    np.testing.assert_array_equal(shrink(picture, 3), [[3.5, 5.5, 7.5], [15.5, 17.5, 19.5]])
    assert shrink(np.ones((5, 7, 3)), 4).shape == (2, 3, 3)
    np.testing.assert_array_equal(shrink(np.ones((1, 7)), 3), np.ones((1, 2)))


@pytest.mark.parametrize("shape", [(1, 3, 3), (5, 2, 4), (64, 3, 3), (64, 7, 7, 3)], ids=str)
def test_filters_are_on_one_scale_that_is_symmetric(shape: tuple[int, ...]) -> None:
    filters = np.random.default_rng(0).normal(size=shape)
    image = draw_filters(filters).axes[0].images[0]
    shown = np.ma.masked_invalid(np.asarray(image.get_array()))
    largest = np.abs(filters).max()
    if len(shape) == 3:
        assert image.get_clim() == (-largest, largest)
        assert shown.count() == filters.size
        np.testing.assert_array_equal(np.sort(shown.compressed()), np.sort(filters.ravel()))
    else:
        there = shown[..., 3] == 1
        colors = np.sort(np.asarray(shown[..., :3])[there].ravel())
        np.testing.assert_allclose(colors, np.sort(filters.ravel() / largest / 2 + 0.5))
