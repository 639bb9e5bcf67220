"""The workers of a cluster: who is there, who runs what, and what waits for a hand.

Everything happens in one thread, in the order in which it comes. Tasks wait here and not with
a worker: one that the cluster has no room for, since a machine of it is gone, keeps none.
"""

from __future__ import annotations

import contextlib
import functools
import queue
import sys
from collections import Counter, deque
from collections.abc import Callable, Mapping
from concurrent.futures import Future, wait
from dataclasses import dataclass
from typing import Any, Protocol

from dlkit.errors import StorageError
from dlkit.sweep.messages import Lost, Outcome, Task, Unready
from dlkit.sweep.ray_files import state_of, unpack
from dlkit.sweep.ray_messages import Answer, Heard, Place, Present, Refused

MOST_MOVES = 2
"""How often a trial goes to another machine at no charge. One whose machines go on to die
may be what kills them."""

MOST_REFUSALS = 5
"""Workers that cannot begin, one after another, before a cluster is given up."""

PATIENCE = 9.0
"""Seconds that workers get to keep the states of their trials."""

Event = Callable[[], None]


class Hand(Protocol):
    """A worker somewhere, which is asked from afar."""

    def ask(self, what: str, *words: Any) -> Future[Any]:
        """Call one of its methods, as those of ``RayWorker``."""

    def let_go(self) -> None:
        """End it."""


@dataclass(frozen=True)
class Loss:
    """Why a worker is gone.

    Attributes:
        reason: What is known of it; of a machine, what has become of it.
        is_node: Whether its whole machine is gone, or cannot be reached.
    """

    reason: str
    is_node: bool


@dataclass(eq=False)
class Member:
    """One of the crew.

    Attributes:
        hand: The worker.
        place: Where it is; None: it is not there yet.
        task: What it runs.
    """

    hand: Hand
    place: Place | None = None
    task: Task | None = None


class Crew:
    """Workers that run tasks.

    Args:
        jobs: How many there are to be.
        hire: Asks the cluster for one more.
        loss_of: Says why a worker is gone.
        tell: Tells the sweep.
        versions: What all have to compute with.
    """

    def __init__(
        self,
        jobs: int,
        hire: Callable[[], Hand],
        loss_of: Callable[[BaseException], Loss],
        tell: Callable[[object], None],
        versions: Mapping[str, str],
    ) -> None:
        self._jobs, self._hire, self._loss_of = jobs, hire, loss_of
        self._tell, self._versions = tell, versions
        self._events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self._members: list[Member] = []
        self._waiting: deque[Task] = deque()
        self._moves: Counter[int] = Counter()
        self._refusals = 0
        self._is_over = False

    def run(self) -> None:
        """Let everything happen until it is over."""
        self._fill()
        while not self._is_over:
            self._events.get()()

    def hear(self, message: Task | Answer) -> None:
        """Take what the sweep says, from any thread."""
        self._events.put(functools.partial(self._take, message))

    def leave(self, *, kindly: bool) -> None:
        """End all workers, from any thread; kindly, they keep what they have first."""
        self._events.put(functools.partial(self._leave, kindly=kindly))

    def _take(self, message: Task | Answer) -> None:
        if isinstance(message, Task):
            self._waiting.append(message)
            self._hand_out()
            return
        for member in self._members:
            if member.task is not None and member.task.number == message.number:
                member.hand.ask("answer", message.ends)

    def _fill(self) -> None:
        """Ask for as many workers as there are to be."""
        while len(self._members) < self._jobs:
            member = Member(self._hire())
            self._members.append(member)
            self._ask(member, "look", self._arrived)

    def _ask(self, member: Member, what: str, then: Callable[[Member, Any], None]) -> None:
        """Ask a worker, and go on when it answers, or is found to be gone."""

        def heard(future: Future[Any]) -> None:
            error = future.exception()
            self._events.put(
                functools.partial(then, member, future.result())
                if error is None
                else functools.partial(self._gone, member, error)
            )

        member.hand.ask(what).add_done_callback(heard)

    def _arrived(self, member: Member, place: Place) -> None:
        """Take note of where a worker is, which can begin now."""
        common = place.versions.keys() & self._versions
        if any(place.versions[name] != self._versions[name] for name in common):
            self._give_up(
                f"{place.node} has {_said(place.versions)}, and this machine"
                f" {_said(self._versions)}. Install the same everywhere."
            )
            return
        self._refusals = 0
        member.place = place
        self._tell_present()
        self._hand_out()

    def _hand_out(self) -> None:
        """Let whoever has nothing to do begin what waits."""
        for member in self._members:
            if not self._waiting:
                return
            if member.place is not None and member.task is None:
                task = member.task = self._waiting.popleft()
                alone = not task.only_builds and not member.place.shares
                member.hand.ask("start", task, state_of(task.folder) if alone else None)
                self._ask(member, "heard", self._heard)

    def _heard(self, member: Member, said: list[Heard]) -> None:
        """Pass on what a worker said."""
        task = member.task
        for each in said:
            if each.words:
                sys.stderr.write(f"{each.words.rstrip()}\n")
            message = each.message
            if isinstance(message, Unready):
                self._give_up(f"no worker can be started: {message.reason}")
                return
            if isinstance(message, (Outcome, Lost)):
                member.task = None
            if task is not None and each.files is not None:
                with contextlib.suppress(StorageError):  # the study has what counts
                    unpack(each.files, task.folder)
            self._tell(message)
        if member.task is not None:
            self._ask(member, "heard", self._heard)
        else:
            self._hand_out()

    def _gone(self, member: Member, error: BaseException) -> None:
        """Take a worker off the list, tell of its trial, and ask for another."""
        if member not in self._members:
            return
        self._members.remove(member)
        member.hand.let_go()
        loss = self._loss_of(error)
        if member.place is None:
            self._refusals += 1
        else:
            self._tell_present()
        if member.task is not None:
            self._tell(self._lost(member, member.task.number, loss))
        if self._refusals >= MOST_REFUSALS:
            self._give_up(f"no worker can be started on the cluster ({loss.reason}).")
            return
        self._fill()

    def _lost(self, member: Member, number: int, loss: Loss) -> Lost:
        """Say that the worker of a trial is gone, and whether that may be the trial's fault."""
        node = member.place.node if member.place else "a machine"
        reason = f"{node} {loss.reason}" if loss.is_node else f"{loss.reason} on {node}"
        blameless = loss.is_node and self._moves[number] < MOST_MOVES
        self._moves[number] += blameless
        return Lost(number, reason, blameless)

    def _tell_present(self) -> None:
        self._tell(Present(sum(member.place is not None for member in self._members)))

    def _give_up(self, reason: str) -> None:
        self._tell(Refused(reason))
        self._leave(kindly=False)

    def _leave(self, *, kindly: bool) -> None:
        """End all workers."""
        self._is_over = True
        there = [member for member in self._members if member.place is not None]
        ended = {member.hand.ask("finish", kindly): member for member in there}
        done, _ = wait(ended, PATIENCE)
        for future in done:
            task = ended[future].task
            if task is not None and future.exception() is None and future.result() is not None:
                with contextlib.suppress(StorageError):
                    unpack(future.result(), task.folder)
        for member in self._members:
            member.hand.let_go()


def _said(versions: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {number}" for name, number in versions.items())
