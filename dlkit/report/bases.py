"""Find the runs and the files of weights that a config builds on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from dlkit.config.bases import Base, bases_of, with_places
from dlkit.config.catalogue import Catalogue
from dlkit.config.load import LoadedConfig
from dlkit.config.schema import Config
from dlkit.data.files import NotFoundError, find_files, search_places
from dlkit.errors import DlkitError, Problem
from dlkit.report.finished import find_finished
from dlkit.report.plugin_record import require_plugins
from dlkit.report.run_folder import RunFolder

WEIGHTS = "Write the path of a file, `imagenet`, or `none` for random weights."


def config_folder(loaded: LoadedConfig) -> Path | None:
    """Return the folder of a config's file, if it has one."""
    mark = loaded.source.mark(("dataset", "source"))
    file = Path(mark.file) if mark else Path()
    return file.parent if file.is_file() else None


def find_bases(loaded: LoadedConfig, output: Path) -> dict[Base, str]:
    """Find everything that a config builds on.

    Args:
        loaded: The checked config.
        output: The folder that keeps experiments.

    Returns:
        The absolute path of each: a run's folder, or a file.

    Raises:
        DlkitError: If one is not there, or a run did not finish: with every fault.
    """
    places = search_places(config_folder(loaded))
    found: dict[Base, str] = {}
    kinds: list[type[DlkitError]] = []
    problems: list[Problem] = []
    for base in bases_of(loaded.config):
        try:
            found[base] = str(_find(base, places, output, loaded.catalogue).resolve())
        except DlkitError as error:
            kinds.append(type(error))
            problems += [Problem(one.message, base.path, one.hint) for one in error.problems]
    if problems:
        raise kinds[0](loaded.source.locate(problems))
    return found


def _find(base: Base, places: Sequence[Path], output: Path, catalogue: Catalogue) -> Path:
    if base.kind == "weights":
        try:
            return find_files([base.written], places)[0]
        except NotFoundError as error:
            message = error.problems[0].message
            is_word = not Path(base.written).suffix  # such as None, as people write in Python
            hint = WEIGHTS if is_word else ""
            raise NotFoundError(Problem(message, base.path, hint)) from error
    folder = find_finished(base.written, output, places)
    require_plugins(folder, catalogue)
    return folder.path


def run_models(config: Config) -> dict[str, Path]:
    """Return the model files of the runs that a config names, by what it calls them.

    Args:
        config: With the absolute paths of runs, as ``with_bases`` gives it.
    """
    runs = [base.written for base in bases_of(config) if base.kind == "run"]
    return {run: RunFolder(Path(run)).model for run in runs}


def with_bases(loaded: LoadedConfig, output: Path) -> LoadedConfig:
    """Return a config that names what it builds on by absolute paths.

    Its warnings tell of runs that were made with other plugins of the same names.

    Args:
        loaded: The checked config.
        output: The folder that keeps experiments.

    Raises:
        DlkitError: As ``find_bases``.
    """
    found = find_bases(loaded, output)
    warnings = loaded.source.locate(_changed_plugins(found, loaded.catalogue))
    return replace(
        loaded,
        config=with_places(loaded.config, found),
        warnings=(*loaded.warnings, *warnings),
    )


def _changed_plugins(found: Mapping[Base, str], catalogue: Catalogue) -> Iterator[Problem]:
    """Yield warnings of runs that were made with other plugins of the same names."""
    for base, path in found.items():
        if base.kind == "run":
            for text in require_plugins(RunFolder(Path(path)), catalogue):
                hint = "What it has learned goes into the layers of the one that is given."
                yield Problem(text, base.path, hint, warning=True)
