"""What is said between a sweep, its bridge to a Ray cluster, and the workers there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dlkit.sweep.messages import Message, Setup, Unready


@dataclass(frozen=True)
class Token:
    """A file by which a worker sees whether it has the sweep's own files before it.

    Attributes:
        path: The file, in the sweep's folder.
        text: What is in it, and in no other sweep's.
    """

    path: Path
    text: str


@dataclass(frozen=True)
class Job:
    """What a worker on a cluster has to know before it runs a trial.

    Attributes:
        setup: What holds for all trials.
        token: Tells whether the worker sees the sweep's folder.
        home: The folder that the sweep was started in: relative paths begin there.
        environment: Variables that its process gets; None takes one away.
        plugins: The plugins' texts by their names, for nodes that do not see the files.
    """

    setup: Setup
    token: Token
    home: Path
    environment: Mapping[str, str | None]
    plugins: Mapping[str, bytes]


@dataclass(frozen=True)
class Opening:
    """What the bridge is asked to do.

    Attributes:
        address: The cluster's, ``HOST:PORT``; None: one is started on this machine.
        jobs: How many trials are to run at a time; None: as many as the cluster has room for.
        wanted: How many there are at most.
        on_gpu: Whether trials get a GPU: True where they must, None where there are some.
        cores: How many cores a cluster may use that is started here.
        job: What workers have to know.
    """

    address: str | None
    jobs: int | None
    wanted: int
    on_gpu: bool | None
    cores: int
    job: Job


@dataclass(frozen=True)
class Opened:
    """That the bridge stands.

    Attributes:
        jobs: How many trials run at a time.
        threads: How many threads each computes with.
        text: What the cluster is, for whoever watches.
    """

    jobs: int
    threads: int
    text: str


@dataclass(frozen=True)
class Refused:
    """That the cluster cannot be used, or no longer.

    Attributes:
        reason: Why, a sentence.
    """

    reason: str


@dataclass(frozen=True)
class Present:
    """How many workers are there by now.

    Attributes:
        count: Those that can begin a trial, or have one.
    """

    count: int


@dataclass(frozen=True)
class Answer:
    """The answer to the last progress of a trial.

    Attributes:
        number: The trial's.
        ends: Whether it ends there.
    """

    number: int
    ends: bool


@dataclass(frozen=True)
class Place:
    """Where a worker is.

    Attributes:
        node: The name of its machine.
        shares: Whether it sees the sweep's folder.
        versions: What it computes with.
    """

    node: str
    shares: bool
    versions: Mapping[str, str]


@dataclass(frozen=True)
class Heard:
    """What a worker says.

    Attributes:
        message: What the sweep is to know.
        files: The trial's folder, packed, where the sweep's own cannot be seen from there.
        words: What its process said as it ended, for the log.
    """

    message: Message | Unready
    files: bytes | None = None
    words: str = ""
