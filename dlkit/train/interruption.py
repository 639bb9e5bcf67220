"""Signals that ask a training to end: noted at once, obeyed where nothing is half done.

While a model is trained a signal is only noted, and training ends where its state is whole.
Before and after, there is no such state: SIGTERM ends the program then as Ctrl-C does.
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import FrameType
from typing import Any

from dlkit.errors import Interrupted

SIGNALS = (signal.SIGINT, signal.SIGTERM)

ONE_WISH = 0.5
"""Seconds within which signals are one wish: ``timeout`` and other wrappers of commands pass
on a signal that the whole group of processes gets anyway."""

SHOW_CURSOR = b"\x1b[?25h\n"
"""What brings a terminal's cursor back, which a progress bar hides."""


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

    The second is heard by a thread of its own, for the main one may be in a compiled call
    that takes long, and Python runs handlers after it. A signal that is ignored stays so.
    Whoever handled a signal before is called when the context ends, in case one came.

    Other threads than the main one cannot listen: there nothing is noted.
    """
    wish = Wish()
    if threading.current_thread() is not threading.main_thread():
        yield wish
        return

    def note(number: int, frame: FrameType | None) -> None:
        wish.signal = wish.signal or number

    handlers = {each: signal.getsignal(each) for each in SIGNALS}
    before = {each: known for each, known in handlers.items() if _may_replace(known)}
    try:
        with _leaving_at_the_second(frozenset(before)):
            for each in before:
                signal.signal(each, note)
            try:
                yield wish
            finally:
                for each, handler in before.items():
                    signal.signal(each, handler)
    finally:
        _pass_on(wish, before)


@contextlib.contextmanager
def ending_in_order() -> Iterator[None]:
    """Let SIGTERM end what the context does as Ctrl-C does, so that it is tidied up.

    A handler of somebody else's stays, and so does a signal that is ignored.

    Raises:
        Interrupted: If the signal comes.
    """
    is_main = threading.current_thread() is threading.main_thread()
    if not is_main or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        yield
        return
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _interrupt(number: int, frame: FrameType | None) -> None:
    """End what is going on; a second signal does not wait for it.

    Raises:
        Interrupted: Always.
    """
    signal.signal(number, signal.SIG_DFL)
    raise Interrupted("Interrupted.", number)


def _may_replace(handler: Any) -> bool:
    """Tell whether a signal is not ignored, and its handler can be put back."""
    return handler is not None and handler is not signal.SIG_IGN


def _pass_on(wish: Wish, handlers: Mapping[signal.Signals, Any]) -> None:
    """Tell somebody else's handler of the signal that came, now that nothing is half done."""
    handler = handlers[signal.Signals(wish.signal)] if wish.signal else None
    if callable(handler) and handler not in {signal.default_int_handler, _interrupt}:
        handler(wish.signal, None)


@contextlib.contextmanager
def _leaving_at_the_second(numbers: frozenset[int]) -> Iterator[None]:
    """End the process at the second of some signals, whatever the main thread does."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    before = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    thread = threading.Thread(target=_watch, args=(reader, before, numbers), daemon=True)
    thread.start()
    try:
        yield
    finally:
        signal.set_wakeup_fd(before)
        os.close(writer)  # which ends the thread
        thread.join()
        os.close(reader)


def _watch(reader: int, others: int, numbers: frozenset[int]) -> None:
    """Read the numbers of signals as they come, and leave at the second of some.

    Args:
        reader: Gives a byte for every signal that Python handles.
        others: Who else wants to read them, an event loop; -1 where nobody does.
        numbers: The signals that count.
    """
    first: float | None = None
    while came := os.read(reader, 1):
        if others != -1:
            with contextlib.suppress(OSError):
                os.write(others, came)
        if came[0] not in numbers:
            continue
        now = time.monotonic()
        if first is None:
            first = now
        elif now - first >= ONE_WISH:
            leave(came[0])


def leave(number: int, end: Callable[[int], Any] = os._exit) -> None:
    """End the process here and now, as a signal says."""
    with contextlib.suppress(OSError):
        if os.isatty(1):
            os.write(1, SHOW_CURSOR)
    end(128 + number)
