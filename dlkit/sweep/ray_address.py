"""Find out at once whether there is a Ray to speak of at an address.

Ray itself waits more than a minute for a cluster that is not there.
"""

from __future__ import annotations

import importlib.util
import os
import socket
import tempfile
from pathlib import Path

from dlkit.errors import ConfigError, Problem

PATH = ("sweep", "executor", "ray")

AUTO = "auto"

SECONDS = 4.0
"""How long an address has to answer."""

RECORD = "ray/ray_current_cluster"
"""Where Ray notes the cluster that this machine is in, under its folder for such things. The
note stays when the cluster goes."""


def require_ray(address: str, device: str | None) -> None:
    """Make sure that trials can go to a cluster, before anything is begun.

    Args:
        address: The cluster's; ``auto``: the one that runs here, or a new one.
        device: ``cpu``, ``gpu`` or ``gpu:1``; None: what there is.

    Raises:
        ConfigError: If Ray is not installed, the address is none, or nobody answers there.
    """
    if importlib.util.find_spec("ray") is None:
        hint = "pip install 'dlkit[ray]' brings it."
        raise ConfigError(Problem("Ray is not installed.", PATH, hint))
    if device is not None and ":" in device:
        hint = "Say --device gpu, or cpu: Ray gives each trial a GPU of its own."
        raise ConfigError(Problem(f"{device} is a GPU of this machine alone.", PATH, hint))
    find_cluster(address)


def find_cluster(address: str) -> str | None:
    """Return the address of a cluster that answers; None where one is to be started here.

    Args:
        address: The cluster's; ``auto``: that of ``RAY_ADDRESS``, else the one that runs here.

    Raises:
        ConfigError: If the address is none, or nobody answers there.
    """
    named = address if address != AUTO else os.environ.get("RAY_ADDRESS") or AUTO
    if named == AUTO:
        noted = _noted()
        return noted if noted and _knock(*parse_address(noted)) is None else None
    error = _knock(*parse_address(named))
    if error is not None:
        why = error.strerror or "it took too long"
        hint = "Is the cluster up? `ray status` tells, and `ray start --head` begins one."
        raise ConfigError(Problem(f"nobody answers at {named} ({why}).", PATH, hint))
    return named


def parse_address(address: str) -> tuple[str, int]:
    """Return the host and the port of an address.

    Raises:
        ConfigError: If it has no such form.
    """
    host, _, port = address.strip().rpartition(":")
    if "://" in address or not host or not port.isdecimal() or not 0 < int(port) < 2**16:
        hint = (
            "Give HOST:PORT as `ray start --head` says it, and run dlkit on a machine of the"
            " cluster; or auto."
        )
        raise ConfigError(Problem(f"{address!r} is not the address of a cluster.", PATH, hint))
    return host.removeprefix("[").removesuffix("]"), int(port)


def _noted() -> str:
    """Return the address of the cluster that was last begun or joined here, if any."""
    folder = Path(os.environ.get("RAY_TMPDIR") or tempfile.gettempdir())
    try:
        return (folder / RECORD).read_text("utf-8").strip()
    except (OSError, ValueError):
        return ""


def _knock(host: str, port: int) -> OSError | None:
    """Return why nobody listens at an address; None where somebody does."""
    try:
        socket.create_connection((host, port), timeout=SECONDS).close()
    except OSError as error:
        return error
    return None
