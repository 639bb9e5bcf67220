"""Read the names and arguments of everything public in the installed Keras.

The result is the catalogue that checks, suggestions and ``describe`` work from, so that
none of them imports Keras. This is the one module of ``config`` that does:

    python -m dlkit.config.keras_signatures > dlkit/config/keras_catalogue.json

Keras annotates no constructor, so what an argument accepts is read from its default and
from the first sentence of its documentation, and left open where they do not say. One's
own code is read by the same functions (``plugins``), and may be annotated.
"""

from __future__ import annotations

import ast
import inspect
import json
import re
import sys
import textwrap
from collections.abc import Callable, Iterator
from typing import Any

import docstring_parser
import keras

from dlkit.config.argument_types import accepted_types, annotated_types, first_sentence
from dlkit.config.names import snake_case

BASES = {
    "layers": {"Layer", "InputSpec"},
    "optimizers": {"Optimizer", "OptimizerMap"},
    "schedules": {"LearningRateSchedule"},
    "losses": {"Loss"},
    "metrics": {"Metric"},
    "initializers": {"Initializer"},
    "regularizers": {"Regularizer"},
    "constraints": {"Constraint"},
    "callbacks": {"Callback", "CallbackList"},
}
"""Classes that exist to be subclassed or are not objects of their kind."""

MODULES = {
    "layers": keras.layers,
    "applications": keras.applications,
    "optimizers": keras.optimizers,
    "schedules": keras.optimizers.schedules,
    "losses": keras.losses,
    "metrics": keras.metrics,
    "activations": keras.activations,
    "initializers": keras.initializers,
    "regularizers": keras.regularizers,
    "constraints": keras.constraints,
    "callbacks": keras.callbacks,
}

SHORT_NAMES = ("bce", "mse", "mae", "mape", "msle", "kld", "uniform", "normal", "one", "zero")

COMPILE_METRICS = {
    "accuracy": "Binary, categorical or sparse accuracy, by the shape of the labels",
}
"""Metrics that have no class: ``Model.compile`` picks one when it sees the labels."""

COMPILE_ALIASES = {"acc": "accuracy"}

FUNCTIONS = {"get", "serialize", "deserialize", "Input"}
"""Public functions that are no object of any kind."""

ARGUMENT_KINDS = (
    (r"(.*_)?initializer", "initializers"),
    (r"(.*_)?regularizer", "regularizers"),
    (r"(.*_)?constraint", "constraints"),
    (r"(.*_)?activation", "activations"),
    (r"learning_rate", "schedules"),
    (r"(backward_)?layer|layers|cells?", "layers"),
    (r"inner_optimizer", "optimizers"),
)
"""Which arguments take another Keras object, by name."""

NUMBERS = {"boolean", "integer", "number"}
"""Types that are no Keras object, whatever the argument is called."""

ALSO_ACCEPTED = {("constraints", "axis"): "list"}
"""Types that Keras takes though the argument's first sentence leaves them out: the norm of
a kernel of ``Conv2D`` is over the axes ``[0, 1, 2]``, as is said further down."""


def read_signatures() -> dict[str, Any]:
    """Describe every public object of the installed Keras.

    Returns:
        ``{"keras": version, "objects": {kind: {name: description}}, "aliases": {kind:
        {other name: name}}}``, ready for JSON, in a stable order.
    """
    objects: dict[str, dict[str, Any]] = {}
    aliases: dict[str, dict[str, str]] = {}
    for kind, module in MODULES.items():
        found = dict(public_objects(kind, module))
        names = {id(thing): exported_name(thing, found) for thing in found.values()}
        objects[kind] = {
            names[id(thing)]: _completed(kind, describe_object(thing))
            for thing in found.values()
        }
        aliases[kind] = {
            alias: name
            for alias, name in sorted(other_names(kind, module, found).items())
            if alias not in objects[kind]
        }
    for name, summary in COMPILE_METRICS.items():
        objects["metrics"][name] = {"summary": summary, "parameters": {}}
    aliases["metrics"] = {
        alias: name
        for alias, name in (aliases["metrics"] | COMPILE_ALIASES).items()
        if alias not in COMPILE_METRICS
    }
    return {"keras": keras.__version__, "objects": objects, "aliases": aliases}


def _completed(kind: str, description: dict[str, Any]) -> dict[str, Any]:
    """Return a description with the types that the documentation leaves out."""
    for name, parameter in description["parameters"].items():
        more = ALSO_ACCEPTED.get((kind, name))
        if more and parameter.get("accepts"):
            parameter["accepts"] = sorted({*parameter["accepts"], more})
    return description


def public_objects(kind: str, module: Any) -> Iterator[tuple[str, Callable[..., Any]]]:
    """Yield the public names of a module and their classes or functions."""
    for name in sorted(dir(module)):
        thing = getattr(module, name)
        if name.startswith("_") or name in FUNCTIONS or name in BASES.get(kind, ()):
            continue
        if inspect.isclass(thing):
            wanted = kind != "activations"
        elif kind in {"losses", "metrics"}:
            wanted = inspect.isfunction(thing) and joined(name) not in lower_names(module)
        else:
            wanted = inspect.isfunction(thing) and kind in {"activations", "applications"}
        if wanted:
            yield name, thing


def exported_name(thing: Any, found: dict[str, Any]) -> str:
    """Return a thing's own name if Keras exports it by that, else the name it does use."""
    names = [name for name, other in found.items() if other is thing]
    return str(thing.__name__) if thing.__name__ in names else min(names)


def lower_names(module: Any) -> set[str]:
    """Return the class names of a module in lower case."""
    return {name.lower() for name in dir(module) if inspect.isclass(getattr(module, name))}


def joined(name: str) -> str:
    """Return ``mean_squared_error`` as ``meansquarederror``, to compare with classes."""
    return name.replace("_", "").lower()


def other_names(kind: str, module: Any, found: dict[str, Any]) -> dict[str, str]:
    """Return every further name that Keras itself understands for an object."""
    canonical = {t.__name__.lower(): exported_name(t, found) for t in found.values()}
    aliases = {name: exported_name(thing, found) for name, thing in found.items()}
    if not hasattr(module, "get") or kind == "activations":
        return {alias: name for alias, name in aliases.items() if alias != name}
    candidates = {*SHORT_NAMES, *(name.upper() for name in SHORT_NAMES)}
    for thing in found.values():
        candidates |= {thing.__name__.lower(), snake_case(thing.__name__)}
    candidates |= {name for name in dir(module) if inspect.isfunction(getattr(module, name))}
    for candidate in candidates - FUNCTIONS:
        try:
            thing = module.get(candidate)
        except (KeyError, TypeError, ValueError):
            continue
        own_name = getattr(thing, "__name__", type(thing).__name__)
        target = canonical.get(joined(own_name))
        if target and target != candidate:
            aliases[candidate] = target
    return {alias: name for alias, name in aliases.items() if alias != name}


def describe_object(thing: Callable[..., Any]) -> dict[str, Any]:
    """Return the summary and the parameters of one class or function."""
    documents = argument_documents(thing)
    return {
        "summary": first_sentence(inspect.getdoc(thing) or ""),
        "parameters": {
            parameter.name: describe_parameter(parameter, documents.get(parameter.name, ""))
            for parameter in constructor_parameters(thing)
        },
    }


def constructor_parameters(thing: Callable[..., Any]) -> list[inspect.Parameter]:
    """List what a class or function takes, following ``**kwargs`` up the bases."""
    if not inspect.isclass(thing):
        parameters = list(inspect.signature(thing).parameters.values())
        data = {"x", "y_true", "y_pred"}
        return [p for p in parameters if p.kind != p.VAR_KEYWORD and p.name not in data]
    collected: dict[str, inspect.Parameter] = {}
    supplied: set[str] = set()
    bases = thing.__mro__
    if issubclass(thing, keras.Model):  # among its bases are some that are no layers
        bases = tuple(cls for cls in bases if issubclass(cls, keras.Layer))
    for cls in bases:
        if cls is object or "__init__" not in cls.__dict__:
            continue
        own = list(inspect.signature(cls.__dict__["__init__"]).parameters.values())[1:]
        for parameter in own:
            if parameter.kind in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL):
                continue
            if parameter.name not in supplied:
                collected.setdefault(parameter.name, parameter)
        if not any(parameter.kind == parameter.VAR_KEYWORD for parameter in own):
            break
        supplied |= supplied_to_base(cls)
    return list(collected.values())


def supplied_to_base(cls: type) -> set[str]:
    """Return the arguments that a class itself hands to its base's constructor.

    A user cannot give these again: ``Conv2D`` passes ``rank=2`` to its base, so ``rank``
    is no argument of ``Conv2D`` although its base has it and ``**kwargs`` would pass it.
    """
    constructor = cls.__dict__["__init__"]
    tree = ast.parse(textwrap.dedent(inspect.getsource(constructor)))
    base = next((c for c in cls.__mro__[1:] if "__init__" in c.__dict__), object)
    positional = list(inspect.signature(base).parameters)
    supplied: set[str] = set()
    for node in ast.walk(tree):
        called = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
        if isinstance(node, ast.Call) and re.fullmatch(r"super\(.*\)\.__init__", called):
            supplied |= {keyword.arg for keyword in node.keywords if keyword.arg}
            supplied |= set(positional[: len(node.args)])
    return supplied


def argument_documents(thing: Callable[..., Any]) -> dict[str, str]:
    """Return what the docstrings of a class and its bases say of each argument."""
    documents: dict[str, str] = {}
    for cls in thing.__mro__ if inspect.isclass(thing) else (thing,):
        for source in (cls, cls.__dict__.get("__init__")):
            examples = r"\n```.*?\n```"  # some start at column 0, and cleandoc indents by them
            text = re.sub(examples, "", getattr(source, "__doc__", None) or "", flags=re.DOTALL)
            text = inspect.cleandoc(text)
            for parameter in docstring_parser.parse(text).params:
                documents.setdefault(parameter.arg_name, parameter.description or "")
    return documents


def describe_parameter(parameter: inspect.Parameter, document: str) -> dict[str, Any]:
    """Return whether a parameter is required, its default, its types and its meaning."""
    description: dict[str, Any] = {}
    required = parameter.default is parameter.empty
    if required:
        description["required"] = True
    else:
        description["default"] = plain(parameter.default)
    kind = next(
        (k for pattern, k in ARGUMENT_KINDS if re.fullmatch(pattern, parameter.name)), None
    )
    annotated = annotated_types(parameter)
    if annotated and kind != "schedules" and {*annotated} <= NUMBERS:
        kind = None  # `layers: int` is a count
    if kind:
        description["object"] = kind
    accepted = (
        annotated if annotated and not kind else accepted_types(parameter, document, kind)
    )
    if accepted:
        description["accepts"] = accepted
    if document:
        description["summary"] = first_sentence(document)
    return description


def plain(value: Any) -> Any:
    """Return a default as JSON can hold it."""
    if isinstance(value, (tuple, list)):
        return [plain(item) for item in value]
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    return getattr(value, "__name__", str(value))


if __name__ == "__main__":
    json.dump(read_signatures(), sys.stdout, indent=1)
    sys.stdout.write("\n")
