"""What a run is, so that a state of its training goes on in nothing else.

Nothing here needs TensorFlow or numpy: a changed config is found before they are imported.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any

from dlkit.config.catalogue import Catalogue
from dlkit.config.dump import plain_config
from dlkit.config.load import LoadedConfig, load_config
from dlkit.errors import ConfigError, Path, StorageError, format_path
from dlkit.report.run_folder import RunFolder
from dlkit.storage import write_whole

FREE: tuple[Path, ...] = (("name",), ("training", "checkpoint"), ("report",))
"""Settings that change nothing of what is learned."""

LENGTH: tuple[Path, ...] = (("training", "epochs"), ("training", "steps"))
"""Settings that say how long training is."""

SHOWN = 12
"""Changes that are listed; the others are counted."""

ABSENT = object()


@dataclass(frozen=True)
class Identity:
    """What a run is.

    Attributes:
        written: The config as plain values, before anything was known of the data.
        config: The same with all that the data says.
        data: What each part of the data holds: a count and a hash.
        code: The hashes of plugins by their names.
        bases: The hashes of runs and weights that the model builds on, by their places.
        method: The loop, whether XLA compiled it, and why.
        steps: Optimizer steps of the whole training as it was planned.
        machine: Versions, processor, threads, devices.
    """

    written: dict[str, Any]
    config: dict[str, Any]
    data: dict[str, str]
    code: dict[str, str]
    bases: dict[str, str]
    method: dict[str, Any]
    steps: int
    machine: dict[str, Any]


@dataclass(frozen=True)
class Change:
    """A value that is not what it was; ``ABSENT`` where it was not, or is no longer, there."""

    path: Path
    before: Any
    after: Any

    def __str__(self) -> str:
        # What has no place in a config goes by its name: that of a file, for one.
        name = self.path[0] if len(self.path) == 1 else format_path(self.path)
        return f"{name}: was {_shown(self.before)}, is {_shown(self.after)}"


def plain_values(loaded: LoadedConfig) -> dict[str, Any]:
    """Return a config as JSON holds it."""
    plain: dict[str, Any] = as_json(plain_config(loaded.config, loaded.catalogue))
    return plain


def as_json(value: Any) -> Any:
    """Return a value as it comes back from a JSON file."""
    return json.loads(json.dumps(value, default=str))


def write_identity(folder: RunFolder, identity: Identity) -> None:
    """Write down what a run is.

    Raises:
        StorageError: If the disk does not take it.
    """
    text = json.dumps(asdict(identity), indent=1, ensure_ascii=False, default=str)
    try:
        folder.checkpoints.mkdir(exist_ok=True)
        write_whole(folder.identity, f"{text}\n".encode())
    except OSError as error:
        reason = error.strerror or error
        raise StorageError(f"{folder.identity}: cannot be written ({reason}).") from error


def read_identity(folder: RunFolder, catalogue: Catalogue) -> Identity | None:
    """Return what a run wrote down of itself; None where it never came to that.

    Settings that an older version did not know have the defaults of this one.

    Args:
        folder: The run's.
        catalogue: Knows Keras's defaults, and those of plugins.

    Raises:
        StorageError: If the file is damaged.
    """
    try:
        values = json.loads(folder.identity.read_text("utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise StorageError(f"{folder.identity}: cannot be read ({error}).") from error
    if not _is_identity(values):
        message = "it does not say what a run is: the file is damaged, or of another version."
        raise StorageError(f"{folder.identity}: {message}")
    identity = Identity(**values)
    return replace(
        identity,
        written=_with_new_settings(identity.written, catalogue),
        config=_with_new_settings(identity.config, catalogue),
    )


def _is_identity(values: Any) -> bool:
    """Tell whether values of a JSON file are an identity as it is written."""
    names = {field.name for field in fields(Identity)}
    return (
        isinstance(values, dict)
        and values.keys() == names
        and isinstance(values["steps"], int)
        and all(isinstance(values[name], dict) for name in names - {"steps"})
    )


def _with_new_settings(config: dict[str, Any], catalogue: Catalogue) -> dict[str, Any]:
    """Return a config with the defaults of settings that it does not know."""
    try:
        understood = plain_values(load_config(config, catalogue=catalogue))
    except ConfigError:  # what it says has another meaning now, and is compared as it is
        return config
    completed: dict[str, Any] = _completed(config, understood)
    return completed


def _completed(value: Any, full: Any) -> Any:
    """Return a value with what another one says besides, and without changing what it says."""
    if isinstance(value, Mapping) and isinstance(full, Mapping):
        known = {key: _completed(item, full.get(key)) for key, item in value.items()}
        return {**full, **known}
    if isinstance(value, list) and isinstance(full, list) and len(value) == len(full):
        return [_completed(*items) for items in zip(value, full, strict=True)]
    is_named = isinstance(value, str) and isinstance(full, Mapping) and [*full] == [value]
    return full if is_named else value  # a name alone has got settings


def changes(before: Any, after: Any, here: Path = ()) -> Iterator[Change]:
    """Yield the innermost values in nested data that are not what they were."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in dict.fromkeys([*before, *after]):
            yield from changes(before.get(key, ABSENT), after.get(key, ABSENT), (*here, key))
    elif isinstance(before, list) and isinstance(after, list):
        for index in range(max(len(before), len(after))):
            old, new = (
                each[index] if index < len(each) else ABSENT for each in (before, after)
            )
            yield from changes(old, new, (*here, index))
    elif before != after:
        yield Change(here, before, after)


def config_changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    """Return what another config changes of what is learned, but for how long it is.

    Where files were moved to is no change: what they hold is compared by itself.
    """
    free = (*FREE, *_length_paths(before))
    return [
        change
        for change in changes(before, after)
        if not any(change.path[: len(path)] == path for path in free)
        and not (_is_place(change.before) and _is_place(change.after))
    ]


def length_changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    """Return what another config changes of how long training is."""
    paths = _length_paths(before)
    return [change for change in changes(before, after) if change.path in paths]


def listed(found: Iterable[Change], head: str = "") -> str:
    """List changes, one a line."""
    lines = [f"  {head}{change}" for change in found]
    more = len(lines) - SHOWN
    return "\n".join(lines[:SHOWN] + ([f"  ... and {more} more"] if more > 0 else []))


def length_path(config: Mapping[str, Any]) -> Path:
    """Return where a config says how long training is: of stages only the last may change."""
    training = config.get("training", {})
    if stages := training.get("stages"):
        return ("training", "stages", len(stages) - 1, "epochs")
    return ("training", "steps" if "steps" in training else "epochs")


def _length_paths(config: Mapping[str, Any]) -> tuple[Path, ...]:
    """Return where a config may say another length."""
    return (*LENGTH, length_path(config))


def _is_place(value: Any) -> bool:
    """Tell whether a value is the absolute path of a file."""
    return isinstance(value, str) and (
        PurePosixPath(value).is_absolute() or PureWindowsPath(value).is_absolute()
    )


def _shown(value: Any) -> str:
    """Write a value in a line."""
    if value is ABSENT:
        return "not there"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:57]}..."
