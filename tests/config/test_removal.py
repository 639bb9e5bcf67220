from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dlkit.config.composition import read_composed
from dlkit.config.yaml_reader import read_yaml

BASE = """\
dataset: {source: diabetes}
architecture:
  layers:
    - Flatten
    - Dropout: 0.2
    - Dense: {units: 1}
loss: mse
training: {epochs: 3, batch_size: 8}
"""


@pytest.fixture(autouse=True)
def _base(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.yaml").write_text(BASE)


def composed(remove: str, own: str = "") -> dict[str, Any]:
    Path("x.yaml").write_text(f"base: a.yaml\nremove: {remove}\n{own}")
    source, problems = read_composed("x.yaml")
    assert problems == []
    return source.data


def test_removed_key_is_gone() -> None:
    assert composed("[training.epochs]")["training"] == {"batch_size": 8}


def test_removed_section_is_gone() -> None:
    assert list(composed("[training, loss]")) == ["dataset", "architecture"]


@pytest.mark.parametrize(
    ("remove", "layers"),
    [
        ("['architecture.layers[1]']", ["Flatten", {"Dense": {"units": 1}}]),
        ("['architecture.layers[0]', 'architecture.layers[1]']", [{"Dense": {"units": 1}}]),
        (
            "['architecture.layers[2].Dense.units']",
            ["Flatten", {"Dropout": 0.2}, {"Dense": {}}],
        ),
    ],
    ids=["item", "items counted as they were", "inside an item"],
)
def test_removed_list_item_is_gone(remove: str, layers: list[Any]) -> None:
    assert composed(remove)["architecture"]["layers"] == layers


@pytest.mark.parametrize("remove", ["", "[]"], ids=["blank", "empty"])
def test_nothing_is_removed_when_nothing_is_named(remove: str) -> None:
    assert composed(remove) == read_yaml(BASE, "a.yaml")[0].data


def test_file_may_give_anew_what_it_removes() -> None:
    data = composed("[training]", "training: {batch_size: 4}\n")
    assert data["training"] == {"batch_size": 4}


def test_file_keeps_its_own_values_when_it_removes() -> None:
    Path("b.yaml").write_text("base: a.yaml\nremove: [training.epochs]\n")
    Path("x.yaml").write_text("base: b.yaml\ntraining: {epochs: 9}\n")
    assert read_composed("x.yaml")[0].data["training"] == {"batch_size": 8, "epochs": 9}


def test_items_behind_a_removed_one_keep_their_places() -> None:
    Path("x.yaml").write_text("base: a.yaml\nremove: ['architecture.layers[1]']\n")
    source, _ = read_composed("x.yaml")
    layers = ("architecture", "layers")
    paths = [(0,), (1,), (1, "Dense"), (1, "Dense", "units")]
    assert [str(source.mark((*layers, *path))) for path in paths] == [
        *("a.yaml:4:7", "a.yaml:6:7", "a.yaml:6:7", "a.yaml:6:15"),
    ]
    assert not any("Dropout" in path for path in source.marks)


@pytest.mark.parametrize(
    ("remove", "said"),
    [
        (
            "[training.epoch]",
            (
                "10  remove[0]: the bases have no 'training.epoch' ('epoch' is not there)."
                " Did you mean 'training.epochs'?"
            ),
        ),
        (
            "[loss, 'architecture.layers[7]']",
            (
                "16  remove[1]: the bases have no 'architecture.layers[7]' (7 is not there)."
                " Did you mean 'architecture.layers[2]'?"
            ),
        ),
        (
            "['loss[0]']",
            "10  remove[0]: the bases have no 'loss[0]' (0 is not there). Did you mean 'loss'?",
        ),
        ("[5]", "10  remove[0]: expected a path like 'training.epochs', received 5."),
        (
            "[a..b]",
            "10  remove[0]: expected a path like 'training.epochs', received 'a..b' (text).",
        ),
        ("loss", "1  remove: expected a list of paths, received 'loss' (text)."),
    ],
    ids=["near", "item", "letter", "number", "no path", "no list"],
)
def test_removal_is_refused_when_nothing_stands_there(
    faults_of: Callable[..., list[str]], remove: str, said: str
) -> None:
    text = f"base: a.yaml\nremove: {remove}\nloss: mse\n"
    assert faults_of(text) == [f"x.yaml:2:{said}"]


def test_removal_is_refused_when_there_is_no_base(faults_of: Callable[..., list[str]]) -> None:
    assert faults_of(f"{BASE}remove: [loss]\n") == [
        "x.yaml:9:10  remove[0]: the bases have no 'loss' ('loss' is not there)."
    ]


def test_what_is_missing_after_a_removal_is_told(faults_of: Callable[..., list[str]]) -> None:
    (said,) = faults_of("base: a.yaml\nremove: [dataset.source]\n")
    assert said.startswith("a.yaml:1:1  dataset.source: missing.")
