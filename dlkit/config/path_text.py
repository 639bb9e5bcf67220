"""The text of a path in a config, read: the other way round than ``errors.format_path``."""

from __future__ import annotations

import re

from dlkit.errors import Path

_PART = re.compile(
    r"""\[(?P<index>\d+)\]|\["(?P<double>[^"]*)"\]|\['(?P<single>[^']*)'\]|(?P<name>[^.\[\]=]+)"""
)


def parse_path(text: str) -> Path:
    """Read ``a.b[2]['c.d']`` as a path; return an empty one where the text is none."""
    path: list[str | int] = []
    position = 0
    while position < len(text):
        match = _PART.match(text, position + (text[position] == "." and position > 0))
        if not match:
            return ()
        kind = match.lastgroup or ""
        path.append(int(match[kind]) if kind == "index" else match[kind])
        position = match.end()
    return tuple(path)
