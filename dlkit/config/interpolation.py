"""``${path.to.key}``: one value said once, and facts of the data.

A text that is nothing but a reference becomes the value it refers to, of any type; a
reference inside a text is written into it. There is no arithmetic, no environment and no
code. Facts are names that a config may refer to although nobody writes them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from dlkit.config.names import did_you_mean, nearest
from dlkit.config.path_text import parse_path
from dlkit.config.source import lookup, walk
from dlkit.config.sweep.parameter_names import PARAMETERS, names_in_blocks, swept_places
from dlkit.errors import Path, Problem, format_path

REFERENCE = re.compile(r"\$\{\s*([^${}]*?)\s*\}")

Facts = Mapping[str, Any]
"""Values by dotted name: ``dataset.num_classes``, ``training.total_steps``, ..."""


def interpolate(data: dict[str, Any], facts: Facts) -> tuple[dict[str, Any], list[Problem]]:
    """Return a copy of data with every reference replaced.

    Args:
        data: Plain values.
        facts: What may be referred to where it is not written: facts of the data, and
            defaults. None says that a name is right but its value not known yet.

    Returns:
        The values, and the references that lead nowhere or back to themselves; what
        held one keeps its text.
    """
    references = _References(data, facts)
    return references.replace(data, ()), references.problems


def has_reference(value: Any) -> bool:
    """Tell whether a value is a text with a reference in it."""
    return isinstance(value, str) and REFERENCE.search(value) is not None


@dataclass
class _References:
    """One pass over a config, following references and noting the broken ones."""

    data: dict[str, Any]
    facts: Facts
    problems: list[Problem] = field(default_factory=list)
    _open: list[Path] = field(default_factory=list)

    def replace(self, value: Any, path: Path) -> Any:
        """Return a value with its references replaced."""
        if isinstance(value, dict):
            return {key: self.replace(item, (*path, key)) for key, item in value.items()}
        if isinstance(value, list):
            return [self.replace(item, (*path, index)) for index, item in enumerate(value)]
        if not isinstance(value, str) or "${" not in value:
            return value
        if path in self._open:
            circle = [*self._open[self._open.index(path) :], path]
            self._report(path, f"refers to itself: {' -> '.join(map(format_path, circle))}.")
            return value
        self._open.append(path)
        result = self._text(value, path)
        self._open.pop()
        return result

    def _text(self, text: str, path: Path) -> Any:
        """Replace the references in one text."""
        whole = REFERENCE.fullmatch(text)
        if whole:
            return self._value(whole[1], path, text)
        replaced = REFERENCE.sub(lambda match: str(self._value(match[1], path, match[0])), text)
        if "${" in REFERENCE.sub("", text):
            self._report(
                path, f"a reference looks like ${{training.epochs}}, received {text!r}."
            )
        return replaced

    def _value(self, name: str, path: Path, text: str) -> Any:
        """Return what a name refers to, or the text itself where that is nothing."""
        if name in self._parameters(path):
            return text  # the block's own; its uses fill it in
        target = parse_path(name)
        if path[: len(PARAMETERS)] == PARAMETERS and self._is_swept(target):
            return text  # each trial has its own
        try:
            found = lookup(self.data, target or ("",))
        except KeyError:
            if name in self.facts:
                return text if self.facts[name] is None else self.facts[name]
            written = [format_path(known) for known, _ in walk(self.data) if known]
            hint = did_you_mean(name, [*written, *self.facts])
            self._report(path, f"nothing is named {name!r}.", hint)
            return text
        if target == path[: len(target)] and target != path:
            self._report(path, f"refers to {name!r}, which contains it.")
            return text
        return self.replace(found, target)

    def _parameters(self, path: Path) -> Any:
        """Return the parameters of the block that a path lies in, or that is tried there."""
        if path[: len(PARAMETERS)] == PARAMETERS:
            return names_in_blocks(self.data, path)
        if path[:2] != ("architecture", "blocks"):
            return ()
        block = lookup(self.data, path[:3])
        for key in block if isinstance(block, dict) else ():
            if nearest(key, ("layers", "parameters")) == "parameters":
                return block[key] if isinstance(block[key], (dict, list)) else ()
        return ()

    def _is_swept(self, target: Path) -> bool:
        """Tell whether a sweep sets what stands at a path, or above, or inside of it."""
        return any(
            place[: len(target)] == target[: len(place)] for place in swept_places(self.data)
        )

    def _report(self, path: Path, message: str, hint: str = "") -> None:
        problem = Problem(message, path, hint)
        if problem not in self.problems:
            self.problems.append(problem)
