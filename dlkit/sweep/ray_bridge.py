"""The process between a sweep and a Ray cluster: ``python -m dlkit.sweep.ray_bridge``.

Ray ends its process when the cluster is gone, writes to its terminal, and waits long where
nobody answers. None of that reaches the sweep: it talks with this process through pipes, and
when its end of them closes, this process leaves, with all that it has started.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from concurrent.futures import Future
from typing import Any, BinaryIO

import ray
from ray.exceptions import ActorUnavailableError, OutOfMemoryError, RayError

from dlkit.sweep.child import HOME, own_output
from dlkit.sweep.pipes import receive, send
from dlkit.sweep.ray_crew import Crew, Hand, Loss
from dlkit.sweep.ray_messages import Job, Opened, Opening, Refused
from dlkit.sweep.ray_shares import Node, Share, share_of
from dlkit.sweep.ray_worker import RayWorker, versions
from dlkit.sweep.worker import END

MOST_SECONDS = 15.0
"""How long leaving may take."""

STORE = 128 * 2**20
"""Bytes of shared memory for a cluster that is started here: little is sent."""

SETTINGS = {
    "RAY_USAGE_STATS_ENABLED": "0",  # nobody is told who runs what
    "RAY_DISABLE_IMPORT_WARNING": "1",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",  # the process of a trial is told by dlkit
}

THREADS = 4
"""Of a worker: one waits to hear, others answer."""


class RayHand:
    """A worker on the cluster.

    Args:
        job: What it has to know.
        share: What it gets of its machine.
    """

    def __init__(self, job: Job, share: Share) -> None:
        self._actor: Any = (
            ray.remote(RayWorker)
            .options(
                num_cpus=share.cpus,
                num_gpus=share.gpus,
                max_concurrency=THREADS,
                max_restarts=0,
                runtime_env={"env_vars": {"PYTHONPATH": HOME}},
            )
            .remote(job)
        )

    def ask(self, what: str, *words: Any) -> Future[Any]:
        """Call one of its methods."""
        future: Future[Any] = getattr(self._actor, what).remote(*words).future()
        return future

    def let_go(self) -> None:
        """End it."""
        ray.kill(self._actor)


def main() -> None:
    """Connect the sweep at the other end of the pipes with its cluster."""
    commands, replies = sys.stdin.buffer, own_output(2)  # what is printed goes to the log
    opening: Opening = receive(commands)
    os.environ.update(SETTINGS)
    tell = _teller(replies)
    opened = threading.Event()
    crew: list[Crew] = []
    threading.Thread(target=_read, args=(commands, opened, crew), daemon=True).start()
    try:
        address = connect(opening.address, opening.cores)
        share = share_of(nodes(), opening.jobs, opening.wanted, opening.on_gpu)
        if share is None:
            needed = "GPU" if opening.on_gpu else "CPU"
            tell(Refused(f"no machine of the cluster at {address} has a {needed}."))
            return
        tell(Opened(share.jobs, share.threads, describe(address, share)))

        def hire() -> Hand:
            return RayHand(opening.job, share)

        crew.append(Crew(share.jobs, hire, loss_of, tell, versions()))
        opened.set()
        crew[0].run()
    except (RayError, ConnectionError, RuntimeError, ValueError, TimeoutError) as error:
        tell(Refused(f"{type(error).__name__}: {' '.join(str(error).split())}"))
    finally:
        ray.shutdown()


def connect(address: str | None, cores: int) -> str:
    """Connect to a cluster, or start one on this machine, and return its address.

    Args:
        address: As in ``Opening``.
        cores: How many cores one may use that is started.
    """
    if address is not None:
        ray.init(address=address, log_to_driver=False)
    else:
        ray.init(
            address="local",
            num_cpus=cores,
            object_store_memory=STORE,
            include_dashboard=False,
            log_to_driver=False,
        )
    return str(ray.get_runtime_context().gcs_address)


def nodes() -> list[Node]:
    """Return the machines of the cluster."""
    resources = [node["Resources"] for node in ray.nodes() if node["Alive"]]
    return [Node(each.get("CPU", 0.0), each.get("GPU", 0.0)) for each in resources]


def describe(address: str, share: Share) -> str:
    """Say what the cluster is, and what each trial gets of it."""
    found = nodes()
    machines = "1 machine" if len(found) == 1 else f"{len(found)} machines"
    parts = [f"{share.cpus:g} CPU" + ("s" if share.cpus > 1 else "")]
    parts += [f"{share.gpus:g} GPU"] if share.gpus else []
    trials = "1 trial" if share.jobs == 1 else f"{share.jobs} trials"
    each = "with" if share.jobs == 1 else "each with"
    return f"Ray at {address}, {machines}: {trials} at a time, {each} {' and '.join(parts)}"


def loss_of(error: BaseException) -> Loss:
    """Say why a worker is gone."""
    text = str(error)
    if isinstance(error, ActorUnavailableError):
        return Loss("cannot be reached any more", is_node=True)
    if "node has died" in text or "node was terminated" in text or "NODE_DIED" in text:
        return Loss("is gone", is_node=True)
    if isinstance(error, OutOfMemoryError) or ("memory" in text and "threshold" in text):
        return Loss("its worker was ended for want of memory", is_node=False)
    if getattr(error, "actor_init_failed", False) or isinstance(error, RayError):
        return Loss(_short(text), is_node=False)
    return Loss(f"{type(error).__name__}: {_short(text)}", is_node=False)


def _short(text: str) -> str:
    """Return the line of Ray's words that says most, and not all of it."""
    lines = [" ".join(line.split()) for line in text.splitlines() if line.strip()]
    telling = [line for line in lines if "Error: " in line or line.startswith("The actor is")]
    line = (telling or lines or ["its worker ended"])[-1]
    return line.partition(". Some common causes")[0][:300]


def _teller(replies: BinaryIO) -> Any:
    """Return what tells the sweep, from any thread."""
    lock = threading.Lock()

    def tell(message: object) -> None:
        with lock:
            send(replies, message)

    return tell


def _read(commands: BinaryIO, opened: threading.Event, crew: list[Crew]) -> None:
    """Pass on what the sweep says, and leave when it can say nothing any more."""
    kindly = False
    while True:
        try:
            message = receive(commands)
        except EOFError:
            break
        if message == END:
            kindly = True
            break
        opened.wait()
        crew[0].hear(message)
    timer = threading.Timer(MOST_SECONDS if crew else 0.0, _end_all)
    timer.daemon = True
    timer.start()
    if crew:
        crew[0].leave(kindly=kindly)


def _end_all() -> None:
    """End this process and all that it has started, which is a group of its own."""
    os.killpg(0, signal.SIGKILL) if os.getpgrp() == os.getpid() else os._exit(1)


if __name__ == "__main__":
    main()
