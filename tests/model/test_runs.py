"""Models of finished runs as layers of others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytestmark = pytest.mark.keras

keras = pytest.importorskip("keras")

from dlkit.config.objects import KerasObject  # noqa: E402
from dlkit.errors import ModelError, StorageError  # noqa: E402
from dlkit.model.freezing import set_trainable, statistics_kept  # noqa: E402
from dlkit.model.runs import build_run  # noqa: E402

PIXELS = np.random.default_rng(0).uniform(0, 255, (16, 6, 6)).astype("float32")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A run's model: preprocessing, batch normalization, a head."""
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((6, 6)),
            layers.Rescaling(1 / 255),
            layers.Flatten(),
            layers.Dense(5, name="hidden"),
            layers.BatchNormalization(name="norm"),
            layers.Dense(3, activation="softmax", name="head"),
        ]
    )
    model.save(tmp_path / "model.keras")
    return tmp_path / "model.keras"


def build(
    file: Path, shape: tuple[int, ...] = (6, 6), dtype: str = "float32", **more: Any
) -> Any:
    arguments = {"path": "digits/1", **more}
    notation = KerasObject("own", "Run", "Run", arguments, ("architecture", "layers", 0, "Run"))
    tensor = keras.KerasTensor((None, *shape), dtype=dtype)
    return build_run(notation, "body", [tensor], {"digits/1": file})


def test_run_gives_what_its_model_gives_for_raw_data(file: Path) -> None:
    whole = keras.saving.load_model(file)
    np.testing.assert_array_equal(build(file)(PIXELS), whole(PIXELS))


def test_run_ends_at_a_layer(file: Path) -> None:
    whole = keras.saving.load_model(file)
    body = build(file, until="hidden")
    expected = keras.Model(whole.inputs[0], whole.get_layer("hidden").output)(PIXELS)
    np.testing.assert_array_equal(body(PIXELS), expected)
    assert body.name == "body"
    assert [layer.name for layer in body.layers][-1] == "hidden"


def test_run_is_trained_from_a_layer_on(file: Path) -> None:
    body = build(file)
    set_trainable(body, {"from": "norm"}, ())
    assert [weight.path.split("/")[0] for weight in body.trainable_weights] == ["head"] * 2
    set_trainable(body, False, ())
    assert body.trainable_weights == []


def test_run_keeps_its_statistics_though_it_is_trained(file: Path, tmp_path: Path) -> None:
    body = build(file, until="norm")
    set_trainable(body, True, ())
    assert statistics_kept(body) == 1
    model = keras.Sequential([keras.Input((6, 6)), body, keras.layers.Dense(1)])
    model.save(tmp_path / "outer.keras")
    for one in (model, keras.saving.load_model(tmp_path / "outer.keras")):
        inner = one.get_layer("body")
        before = [weight.numpy() for weight in inner.get_layer("norm").weights]
        kernel = inner.get_layer("hidden").kernel.numpy()
        one.compile("sgd", "mse")
        one.fit(PIXELS, np.ones((16, 1)), verbose=0)
        np.testing.assert_equal(
            [weight.numpy() for weight in inner.get_layer("norm").weights], before
        )
        assert not np.array_equal(inner.get_layer("hidden").kernel.numpy(), kernel)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        pytest.param(
            {"until": "hiden"},
            r"Run: the run's model has no layer 'hiden'\. Did you mean 'hidden'\?$",
            id="no-such-layer",
        ),
        pytest.param(
            {"shape": (8, 8)},
            r"Run: the run's model reads examples of shape \(6, 6\), and gets \(8, 8\)\. Put"
            r" `Resizing` or `Reshape` in front of it\.$",
            id="other-shape",
        ),
        pytest.param(
            {"dtype": "string"},
            r"Run: the run's model reads numbers, and gets texts\.$",
            id="texts",
        ),
    ],
)
def test_what_does_not_fit_is_told(
    file: Path, arguments: dict[str, Any], expected: str
) -> None:
    with pytest.raises(ModelError, match=rf"^architecture\.layers\[0\]\.{expected}"):
        build(file, **arguments)


def test_layer_inside_a_part_is_told_where_it_is(file: Path, tmp_path: Path) -> None:
    outer = keras.Sequential([keras.Input((6, 6)), build(file), keras.layers.Dense(2)])
    outer.save(tmp_path / "outer.keras")
    expected = r"'hidden' is a layer inside 'body'.* Write `until: body`, or train a run that"
    with pytest.raises(ModelError, match=expected):
        build(tmp_path / "outer.keras", until="hidden")


def test_models_of_several_inputs_or_outputs_are_refused(tmp_path: Path) -> None:
    left, right = keras.Input((6, 6), name="left"), keras.Input((6, 6), name="right")
    both = keras.layers.Add()([left, right])
    keras.Model({"left": left, "right": right}, both).save(tmp_path / "two.keras")
    expected = r"has 2 inputs, and gets 1: Run is for models of one input\. `initial_weights:`"
    with pytest.raises(ModelError, match=expected):
        build(tmp_path / "two.keras")
    ends = {"one": keras.layers.Flatten(name="one")(left), "two": left}
    keras.Model(left, ends).save(tmp_path / "ends.keras")
    expected = r"several outputs: one, two\. Write `until:` and the name of one"
    with pytest.raises(ModelError, match=expected):
        build(tmp_path / "ends.keras")
    assert build(tmp_path / "ends.keras", until="one").output_shape == (None, 36)


def test_damaged_model_is_told(tmp_path: Path) -> None:
    (tmp_path / "model.keras").write_bytes(b"no model")
    expected = r"^architecture\.layers\[0\]\.Run: .*model\.keras: the .* it is no Keras file\.$"
    with pytest.raises(StorageError, match=expected):
        build(tmp_path / "model.keras")
