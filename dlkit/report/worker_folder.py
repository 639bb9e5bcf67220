"""Where a worker works that leaves the writing to the first of them."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from dlkit.config.cluster import read_place
from dlkit.config.schema import Config
from dlkit.report.run_folder import RunFolder, create_run_folder


def rank_of(config: Config) -> int:
    """Return which of the workers this process is, from 0, which is also a lone one's.

    Raises:
        ConfigError: If several are to train, and the environment does not tell.
    """
    return read_place().rank if config.training.distribute == "multi_worker" else 0


@contextlib.contextmanager
def working_aside(output: Path, name: str, resumed: RunFolder | None) -> Iterator[RunFolder]:
    """Give a folder that is removed again, and say nothing while the context lasts.

    Args:
        output: Where experiments are kept; nothing is written there.
        name: The experiment's name.
        resumed: The run that goes on; the folder is a copy of it.
    """
    with (
        tempfile.TemporaryDirectory(prefix="dlkit-", ignore_cleanup_errors=True) as root,
        Path(os.devnull).open("w", encoding="utf-8") as nowhere,
        contextlib.redirect_stdout(nowhere),
    ):
        if resumed is None:
            path = create_run_folder(Path(root), name).path
        else:
            path = shutil.copytree(resumed.path, Path(root) / name / resumed.path.name)
        yield RunFolder(path, output)
