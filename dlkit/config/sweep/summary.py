"""A checked sweep in words: what is tried, by whom, and what for."""

from __future__ import annotations

from dlkit.config.sweep.checking import Sweep
from dlkit.config.sweep.choosing import objectives_of, pruner_of, sampler_of, trials_of
from dlkit.config.sweep.space import shown_names

MOST_NAMES = 8

DIRECTIONS = {"max": "largest", "min": "smallest"}


def describe_sweep(sweep: Sweep) -> tuple[str, ...]:
    """Say in two lines how many trials there are of what, and which of them is the best."""
    config, section = sweep.loaded.config, sweep.section
    names = list(shown_names(sweep.parameters).values())
    more = [f"{len(names) - MOST_NAMES} more"] if len(names) > MOST_NAMES else []
    *others, last = [*names[:MOST_NAMES], *more]
    over = f"{', '.join(others)} and {last}" if others else last
    count = trials_of(section)
    aims = [f"{DIRECTIONS[mode]} {name}" for name, mode in objectives_of(config).items()]
    pruner = pruner_of(config, section)
    early = "" if pruner == "none" else f"; {pruner} ends trials early"
    jobs = f"; {section.jobs} at a time" if section.jobs > 1 else ""
    return (
        f"sweep: {count:,} trial{'s' * (count != 1)} by {sampler_of(section)} over {over}",
        f"best: {' and '.join(aims)}{early}{jobs}",
    )
