"""Where runs and files of weights are found, and what is said where not."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

import dlkit
from dlkit.config.bases import built_from
from dlkit.config.load import LoadedConfig, load_config
from dlkit.errors import DataError, DlkitError, StorageError
from dlkit.report.bases import find_bases, run_models, with_bases

FILES = ("run.log", "resolved.yaml", "dataset.json", "metrics.json", "model.keras")


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two finished runs, one that did not finish, one of folds, and a config's folder."""
    for run in ("digits/1", "digits/2", "stopped/1", "cv/1/fold_1", "cv/1/fold_2"):
        folder = tmp_path / "experiments" / run
        folder.mkdir(parents=True)
        for name in FILES[:2] if run == "stopped/1" else FILES:
            (folder / name).write_text("")
    (tmp_path / "configs").mkdir()
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    return tmp_path


def load(places: Path, *layers: Any, **more: Any) -> LoadedConfig:
    config = {
        "dataset": {"source": "digits"},
        "architecture": {
            "layers": [*layers, {"Dense": {"units": 10, "activation": "softmax"}}]
        },
        "loss": "sparse_categorical_crossentropy",
        **more,
    }
    file = places / "configs" / "my.yaml"
    file.write_text(yaml.safe_dump(config, sort_keys=False))
    return load_config(file)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        pytest.param("digits/1", "digits/1", id="name"),
        pytest.param("digits", "digits/2", id="latest"),
        pytest.param("../experiments/digits/1", "digits/1", id="path"),
        pytest.param("./../../experiments/digits/1", None, id="nowhere"),
    ],
)
def test_run_is_found_as_dlkit_predict_finds_it(
    places: Path, written: str, expected: str | None
) -> None:
    loaded = load(places, {"Run": {"path": written}})
    if expected is None:
        with pytest.raises(DlkitError, match="there is no run"):
            find_bases(loaded, places / "experiments")
        return
    found = with_bases(loaded, places / "experiments").config
    folder = places / "experiments" / expected
    assert built_from(found) == {"built_from": [str(folder)]}
    assert run_models(found) == {str(folder): folder / "model.keras"}


def test_word_that_names_no_weights_is_told_what_would(places: Path) -> None:
    loaded = load(places, {"VGG16": {"include_top": False, "weights": "random"}})
    expected = r"there is no such file .* Write the path of a file, `imagenet`, or `none` for"
    with pytest.raises(DataError, match=expected):
        find_bases(loaded, places / "experiments")


@pytest.mark.parametrize("said", ["layer", "initial_weights"])
def test_no_name_is_no_run(places: Path, said: str) -> None:
    loaded = (
        load(places, {"Run": {"path": ""}})
        if said == "layer"
        else load(places, initial_weights="")
    )
    with pytest.raises(DlkitError, match="there is no run ''"):
        find_bases(loaded, places / "experiments")


def test_run_is_found_beside_the_config(places: Path) -> None:
    (places / "experiments").rename(places / "configs" / "earlier")
    loaded = load(places, initial_weights="earlier/digits/1")
    (found,) = find_bases(loaded, places / "nowhere").values()
    assert found == str(places / "configs" / "earlier" / "digits" / "1")


def test_every_fault_is_told_at_its_place(places: Path) -> None:
    loaded = load(
        places,
        {"Run": {"path": "digit/1"}},
        {"Run": "cv"},
        initial_weights="digits/7",
    )
    output = places / "experiments"
    with pytest.raises(DlkitError) as caught:
        find_bases(loaded, output)
    file = re.escape(str(places / "configs" / "my.yaml"))
    first, second, third = str(caught.value).splitlines()
    assert re.fullmatch(
        rf"{file}:\d+:\d+  architecture\.layers\[0\]\.Run\.path: there is no run 'digit/1',"
        rf" here or in {output}\. Did you mean 'digits'\?",
        first,
    )
    assert re.fullmatch(
        rf"{file}:\d+:\d+  architecture\.layers\[1\]\.Run: \S+/cv/1 has a model for each of 2"
        r" folds: name one of them, \S+/fold_1 to \S+/fold_2\.",
        second,
    )
    assert re.fullmatch(
        rf"{file}:\d+:\d+  initial_weights: there is no run 'digits/7', .* digits has: 1, 2\.",
        third,
    )


def test_run_that_did_not_finish_is_refused_without_tensorflow(places: Path) -> None:
    load(places, {"Run": "stopped"})
    expected = (
        r"architecture\.layers\[0\]\.Run: .*stopped/1: the run did not finish, it has no"
        r" dataset\.json\. Train it again\.$"
    )
    with pytest.raises(StorageError, match=expected):
        dlkit.check(places / "configs" / "my.yaml", static=True, output=places / "experiments")


def test_weights_are_looked_for_like_data(
    places: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    layer = {"VGG16": {"include_top": False, "weights": "mine.h5"}}
    monkeypatch.setenv("DLKIT_DATA", str(places / "data"))
    folders = (places / "work", places / "configs", places / "data")
    looked = re.escape(", ".join(map(str, folders)))
    expected = (
        r"architecture\.layers\[0\]\.VGG16\.weights: mine\.h5: there is no such file \(looked"
        rf" in {looked}\)\.$"
    )
    with pytest.raises(DataError, match=expected):
        find_bases(load(places, layer), places)
    for folder in reversed(folders):
        folder.mkdir(exist_ok=True)
        (folder / "mine.h5").write_text("")
        assert [*find_bases(load(places, layer), places).values()] == [str(folder / "mine.h5")]


def test_looking_for_bases_imports_nothing_heavy() -> None:
    code = "import dlkit.report.bases, sys; print({'numpy', 'keras'} & set(sys.modules))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert result.stdout == "set()\n"
