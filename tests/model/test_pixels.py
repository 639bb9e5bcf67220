"""Own preprocessing of applications, against Keras's ``preprocess_input`` of each."""

from __future__ import annotations

import importlib
import json
import zipfile
from pathlib import Path

import numpy as np
import pytest

pytestmark = pytest.mark.keras

keras = pytest.importorskip("keras")

from dlkit.config.catalogue import load_catalogue  # noqa: E402
from dlkit.model.pixels import Pixels, pixels_of, preprocessed  # noqa: E402

APPLICATIONS = load_catalogue().names("applications")
PICTURES = np.random.default_rng(0).uniform(0, 255, (2, 5, 4, 3)).astype("float32")


def test_every_application_is_tried() -> None:
    assert len(APPLICATIONS) >= 40


@pytest.mark.parametrize("name", APPLICATIONS)
def test_preprocessing_is_keras_own(name: str) -> None:
    module = importlib.import_module(getattr(keras.applications, name).__module__)
    expected = np.asarray(module.preprocess_input(PICTURES.copy()))
    pictures = keras.Input((5, 4, 3))
    model = keras.Model(pictures, preprocessed(pictures, pixels_of(name)))
    np.testing.assert_allclose(model(PICTURES), expected, atol=1e-4)
    assert model.count_params() == 0


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        # caffe: blue, green, red, each less the mean of ImageNet
        ("VGG16", Pixels(True, (1.0, 1.0, 1.0), (-103.939, -116.779, -123.68))),
        ("EfficientNetB0", Pixels(False, (1.0, 1.0, 1.0), (0.0, 0.0, 0.0))),
    ],
)
def test_preprocessing_is_read_off_keras_answers(name: str, expected: Pixels) -> None:
    pixels = pixels_of(name)
    assert pixels.flipped == expected.flipped
    np.testing.assert_allclose(pixels.scale, expected.scale, rtol=1e-12)
    np.testing.assert_allclose(pixels.offset, expected.offset, rtol=1e-12)
    assert pixels.is_nothing == (name == "EfficientNetB0")


@pytest.mark.parametrize("name", ["VGG16", "DenseNet121", "MobileNet"])
def test_preprocessing_is_saved_as_keras_own_layers(name: str, tmp_path: Path) -> None:
    pictures = keras.Input((5, 4, 3))
    model = keras.Model(pictures, preprocessed(pictures, pixels_of(name)))
    file = tmp_path / "model.keras"
    model.save(file)
    loaded = keras.saving.load_model(file, safe_mode=True)
    np.testing.assert_array_equal(loaded(PICTURES), model(PICTURES))
    with zipfile.ZipFile(file) as archive:
        assert "dlkit" not in json.dumps(json.loads(archive.read("config.json")))
