"""How layers are called: by the arguments of their call, for several tensors, again."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

pytestmark = pytest.mark.keras

keras = pytest.importorskip("keras")

from dlkit.config.catalogue import load_catalogue  # noqa: E402
from dlkit.config.sections import read_sections  # noqa: E402
from dlkit.errors import ModelError  # noqa: E402
from dlkit.model.layers import add_layer  # noqa: E402


def build(shape: tuple[int, ...], *notations: Any) -> Any:
    """Return a functional model of layers that read one input."""
    data = {"architecture": {"layers": list(notations)}}
    sections, problems = read_sections(data, load_catalogue())
    assert problems == []
    start = keras.Input(shape, name="input")
    tensors, made, previous = {"input": start}, {}, "input"
    for entry in sections["architecture"]["layers"]:
        read = [tensors[name] for name in entry.inputs or (previous,)]
        made[entry.name], given = add_layer(entry, read, made, {}, None)
        tensors |= given
        previous = entry.name
    return keras.Model(start, tensors[previous])


NAMED = {"LSTM": {"units": 2, "return_state": True, "name": ["all", "h", "c"]}}


def test_state_of_a_layer_is_read_by_its_name() -> None:
    model = build((4, 3), NAMED, {"Subtract": {"from": ["all", "h"]}})
    # what an LSTM gives last is its first state
    np.testing.assert_array_equal(model(np.ones((2, 4, 3), "float32")), np.zeros((2, 2)))


def test_initial_state_is_where_a_layer_starts() -> None:
    again = {"LSTM": {"units": 2, "from": {"initial_state": ["h", "c"], "sequences": "input"}}}
    model = build((4, 3), NAMED, again)
    x = np.random.default_rng(0).normal(size=(2, 4, 3)).astype("float32")
    first, second = (layer for layer in model.layers if isinstance(layer, keras.layers.LSTM))
    _, *states = first(x)
    np.testing.assert_allclose(model(x), second(x, initial_state=states), rtol=1e-6)


def test_roles_of_attention_may_come_in_any_order() -> None:
    wide = {"Dense": {"units": 3, "name": "wide"}}
    told = {"num_heads": 1, "key_dim": 2, "name": "m"}
    model = build(
        (4, 3),
        wide,
        {"MultiHeadAttention": {**told, "from": {"value": "wide", "query": "input"}}},
    )
    x = np.random.default_rng(0).normal(size=(2, 4, 3)).astype("float32")
    attention = model.get_layer("m")
    expected = attention(query=x, value=model.get_layer("wide")(x))
    np.testing.assert_allclose(model(x), expected, rtol=1e-6)


@pytest.mark.parametrize("shape", [(5,), (5, 2), (5, 2, 2)])
def test_positions_count_the_steps_of_each_example(shape: tuple[int, ...]) -> None:
    model = build(shape, "Positions")
    found = model(np.random.default_rng(0).normal(size=(3, *shape)))
    np.testing.assert_array_equal(found, [range(5)] * 3)
    assert model.count_params() == 0


def test_positions_count_sequences_of_any_length() -> None:
    model = build((None,), "Positions")
    np.testing.assert_array_equal(model(np.ones((2, 7))), [range(7)] * 2)


def test_layer_on_every_step_may_be_one_that_stands_above() -> None:
    dense = {"Dense": {"units": 3, "name": "d"}}
    model = build((4, 3), dense, {"TimeDistributed": {"layer": {"Shared": {"layer": "d"}}}})
    x = np.random.default_rng(0).normal(size=(2, 4, 3)).astype("float32")
    layer = model.get_layer("d")
    np.testing.assert_allclose(model(x), layer(layer(x)), rtol=1e-6)
    assert model.count_params() == 3 * 3 + 3


@pytest.mark.parametrize(
    ("notations", "said"),
    [
        (
            ({"LSTM": {"units": 2, "return_state": True}},),
            (
                "LSTM gives 3 tensors, and has one name. Name each: `name: [lstm_0, a, b]`."
                " Or leave out return_state."
            ),
        ),
        (
            ({"GRU": {"units": 2, "return_state": True, "name": ["a", "b", "c"]}},),
            (
                "GRU gives 2 tensors, and has 3 names. Name each: `name: [a, b]`."
                " Or leave out return_state."
            ),
        ),
        (
            ({"Bidirectional": {"layer": {"GRU": 2}, "merge_mode": None, "name": "a"}},),
            (
                "Bidirectional gives 2 tensors, and has one name. Name each: `name: [a, b]`."
                " Or leave out merge_mode."
            ),
        ),
        (
            ({"Dense": {"units": 2, "name": ["a", "b"]}},),
            "Dense gives one tensor, and has 2 names. Write one.",
        ),
        (
            ({"LSTM": {"units": 2, "from": {"sequence": "input"}}},),
            "LSTM is not called with 'sequence'. Did you mean 'sequences'?",
        ),
        (
            (NAMED, {"LSTM": {"units": 2, "from": {"initial_state": ["h", "c"]}}}),
            (
                "LSTM must be called with sequences too."
                " Write `from: {sequences: NAME, initial_state: ...}`."
            ),
        ),
        (
            (
                {
                    "MultiHeadAttention": {
                        "num_heads": 1,
                        "key_dim": 2,
                        "from": {"key": "input"},
                    }
                },
            ),
            (
                "MultiHeadAttention must be called with query and value too."
                " Write `from: {query: NAME, value: NAME, key: ...}`."
            ),
        ),
        (
            ("Flatten", {"TimeDistributed": {"layer": {"Model": {"layers": [{"Dense": 1}]}}}}),
            (
                "TimeDistributed calls a layer on every step, and gets (None, 12): no steps."
                " Read (batch, steps, ...) instead."
            ),
        ),
        (
            (NAMED, {"Positions": {"from": ["h", "c"]}}),
            (
                "Positions counts the steps of one sequence, and gets (None, 2) and (None, 2)."
                " Let it read the numbers of words."
            ),
        ),
    ],
    ids=[
        *("unnamed", "too many names", "directions", "one", "no such role", "role left out"),
        *("roles left out", "no steps", "no sequence"),
    ],
)
def test_call_is_refused(notations: tuple[Any, ...], said: str) -> None:
    with pytest.raises(ModelError, match=r"\S") as refused:
        build((4, 3), *notations)
    (problem,) = refused.value.problems
    assert f"{problem.message} {problem.hint}" == said
