"""A model as `dlkit check` lists it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytestmark = pytest.mark.keras

pytest.importorskip("keras")

from dlkit.config.load import load_config  # noqa: E402
from dlkit.data.load import load_dataset  # noqa: E402
from dlkit.preparation import layer_rows, prepare  # noqa: E402

Table = Callable[..., list[tuple[Any, ...]]]


@pytest.fixture
def table(tmp_path: Path) -> Table:
    """Return the rows of a text's model, which reads arrays of the given shapes."""

    def rows(text: str, **shapes: tuple[int, ...]) -> list[tuple[Any, ...]]:
        draw = np.random.default_rng(0)
        arrays = {name: draw.normal(size=(20, *shape)) for name, shape in shapes.items()}
        np.savez(tmp_path / "made.npz", **arrays, y=draw.normal(size=20))
        inputs = f", inputs: [{', '.join(shapes)}]" if "x" not in shapes else ""
        head = f"dataset: {{source: {{arrays: {{path: made.npz{inputs}}}}}}}\n"
        loss = "" if "outputs:" in text else "loss: mse\n"
        (tmp_path / "made.yaml").write_text(f"{head}{loss}architecture:\n  layers:\n{text}")
        loaded = load_config(tmp_path / "made.yaml")
        prepared = prepare(loaded, load_dataset(loaded.config, [tmp_path]), None)
        return [
            (row.name, row.type, row.output_shape, row.parameters, row.line)
            for row in layer_rows(prepared)
        ]

    return rows


def test_layers_are_listed_as_they_are_written(table: Table) -> None:
    assert table("    - Dense: 3\n    - Dropout: 0.5\n    - Dense: 1\n", x=(4,)) == [
        ("dense_0", "Dense", (None, 3), 15, 5),
        ("dropout_1", "Dropout", (None, 3), 0, 6),
        ("dense_2", "Dense", (None, 1), 4, 7),
    ]


def test_layer_that_is_called_again_counts_once(table: Table) -> None:
    text = """\
    - Dense: {name: embed, units: 3, from: left}
    - Shared: {name: other, layer: embed, from: right}
    - Dot: {axes: 1, from: [embed, other]}
"""
    assert table(text, left=(4,), right=(4,)) == [
        ("left", "input", (None, 4), 0, 0),
        ("right", "input", (None, 4), 0, 0),
        ("embed", "Dense", (None, 3), 15, 5),
        ("other", "= embed", (None, 3), 0, 6),
        ("dot_2", "Dot", (None, 1), 0, 7),
    ]


def test_model_in_the_model_is_followed_by_what_it_holds(table: Table) -> None:
    text = """\
    - Model:
        name: encoder
        layers:
          - Dense: {name: a, units: 4}
          - Shared: a
          - Model: {layers: [Dense: 2]}
    - Dense: 1
"""
    assert table(text, x=(4,)) == [
        ("encoder", "Model", (None, 2), 20 + 10, 5),
        ("encoder/a", "Dense", (None, 4), 20, 8),
        ("encoder/shared_1", "= a", (None, 4), 0, 9),
        ("encoder/model_2", "Model", (None, 2), 10, 10),
        ("encoder/model_2/dense_0", "Dense", (None, 2), 10, 10),
        ("dense_1", "Dense", (None, 1), 3, 11),
    ]


def test_model_on_every_step_is_followed_by_what_it_holds(table: Table) -> None:
    text = """\
    - TimeDistributed: {name: frames, layer: {Model: {layers: [Dense: 2, Flatten]}}}
    - Bidirectional: {layer: {LSTM: 1}}
    - Dense: 1
"""
    assert table(text, x=(5, 3, 4))[:4] == [
        ("frames", "TimeDistributed(Model)", (None, 5, 6), 10, 5),
        ("frames/dense_0", "Dense", (None, 3, 2), 10, 5),
        ("frames/flatten_1", "Flatten", (None, 6), 0, 5),
        ("bidirectional_1", "Bidirectional(LSTM)", (None, 2), 2 * 4 * (6 + 1 + 1), 6),
    ]


def test_several_outputs_are_marked(table: Table) -> None:
    text = """\
    - Dense: {name: hidden, units: 3}
    - Dense: {name: main, units: 1}
    - Dense: {name: beside, units: 1, from: hidden}
outputs: {main: {loss: mse}, beside: {loss: mse}}
"""
    assert [row[:2] for row in table(text, x=(4,))] == [
        ("hidden", "Dense"),
        ("main", "Dense (output)"),
        ("beside", "Dense (output)"),
    ]
