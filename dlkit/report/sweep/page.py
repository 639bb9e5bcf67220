"""A sweep as one page: what is best, what mattered, and how far that can be believed."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dlkit.config.sweep.space import format_label
from dlkit.report.drawing import spared
from dlkit.report.finished import read_values
from dlkit.report.index.page import hash_of, sorting_script
from dlkit.report.page import Picture, render
from dlkit.report.records import write_text
from dlkit.report.sweep.failures import grouped_failures
from dlkit.report.sweep.folder import SweepFolder
from dlkit.report.sweep.pictures import draw_sweep
from dlkit.report.sweep.record import State, SweepRecord, TrialRecord
from dlkit.report.sweep.rows import Row, TrialRow, best_table, heads_of, link_to, trial_row
from dlkit.report.sweep.shown import names_of
from dlkit.report.sweep.sight import Sight
from dlkit.report.sweep.words import remarks, verdict
from dlkit.report.terminal import format_figure, format_seconds

MOST_BEST = 10
"""Trials in the table of the best."""


@dataclass(frozen=True)
class SweepPage:
    """What the page of a sweep says, in the order it says it. Empty parts are left out.

    Attributes:
        title: The experiment's name.
        run: Which sweep it is.
        verdict: What it came to, in a sentence.
        remarks: What is to be known before anything is believed.
        numbers: The few figures that matter, as label and value.
        settings: The best trial's values, as parameter and value.
        command: What runs the best trial again.
        drawing_command: What draws the best trial's own page; empty where it has one.
        best: The table of the best ten; its first row is the head.
        best_links: For each of its rows a link, or "".
        pictures: The figures.
        no_weights: Why nothing is said of what mattered; empty where something is.
        failures: Reasons of failed trials; the first row is the head.
        heads: Heads of the table of all trials.
        trials: Its rows.
        section: The section ``sweep``, as YAML.
        facts: Time, machine, sampler, as label and value.
        environment: Versions and settings, as name and value.
    """

    title: str
    run: str
    verdict: str
    remarks: tuple[str, ...]
    numbers: tuple[tuple[str, str], ...]
    settings: tuple[tuple[str, str], ...]
    command: str
    drawing_command: str
    best: tuple[Row, ...]
    best_links: tuple[str, ...]
    pictures: tuple[Picture, ...]
    no_weights: str
    failures: tuple[Row, ...]
    heads: Row
    trials: tuple[TrialRow, ...]
    section: str
    facts: tuple[tuple[str, str], ...]
    environment: tuple[tuple[str, str], ...]

    @property
    def course(self) -> tuple[Picture, ...]:
        """The pictures of how it went."""
        return tuple(p for p in self.pictures if p.section == "learning")

    @property
    def mattering(self) -> tuple[Picture, ...]:
        """The pictures of what mattered."""
        return tuple(p for p in self.pictures if p.section != "learning")

    @property
    def numeric(self) -> frozenset[int]:
        """The places of the heads whose cells hold numbers."""
        columns = range(len(self.heads))
        cells = {i: [row.cells[i] for row in self.trials if row.cells[i].text] for i in columns}
        return frozenset(i for i in columns if cells[i] and all(c.value for c in cells[i]))

    @property
    def contents(self) -> dict[str, str]:
        """The parts that the page has: anchor and heading, in their order."""
        there = {
            "best": ("The best", bool(self.best)),
            "course": ("How it went", bool(self.course)),
            "mattering": ("What mattered", bool(self.mattering or self.no_weights)),
            "failures": ("What failed", bool(self.failures)),
            "trials": ("All trials", bool(self.trials)),
            "sweep": ("The sweep", True),
        }
        return {name: heading for name, (heading, shown) in there.items() if shown}


def write_sweep_page(folder: SweepFolder, sight: Sight) -> None:
    """Draw the pictures and write the page; what cannot be drawn is told and left out.

    Args:
        folder: Gets ``sweep.html`` and the pictures.
        sight: All that is known.

    Raises:
        StorageError: If the disk does not take them.
    """
    with spared("the page of the sweep"):
        pictures = draw_sweep(folder.run, sight.record, sight.weights)
        write_text(folder.page, render_sweep(sweep_page(folder, sight, pictures)))


def render_sweep(page: SweepPage) -> str:
    """Write a page as HTML."""
    script = sorting_script()
    return render("sweep.html", page=page, script=script, script_hash=hash_of(script))


def sweep_page(folder: SweepFolder, sight: Sight, pictures: Sequence[Picture]) -> SweepPage:
    """Gather the page's values.

    Args:
        folder: The sweep's; links lead from there.
        sight: All that is known.
        pictures: As they were drawn.
    """
    record, best = sight.record, sight.record.best
    shown = record.ranked[:MOST_BEST] if len(record.objectives) == 1 else _fronted(record)
    trial = folder.trial(best.number) if best else None
    draws = trial is not None and not trial.report.is_file()
    failures = grouped_failures(record)
    environment = (
        read_values(trial.environment) if trial and trial.environment.is_file() else {}
    )
    name = folder.run.title
    return SweepPage(
        title=record.name,
        run=name,
        verdict=verdict(sight),
        remarks=remarks(sight),
        numbers=_numbers(record),
        settings=_settings(record, best) if best else (),
        command=sight.command if best else "",
        drawing_command=f"dlkit report {trial.path}" if trial and draws else "",
        best=best_table(record, shown) if shown else (),
        best_links=tuple(link_to(folder, each) for each in shown),
        pictures=tuple(pictures),
        no_weights=sight.weights.reason if record.of("complete") else "",
        failures=(("trials", "which", "reason", "only they have"), *failures)
        if failures
        else (),
        heads=heads_of(record),
        trials=tuple(trial_row(folder, record, each) for each in record.trials),
        section=sight.section,
        facts=_facts(sight),
        environment=_machine(environment),
    )


def _machine(environment: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Return what the best trial was computed on and with."""
    packages = environment.get("packages")
    devices = environment.get("devices")
    rows = [
        ("processor", environment.get("processor")),
        ("cores", environment.get("cpus")),
        ("devices", ", ".join(map(str, devices)) if isinstance(devices, list) else None),
        ("python", environment.get("python")),
        *(packages.items() if isinstance(packages, dict) else ()),
    ]
    return tuple((str(name), str(value)) for name, value in rows if value is not None)


def _fronted(record: SweepRecord) -> tuple[TrialRecord, ...]:
    """Return trials of several objectives: those that nothing beats, then the others."""
    front = record.front
    rest = (trial for trial in record.ranked if trial not in front)
    return (*front, *rest)[:MOST_BEST]


def _numbers(record: SweepRecord) -> tuple[tuple[str, str], ...]:
    """Return the figures that lead the page."""
    best = record.best
    found: list[tuple[str, str]] = []
    if best:
        found += [
            (f"best {name}" if index == 0 else name, format_figure(value))
            for index, (name, value) in enumerate(
                zip(record.objectives, best.values, strict=True)
            )
        ]
        values = [trial.values[0] for trial in record.of("complete")]
        if len(values) > 2:
            found.append(
                ("median of complete trials", format_figure(statistics.median(values)))
            )
        found += _tested(best)
    states: tuple[State, ...] = ("complete", "pruned", "failed", "running")
    found += [(state, str(len(record.of(state)))) for state in states if record.of(state)]
    return tuple(found)


def _tested(best: TrialRecord) -> list[tuple[str, str]]:
    """Return the best trial's main test figure, which no choice was made by."""
    figures = best.facts.get("figures") or {}
    tests = {
        name: value
        for name, value in figures.items()
        if name.startswith("test_") and isinstance(value, (int, float))
    }
    main = [n for n in tests if not n.endswith("_loss")] or [*tests]
    if not main or not math.isfinite(tests[main[0]]):
        return []
    return [(f"{main[0]} of the best, not chosen by", format_figure(tests[main[0]]))]


def _settings(record: SweepRecord, best: TrialRecord) -> tuple[tuple[str, str], ...]:
    names = names_of(record)
    return tuple(
        (names[each.name], format_label(best.labels[each.name]))
        for each in record.parameters
        if each.name in best.labels
    )


def _facts(sight: Sight) -> tuple[tuple[str, str], ...]:
    """Return how the sweep was run."""
    record = sight.record
    seconds = sum(trial.facts.get("seconds") or 0.0 for trial in record.trials)
    epochs = sum(trial.facts.get("epochs") or 0 for trial in record.trials)
    aims = ", ".join(
        f"{name}, {'most' if mode == 'max' else 'least'} is best"
        for name, mode in record.objectives.items()
    )
    return (
        ("aims at", aims),
        ("trials", f"{len(record.trials)} of {record.wanted}"),
        ("chosen by", record.sampler),
        ("ended early by", record.pruner),
        ("at the same time", str(sight.jobs)),
        ("time of all trials", format_seconds(seconds)),
        ("epochs of all trials", f"{epochs:,}"),
    )
