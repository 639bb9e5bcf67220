"""``model.keras``: the trained model, written so that a full disk costs the file alone."""

from __future__ import annotations

import io
from pathlib import Path

import keras

from dlkit.report.records import writing
from dlkit.storage import write_whole


class _Memory(io.BytesIO):
    """Bytes in memory that Keras takes for a file of its own kind."""

    def __str__(self) -> str:
        return "model.keras"


def write_model(path: Path, model: keras.Model) -> None:
    """Write a model so that its file is there whole, or as it was before.

    Raises:
        StorageError: If the disk does not take it.
    """
    # Never by a path: Keras would empty the old file first, and where memory is scarce it
    # lets the HDF5 library write to the disk, which ends the process when the disk is full.
    buffer = _Memory()
    keras.saving.save_model(model, buffer)
    with writing(path):
        write_whole(path, buffer.getbuffer())
