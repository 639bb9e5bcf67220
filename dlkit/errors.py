"""What can go wrong, who is at fault, and how it is told.

    DlkitError                  exit 1   anything dlkit itself reports
    ├── ConfigError             exit 2   the file, an override or the command line
    │   └── ModelError          exit 2   Keras refuses what the file describes
    ├── DataError               exit 3   the data is missing, damaged or unfit
    ├── TrainingError           exit 4   training cannot go on
    └── StorageError            exit 5   a run folder cannot be made or written

    Interrupted                 exit 130 Ctrl-C, or 143 where somebody asked it to end

Whoever finds a fault knows its path in the config; only the reader of the file knows
lines. A ``Problem`` therefore starts without a mark and is located once, at the top.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

Path = tuple[str | int, ...]
"""Where a value stands in a config: ``("architecture", "layers", 2, "Dense")``."""


@dataclass(frozen=True)
class Mark:
    """A place in a text. ``line`` and ``column`` count from 1; line 0 means no line."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file


@dataclass(frozen=True)
class Problem:
    """One fault: where it is, what is wrong, and what to do about it.

    Attributes:
        message: What is wrong, a sentence.
        path: Where in the config; empty where it is no value's fault.
        hint: What to do about it, a sentence or nothing.
        mark: Where in which text; None until it is located.
        warning: Whether it may be meant: it is told, and nothing is refused.
    """

    message: str
    path: Path = ()
    hint: str = ""
    mark: Mark | None = None
    warning: bool = False

    def __str__(self) -> str:
        place = f"{self.mark}  " if self.mark else ""
        place += "warning: " if self.warning else ""
        path = f"{format_path(self.path)}: " if self.path else ""
        return f"{place}{path}{self.message}{' ' if self.hint else ''}{self.hint}"


def format_path(path: Path) -> str:
    """Write a path as people type it: ``architecture.layers[2].Dense.units``.

    Names that hold dots or brackets, as those of columns may, stand in brackets.
    """
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        elif not {*".[]="}.isdisjoint(part):
            text += f'["{part}"]' if "'" in part else f"['{part}']"
        else:
            text += f".{part}" if text else part
    return text


class DlkitError(Exception):
    """A fault that is told in plain lines, without a traceback.

    Args:
        problems: One text, one problem, or several.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, problems: str | Problem | Iterable[Problem]) -> None:
        if isinstance(problems, str):
            problems = Problem(problems)
        self.problems = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


class ConfigError(DlkitError):
    """The configuration or the command line is wrong."""

    exit_code = 2


class ModelError(ConfigError):
    """Keras refuses to build what the configuration describes."""


class DataError(DlkitError):
    """The data is missing, damaged or does not fit the experiment."""

    exit_code = 3


class TrainingError(DlkitError):
    """Training cannot go on."""

    exit_code = 4


class StorageError(DlkitError):
    """A run folder cannot be made or written."""

    exit_code = 5


class Interrupted(KeyboardInterrupt):
    """Somebody wants the program to end, and what it did until then is kept.

    No DlkitError: whoever goes on after one of those must not go on after this.

    Args:
        message: What is kept, and how to go on.
        number: The signal.
    """

    def __init__(self, message: str, number: int) -> None:
        super().__init__(message)
        self.exit_code = 128 + number
