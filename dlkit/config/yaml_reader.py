"""Read YAML 1.2 with the place of every value, safely, and all faults at once.

PyYAML reads YAML 1.1, where ``1e-3`` is text and ``no`` is false, and lets a repeated
key win in silence. yamlcore brings the 1.2 core schema; the walk over the node graph
below keeps the places and refuses what a config must not contain: tags, cycles, keys
that are not text, and documents built to explode.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml
from yamlcore import CoreLoader

from dlkit.config.source import Source
from dlkit.errors import ConfigError, Mark, Path, Problem

MAX_CHARACTERS = 1_000_000
MAX_DEPTH = 50
MAX_VALUES = 100_000
MAX_DIGITS = 100

_TOO_DEEP = f"expected at most {MAX_DEPTH} levels of nesting."


def read_yaml(text: str, file: str) -> tuple[Source, list[Problem]]:
    """Read one YAML document whose top level is a mapping.

    Args:
        text: The document.
        file: How to name its file in problems.

    Returns:
        The values with their places, and what is wrong although it could be read
        (repeated keys, tags, keys that are not text).

    Raises:
        ConfigError: If it is no YAML mapping at all, or unreasonably large or deep.
    """
    if len(text) > MAX_CHARACTERS:
        raise ConfigError(
            Problem(
                f"expected at most {MAX_CHARACTERS:,} characters, received {len(text):,}."
                " A config names data, it does not contain it.",
                mark=Mark(file),
            )
        )
    try:
        loader = CoreLoader(text)
        problems = list(_faults_of_events(text, file))
        root = loader.get_single_node()
    except yaml.YAMLError as error:
        raise ConfigError(_syntax_problem(error, text, file)) from error
    if root is None:
        raise ConfigError(
            Problem("the file is empty. Expected `dataset:`, ...", mark=Mark(file))
        )
    if not isinstance(root, yaml.MappingNode):
        received = "a list" if isinstance(root, yaml.SequenceNode) else "plain text"
        raise ConfigError(
            Problem(
                f"expected `key: value` lines, received {received}.",
                mark=_mark(root.start_mark, file),
            )
        )
    reading = _Reading(loader, file)
    data = reading.value(root, ())
    return Source(data, reading.marks, text), problems + reading.problems


def read_scalar(text: str) -> Any:
    """Read one value as it would be read behind ``key:`` in a file.

    Raises:
        yaml.YAMLError: If the text is no YAML value.
        ConfigError: If it is one that a config must not contain.
    """
    loader = CoreLoader(text)
    problems = list(_faults_of_events(text, ""))
    root = loader.get_single_node()
    if root is None:
        return None
    reading = _Reading(loader, "")
    value = reading.value(root, ())
    if problems + reading.problems:
        raise ConfigError(problems + reading.problems)
    return value


def _faults_of_events(text: str, file: str) -> Iterator[Problem]:
    """Look at the event stream before anything is built from it.

    Raises:
        ConfigError: If it nests too deeply.
    """
    depth = 0
    for event in yaml.parse(text, Loader=CoreLoader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MAX_DEPTH:
            raise ConfigError(Problem(_TOO_DEEP, mark=_mark(event.start_mark, file)))
        tag = getattr(event, "tag", None)
        if tag is not None:
            yield Problem(
                f"tags are not accepted, received {_short_tag(tag)!r}. Remove it.",
                mark=_mark(event.start_mark, file),
            )


class _Reading:
    """One walk over a node graph, collecting values, places and faults."""

    def __init__(self, loader: CoreLoader, file: str) -> None:
        self.loader = loader
        self.file = file
        self.marks: dict[Path, Mark] = {(): Mark(file)}
        self.problems: list[Problem] = []
        self._open: set[int] = set()
        self._count = 0

    def value(self, node: yaml.Node, path: Path) -> Any:
        """Return the plain value of a node and everything below it."""
        self._count += 1
        if self._count > MAX_VALUES:
            self._refuse(node, f"expected at most {MAX_VALUES:,} values after aliases.")
        if id(node) in self._open:
            self._refuse(node, "an alias contains itself.")
        if isinstance(node, yaml.ScalarNode):
            node.tag = self._plain_tag(node)
            if node.tag.endswith(":int") and len(node.value) > MAX_DIGITS:
                self._refuse(node, f"expected a number of at most {MAX_DIGITS} digits.")
            return self.loader.construct_object(node)
        self._open.add(id(node))
        if len(self._open) > MAX_DEPTH:
            self._refuse(node, _TOO_DEEP)  # by aliases: the text itself was not so deep
        if isinstance(node, yaml.MappingNode):
            result: Any = self._mapping(node, path)
        else:
            result = []
            for index, item in enumerate(node.value):
                self.marks[*path, index] = _mark(item.start_mark, self.file)
                result.append(self.value(item, (*path, index)))
        self._open.discard(id(node))
        return result

    def _mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            mark = _mark(key_node.start_mark, self.file)
            key = key_node.value
            if not isinstance(key_node, yaml.ScalarNode) or (
                self.loader.resolve(yaml.ScalarNode, key, (key_node.style is None, False))
                != "tag:yaml.org,2002:str"
            ):
                shown = key if isinstance(key, str) else "a collection"
                self._report(path, mark, f"keys are text, received {shown}. Quote it.")
                continue
            if key == "<<":
                message = "merge keys are not accepted. Write out what they would bring."
                self._report((*path, key), mark, message)
                continue
            if key in result:
                first = self.marks[*path, key].line
                self._report(
                    (*path, key), mark, f"given twice, first in line {first}. Keep one."
                )
                continue
            self.marks[*path, key] = mark
            result[key] = self.value(value_node, (*path, key))
        return result

    def _plain_tag(self, node: yaml.ScalarNode) -> str:
        """Resolve a scalar as if it carried no tag of its own."""
        implicit = (node.style is None, node.style is not None)
        return str(self.loader.resolve(yaml.ScalarNode, node.value, implicit))

    def _report(self, path: Path, mark: Mark, message: str) -> None:
        self.problems.append(Problem(message, path, mark=mark))

    def _refuse(self, node: yaml.Node, message: str) -> None:
        raise ConfigError(Problem(message, mark=_mark(node.start_mark, self.file)))


def _mark(mark: Any, file: str) -> Mark:
    return Mark(file, mark.line + 1, mark.column + 1)


def _short_tag(tag: str) -> str:
    return tag.replace("tag:yaml.org,2002:", "!!")


def _syntax_problem(error: yaml.YAMLError, text: str, file: str) -> Problem:
    """Say in one line what PyYAML found, with the line it found it in."""
    if isinstance(error, yaml.reader.ReaderError):
        before = text[: error.position]
        column = error.position - before.rfind("\n")
        place = Mark(file, before.count("\n") + 1, column)
        return Problem(f"not valid YAML: {error.reason}.", mark=place)
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    said = getattr(error, "problem", None) or str(error)
    context = getattr(error, "context", None) or ""
    if said.startswith("but "):
        said = f"{context}, {said}"
    opened = getattr(error, "context_mark", None) or mark
    place = _mark(mark, file) if mark else Mark(file)
    hint = _syntax_hint(said, context, opened.line + 1, place.line) if opened else ""
    return Problem(f"not valid YAML: {said}.", hint=hint, mark=place)


def _syntax_hint(said: str, context: str, opened: int, line: int) -> str:
    """Return what usually leads to a fault that shows only some lines later."""
    if "'\\t'" in said:
        return "Indent with spaces, not tabs."
    if said.startswith("expected <block end>") and said.endswith("start>'"):
        return "Indent it like the lines around it."
    if "quoted scalar" in context:
        return f"The quote opened in line {opened} is not closed."
    if said.endswith("but got '['"):
        return "Inside of braces a name with brackets stands in quotes: 'layers[1].units'."
    if "flow" in context and opened < line:
        return f"Is the bracket opened in line {opened} closed?"
    return ""
