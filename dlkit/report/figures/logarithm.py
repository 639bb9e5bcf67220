"""Logarithmic axes with plain numbers: 0.001, and no powers that need a font of their own."""

from __future__ import annotations

import math

from matplotlib.axis import Axis
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

FEW = 2.0
"""Factors of ten up to which 2 and 5 are named between them."""


def name_powers(axis: Axis, low: float, high: float) -> None:
    """Name the ticks of an axis that is logarithmic already.

    Args:
        axis: Horizontal or vertical.
        low: Where it begins, above 0.
        high: Where it ends.
    """
    decades = math.log10(high / low)
    subs = (1.0, 2.0, 5.0) if decades <= FEW else (1.0,)
    axis.set_major_locator(LogLocator(subs=subs, numticks=10))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_formatter(NullFormatter())
