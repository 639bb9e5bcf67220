"""How a sweep and its workers write to each other: values through the pipes between them.

Pickles run code, so none is ever read from a file or a network; both ends of these pipes are
processes of one program, which one of them has started.
"""

from __future__ import annotations

import pickle
from typing import IO, Any


def send(stream: IO[bytes], message: object) -> None:
    """Write a message.

    Raises:
        OSError: If the other end is gone.
    """
    pickle.dump(message, stream)
    stream.flush()


def receive(stream: IO[bytes]) -> Any:
    """Read the next message, and wait for it if need be.

    Raises:
        EOFError: If none can come any more: the other end is gone, or was killed while it
            wrote.
    """
    try:
        return pickle.load(stream)  # noqa: S301 - see above
    except (OSError, ValueError, pickle.UnpicklingError) as error:
        raise EOFError from error
