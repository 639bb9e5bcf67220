"""One's own code: read a Python file, and describe what it registers as Keras's is described.

The file is given by the person who starts the program, on the command line or in Python;
no config names one, and none is run that lies in a run's folder.
"""

from __future__ import annotations

import hashlib
import inspect
import os
import sys
import traceback
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import keras

from dlkit.config.catalogue import KINDS, Catalogue, PluginFile
from dlkit.config.keras_signatures import constructor_parameters, describe_object
from dlkit.config.own_layers import OWN_LAYERS, find_layer
from dlkit.config.own_schedules import OWN_SCHEDULES
from dlkit.errors import ConfigError, Mark, Problem

REGISTER = "`@keras.saving.register_keras_serializable()`"
"""What makes one's own code known: Keras's own decorator."""

PACKAGE = "dlkit_plugins"
"""Plugins are modules of this package, which has no folder and no other use."""

BASES: dict[str, type] = {
    "layers": keras.Layer,
    "optimizers": keras.Optimizer,
    "schedules": keras.optimizers.schedules.LearningRateSchedule,
    "losses": keras.Loss,
    "metrics": keras.Metric,
    "initializers": keras.Initializer,
    "regularizers": keras.Regularizer,
    "constraints": keras.constraints.Constraint,
    "callbacks": keras.callbacks.Callback,
}
"""What a class derives from, by the kind of object that it makes."""

NAMED = ("layers", "metrics")
"""Kinds of which dlkit and Keras give each object its name."""


def load_plugins(paths: Iterable[str | os.PathLike[str]], catalogue: Catalogue) -> Catalogue:
    """Run files of one's own code, and return what may be named with what they register.

    Args:
        paths: Python files that register layers, losses, ... by Keras's own decorator.
        catalogue: What Keras offers.

    Raises:
        ConfigError: If a file is not there, fails, registers nothing, or what it registers
            has a name that is taken.
    """
    for path in {Path(path).resolve(): Path(path) for path in paths}.values():
        if any(plugin.name == path.name for plugin in catalogue.plugins):
            message = f"there are two plugins {path.name!r}."
            raise ConfigError(Problem(message, (), "Rename one.", Mark(str(path))))
        catalogue = _with_plugin(path, catalogue)
    return catalogue


def _with_plugin(path: Path, catalogue: Catalogue) -> Catalogue:
    """Run one file, and add what it registers.

    Raises:
        ConfigError: As ``load_plugins``.
    """
    source = _read(path)
    earlier = [*keras.saving.get_custom_objects().values()]
    module = _run(path, source)
    defined = [thing for thing in _defined(module, earlier) if _kinds(thing)]
    known = [thing for thing in defined if _is_registered(thing)]
    unregistered = tuple(_name(t) for t in defined if inspect.isclass(t) and t not in known)
    if not known:
        message = f"registers nothing for Keras. Put {REGISTER} before each class."
        raise ConfigError(Problem(message, (), "", Mark(str(path))))
    objects = {kind: dict(entries) for kind, entries in catalogue.objects.items()}
    problems: list[Problem] = []
    for thing in known:
        for kind in _kinds(thing):
            problems += _taken(thing, kind, path, replace(catalogue, objects=objects))
            problems += _nameless(thing, kind, path)
            objects[kind][_name(thing)] = _described(thing)
    if problems:
        raise ConfigError(problems)
    sha256 = hashlib.sha256(source).hexdigest()
    plugin = PluginFile(path.name, sha256, source, unregistered)
    return replace(catalogue, objects=objects, plugins=(*catalogue.plugins, plugin))


def _read(path: Path) -> bytes:
    """Return a file's content.

    Raises:
        ConfigError: If it cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        message = f"the plugin cannot be read ({error.strerror})."
        raise ConfigError(Problem(message, (), "", Mark(str(path)))) from error


def _run(path: Path, source: bytes) -> ModuleType:
    """Run a file as a module of its own.

    Raises:
        ConfigError: If it is no Python, or fails.
    """
    module = ModuleType(f"{PACKAGE}.{path.stem}")
    module.__file__ = str(path.absolute())
    sys.modules[module.__name__] = module
    try:
        # By hand, since an import would look for bytecode of an older content, and leave some.
        code = compile(source, module.__file__, "exec", dont_inherit=True)
        exec(code, vars(module))  # noqa: S102 - the person asked for it
    except SyntaxError as error:
        mark = Mark(str(path), error.lineno or 0, error.offset or 1)
        raise ConfigError(Problem(f"is no Python: {error.msg}.", (), "", mark)) from error
    except (Exception, SystemExit) as error:  # it is anybody's code and raises anything
        frames = [f for f in _frames(error) if f.filename == module.__file__]
        mark = Mark(str(path), frames[-1].lineno or 0, 1) if frames else Mark(str(path))
        message = f"fails when it is imported: {_told(error)}"
        hint = ""
        if isinstance(error, ModuleNotFoundError):
            hint = "A plugin is one file: put what it needs into it, or install a package."
        raise ConfigError(Problem(message, (), hint, mark)) from error
    return module


def _told(error: BaseException) -> str:
    """Return an exception in one line."""
    text = " ".join(f"{type(error).__name__}: {error}".split()).removesuffix(": ")
    return f"{text.rstrip('.')}."


def _frames(error: BaseException) -> list[traceback.FrameSummary]:
    return list(traceback.extract_tb(error.__traceback__))


def _defined(module: ModuleType, earlier: Iterable[Any]) -> Iterator[Any]:
    """Yield the classes and functions that a file defines, each once.

    Args:
        module: The file as it was run.
        earlier: What Keras knew before: a file of the same name may be among it.
    """
    seen = {id(thing) for thing in earlier}
    registered = keras.saving.get_custom_objects().values()
    for thing in [*vars(module).values(), *registered]:
        own = getattr(thing, "__module__", "") == module.__name__
        if own and id(thing) not in seen and (inspect.isclass(thing) or _is_registered(thing)):
            seen.add(id(thing))
            yield thing


def _is_registered(thing: Any) -> bool:
    """Tell whether Keras knows a class or function; callbacks are known without."""
    if inspect.isclass(thing) and issubclass(thing, keras.callbacks.Callback):
        return True
    return any(thing is known for known in keras.saving.get_custom_objects().values())


def _kinds(thing: Any) -> tuple[str, ...]:
    """Return the kinds of objects that a class or function makes.

    A function of two arguments compares labels and outputs, so that it is both a loss and
    a metric; one of a single argument is an activation.
    """
    if inspect.isclass(thing):
        return tuple(kind for kind, base in BASES.items() if issubclass(thing, base))
    required = [
        parameter
        for parameter in inspect.signature(thing).parameters.values()
        if parameter.default is parameter.empty
        and parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD)
    ]
    return {1: ("activations",), 2: ("losses", "metrics")}.get(len(required), ())


def _name(thing: Any) -> str:
    return str(thing.__name__)


def _described(thing: Any) -> dict[str, Any]:
    """Describe a class or function as the catalogue does Keras's, and keep the thing.

    A default that YAML has no words for is left out: nothing is passed in its place.
    """
    described = describe_object(thing)
    parameters = described["parameters"]
    if not inspect.isclass(thing):
        data = list(inspect.signature(thing).parameters)[: 2 if len(_kinds(thing)) > 1 else 1]
        parameters = {name: told for name, told in parameters.items() if name not in data}
    for argument in constructor_parameters(thing):
        if argument.name in parameters and not _is_plain(argument.default):
            parameters[argument.name]["default"] = None
    summary = described["summary"] if thing.__doc__ else "One's own code."
    return {"summary": summary, "parameters": parameters, "factory": thing}


def _is_plain(default: Any) -> bool:
    """Tell whether YAML has words for a default; a function of Keras's goes by its name."""
    if isinstance(default, (tuple, list)):
        return all(map(_is_plain, default))
    plain = default is None or isinstance(default, (bool, int, float, str))
    return plain or inspect.isfunction(default)


def _taken(thing: Any, kind: str, path: Path, catalogue: Catalogue) -> Iterator[Problem]:
    """Yield what is wrong where another object of the kind goes by the same name."""
    name = _name(thing)
    other = find_layer(catalogue, name) if kind == "layers" else catalogue.find(kind, name)
    if other is None:
        return
    if other.factory is not None:
        file = Path(inspect.getfile(other.factory)).name
        message = f"the {KINDS[kind]} {name!r} is in {file} already."
    else:
        ours = OWN_LAYERS if kind == "layers" else OWN_SCHEDULES if kind == "schedules" else ()
        owner = "dlkit" if name in ours else "Keras"
        message = f"{owner} has the {KINDS[kind]} {name!r} itself."
    yield Problem(message, (), "Rename this one.", _place(thing, path))


def _nameless(thing: Any, kind: str, path: Path) -> Iterator[Problem]:
    """Yield what is wrong where a class does not let its objects be named."""
    if kind not in NAMED or not inspect.isclass(thing):
        return
    if "name" not in describe_object(thing)["parameters"]:
        message = f"{_name(thing)} takes no `name`, and every {KINDS[kind]} has one."
        hint = "Let __init__ take **kwargs, and call super().__init__(**kwargs)."
        yield Problem(message, (), hint, _place(thing, path))


def _place(thing: Any, path: Path) -> Mark:
    """Return where a class or function is written."""
    return Mark(str(path), inspect.getsourcelines(thing)[1], 1)


def own_place(error: BaseException) -> str:
    """Return the inmost line of a plugin that an exception went through: ``net.py:12``.

    Nothing where it went through none.
    """
    place = ""
    while error.__traceback__ is not None or error.__cause__ is not None:
        for frame, line in traceback.walk_tb(error.__traceback__):
            if str(frame.f_globals.get("__name__")).startswith(f"{PACKAGE}."):
                place = f"{Path(frame.f_code.co_filename).name}:{line}"
        if place or error.__cause__ is None:
            break
        error = error.__cause__
    return place
