"""What the docstrings of sections say, for editors and for ``dlkit describe``.

The docstring of a section is the one place for its meaning: a summary, and under
``Attributes:`` a text for each key.
"""

from __future__ import annotations

import inspect
import re

from dlkit.config.section import Section

_ENTRY = re.compile(r"^    (\w+): ?(.*)$")


def summary_of(section: type[Section]) -> str:
    """Return the first paragraph of a section's docstring, on one line."""
    return _plain(inspect.cleandoc(section.__doc__ or "").split("\n\n")[0])


def meanings_of(section: type[Section]) -> dict[str, str]:
    """Return what a section's docstring says of each key, on one line.

    What a section says nothing of, the section that it builds on may.
    """
    meanings: dict[str, str] = {}
    for cls in reversed(section.__mro__):
        if issubclass(cls, Section):
            meanings |= _entries(cls.__doc__ or "")
    return {key: meanings[key] for key in section.model_fields if key in meanings}


def _entries(docstring: str) -> dict[str, str]:
    """Read the entries under ``Attributes:``; further lines of one are indented more."""
    _, _, block = inspect.cleandoc(docstring).partition("Attributes:\n")
    found: dict[str, list[str]] = {}
    key = ""
    for line in block.split("\n\n")[0].splitlines():
        entry = _ENTRY.match(line)
        if entry:
            key = entry[1]
            found[key] = [entry[2]]
        elif key:
            found[key].append(line.strip())
    return {key: _plain(" ".join(lines)) for key, lines in found.items()}


def _plain(text: str) -> str:
    """Return a text on one line, without the marks of Python."""
    text = " ".join(text.split()).replace("``", "`")
    return re.sub(r"\bNone\b", "none", text)
