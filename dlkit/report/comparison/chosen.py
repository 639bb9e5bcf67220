"""Which runs people mean: a folder, ``name/3``, or a name, which stands for all its runs."""

from __future__ import annotations

import glob
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from dlkit.errors import ConfigError, StorageError
from dlkit.report.finished import hint_of_runs
from dlkit.report.lock import is_at_work
from dlkit.report.run_folder import RunFolder, find_runs


@dataclass(frozen=True)
class Chosen:
    """The runs that are compared.

    Attributes:
        runs: In the order they were named, none twice.
        left_out: Runs of a named experiment that are not over, as ``name/number``.
    """

    runs: tuple[RunFolder, ...]
    left_out: tuple[str, ...]


def choose_runs(names: Sequence[str], output: Path) -> Chosen:
    """Find the runs that were named.

    Args:
        names: Folders of runs, runs below ``output`` as ``name/3``, or names of experiments,
            each of which stands for all its runs that are over.
        output: The folder that keeps experiments.

    Raises:
        ConfigError: If there is no such run, or fewer than two are left.
        StorageError: If a run that was named itself did not finish.
    """
    runs: dict[Path, RunFolder] = {}
    left_out: dict[str, None] = {}
    for name in names:
        for run in _named(name, output):
            if is_over(run):
                runs.setdefault(run.path.resolve(), run)
            else:
                left_out.setdefault(run.title)
    if len(runs) < 2:
        found = f"there is one: {next(iter(runs.values())).path}" if runs else "there is none"
        raise ConfigError(
            f"expected two finished runs or more to compare, {found}."
            f"{_unfinished(tuple(left_out))} `dlkit list` shows all."
        )
    return Chosen(tuple(runs.values()), tuple(left_out))


def _unfinished(titles: Sequence[str]) -> str:
    return f" Not finished: {', '.join(titles[:10])}." if titles else ""


def _named(name: str, output: Path) -> list[RunFolder]:
    """Return the runs of one name.

    Raises:
        ConfigError: If there are none.
        StorageError: If it is one that did not finish.
    """
    for place in (Path(name), output / name):
        parent, own = place.parent, place.resolve().name
        if place.name not in ("", "..") and (runs := find_runs(parent, glob.escape(own))):
            return runs
        run = RunFolder(place.resolve() if place.is_symlink() else place)
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


def is_over(run: RunFolder) -> bool:
    """Tell whether a run left its figures and its config, and nobody works on it."""
    return run.metrics.is_file() and run.resolved.is_file() and not is_at_work(run)
