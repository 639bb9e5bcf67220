"""Load a config: read, override, check everything, report all faults in one go."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any

from dlkit.config.catalogue import load_catalogue
from dlkit.config.objects import ObjectReader
from dlkit.config.overrides import apply_overrides, parse_overrides
from dlkit.config.rules import RULES
from dlkit.config.schema import Config
from dlkit.config.source import Source, walk
from dlkit.config.validation import overlaps, read_objects, rename_misspelt, validate
from dlkit.config.yaml_reader import read_yaml
from dlkit.errors import ConfigError, Mark, Problem


@dataclass(frozen=True)
class LoadedConfig:
    """A checked config and the text it came from."""

    config: Config
    source: Source


def load_config(
    config: str | os.PathLike[str] | Mapping[str, Any],
    overrides: Mapping[str, Any] | Iterable[str] = (),
) -> LoadedConfig:
    """Load and check an experiment.

    Args:
        config: A YAML file, or the same as nested dicts and lists.
        overrides: ``path=value`` texts, or a mapping of paths to values.

    Raises:
        ConfigError: With every fault, each at its place, in reading order.
    """
    if isinstance(config, Mapping):
        data = dict(config)
        source = Source(data, {path: Mark("dict") for path, _ in walk(data)})
        problems: list[Problem] = []
        default_name = "experiment"
    else:
        source, problems = read_yaml(_read_text(config), os.fspath(config))
        default_name = FilePath(config).stem
    changes, unreadable = parse_overrides(overrides)
    source, misfits = apply_overrides(source, changes)
    source, misspelt = rename_misspelt(source)
    checked, faults = check_data({"name": safe_name(default_name)} | source.data)
    problems += unreadable + misfits + misspelt + faults
    if problems:
        raise ConfigError(source.locate(problems))
    return LoadedConfig(checked, source)


def check_data(data: dict[str, Any]) -> tuple[Config, list[Problem]]:
    """Check plain values; the config is whole where there are no problems."""
    reader = ObjectReader(load_catalogue())
    objects = read_objects(data, reader)
    config, problems, wrong = validate(objects, {p.path for p in reader.problems})
    problems = reader.problems + problems
    for rule, parts in RULES.items():
        if not any(overlaps(part, wrong) for part in parts):
            problems += rule(config)
    return config, problems


def safe_name(text: str) -> str:
    """Make a run's name of a file's: ``my net (2)`` becomes ``my_net_2``."""
    name = re.sub(r"[^A-Za-z0-9._-]+", "_", text).strip("._-")
    return name[:100] or "experiment"


def _read_text(file: str | os.PathLike[str]) -> str:
    """Read a config file.

    Raises:
        ConfigError: If it is not there, no file, or no text.
    """
    mark = Mark(os.fspath(file))
    try:
        return FilePath(file).read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise ConfigError(Problem("no such file.", mark=mark)) from error
    except IsADirectoryError as error:
        message = "expected a YAML file, received a folder."
        raise ConfigError(Problem(message, mark=mark)) from error
    except UnicodeDecodeError as error:
        message = f"not a text file in UTF-8 (byte {error.start})."
        raise ConfigError(Problem(message, mark=mark)) from error
    except OSError as error:
        raise ConfigError(Problem(f"cannot be read: {error.strerror}.", mark=mark)) from error
