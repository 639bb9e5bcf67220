"""Signals that ask a training to end: noted at once, obeyed where nothing is half done."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@dataclass
class Wish:
    """Whether somebody wants training to end.

    Attributes:
        signal: The signal that said so; None where nobody did.
    """

    signal: int | None = None


@contextlib.contextmanager
def listening() -> Iterator[Wish]:
    """Note the first signal while the context lasts; a second one ends the process.

    Other threads than the main one cannot listen: there nothing is noted.
    """
    wish = Wish()
    if threading.current_thread() is not threading.main_thread():
        yield wish
        return

    def note(number: int, frame: FrameType | None) -> None:
        if wish.signal is not None:  # whoever asks twice does not want to wait
            os._exit(128 + number)
        wish.signal = number

    before = {each: signal.signal(each, note) for each in SIGNALS}
    try:
        yield wish
    finally:
        for each, handler in before.items():
            signal.signal(each, handler if handler is not None else signal.SIG_DFL)
