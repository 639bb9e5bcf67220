"""Signals while a model is trained: noted, obeyed where its state is whole, never lost."""

from __future__ import annotations

import contextlib
import os
import pty
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from dlkit.errors import Interrupted
from dlkit.train import interruption
from dlkit.train.interruption import SIGNALS, ending_in_order, listening


@pytest.fixture(autouse=True)
def _handlers() -> Iterator[None]:
    """Put the handlers back that a test sets, and prove that nothing else changed them."""
    before = {each: signal.getsignal(each) for each in SIGNALS}
    yield
    for each, handler in before.items():
        signal.signal(each, handler)


@pytest.fixture
def left(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return the signals at which the process would have left at once."""
    found: list[int] = []
    monkeypatch.setattr(interruption, "leave", found.append)
    return found


def wait_for(holds: Callable[[], bool], seconds: float = 10.0) -> bool:
    end = time.monotonic() + seconds
    while not holds() and time.monotonic() < end:
        time.sleep(0.01)
    return holds()


@pytest.mark.parametrize("number", SIGNALS)
def test_signal_is_noted_and_nothing_is_raised(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    with listening() as wish:
        assert wish.signal is None
        signal.raise_signal(number)
        assert wish.signal == number
    assert signal.getsignal(number) is before


def test_first_of_two_signals_is_the_one_that_is_told() -> None:
    with listening() as wish:
        signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGINT)
    assert wish.signal == signal.SIGTERM


def test_signal_that_a_wrapper_passes_on_again_is_no_second_one(left: list[int]) -> None:
    with listening():
        for _ in range(3):
            signal.raise_signal(signal.SIGTERM)
            time.sleep(0.02)
    assert left == []


def test_second_signal_leaves(left: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interruption, "ONE_WISH", 0.0)
    with listening():
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGTERM)
        assert wait_for(lambda: left == [signal.SIGTERM])


def test_other_signals_are_no_wish(left: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interruption, "ONE_WISH", 0.0)
    before = signal.signal(signal.SIGUSR1, lambda *_: None)
    try:
        with listening() as wish:
            signal.raise_signal(signal.SIGUSR1)
            signal.raise_signal(signal.SIGINT)
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert (wish.signal, left) == (signal.SIGINT, [])


def test_signal_that_is_ignored_stays_ignored() -> None:
    """A shell starts what runs in the background so."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with listening() as wish:
        signal.raise_signal(signal.SIGINT)
        assert wish.signal is None
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN


def test_handler_that_was_there_hears_of_the_signal_when_all_is_kept() -> None:
    heard: list[Any] = []
    signal.signal(signal.SIGTERM, lambda number, frame: heard.append(number))

    def train() -> None:
        with listening():
            signal.raise_signal(signal.SIGTERM)
            assert heard == []
            raise Interrupted("kept", signal.SIGTERM)

    with pytest.raises(Interrupted, match="kept"):
        train()
    assert heard == [signal.SIGTERM]
    with listening():
        pass
    assert heard == [signal.SIGTERM]


def test_event_loop_that_listens_too_hears_of_the_signal() -> None:
    mine, theirs = socket.socketpair()
    for end in (mine, theirs):
        end.setblocking(False)
    before = signal.set_wakeup_fd(theirs.fileno())
    try:
        with listening():
            signal.raise_signal(signal.SIGINT)
        assert mine.recv(8) == bytes([signal.SIGINT])
        assert signal.set_wakeup_fd(before) == theirs.fileno()
    finally:
        signal.set_wakeup_fd(before)
        mine.close()
        theirs.close()


def test_nothing_is_installed_outside_the_main_thread() -> None:
    before = [signal.getsignal(each) for each in SIGNALS]
    seen: list[Any] = []

    def work() -> None:
        with listening() as wish, ending_in_order():
            seen.append([signal.getsignal(each) for each in SIGNALS])
            seen.append(wish.signal)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [before, None]


def test_no_thread_and_no_file_is_left_open() -> None:
    def count() -> tuple[int, int]:
        return threading.active_count(), len([*Path("/proc/self/fd").iterdir()])

    before = count()
    for _ in range(3):
        with listening():
            pass
    assert count() == before


def test_outside_training_sigterm_ends_in_order() -> None:
    tidied = []

    def work() -> None:
        with ending_in_order():
            try:
                signal.raise_signal(signal.SIGTERM)
            finally:
                tidied.append(True)

    with pytest.raises(Interrupted, match="Interrupted") as caught:
        work()
    assert caught.value.exit_code == 143
    assert tidied
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


def test_within_training_the_outer_handler_is_not_called_on_top() -> None:
    with ending_in_order(), listening() as wish:
        signal.raise_signal(signal.SIGTERM)
        assert wish.signal == signal.SIGTERM


def test_handler_of_somebody_elses_stays_outside_training() -> None:
    heard: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, frame: heard.append(number))
    with ending_in_order():
        signal.raise_signal(signal.SIGTERM)
    assert heard == [signal.SIGTERM]


BUSY = """
import hashlib
from dlkit.train.interruption import listening
with listening():
    print("\\x1b[?25lready", flush=True)
    hashlib.pbkdf2_hmac("sha256", b"", b"", 2**31 - 1)  # one call that takes for ever
"""


def rest_of(reader: int) -> bytes:
    """Return what a terminal was told, once nobody is left who could tell it more."""
    told = b""
    with contextlib.suppress(OSError):
        while more := os.read(reader, 100):
            told += more
    return told


def test_second_signal_leaves_a_call_that_does_not_end_and_the_cursor_is_back() -> None:
    reader, terminal = pty.openpty()
    child = subprocess.Popen([sys.executable, "-c", BUSY], stdout=terminal)
    os.close(terminal)
    try:
        told = b""
        while b"ready" not in told:
            told += os.read(reader, 100)
        child.send_signal(signal.SIGTERM)
        with pytest.raises(subprocess.TimeoutExpired):
            child.wait(interruption.ONE_WISH + 0.5)
        child.send_signal(signal.SIGTERM)
        assert child.wait(10) == 143
        assert b"\x1b[?25h" in rest_of(reader)
    finally:
        child.kill()
        os.close(reader)
