"""What a run keeps of its data: enough to read more of it the same way."""

from __future__ import annotations

import io
from typing import Any

import numpy as np

from dlkit.config.feature_kinds import CategoricalFeature
from dlkit.data.dataset import Dataset
from dlkit.report.records import write_json, writing
from dlkit.report.run_folder import RunFolder
from dlkit.storage import write_whole


def write_data(folder: RunFolder, dataset: Dataset) -> None:
    """Keep what the data was taken for, and which rows went where.

    Raises:
        StorageError: If the disk does not take it.
    """
    write_json(folder.data, data_facts(dataset))
    if dataset.rows:
        rows = {part: np.asarray(numbers, np.int64) for part, numbers in dataset.rows.items()}
        with writing(folder.splits):
            buffer = io.BytesIO()
            np.savez_compressed(buffer, **rows)  # type: ignore[arg-type]
            write_whole(folder.splits, buffer.getbuffer())


def data_facts(dataset: Dataset) -> dict[str, Any]:
    """Return what must be known to use the model on other data of the kind."""
    return {
        "name": dataset.name,
        "origin": dataset.origin,
        "task": dataset.task,
        "class_names": list(dataset.class_names),
        "target_names": list(dataset.target_names),
        "outputs": {
            name: {
                "task": target.task,
                "class_names": list(target.class_names),
                "target_names": list(target.target_names),
                "copies": target.copies,
            }
            for name, target in dataset.outputs.items()
        },
        "feature_names": list(dataset.feature_names),
        "columns": {
            column.name: {
                "kind": column.feature.name,
                "vocabulary": list(column.vocabulary)
                if isinstance(column.feature.settings, CategoricalFeature)
                else [],
            }
            for column in dataset.columns
        },
        "notes": list(dataset.notes),
    }
