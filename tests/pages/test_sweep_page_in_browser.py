"""The page of a sweep in a real browser: quiet, alone, in its frame, and its table sorts."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from chromium import CUT, OVERFLOWING, Browser, find_browser, running

from dlkit.config.sweep.section import SweepConfig
from dlkit.config.sweep.space import parameters_of
from dlkit.report.run_folder import RunFolder
from dlkit.report.sweep.folder import SweepFolder
from dlkit.report.sweep.page import write_sweep_page
from dlkit.report.sweep.record import SweepRecord, TrialRecord
from dlkit.report.sweep.sight import Sight
from dlkit.sweep.importance import weigh

pytestmark = pytest.mark.skipif(find_browser() is None, reason="no Chromium is installed")

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "=cmd()|$x$",
    "n" * 300,
]

PARAMETERS = {
    "optimizer.learning_rate": {"low": 1e-4, "high": 1.0, "log": True},
    "optimizer": ["Adam", {"SGD": {"momentum": 0.9}}],
    "units": [16, 32, 64],
}


def record_of(kind: str) -> SweepRecord:
    """Return a sweep with every kind of trial; of one kind names are hostile."""
    generator = np.random.default_rng(0)
    given = {**PARAMETERS, "names": HOSTILE} if kind == "hostile" else PARAMETERS
    parameters = parameters_of(SweepConfig.model_validate({"parameters": given}))
    trials = []
    for number in range(1, 41):
        labels = {
            each.name: each.labels[generator.integers(len(each.labels))]
            if each.labels
            else float(10 ** generator.uniform(-4, 0))
            for each in parameters
        }
        rate = math.log10(float(labels["optimizer.learning_rate"] or 0))
        value = float(0.9 - 0.05 * (rate + 2) ** 2 + 0.01 * generator.normal())
        curve = {epoch: value * (1 - math.exp(-epoch)) for epoch in range(1, 9)}
        facts = {"epochs": 8, "seconds": float(number)}
        if rate > -0.3:
            reason = f"{HOSTILE[0]} diverged in epoch {number}"
            trials.append(TrialRecord(number, "failed", labels, reason=reason))
        elif number % 5 == 0:
            trials.append(TrialRecord(number, "pruned", labels, (), {1: curve[1]}, facts))
        else:
            trials.append(TrialRecord(number, "complete", labels, (value,), curve, facts))
    objectives = {"val_accuracy": "max"}
    return SweepRecord("swept", parameters, objectives, tuple(trials), 40, "tpe", "median")  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("sweeps")
    made = {}
    for kind in ("plain", "hostile"):
        record = record_of(kind)
        place = SweepFolder(RunFolder(folder / kind / "1"))
        place.run.plots.mkdir(parents=True)
        for number in (1, 2):
            place.trial(number).path.mkdir()
        command = "dlkit run experiments/swept/1/best.yaml"
        section = "sweep:\n  trials: 40\n"
        sight = Sight(record, weigh(record), "complete", None, section, command, 2, 200)
        write_sweep_page(place, sight)
        made[kind] = place.page
    return made


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    program = find_browser()
    assert program
    with running(program, tmp_path_factory.mktemp("profile")) as browser:
        yield browser


@pytest.mark.parametrize("kind", ["plain", "hostile"])
@pytest.mark.parametrize("width", [390, 1440])
def test_sweep_page_is_quiet_alone_and_in_its_frame(
    browser: Browser, pages: dict[str, Path], kind: str, width: int
) -> None:
    seen = browser.open(pages[kind].as_uri(), width, dark=width == 390)
    assert (seen.outside, seen.complaints, seen.dialogs) == ([], [], [])
    assert browser.evaluate(OVERFLOWING) == []
    assert browser.evaluate(CUT) == []
    (pages[kind].parent / f"{kind}_{width}.png").write_bytes(browser.picture())
    assert pages[kind].stat().st_size < 500_000


def test_all_trials_are_sorted_by_a_click(browser: Browser, pages: dict[str, Path]) -> None:
    browser.open(pages["plain"].as_uri())
    first = "document.querySelector('.sortable tbody tr').cells[0].textContent"
    assert browser.evaluate(first) == "1"
    browser.evaluate("document.querySelectorAll('.sortable thead button')[2].click()")
    best = record_of("plain").best
    assert best
    assert browser.evaluate(first) == str(best.number)


def test_hostile_values_of_a_sweep_are_text(browser: Browser, pages: dict[str, Path]) -> None:
    browser.open(pages["hostile"].as_uri())
    assert browser.evaluate("document.images.length") == 0
    assert browser.evaluate("document.scripts.length") == 1  # ours, which sorts
    text = browser.evaluate("document.body.textContent")
    for name in HOSTILE[:3]:
        assert name in text
    links = browser.evaluate("[...document.querySelectorAll('.sortable a')].map(a => a.href)")
    assert [link.rsplit("/", 2)[1] for link in links] == ["trial_1", "trial_2"]
