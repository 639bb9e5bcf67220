"""Applications as layers, against Keras's own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytestmark = pytest.mark.keras

keras = pytest.importorskip("keras")

from dlkit.config.objects import KerasObject  # noqa: E402
from dlkit.errors import ModelError  # noqa: E402
from dlkit.model.applications import build_application, is_gray  # noqa: E402
from dlkit.model.freezing import set_trainable, statistics_kept  # noqa: E402

SMALL = {"alpha": 0.35, "include_top": False, "weights": "none"}


def notation(name: str, **arguments: Any) -> KerasObject:
    return KerasObject(
        "applications", name, name, arguments, ("architecture", "layers", 0, name)
    )


def build(name: str, shape: tuple[int, ...], **arguments: Any) -> Any:
    tensor = keras.KerasTensor((None, *shape))
    return build_application(notation(name, **arguments), "body", [tensor])


def parameters(weights: list[Any]) -> int:
    return sum(int(np.prod(weight.shape)) for weight in weights)


@pytest.fixture(scope="module")
def vgg16() -> Any:
    return build("VGG16", (224, 224, 3), include_top=False, weights="none")


def test_frozen_vgg16_has_the_known_counts(vgg16: Any) -> None:
    set_trainable(vgg16, False, ())
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((224, 224, 3)),
            vgg16,
            layers.Flatten(),
            layers.Dense(512, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )
    assert model.count_params() == 27_565_386
    assert parameters(model.trainable_weights) == 12_850_698
    assert parameters(model.non_trainable_weights) == 14_714_688


def test_vgg16_is_trained_from_a_layer_on(vgg16: Any) -> None:
    set_trainable(vgg16, {"from": "block5_conv1"}, ())
    # three convolutions of 512 maps by 512 maps, 3 by 3, and their biases
    assert parameters(vgg16.trainable_weights) == 3 * (3 * 3 * 512 * 512 + 512)


def test_unknown_layer_to_train_from_is_refused(vgg16: Any) -> None:
    expected = r"'body' has no layer 'block5_conv9'\. Did you mean 'block5_conv"
    with pytest.raises(ModelError, match=expected):
        set_trainable(vgg16, {"from": "block5_conv9"}, ())


def test_application_reads_raw_pixels_as_keras_does() -> None:
    ours = build("MobileNetV2", (32, 32, 3), **SMALL, pooling="avg")
    theirs = keras.applications.MobileNetV2(
        alpha=0.35, include_top=False, weights=None, input_shape=(32, 32, 3), pooling="avg"
    )
    theirs.set_weights(ours.get_weights())
    pixels = np.random.default_rng(0).integers(0, 256, (4, 32, 32, 3)).astype("float32")
    expected = theirs(keras.applications.mobilenet_v2.preprocess_input(pixels.copy()))
    np.testing.assert_allclose(ours(pixels), expected, rtol=1e-5, atol=1e-6)


def test_top_is_built_for_the_pictures_and_classes() -> None:
    arguments = {"alpha": 0.35, "weights": None, "classes": 7}
    model = build("MobileNetV2", (48, 40, 3), **arguments)
    assert model.output_shape == (None, 7)
    assert model.name == "body"


@pytest.mark.parametrize("shape", [(32, 32), (32, 32, 1)])
def test_gray_pictures_become_three_equal_colors(shape: tuple[int, ...]) -> None:
    gray = build("MobileNet", shape, **{**SMALL, "alpha": 0.25})
    color = build("MobileNet", (32, 32, 3), **{**SMALL, "alpha": 0.25})
    color.set_weights(gray.get_weights())
    pixels = np.random.default_rng(0).uniform(0, 255, (2, 32, 32, 1)).astype("float32")
    expected = color(np.repeat(pixels, 3, axis=-1))
    np.testing.assert_allclose(gray(pixels.reshape(2, *shape)), expected, atol=1e-6)
    assert is_gray(gray)
    assert not is_gray(color)


@pytest.mark.parametrize(
    ("name", "shape", "arguments", "expected"),
    [
        (
            "VGG16",
            (16, 16, 3),
            {"include_top": False, "weights": "none"},
            (
                r"VGG16 reads pictures of at least 32x32, and gets \(16, 16, 3\)\."
                r" Put `Resizing: \[32, 32\]` in front of it\.$"
            ),
        ),
        (
            "MobileNet",
            (64, 64, 3),
            {"include_top": True},
            (
                r"MobileNet reads pictures of 224x224 here, and gets \(64, 64, 3\)\. Put"
                r" `Resizing: \[224, 224\]` in front of it\. Or write `include_top: false`"
            ),
        ),
        (
            "ResNet50",
            (64, 64, 4),
            {"include_top": False, "weights": "none"},
            (
                r"ResNet50 reads pictures of 3 colors, and gets \(64, 64, 4\)\. Put"
                r" `Conv2D: \{filters: 3, kernel_size: 1\}` in front of it\.$"
            ),
        ),
        (
            "VGG16",
            (784,),
            {},
            (
                r"VGG16 reads pictures \(height, width, colors\), and gets \(784,\)\. Put"
                r" `Reshape: \[height, width, 3\]` in front of it\.$"
            ),
        ),
        (
            "MobileNet",
            (32, 32, 3),
            {**SMALL, "pooling": "avg", "depth_multiplier": "many"},
            r"Keras refuses MobileNet for pictures of shape \(32, 32, 3\): ",
        ),
    ],
)
def test_what_does_not_fit_is_told(
    name: str, shape: tuple[int, ...], arguments: dict[str, Any], expected: str
) -> None:
    with pytest.raises(ModelError, match=rf"^architecture\.layers\[0\]\.{name}: {expected}"):
        build(name, shape, **arguments)


def test_weights_come_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "mine.weights.h5"
    theirs = keras.applications.MobileNetV2(
        alpha=0.35, include_top=False, weights=None, input_shape=(32, 32, 3)
    )
    theirs.save_weights(file)
    ours = build("MobileNetV2", (32, 32, 3), **{**SMALL, "weights": str(file)})
    for own, expected in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_array_equal(own, expected)
    file.write_bytes(b"nothing")
    expected = r"MobileNetV2: Keras cannot use .*mine\.weights\.h5 for MobileNetV2: .+"
    with pytest.raises(ModelError, match=expected):
        build("MobileNetV2", (32, 32, 3), **{**SMALL, "weights": str(file)})


def train(body: Any) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Return the statistics of a body before and after it is trained with a head."""
    norms = [one for one in body.layers if isinstance(one, keras.layers.BatchNormalization)]
    model = keras.Sequential([keras.Input((32, 32, 3)), body, keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    before = [norm.moving_mean.numpy() for norm in norms]
    pixels = np.random.default_rng(0).uniform(0, 255, (8, 32, 32, 3)).astype("float32")
    model.fit(pixels, np.zeros((8, 1)), verbose=0)
    return before, [norm.moving_mean.numpy() for norm in norms]


def test_pretrained_application_keeps_its_statistics(tmp_path: Path) -> None:
    arguments = {**SMALL, "pooling": "avg"}
    random = build("MobileNetV2", (32, 32, 3), **arguments)
    file = tmp_path / "mine.weights.h5"
    random.save_weights(file)
    pretrained = build("MobileNetV2", (32, 32, 3), **{**arguments, "weights": str(file)})
    set_trainable(pretrained, True, ())
    assert statistics_kept(pretrained) == 52
    assert statistics_kept(random) == 0
    before, after = train(pretrained)
    np.testing.assert_equal(after, before)
    kernel = pretrained.get_layer("Conv1").kernel
    assert any(kernel is weight for weight in pretrained.trainable_weights)
    before, after = train(random)
    assert not any(np.array_equal(b, a) for b, a in zip(before, after, strict=True))
