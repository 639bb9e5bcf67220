import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytestmark = pytest.mark.keras

keras = pytest.importorskip("keras")

from dlkit.errors import DataError  # noqa: E402
from dlkit.model.preprocessing import raw_tensors  # noqa: E402

Encode = Callable[..., Any]

EMBEDDED = {"encoding": "embedding", "output_dim": 2}

EVERYTHING: dict[str, Any] = {
    "size": ("numeric", {"log": True, "missing": "mean", "indicator": True}, [1, np.nan, 3, 9]),
    "age": ("numeric", {"bins": 2}, [1.0, 2, 3, 4]),
    "city": ("categorical", {}, ["a", "b", "", "a"]),
    "shop": ("categorical", EMBEDDED, ["u", "v", "w", "u"]),
    "code": ("categorical", {"encoding": "hashing"}, ["u", "v", "w", "u"]),
    "note": ("text", {}, ["so it goes", "it went", "", "so so"]),
    "tale": ("text", {"output_mode": "int"}, ["so it goes", "it went", "", "so so"]),
    "plain": ("text", {"output_mode": "raw"}, ["so it goes", "it went", "", "so so"]),
    "day": (
        "date",
        {},
        ["2024-01-01 10:00:00", "", "2023-02-07 00:00:00", "2020-02-29 00:00:00"],
    ),
}

NAMES = ("", " ", "a b", "größe (cm)", "x/y", "x_y", "x y", "😀", "-", "a\nb", "<i>", "x" * 300)


def values_of(table: dict[str, Any]) -> dict[str, Any]:
    return {name: values for name, (_, _, values) in table.items()}


def head(features: dict[str, Any]) -> Any:
    """Put some layers on everything there is in ``EVERYTHING``."""
    words = keras.layers.TextVectorization(output_mode="count", vocabulary=["it", "so"])
    tale = keras.layers.Embedding(20, 3)(features["tale"])
    tensors = [
        features["input"],
        words(features["plain"]),
        keras.layers.GlobalAveragePooling1D()(tale),
    ]
    return keras.layers.Dense(2)(keras.layers.Concatenate()(tensors))


def test_raw_tensors_are_what_the_model_takes(encoded: Encode) -> None:
    table = encoded({"b": ("numeric", {}, [1.0, 2]), "a": ("categorical", {}, ["u", "v"])})
    values = {"b": np.array([1e300, np.nan]), "a": np.array(["é", ""], object), "z": np.ones(2)}
    tensors = raw_tensors(table.columns, values)
    assert [*tensors] == ["a", "b"]
    assert tensors["b"].dtype == "float32"
    np.testing.assert_array_equal(tensors["b"], [[np.inf], [np.nan]])
    assert tensors["a"].numpy().tolist() == [["é".encode()], [b""]]


def test_inputs_are_the_columns_in_the_order_of_their_names(encoded: Encode) -> None:
    inputs = encoded(EVERYTHING).encoding.inputs
    assert [*inputs] == sorted(EVERYTHING)
    assert all(tensor.shape == (None, 1) for tensor in inputs.values())
    assert [tensor.name for tensor in inputs.values()] == [*inputs]
    assert {name for name, tensor in inputs.items() if tensor.dtype == "float32"} == {
        "age",
        "size",
    }


def test_vector_has_a_name_for_every_position(encoded: Encode) -> None:
    table = encoded(EVERYTHING)
    vector = table(**values_of(EVERYTHING))
    assert vector.dtype == np.float32
    assert vector.shape == (4, len(table.encoding.names))
    assert len({*table.encoding.names}) == len(table.encoding.names)
    assert np.isfinite(vector).all()
    assert {*table.encoding.features} == {"input", "tale", "plain"}


def test_model_from_the_boundary_on_shares_the_weights_of_the_whole_one(
    encoded: Encode, tmp_path: Path
) -> None:
    table = encoded(EVERYTHING)
    output = head(table.encoding.features)
    whole = keras.Model(table.encoding.inputs, output)
    trained = keras.Model(table.encoding.boundary, output)
    fixed = keras.Model(table.encoding.inputs, table.encoding.boundary)
    raw = raw_tensors(
        table.columns, {k: np.asarray(v) for k, v in values_of(EVERYTHING).items()}
    )
    assert {*fixed(raw)} == {"input", "shop", "tale", "plain"}
    assert not fixed.trainable_weights
    trained.compile("sgd", "mse")
    trained.fit(fixed(raw), np.ones((4, 2)), epochs=2, verbose=0)
    np.testing.assert_array_equal(whole(raw), trained(fixed(raw)))
    whole.save(tmp_path / "m.keras")
    np.testing.assert_array_equal(
        keras.models.load_model(tmp_path / "m.keras")(raw), whole(raw)
    )


LOAD = """
import sys, warnings
warnings.simplefilter("error")
warnings.filterwarnings("ignore", "__array__")
import numpy as np, keras
model = keras.models.load_model("m.keras")
assert not any(name.split(".")[0] == "dlkit" for name in sys.modules)
rows = np.load("rows.npz")
raw = {name: keras.ops.convert_to_tensor(rows[name]) for name in rows}
np.testing.assert_array_equal(model.predict(raw, verbose=0), np.load("outputs.npy"))
"""


def test_saved_model_needs_no_dlkit(encoded: Encode, tmp_path: Path) -> None:
    table = encoded(EVERYTHING)
    model = keras.Model(table.encoding.inputs, head(table.encoding.features))
    arrays = {name: np.array(column) for name, column in values_of(EVERYTHING).items()}
    raw = raw_tensors(
        table.columns,
        {k: v.astype(object if v.dtype.kind == "U" else float) for k, v in arrays.items()},
    )
    np.save(tmp_path / "outputs.npy", model.predict(raw, verbose=0))
    rows = {
        n: a.astype("S" if a.dtype.kind == "U" else "f4")[:, None] for n, a in arrays.items()
    }
    np.savez(tmp_path / "rows.npz", **rows)
    model.save(tmp_path / "m.keras")
    result = subprocess.run(
        [sys.executable, "-I", "-c", LOAD], cwd=tmp_path, capture_output=True, text=True
    )
    assert result.returncode == 0, result.stderr


@pytest.mark.filterwarnings("ignore:When providing `inputs` as a dict")
@pytest.mark.parametrize("kind", ["numeric", "embedding", "raw"])
def test_columns_may_have_any_name(encoded: Encode, tmp_path: Path, kind: str) -> None:
    column: dict[str, Any] = {
        "numeric": ("numeric", {}, [1.0, 2.0]),
        "embedding": ("categorical", EMBEDDED, ["u", "v"]),
        "raw": ("text", {"output_mode": "raw"}, ["u", "v"]),
    }
    table = encoded(dict.fromkeys(NAMES, column[kind]))
    inputs, features = table.encoding.inputs, table.encoding.features
    assert [*inputs] == sorted(NAMES)
    kept = {name for name, tensor in inputs.items() if tensor.name == name}
    assert {*NAMES} - kept == {"", "x/y"}
    words = keras.layers.TextVectorization(output_mode="count", vocabulary=["u"])
    outputs = {name: words(t) if kind == "raw" else t for name, t in features.items()}
    model = keras.Model(inputs, [outputs[name] for name in sorted(outputs)])
    model.save(tmp_path / "m.keras")
    again = keras.models.load_model(tmp_path / "m.keras")
    values = np.array(column[kind][2], object if kind != "numeric" else float)
    raw = raw_tensors(table.columns, dict.fromkeys(NAMES, values))
    expected, received = model.predict(raw, verbose=0), again.predict(raw, verbose=0)
    for one, other in zip(
        keras.tree.flatten(expected), keras.tree.flatten(received), strict=True
    ):
        np.testing.assert_array_equal(one, other)


@pytest.mark.filterwarnings("ignore:When providing `inputs` as a dict")
def test_names_of_layers_are_left_to_them(encoded: Encode) -> None:
    reserved = {"dense_0", "encoding", "features", "shop_embedding"}
    table = {
        "dense_0": ("numeric", {}, [1.0, 2]),
        "shop": ("categorical", EMBEDDED, ["u", "v"]),
    }
    result = encoded(table, reserved=reserved)
    tensor = result.encoding.features["input"]
    for name in sorted(reserved):
        tensor = keras.layers.Dense(2, name=name)(tensor)
    assert result.on(values_of(table), tensor).shape == (2, 2)


def test_operations_take_no_name_that_layers_may_have(encoded: Encode) -> None:
    result = encoded({"x": ("numeric", {"log": True, "missing": "mean"}, [1.0, np.nan])})
    model = keras.Model(result.encoding.inputs, result.encoding.features["input"])
    assert [layer.name for layer in model.layers] == ["x", "encoding"]


def test_lone_text_is_the_input(encoded: Encode) -> None:
    features = encoded({"input": EVERYTHING["tale"]}).encoding.features
    assert [*features] == ["input"]
    features = encoded({"t": EVERYTHING["tale"]}).encoding.features
    assert features["t"] is features["input"]


def test_text_with_the_name_of_the_vector_is_refused(encoded: Encode) -> None:
    with pytest.raises(DataError) as caught:
        encoded({"input": EVERYTHING["tale"], "size": EVERYTHING["size"]})
    assert str(caught.value) == (
        "column 'input': layers call the other columns so, taken together. "
        "Give the column another name."
    )


def test_constant_date_gives_no_feature_and_is_an_input_still(encoded: Encode) -> None:
    dates = ["2024-01-01 00:00:00"] * 2
    table = encoded({"d": ("date", {}, dates), "x": ("numeric", {}, [1.0, 3])})
    assert table.encoding.names == ("x",)
    assert table(d=dates, x=[1, 3]).tolist() == [[-1], [1]]


def test_table_without_a_feature_is_refused(encoded: Encode) -> None:
    with pytest.raises(DataError, match=r"^no column gives a feature: all are constant dates"):
        encoded({"d": ("date", {}, ["2024-01-01 00:00:00"])})


def test_mixed_precision_leaves_the_encoding_exact(encoded: Encode) -> None:
    exact = encoded(EVERYTHING)
    policy = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_float16")
    try:
        mixed = encoded(EVERYTHING)
        assert mixed.encoding.features["input"].dtype == "float32"
        received = mixed.on(values_of(EVERYTHING), mixed.encoding.boundary)["input"]
    finally:
        keras.config.set_dtype_policy(policy)
    expected = exact.on(values_of(EVERYTHING), exact.encoding.boundary)["input"]
    np.testing.assert_array_equal(received, expected)
