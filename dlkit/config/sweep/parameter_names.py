"""Paths to what a sweep says of a parameter, whose name is a path itself.

``sweep.parameters.optimizer.learning_rate.high`` need not have the brackets that it would
have as a path: ``sweep.parameters['optimizer.learning_rate'].high``.
"""

from __future__ import annotations

from typing import Any

from dlkit.config.path_text import parse_path
from dlkit.config.source import walk
from dlkit.config.sweep.section import ParameterConfig
from dlkit.errors import Path, format_path

PARAMETERS: Path = ("sweep", "parameters")
BLOCKS: Path = ("architecture", "blocks")


def with_parameter_name(data: Any, path: Path) -> Path:
    """Return a path in which the name of a parameter is one part.

    Args:
        data: What was written, which may have the parameter.
        path: As somebody wrote it.
    """
    rest = path[len(PARAMETERS) :]
    if path[: len(PARAMETERS)] != PARAMETERS or len(rest) < 2:
        return path
    known = _written_names(data)
    for length in range(len(rest), 0, -1):
        if rest[:length] in known:
            return (*PARAMETERS, known[rest[:length]], *rest[length:])
    length = next(
        (i for i, part in enumerate(rest) if i and part in ParameterConfig.model_fields),
        len(rest),
    )
    return (*PARAMETERS, format_path(rest[:length]), *rest[length:])


def swept_places(data: Any) -> list[Path]:
    """Return the paths that a sweep sets, as they are written and not checked yet."""
    places: list[Path] = []
    for name, parameter in _written_parameters(data).items():
        paths = parameter.get("paths") if isinstance(parameter, dict) else None
        texts = paths if isinstance(paths, list) else [paths or name]
        places += [parse_path(text) for text in texts if isinstance(text, str)]
    return [place for place in places if place]


def names_in_blocks(data: Any, path: Path) -> set[str]:
    """Return names that a text in a value may refer to because they are a block's own.

    Args:
        data: What was written.
        path: Of the text, below the parameters of the sweep.
    """
    name = str(path[len(PARAMETERS)])
    written = _written_parameters(data)[name]
    architecture = data.get("architecture")
    blocks = architecture.get("blocks") if isinstance(architecture, dict) else None
    in_blocks = any(
        place[:2] == BLOCKS
        for place in swept_places({"sweep": {"parameters": {name: written}}})
    )
    return {
        str(key)
        for part, value in [*walk(written), *walk(blocks)]
        if in_blocks and part[-1:] == ("parameters",) and isinstance(value, dict)
        for key in value
    }


def _written_parameters(data: Any) -> dict[str, Any]:
    """Return the parameters that are written, or none."""
    for part in PARAMETERS:
        data = data.get(part) if isinstance(data, dict) else None
    return data if isinstance(data, dict) else {}


def _written_names(data: Any) -> dict[Path, str]:
    """Return the names of the parameters that are there, by their parts."""
    names = [str(name) for name in _written_parameters(data)]
    return {parse_path(name): name for name in names} | {(name,): name for name in names}
