"""Where a path that a person writes leads: layers by name, classes left out, lone values.

What stands at the path is plain data, not checked yet: it may be anything.
"""

from __future__ import annotations

from typing import Any

from dlkit.config.catalogue import load_catalogue
from dlkit.config.names import did_you_mean, snake_case
from dlkit.config.notation import name_arguments
from dlkit.config.own_layers import find_layer
from dlkit.config.schema import DEFAULT_OPTIMIZER
from dlkit.errors import Path, Problem, format_path

OPTIMIZER: Path = ("optimizer",)

CLASS_LEFT_OUT: tuple[Path, ...] = (OPTIMIZER, ("lr_schedule",))
"""Where an argument may follow at once, whatever the class of the object is."""

LAYERS = "layers"
"""The key of a list of layers, in the architecture, a block or a model."""


def with_positions(data: Any, path: Path) -> Path:
    """Return a path with the names of list items replaced by their positions.

    A layer goes by its ``name:``, or by its class and place: ``architecture.layers.dense_2``.
    Where its class is left out it is added.
    """
    found: list[str | int] = []
    for part in path:
        head = class_of(data) if found[-2:-1] == [LAYERS] else ""
        if head and isinstance(part, str) and not (part == head or part[:1].isupper()):
            found.append(head)
            data = data[head] if isinstance(data, dict) else None
        elif part is path[-1] and _is_argument(part, data, tuple(found)):
            found.append(class_of(data) or DEFAULT_OPTIMIZER)
            data = data[found[-1]] if isinstance(data, dict) else None
        if isinstance(data, list) and isinstance(part, str):
            part = next((i for i, item in enumerate(data) if part in _names(item, i)), part)
        found.append(part)
        try:
            data = data[part]
        except (IndexError, KeyError, TypeError):
            data = None
    return tuple(found)


def _is_argument(part: str | int, data: Any, here: Path) -> bool:
    """Tell whether the last part of a path is an argument of the optimizer that stands there.

    It is one if it has a small letter first, as arguments have, and is no name of that
    optimizer: ``optimizer.learning_rate`` and ``optimizer.adam``.
    """
    if here not in CLASS_LEFT_OUT or not (isinstance(part, str) and part[:1].islower()):
        return False
    is_default = data is None and here == OPTIMIZER
    return is_default or part != class_of(data) != ""


def class_of(item: Any) -> str:
    """Return the class, or the block, that an item of a list of layers names; else nothing."""
    if isinstance(item, str):
        return item
    return str(next(iter(item))) if isinstance(item, dict) and len(item) == 1 else ""


def _names(item: Any, index: int) -> set[str]:
    """Return the names by which a list item may be called."""
    if isinstance(item, str):
        return {f"{snake_case(item)}_{index}"}
    if not isinstance(item, dict) or len(item) != 1:
        return set()
    ((head, arguments),) = item.items()
    own = arguments.get("name") if isinstance(arguments, dict) else None
    return {str(own)} if own else {f"{snake_case(head)}_{index}"}


def with_argument_name(name: str, value: Any) -> Any:
    """Return a lone value behind the name of one of Keras's objects as its arguments.

    ``Dense: 8`` is ``Dense: {units: 8}``; of anything else the value stays as it is.
    """
    if value is None or isinstance(value, dict):
        return value
    catalogue = load_catalogue()
    layer = find_layer(catalogue, name)
    entries = [layer] if layer else catalogue.find_anywhere(name)
    if not entries:
        return value
    named = name_arguments(entries[0], value, (), ())
    return value if isinstance(named, Problem) else named


def other_layer(items: Any, path: Path) -> Problem | None:
    """Say that a layer is of another class than a path has it, or return None.

    Args:
        items: The list of layers.
        path: Of the class, just below the layer's position.
    """
    index, wanted = path[-2:]
    if path[-3:-2] != (LAYERS,) or not isinstance(index, int) or not isinstance(wanted, str):
        return None
    is_class = class_of(items[index])
    if not is_class or is_class == wanted:
        return None
    message = f"this layer is {is_class}, not {wanted}."
    return Problem(message, path, _layers_of(items, wanted, path[:-2]))


def no_such_layer(items: list[Any], path: Path) -> Problem | None:
    """Say that no layer goes by a name, or return None where the list has none.

    Args:
        items: The list.
        path: Of the name, just below the list.
    """
    name = path[-1]
    if path[-2:-1] != (LAYERS,):
        return None
    found = _layers_of(items, str(name), path[:-1])
    names = sorted(one for i, item in enumerate(items) for one in _names(item, i))
    message = f"no layer is called {name!r}."
    return Problem(message, path, found or did_you_mean(name, names, len(names)))


def _layers_of(items: list[Any], wanted: str, path: Path) -> str:
    """Say where layers of a class stand, or nothing where there is none."""
    places = [f"[{index}]" for index, one in enumerate(items) if class_of(one) == wanted]
    if not places:
        return ""
    *others, last = places if len(places) <= 4 else [*places[:3], "more"]
    told = f"{', '.join(others)} and {last} are" if others else f"{last} is"
    return f"{format_path(path)}{told} {wanted}."
