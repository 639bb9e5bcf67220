"""Everything Keras offers by name, without importing Keras, and what is added to it.

Learning-rate schedules of dlkit's own stand among Keras's, and so do objects of plugins.

``keras_catalogue.json`` is generated (see ``keras_signatures``) and never edited. Where
another Keras is installed than the one it was read from, it is read again, once, into
the user's cache.
"""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata, resources
from pathlib import Path
from typing import Any

from dlkit.config.own_schedules import with_own_schedules

KINDS = {
    "layers": "layer",
    "applications": "application",
    "optimizers": "optimizer",
    "schedules": "learning-rate schedule",
    "losses": "loss",
    "metrics": "metric",
    "activations": "activation",
    "initializers": "initializer",
    "regularizers": "regularizer",
    "constraints": "constraint",
    "callbacks": "callback",
}
"""Kinds of Keras objects in the order they are listed, and what one of each is called."""


@dataclass(frozen=True)
class Parameter:
    """One argument of a Keras object.

    Attributes:
        accepts: Names of accepted types; empty where Keras does not say.
        object_kind: The kind of Keras object it takes, or an empty string.
    """

    name: str
    required: bool
    default: Any
    accepts: tuple[str, ...]
    object_kind: str
    summary: str


@dataclass(frozen=True)
class Entry:
    """One Keras class or function with its arguments in their order.

    Attributes:
        factory: The class or function itself where it is of a plugin; None: Keras's own,
            which is found by its name.
    """

    kind: str
    name: str
    summary: str
    parameters: Mapping[str, Parameter]
    factory: Any = None

    @property
    def required(self) -> list[str]:
        """Names of the arguments without a default."""
        return [p.name for p in self.parameters.values() if p.required]


@dataclass(frozen=True)
class PluginFile:
    """A file of one's own code, as it was read.

    Attributes:
        name: Of the file, without its folder.
        sha256: Of its content.
        source: Its content.
        unregistered: Names of what it defines for Keras and does not register.
    """

    name: str
    sha256: str
    source: bytes
    unregistered: tuple[str, ...] = ()


@dataclass(frozen=True)
class Catalogue:
    """All public objects of one Keras version.

    Attributes:
        keras_version: The Keras that it describes.
        objects: Descriptions by kind and name, as ``keras_signatures`` writes them.
        aliases: Further names of these, by kind.
        plugins: The files whose objects are among them.
    """

    keras_version: str
    objects: Mapping[str, Mapping[str, Any]]
    aliases: Mapping[str, Mapping[str, str]]
    plugins: tuple[PluginFile, ...] = ()

    def find(self, kind: str, name: str) -> Entry | None:
        """Return an object by any name Keras knows it by, or None."""
        canonical = self.aliases[kind].get(name, name)
        description = self.objects[kind].get(canonical)
        if description is None:
            return None
        parameters = {
            key: Parameter(
                name=key,
                required=value.get("required", False),
                default=value.get("default"),
                accepts=tuple(value.get("accepts", ())),
                object_kind=value.get("object", ""),
                summary=value.get("summary", ""),
            )
            for key, value in description["parameters"].items()
        }
        factory = description.get("factory")
        return Entry(kind, canonical, description["summary"], parameters, factory)

    def find_anywhere(self, name: str) -> list[Entry]:
        """Return the objects of every kind that go by a name."""
        return [entry for kind in KINDS if (entry := self.find(kind, name))]

    def names(self, kind: str) -> list[str]:
        """Return the canonical names of a kind, sorted."""
        return sorted(self.objects[kind])

    def all_names(self, kind: str) -> list[str]:
        """Return every name of a kind, with the other names Keras knows."""
        return sorted({*self.objects[kind], *self.aliases[kind]})


@functools.cache
def load_catalogue() -> Catalogue:
    """Load the catalogue of the installed Keras.

    Raises:
        subprocess.CalledProcessError: If another Keras is installed than the packaged
            catalogue describes, and it cannot be read.
    """
    packaged = json.loads(
        resources.files("dlkit.config").joinpath("keras_catalogue.json").read_text("utf-8")
    )
    installed = metadata.version("keras")
    if packaged["keras"] != installed:
        packaged = _catalogue_of(installed)
    objects = with_own_schedules(packaged["objects"])
    return Catalogue(packaged["keras"], objects, packaged["aliases"])


def _catalogue_of(version: str) -> Any:
    """Return the catalogue of another Keras version, reading it once."""
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "dlkit"
    path = cache / f"keras-{version}.json"
    if not path.exists():
        print(f"Reading the arguments of Keras {version}, once ...", file=sys.stderr)
        command = [sys.executable, "-m", "dlkit.config.keras_signatures"]
        text = subprocess.run(command, check=True, capture_output=True).stdout
        cache.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(f".{os.getpid()}")
        unfinished.write_bytes(text)
        unfinished.replace(path)
    return json.loads(path.read_text("utf-8"))
