"""Every input of a model is read by a layer: else it would be left out without a word."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.keras

pytest.importorskip("keras")

from dlkit.config.load import load_config  # noqa: E402
from dlkit.data.load import load_dataset  # noqa: E402
from dlkit.errors import ModelError  # noqa: E402
from dlkit.preparation import prepare  # noqa: E402

WORDS = {"Embedding": {"from": "review", "input_dim": 9, "output_dim": 2, "name": "words"}}
MEAN = {"GlobalAveragePooling1D": {"name": "mean"}}
BOTH = {"Concatenate": {"from": ["mean", "input"]}}
OUT = {"Dense": {"units": 1, "activation": "sigmoid"}}


def check(folder: Path, layers: list[Any], features: dict[str, Any]) -> tuple[str, ...]:
    """Prepare a table of a text and two numbers; return the model's inputs."""
    rows = [
        f"{'good' if row % 2 else 'bad'} film {row % 3},{row % 5}.5,{row % 7},{row % 2}"
        for row in range(40)
    ]
    (folder / "made.csv").write_text("\n".join(["review,length,stars,kind", *rows]))
    told = {"review": {"text": {"output_mode": "int", "max_tokens": 9}}, **features}
    config = {
        "dataset": {"source": {"csv": "made.csv"}, "target": "kind", "features": told},
        "architecture": {"layers": layers},
        "loss": "binary_crossentropy",
    }
    loaded = load_config(config)
    prepared = prepare(loaded, load_dataset(loaded.config, [folder]), None)
    return tuple(prepared.built.model.input.keys())


def test_text_that_no_layer_reads_is_refused(tmp_path: Path) -> None:
    said = (
        r"^dataset\.features\.review: no layer reads 'review', so the model would not know of"
        r" it\. Give a layer `from: review`, or leave it out of the data\.$"
    )
    with pytest.raises(ModelError, match=said):
        check(tmp_path, [OUT], {})


def test_numbers_that_no_layer_reads_are_refused(tmp_path: Path) -> None:
    said = (
        r"^dataset: no layer reads length, stars, so the model would not know of it\. Give a"
        r" layer `from: input`, or write `drop` for them under features\.$"
    )
    with pytest.raises(ModelError, match=said):
        check(tmp_path, [WORDS, MEAN, OUT], {})


def test_texts_and_numbers_that_are_read_are_inputs(tmp_path: Path) -> None:
    inputs = check(tmp_path, [WORDS, MEAN, BOTH, OUT], {})
    assert sorted(inputs) == ["length", "review", "stars"]


@pytest.mark.parametrize("begin", ["review", "input"])
def test_lone_text_is_read_by_either_name(tmp_path: Path, begin: str) -> None:
    words = {"Embedding": {**WORDS["Embedding"], "from": begin}}
    dropped = {"length": "drop", "stars": "drop"}
    assert check(tmp_path, [words, MEAN, OUT], dropped) == ("review",)
