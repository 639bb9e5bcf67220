"""What processes have in common that a sweep starts to work for it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import BinaryIO

HOME = str(Path(__file__).parents[2])
"""The folder in which Python finds this dlkit."""


def environment_of_child() -> dict[str, str]:
    """Return the environment of this process, in which Python finds this dlkit first."""
    paths = [HOME, *filter(None, [os.environ.get("PYTHONPATH")])]
    return os.environ | {"PYTHONPATH": os.pathsep.join(paths)}


def own_output(elsewhere: int) -> BinaryIO:
    """Take the standard output for messages alone.

    Args:
        elsewhere: The file descriptor that gets what is printed.
    """
    messages = os.fdopen(os.dup(1), "wb")
    os.dup2(elsewhere, 1)
    return messages
