from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from dlkit.config.load import load_config
from dlkit.errors import ConfigError

FaultsOf = Callable[..., list[str]]
WarningsOf = Callable[[str], list[str]]


@pytest.fixture
def faults_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FaultsOf:
    """Return what is said about a config text, whose file is called ``x.yaml``."""
    monkeypatch.chdir(tmp_path)

    def check(text: str, *overrides: str) -> list[str]:
        Path("x.yaml").write_text(text, encoding="utf-8")
        try:
            load_config("x.yaml", overrides)
        except ConfigError as error:
            return [str(problem) for problem in error.problems]
        return []

    return check


@pytest.fixture
def warnings_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> WarningsOf:
    """Return what a sound config text is warned of; its file is called ``x.yaml``."""
    monkeypatch.chdir(tmp_path)

    def check(text: str) -> list[str]:
        Path("x.yaml").write_text(text, encoding="utf-8")
        return [str(problem) for problem in load_config("x.yaml").warnings]

    return check
