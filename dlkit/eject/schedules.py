"""Learning-rate schedules that Keras has not, as a script has them: classes, and a callback."""

from __future__ import annotations

import inspect

from dlkit.config.objects import KerasObject
from dlkit.config.schedules import as_callback, chain, inside_optimizers, is_plateau
from dlkit.config.schema import Config
from dlkit.config.stage_rules import parts_of
from dlkit.model.schedules import OWN_CLASSES


def schedule_lines(config: Config) -> list[str]:
    """Return the classes of the schedules that a training follows and Keras has not."""
    rates = [*(part.rate for part in parts_of(config) if part.rate), *inside_optimizers(config)]
    used = {each.name for rate in rates for each in chain(rate)}
    lines: list[str] = []
    for name, written in OWN_CLASSES.items():
        if name in used:
            lines += ["", "", *inspect.getsource(written).rstrip().splitlines()]
    return [*lines, "", ""] if lines else []


def plateau_callbacks(config: Config) -> tuple[KerasObject | None, ...]:
    """Return what lowers the rate on a plateau, in each stage, or in all of training."""
    rates = [part.rate for part in parts_of(config)]
    return tuple(as_callback(rate) if rate and is_plateau(rate) else None for rate in rates)
