"""How many points a grid has, without going through all of them."""

from __future__ import annotations

import math
from collections.abc import Sequence

from dlkit.config.sweep.space import Parameter, grid_of


def grid_size(parameters: Sequence[Parameter], most: int) -> int:
    """Count the points of a grid, but not beyond ``most``.

    Only of parameters that others ask for by ``when`` every value is looked at.

    Args:
        parameters: None of them a range that is continuous.
        most: Where counting ends.
    """
    asked = {name for each in parameters for name in each.config.when or {}}
    others = [each for each in parameters if each.name not in asked]
    total = 0
    for point in grid_of([each for each in parameters if each.name in asked]):
        total += math.prod(each.count or 0 for each in others if each.matters(point))
        if total >= most:
            return most
    return total
