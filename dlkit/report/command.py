"""The command that started this program, as one would type it."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterable
from pathlib import Path

import click

from dlkit.config.catalogue import PluginFile
from dlkit.report.run_folder import RunFolder

CONFIGS = (".yaml", ".yml")

MODULES = {"run.py": "dlkit.run", "__main__.py": "dlkit"}
"""Files of this package that are started by ``python -m``, and how."""


def command_line() -> str:
    """Return the command that started this program, as one would type it."""
    return shlex.join([*_start(), *sys.argv[1:]])


def repeating_line(folder: RunFolder, plugins: Iterable[PluginFile]) -> str:
    """Return what repeats a run: the command that started it, where it was one of dlkit's.

    Of several seeds one is repeated alone; a fold is with the others.

    Args:
        folder: The run.
        plugins: What it was made with; their copies are run again.
    """
    if not is_ours() or is_resuming():
        return kept_line(folder, plugins)
    seed = folder.path.name.removeprefix("seed_") if folder.is_member else ""
    alone = [f"seed={seed}", "repeat=1"] if seed.isdecimal() else []
    return shlex.join([*_start(), *sys.argv[1:], *alone])


def kept_line(folder: RunFolder, plugins: Iterable[PluginFile]) -> str:
    """Return what repeats a run from what it wrote down, whoever started it.

    Args:
        folder: The run.
        plugins: What it was made with; their copies are run again.
    """
    if folder.is_member and folder.path.name.startswith("fold_"):
        folder = RunFolder(folder.path.parent)
    given = [word for each in plugins for word in ("--plugin", folder.plugins / each.name)]
    return shlex.join(map(str, ("dlkit", "run", folder.resolved, *given)))


def is_resuming() -> bool:
    """Tell whether the command lets a run go on."""
    return any(each.split("=")[0] == "--resume" for each in sys.argv[1:])


def is_ours() -> bool:
    """Tell whether it is one of dlkit's own commands; else a script of somebody's."""
    start = _start()
    return len(start) > 1 or Path(start[0]).stem == "dlkit"


def resumed_run(
    words: tuple[str, ...], resume: str | None
) -> tuple[tuple[str, ...], bool | str]:
    """Tell what stands behind ``--resume`` from the words that only follow it.

    Args:
        words: The file and the overrides.
        resume: None without ``--resume``; the word behind it, empty where there is none.

    Returns:
        The file and the overrides, and whether a run goes on: True for the latest, or which.

    Raises:
        UsageError: If there is no file.
    """
    which: bool | str = resume is not None
    if resume and "=" in resume:
        words = (*words, resume)
    elif resume and Path(resume).suffix.lower() in CONFIGS and not _has_file(words):
        words = (resume, *words)
    elif resume:
        which = resume
    if not _has_file(words):
        context = click.get_current_context(silent=True)
        raise click.UsageError("Missing argument 'FILE'.", context)
    return words, which


def _has_file(words: tuple[str, ...]) -> bool:
    """Tell whether the first word is a file; an override is one only where it is called so."""
    return bool(words) and ("=" not in words[0] or Path(words[0]).exists())


def _start() -> list[str]:
    program = Path(sys.argv[0])
    if program.name in MODULES and program.parent.name == "dlkit":
        return ["python", "-m", MODULES[program.name]]
    return [program.name]
