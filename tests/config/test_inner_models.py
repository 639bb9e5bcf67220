"""Models in models and layers called again: what the config alone tells to be wrong."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from dlkit.config.catalogue import load_catalogue
from dlkit.config.dump import dump_resolved
from dlkit.config.json_schema import json_schema
from dlkit.config.load import load_config
from dlkit.config.objects import LayerEntry
from dlkit.config.own_layers import told_when_called
from dlkit.errors import ConfigError


def layers(*entries: str, more: str = "") -> str:
    lines = "".join(f"    - {entry}\n" for entry in entries)
    return f"dataset: {{source: diabetes}}\nloss: mse\narchitecture:\n{more}  layers:\n{lines}"


DENSE = "Dense: {units: 3, name: d}"
OTHER = "Dense: {units: 3, name: s, from: input}"
TWO = "inputs: [a, b], from: [input, d]"


@pytest.mark.parametrize(
    "entries",
    [
        (DENSE, f"Model: {{{TWO}, layers: [Concatenate: {{from: [b, a]}}]}}"),
        (DENSE, "Model: {inputs: x, layers: [Dense: 3, Add: {from: [dense_0, x]}]}"),
        (DENSE, "Model: {layers: [Dense: {units: 3, name: d}, Shared: d]}"),
        (DENSE, "Shared: {layer: d, from: input}", "Add: {from: [d, shared_1]}"),
        (
            f"Model: {{name: [d, s], outputs: [d, s], layers: [{DENSE}, {OTHER}]}}",
            "Add: {from: [d, s]}",
        ),
    ],
    ids=["several inputs", "one by name", "names of its own", "called again", "outputs"],
)
def test_model_in_the_model_is_right(
    faults_of: Callable[..., list[str]], entries: tuple[str, ...]
) -> None:
    assert faults_of(layers(*entries)) == []


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        (
            ("Shared: later", "Dense: {units: 3, name: later}"),
            (
                "layers[0].Shared.layer: no layer before this one is named 'later'. It stands"
                " below: let that one be `Shared`, and this one the layer."
            ),
        ),
        (
            (DENSE, "TimeDistributed: {layer: {Shared: e}}"),
            (
                "layers[1].TimeDistributed.layer.Shared.layer: no layer before this one is"
                " named 'e'. Expected one of: d."
            ),
        ),
        (
            (DENSE, "Model: {inputs: [a, b], layers: [Add: {from: [a, b]}]}"),
            (
                "layers[1].Model: the model reads 'a' and 'b', and is given 1. Name as many"
                " under `from`."
            ),
        ),
        (
            (
                DENSE,
                "Model: {inputs: [a, b], from: {a: d, c: d}, layers: [Add: {from: [a, b]}]}",
            ),
            "layers[1].Model.from: expected a and b, received a and c.",
        ),
        (
            (
                DENSE,
                f"Model: {{{TWO}, layers: [Dense: 3, Concatenate: {{from: [dense_0, b]}}]}}",
            ),
            (
                "layers[1].Model.layers[0].Dense: the model has 2 inputs, and the layer does"
                " not say which. Give it `from:` one of: a, b."
            ),
        ),
        (
            (DENSE, f"Model: {{{TWO}, layers: [Dense: {{units: 3, from: a}}]}}"),
            (
                "layers[1].Model.inputs: no layer of the model reads its input 'b'. Give a"
                " layer of the model `from: b`, or remove it."
            ),
        ),
        (
            (DENSE, "Model: {layers: [Dense: {units: 3, from: d}]}"),
            (
                "layers[1].Model.layers[0].Dense.from: no layer before this one is named 'd'. A"
                " model reads what it is given: add 'd' to its own `from`."
            ),
        ),
        (
            ("Model: {outputs: e, layers: [Dense: {units: 3, name: f}]}",),
            (
                "layers[0].Model.outputs: no layer of the model is named 'e'. Expected one of:"
                " f, input."
            ),
        ),
        (
            ("TimeDistributed: {layer: {Model: {layers: [Dense: 2], from: input}}}",),
            (
                "layers[0].TimeDistributed.layer.Model.from: Model has no argument 'from'. A"
                " layer inside another has none of its own: write it of the outer one."
            ),
        ),
        (
            ("Lambda: 3",),
            (
                "layers[0].Lambda: Lambda takes a Python function, which no YAML can hold."
                " Write Keras's layers (Rescaling, Activation, ...), or one of your own:"
                " --plugin FILE."
            ),
        ),
        (
            ("Input: {shape: [8]}", "Dense: 1"),
            (
                "layers[0].Input: the data itself says what shape it has. Leave it out; a layer"
                " reads the data by `from: input`."
            ),
        ),
        (
            ("Dense: {units: 3, use_causal_mask: true}",),
            "layers[0].Dense.use_causal_mask: Dense has no argument 'use_causal_mask'.",
        ),
        (
            ("LSTM: {units: 3, return_state: true, name: [a, b, a]}",),
            ("layers[0].LSTM.name: expected different names, received a list ['a', 'b', 'a']."),
        ),
        (
            ("LSTM: {units: 3, name: [a, b]}", "Dense: {units: 1, name: b}"),
            "layers[1].Dense.name: there is a layer 'b' already.",
        ),
    ],
    ids=[
        *("later", "wrapped", "too few", "other names", "unsaid", "unread input", "outside"),
        *("output", "from inside", "lambda", "input layer", "call", "twice", "taken"),
    ],
)
def test_model_in_the_model_is_refused(
    faults_of: Callable[..., list[str]], entries: tuple[str, ...], said: str
) -> None:
    (told,) = faults_of(layers(*entries))
    assert told.split("  architecture.")[1] == said


def placed(entry: LayerEntry) -> tuple[Any, ...]:
    """Return where a layer stands, and what it is told when it is called."""
    layer = entry.layer
    told = told_when_called(layer.kind, layer.name, layer.arguments)
    return entry.name, entry.also, entry.roles, entry.inputs, told


def test_resolved_config_says_the_same_graph(tmp_path: Path) -> None:
    text = layers(
        "Embedding: {input_dim: 9, output_dim: 3, mask_zero: true}",
        "LSTM: {name: [all, h, c], units: 3, return_state: true, return_sequences: true}",
        "LSTM: {units: 3, return_sequences: true,"
        " from: {sequences: all, initial_state: [h, c]}}",
        "twice: {from: [lstm_2, all], repeat: 2}",
        "Model: {inputs: [a, b], outputs: e, name: m, from: {b: twice_3, a: all},"
        " layers: [Add: {from: [a, b], name: e}]}",
        "Shared: {layer: m, name: n, from: [all, m]}",
        "TimeDistributed: {layer: {Shared: d}}",
        more="  blocks: {twice: {inputs: [x, y], layers: ["
        "MultiHeadAttention: {num_heads: 1, key_dim: 2, use_causal_mask: true,"
        " from: {query: x, value: y}}]}}\n",
    ).replace("    - TimeD", f"    - {DENSE}\n    - TimeD")
    (tmp_path / "a.yaml").write_text(text)
    first = load_config(tmp_path / "a.yaml").config
    resolved = dump_resolved(first, load_catalogue())
    (tmp_path / "a.yaml").write_text(resolved)
    again = load_config(tmp_path / "a.yaml").config
    assert dump_resolved(again, load_catalogue()) == resolved
    assert [placed(entry) for entry in again.architecture.layers] == [
        placed(entry) for entry in first.architecture.layers
    ]


@pytest.mark.parametrize(
    "entry",
    [
        "Model: {name: [m, s], outputs: [m, s], layers: [Dense: {units: 1, name: m}]}",
        "LSTM: {name: [a, h, c], units: 3, return_state: true, from: {sequences: [a]}}",
        "Positions",
        "b: 3",
        "b: '${wide}'",
        "MultiHeadAttention: {num_heads: 1, key_dim: 2, use_causal_mask: true}",
    ],
)
def test_editors_take_what_the_loader_takes(entry: str) -> None:
    """The schema that editors complete and check by has the same words."""
    jsonschema = pytest.importorskip("jsonschema")
    data = yaml.safe_load(layers(entry))
    block = {"inputs": ["x", "y"], "layers": ["Flatten"]}
    data["architecture"]["blocks"] = {"b": block}
    jsonschema.Draft7Validator(json_schema(load_catalogue())).validate(data)


def test_output_of_a_model_without_a_name_of_its_own_is_explained() -> None:
    model = f"Model: {{name: both, outputs: [d, s], layers: [{DENSE}, {OTHER}]}}"
    with pytest.raises(ConfigError) as caught:
        load_config(yaml.safe_load(layers(model, "Add: {from: [d, s]}")))
    assert str(caught.value).splitlines()[0] == (
        "dict  architecture.layers[1].Add.from: no layer before this one is named 'd'."
        " It is an output of 'both': name that one `name: [d, s]`."
    )
