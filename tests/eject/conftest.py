"""Scripts written in this process, and run in one of their own where there is no dlkit."""

from __future__ import annotations

import contextlib
import io
import os
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ALONE = "import runpy, sys; sys.modules['dlkit'] = None; runpy.run_path(sys.argv[1])"
"""Runs a script that cannot import dlkit."""

Figures = dict[str, float]


def figures_of(text: str) -> Figures:
    """Run a script here, and read what it prints."""
    import keras

    policy, out = keras.config.dtype_policy(), io.StringIO()
    with contextlib.redirect_stdout(out), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Your input ran out of data")  # as the script says
        try:
            exec(compile(text, "<script>", "exec"), {})  # noqa: S102 - a script of ours
        finally:
            keras.config.set_dtype_policy(policy)
    told = [line.split() for line in out.getvalue().splitlines()]
    return {row[0]: float(row[1]) for row in told if row and row[0][:4] in ("val_", "test")}


@pytest.fixture
def script() -> Callable[..., str]:
    """Return what writes a config as a script."""

    def script(config: Any, data: Path | None = None) -> str:
        from dlkit.config.load import load_config
        from dlkit.eject.script import eject

        return eject(load_config(config), data)

    return script


@pytest.fixture
def figures(tmp_path: Path) -> Callable[[str], Figures]:
    """Return what runs a script in a process of its own, and reads what it prints."""

    def figures(text: str) -> Figures:
        assert "dlkit" not in text
        file = tmp_path / "train.py"
        file.write_text(text, "utf-8")
        done = subprocess.run(
            [sys.executable, "-c", ALONE, str(file)],
            cwd=tmp_path,
            env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-2000:]
        told = [line.split() for line in done.stdout.splitlines()]
        return {
            line[0]: float(line[1]) for line in told if line[0].startswith(("val_", "test_"))
        }

    return figures
