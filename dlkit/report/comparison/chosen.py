"""Which runs people mean: a folder, ``name/3``, or a name, which stands for all its runs."""

from __future__ import annotations

import glob
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from dlkit.errors import ConfigError, StorageError
from dlkit.report.finished import hint_of_runs
from dlkit.report.lock import is_at_work
from dlkit.report.run_folder import RunFolder, find_runs
from dlkit.report.sweep.chosen import refuse_trial_without_result
from dlkit.report.sweep.folder import SweepFolder
from dlkit.report.sweep.summary import read_summary
from dlkit.report.tables import one_line

MOST_TRIALS = 10
"""Of a sweep that are laid side by side."""


@dataclass(frozen=True)
class Chosen:
    """The runs that are compared.

    Attributes:
        runs: In the order they were named, none twice.
        left_out: Runs of a named experiment that are not over, as ``name/number``.
        notes: What must be known of the choice, a sentence each.
    """

    runs: tuple[RunFolder, ...]
    left_out: tuple[str, ...]
    notes: tuple[str, ...] = ()


def choose_runs(names: Sequence[str], output: Path) -> Chosen:
    """Find the runs that were named.

    Args:
        names: Folders of runs, runs below ``output`` as ``name/3``, or names of experiments,
            each of which stands for all its runs that are over; and a sweep for its best
            trials.
        output: The folder that keeps experiments.

    Raises:
        ConfigError: If there is no such run, or fewer than two are left.
        StorageError: If a run that was named itself did not finish.
    """
    runs: dict[Path, RunFolder] = {}
    left_out: dict[str, None] = {}
    notes: dict[str, None] = {}
    for name in names:
        for run in _named(name, output, notes.setdefault):
            if is_over(run):
                runs.setdefault(run.path.resolve(), run)
            elif SweepFolder(run).is_sweep:
                notes.setdefault(f"{run.title} is a sweep: name it to compare its trials.")
            else:
                left_out.setdefault(run.title)
    if len(runs) < 2:
        found = f"there is one: {next(iter(runs.values())).path}" if runs else "there is none"
        raise ConfigError(
            f"expected two finished runs or more to compare, {found}."
            f"{_unfinished(tuple(left_out))} {' '.join(notes) or '`dlkit list` shows all.'}"
        )
    return Chosen(tuple(runs.values()), tuple(left_out), tuple(notes))


def _unfinished(titles: Sequence[str]) -> str:
    return f" Not finished: {', '.join(titles[:10])}." if titles else ""


def _named(name: str, output: Path, note: Callable[[str], object]) -> list[RunFolder]:
    """Return the runs of one name.

    Args:
        name: As for ``choose_runs``.
        output: The folder that keeps experiments.
        note: Told what must be known of the choice.

    Raises:
        ConfigError: If there are none.
        StorageError: If it is one that did not finish.
    """
    for place in (Path(name), output / name):
        parent, own = place.parent, place.resolve().name
        if place.name not in ("", "..") and (runs := find_runs(parent, glob.escape(own))):
            return runs
        run = RunFolder(place.resolve() if place.is_symlink() else place)
        if SweepFolder(run).is_sweep:
            return _trials(SweepFolder(run), note)
        refuse_trial_without_result(run)
        if run.metrics.is_file() or run.resolved.is_file() or run.log.is_file():
            if not is_over(run):
                state = "is still running" if is_at_work(run) else "did not finish"
                raise StorageError(
                    f"{run.path}: the run {state}, it has no figures to compare."
                )
            return [run]
    raise ConfigError(
        f"there is no run {name!r}, here or in {output}. {hint_of_runs(name, output)}"
    )


def _trials(folder: SweepFolder, note: Callable[[str], object]) -> list[RunFolder]:
    """Return the best trials of a sweep, in the order of their numbers.

    Raises:
        StorageError: If its files are damaged.
    """
    sweep = read_summary(folder)
    name = one_line(next(iter(sweep.objectives)))
    ranked = [trial.number for trial in sweep.ranked]
    best = sorted(ranked[:MOST_TRIALS])
    title = folder.run.title
    if len(best) < len(ranked):
        note(
            f"Of {len(ranked)} complete trials of {title} these are the {len(best)} with the"
            f" best {name}; its page shows all."
        )
    if others := len(sweep.trials) - len(ranked):
        note(f"{title} has {others} more that came to no figures.")
    if best:
        note(
            f"The sweep chose by {name}, never by a test figure: of many trials the best test"
            " figure is partly luck."
        )
    return [folder.trial(number) for number in best]


def is_over(run: RunFolder) -> bool:
    """Tell whether a run left its figures and its config, and nobody works on it."""
    return run.metrics.is_file() and run.resolved.is_file() and not is_at_work(run)
