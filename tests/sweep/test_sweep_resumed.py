"""A sweep with one job that is killed anywhere makes the trials of one that was left alone."""

from __future__ import annotations

import itertools
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlkit.sweep.messages import Message
from dlkit.sweep.plan import Plan
from tests.sweep.pretended import (
    LISTED,
    MIXED,
    Pretender,
    folder_in,
    outline,
    owner_of,
    plan_of,
)

SAMPLERS = {"random": 11, "tpe": 14, "cmaes": 11, "qmc": 11, "nsga2": 24, "grid": 16}
"""And how many trials: TPE begins to learn after ten, a generation of NSGA-II has twenty."""

PRUNERS = ("none", "median", "hyperband")

CUTS = 6
"""Places at which each sweep is cut off."""


@pytest.fixture(autouse=True)
def _no_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", lambda file: None)


class KilledError(Exception):
    """Stands for a kill of the process that runs the sweep."""


def plan_with(sampler: str, pruner: str) -> Plan:
    settings: dict[str, Any] = {"sampler": sampler, "pruner": pruner}
    if sampler == "grid":
        return plan_of(parameters=LISTED, **settings)
    return plan_of(parameters=MIXED, trials=SAMPLERS[sampler], **settings)


@pytest.mark.parametrize(("sampler", "pruner"), [*itertools.product(SAMPLERS, PRUNERS)])
def test_sweep_goes_on_from_every_part_of_its_journal(
    tmp_path: Path, sampler: str, pruner: str
) -> None:
    plan, waits = plan_with(sampler, pruner), pruner != "none"
    alone = folder_in(tmp_path / "alone")
    expected = outline(owner_of(plan, alone, Pretender(waits)).run())
    assert len(expected) == SAMPLERS[sampler]
    states = {each["state"] for each in expected}
    assert states == ({"complete", "pruned"} if waits else {"complete"})

    journal = alone.study.read_bytes()
    chance = np.random.default_rng([*f"{sampler} {pruner}".encode()])
    for number, cut in enumerate(chance.integers(0, len(journal), CUTS, endpoint=True)):
        torn = folder_in(tmp_path / str(number))
        torn.study.write_bytes(journal[:cut])
        found = outline(owner_of(plan, torn, Pretender(waits)).run())
        assert found == expected, f"cut off after {cut} bytes"


@pytest.mark.parametrize("sampler", ["tpe", "qmc"])
def test_sweep_killed_at_every_event_comes_to_the_same(tmp_path: Path, sampler: str) -> None:
    plan = plan_with(sampler, "median")
    expected = outline(owner_of(plan, folder_in(tmp_path / "alone"), Pretender(True)).run())

    kills = 0
    folder, seen = folder_in(tmp_path / "killed"), set[str]()

    def die_at_what_is_new(message: Message) -> None:
        nonlocal kills
        key = repr(message)
        if key not in seen and len(seen) % 3 == 0:
            seen.add(key)
            kills += 1
            raise KilledError
        seen.add(key)

    while True:
        owner = owner_of(plan, folder, Pretender(True, on_step=die_at_what_is_new))
        try:
            found = outline(owner.run())
            break
        except KilledError:
            continue
    assert kills > 20
    assert found == expected
