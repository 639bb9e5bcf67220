from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from dlkit.config.inputs import input_names, may_have_more
from dlkit.config.load import load_config

FaultsOf = Callable[..., list[str]]

LEFT_RIGHT = {"arrays": {"path": "a.npz", "inputs": ["left", "right"]}}
RECORDS = {
    "tfrecord": {
        "path": "a.tfrecord",
        "features": {"picture": {"image": [8, 8, 1]}, "text": "string", "y": "float32"},
    }
}


def config(source: Any, first: Any, **settings: Any) -> Any:
    layers = [first, "Flatten", {"Dense": 1}]
    return load_config(
        {
            "dataset": {"source": source, **settings},
            "architecture": {"layers": layers},
            "loss": "mse",
        }
    ).config


def reading(name: str, layer: str = "Flatten") -> dict[str, Any]:
    return {layer: {"from": name}}


TABLE = {"csv": "reviews.csv"}


@pytest.mark.parametrize(
    ("source", "first", "settings", "names"),
    [
        ("diabetes", "Flatten", {}, ("input",)),
        ("sine", "Flatten", {}, ("input",)),
        ({"arrays": "a.npz"}, "Flatten", {}, ("input",)),
        ({"arrays": {"path": "a.npz", "inputs": "left"}}, "Flatten", {}, ("input",)),
        (LEFT_RIGHT, reading("left"), {}, ("left", "right")),
        (RECORDS, reading("picture"), {"target": "y"}, ("picture", "text")),
        (RECORDS, "Flatten", {"target": "y", "sample_weight": "text"}, ("input",)),
        (TABLE, "Flatten", {"target": "y", "features": {"a": "numeric"}}, ("input",)),
        (
            TABLE,
            "Flatten",
            {"target": "y", "features": {"a": {"text": "int"}, "b": {"text": "tf_idf"}}},
            ("input", "a"),
        ),
        (TABLE, "Flatten", {"target": "y", "features": {"a": {"text": "raw"}}}, ("input", "a")),
        (TABLE, "Flatten", {"target": "y", "features": {"a": "text"}}, ("input",)),
        (
            TABLE,
            reading("a", "TextVectorization"),
            {"target": "y", "features": {"a": "text"}},
            ("input", "a"),
        ),
    ],
)
def test_inputs_are_what_the_config_makes_apart(
    source: Any, first: Any, settings: dict[str, Any], names: tuple[str, ...]
) -> None:
    assert input_names(config(source, first, **settings)) == names


def test_columns_may_turn_out_to_be_texts_where_layers_take_texts_apart() -> None:
    assert may_have_more(config(TABLE, "TextVectorization", target="y"))
    assert not may_have_more(config(TABLE, "Flatten", target="y"))
    assert not may_have_more(config({"text": "mail"}, "TextVectorization"))


HEAD = "dataset:\n  source: {csv: reviews.csv}\n  target: stars\n"
TEXTS = f"{HEAD}  features: {{review: {{text: int}}, stars_before: numeric}}\n"
ARRAYS = "dataset: {source: {arrays: {path: a.npz, inputs: [left, right]}}}\n"


def layers(*entries: str) -> str:
    lines = "".join(f"    - {entry}\n" for entry in entries)
    return f"loss: mse\narchitecture:\n  layers:\n{lines}"


@pytest.mark.parametrize(
    "text",
    [
        TEXTS
        + layers(
            "Embedding: {input_dim: 2000, output_dim: 8, from: review}",
            "GlobalAveragePooling1D: {name: words}",
            "Dense: {units: 8, from: input, name: numbers}",
            "Concatenate: {from: [words, numbers]}",
            "Dense: 1",
        ),
        HEAD + layers("TextVectorization: {from: review, output_mode: count}", "Dense: 1"),
        ARRAYS + layers("Concatenate: {from: [left, right]}", "Dense: 1"),
    ],
    ids=["text", "guessed text", "arrays"],
)
def test_layer_may_read_what_the_data_has(faults_of: FaultsOf, text: str) -> None:
    assert faults_of(text) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            TEXTS + layers("Dense: {units: 1, from: reviews}"),
            "no layer before this one is named 'reviews'. Did you mean 'review'?",
        ),
        (
            TEXTS + layers("Dense: {units: 1, from: stars_before}"),
            (
                "column 'stars_before' is no input of its own, but a part of the others. Write"
                " `from: input`."
            ),
        ),
        (
            TEXTS + layers("Dense: {units: 8, name: review}", "Dense: 1"),
            "the data has an input 'review' already. Choose another name.",
        ),
        (
            ARRAYS + layers("Dense: 1"),
            (
                "the data has 2 inputs, and the layer does not say which it reads. Give it"
                " `from:` one of: left, right."
            ),
        ),
        (
            ARRAYS + layers("Dense: {units: 1, from: input}"),
            (
                "the data has 2 inputs, and the layer does not say which it reads. Give it"
                " `from:` one of: left, right."
            ),
        ),
        (
            ARRAYS + layers("Dense: {units: 1, from: up}"),
            "no layer before this one is named 'up'. Expected one of: left, right.",
        ),
    ],
)
def test_layer_is_refused_what_the_data_has_not(
    faults_of: FaultsOf, text: str, said: str
) -> None:
    (told,) = faults_of(text)
    assert told.partition(": ")[2] == said


def test_inputs_are_not_judged_where_the_dataset_is_faulty(faults_of: FaultsOf) -> None:
    text = TEXTS.replace("text: int", "text: itn")
    (told,) = faults_of(text + layers("Dense: {units: 1, from: review}"))
    assert "review.text: expected 'int'" in told
