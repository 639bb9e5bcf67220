"""Scripts of the gallery train to the figures of dlkit, in a process that has no dlkit.

One of them always; all seven with ``make nightly``.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.keras, pytest.mark.usefixtures("unpictured")]

pytest.importorskip("keras")

CONFIGS = Path(__file__).parent.parent.parent / "configs"

QUICK: dict[str, dict[str, Any]] = {
    "iris_mlp": {"training.epochs": 20},
    "xor_mlp": {"training.epochs": 30},
}

LONG: dict[str, dict[str, Any]] = {
    "mnist_mlp": {},
    "mnist_cnn": {"training.epochs": 1},
    "mnist_functional": {"training.epochs": 2},
    "diabetes_regression": {},
    "spirals_mlp": {},
}


def agree(
    name: str, overrides: dict[str, Any], tmp_path: Path, figures: Callable[[str], Any]
) -> None:
    import dlkit

    file = CONFIGS / f"{name}.yaml"
    result = dlkit.run(file, overrides, output=tmp_path / "experiments")
    told = figures(dlkit.eject(file, overrides))
    wanted = {k: v for k, v in result.metrics.items() if k.startswith(("val_", "test_"))}
    assert told == pytest.approx(wanted, abs=1e-3, rel=1e-6)


@pytest.mark.parametrize(
    "name", ["iris_mlp", pytest.param("xor_mlp", marks=pytest.mark.nightly)]
)
def test_script_agrees(name: str, tmp_path: Path, figures: Callable[[str], Any]) -> None:
    agree(name, QUICK[name], tmp_path, figures)


@pytest.mark.nightly
@pytest.mark.parametrize("name", LONG)
def test_long_script_agrees(
    name: str,
    tmp_path: Path,
    figures: Callable[[str], Any],
    shared_data: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DLKIT_DATA", str(shared_data))
    agree(name, LONG[name], tmp_path, figures)
