"""Where the files with ImageNet's weights are looked for, and what is said where not."""

from __future__ import annotations

import hashlib
import re
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.keras

keras = pytest.importorskip("keras")

from dlkit.config.objects import KerasObject  # noqa: E402
from dlkit.errors import DataError  # noqa: E402
from dlkit.model.applications import build_application  # noqa: E402
from dlkit.model.imagenet import careful_files, keras_home  # noqa: E402

PLACE = ("architecture", "layers", 0, "VGG16", "weights")
CONTENT = b"weights"


@pytest.fixture(autouse=True)
def _own_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras_home"))


def get_file(*arguments: Any, **named: Any) -> str:
    """Ask as Keras's applications do: for whatever the module has now."""
    module: Any = sys.modules[keras.utils.get_file.__module__]
    return str(module.get_file(*arguments, cache_subdir="models", **named))


def build(name: str, **arguments: Any) -> Any:
    notation = KerasObject("applications", name, name, arguments, (*PLACE[:3], name))
    return build_application(notation, "body", [keras.KerasTensor((None, 32, 32, 3))])


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("VGG16", "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5"),
        ("MobileNet", "mobilenet_1_0_224_tf_no_top.h5"),
        ("MobileNetV3Small", "weights_mobilenet_v3_small_224_1.0_float_no_top_v2.h5"),
        ("ConvNeXtTiny", "convnext_tiny_notop.h5"),
    ],
)
def test_missing_file_is_named_with_its_place(name: str, file: str) -> None:
    path = keras_home() / "models" / file
    expected = (
        rf"^architecture\.layers\[0\]\.{name}\.weights: the ImageNet weights of {name} are not"
        rf" on this machine and cannot be downloaded \(.+\)\. Download https://\S+/{file} and"
        rf" put it at {re.escape(str(path))}, or write `weights: none`\.$"
    )
    with pytest.raises(DataError, match=expected):
        build(name, include_top=False)
    assert not path.exists()


def test_weights_with_the_top_are_another_file() -> None:
    notation = KerasObject("applications", "VGG16", "VGG16", {}, PLACE[:4])
    expected = r"tf_kernels\.h5 and put it at"
    with pytest.raises(DataError, match=expected):
        build_application(notation, "body", [keras.KerasTensor((None, 224, 224, 3))])


def test_keras_has_its_own_function_back() -> None:
    module: Any = sys.modules[keras.utils.get_file.__module__]
    before = module.get_file
    with pytest.raises(DataError):
        build("VGG16", include_top=False)
    assert module.get_file is before is keras.utils.get_file


def test_file_that_is_not_keras_own_is_told_and_stays() -> None:
    path = keras_home() / "models" / "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"of my own")
    expected = (
        rf"VGG16\.weights: {re.escape(str(path))} is not the file of VGG16's weights that"
        r" Keras knows\. Remove it, or put https://\S+ in its place\.$"
    )
    with pytest.raises(DataError, match=expected):
        build("VGG16", include_top=False)
    assert path.read_bytes() == b"of my own"


@pytest.mark.parametrize("kind", ["md5", "sha256"])
def test_right_file_is_taken_as_it_is(kind: str) -> None:
    path = keras_home() / "models" / "net.h5"
    path.parent.mkdir(parents=True)
    path.write_bytes(CONTENT)
    right = hashlib.new(kind, CONTENT).hexdigest()
    with careful_files("Net", PLACE):
        assert get_file("net.h5", "https://nowhere/net.h5", file_hash=right) == str(path)


def test_download_is_there_as_a_whole(tmp_path: Path) -> None:
    (tmp_path / "remote.h5").write_bytes(CONTENT)
    origin = (tmp_path / "remote.h5").as_uri()
    with careful_files("Net", PLACE):
        found = Path(get_file("net.h5", origin, file_hash=hashlib.sha256(CONTENT).hexdigest()))
        assert found == keras_home() / "models" / "net.h5"
        assert found.read_bytes() == CONTENT
        found.unlink()
        with pytest.raises(DataError, match=r"cannot be downloaded \(.*hash"):
            get_file("net.h5", origin, file_hash=hashlib.sha256(b"other").hexdigest())
    assert [path.name for path in found.parent.iterdir()] == []
