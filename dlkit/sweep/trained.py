"""What a trial of a sweep came to, read from its folder as the result of a run."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from dlkit.backend import import_tensorflow, native_stderr_to
from dlkit.report.run_folder import RunFolder

if TYPE_CHECKING:
    from dlkit.result import Result
    from dlkit.several import SeveralResult


def read_trained(folder: RunFolder) -> Result | SeveralResult:
    """Read a trial that is complete: its figures, its history and its model.

    Args:
        folder: The trial's.

    Raises:
        StorageError: If its files are damaged, or gone.
    """
    with native_stderr_to(Path(os.devnull)):
        import_tensorflow()
        from dlkit.experiment import read_result
        from dlkit.folds import read_folds
        from dlkit.repeats import read_repeats

        if folder.fold(1).path.is_dir():
            return read_folds(folder)
        return read_repeats(folder) if folder.members else read_result(folder)
