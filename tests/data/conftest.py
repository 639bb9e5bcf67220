from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

Archive = dict[str, np.ndarray]


@pytest.fixture
def pictures() -> Callable[..., Archive]:
    """Return a maker of Keras's four arrays: as many pictures, of ten classes in turn."""

    def make(train: int = 60, test: int = 20, shape: tuple[int, ...] = (28, 28)) -> Archive:
        generator = np.random.default_rng(5)
        return {
            "x_train": generator.integers(0, 256, (train, *shape), dtype=np.uint8),
            "y_train": np.arange(train, dtype=np.uint8) % 10,
            "x_test": generator.integers(0, 256, (test, *shape), dtype=np.uint8),
            "y_test": np.arange(test, dtype=np.uint8) % 10,
        }

    return make


@pytest.fixture
def data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make the only places where data is looked for empty folders, and return one."""
    folder = tmp_path / "data"
    folder.mkdir()
    monkeypatch.setenv("DLKIT_DATA", str(folder))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    return folder


@pytest.fixture
def keras_folder(data_folder: Path, tmp_path: Path) -> Path:
    """Return the folder in which Keras keeps its datasets, beside an empty DLKIT_DATA."""
    folder = tmp_path / "keras" / "datasets"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """Let every download fail at once, and Keras look only at this test's own cache."""
    import keras  # noqa: F401 - fixes its cache folder when it is first imported

    for scheme in ("http", "https", "ftp"):
        monkeypatch.setenv(f"{scheme}_proxy", "http://127.0.0.1:9")
    monkeypatch.setattr("keras.src.backend.config.keras_home", lambda: str(tmp_path / "keras"))
