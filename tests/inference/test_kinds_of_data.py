"""Each kind of data: what a run answers for its own test examples, it answers again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

import dlkit

pytestmark = pytest.mark.keras

SOFTMAX = {"Dense": {"units": 2, "activation": "softmax"}}
CLASSES = "sparse_categorical_crossentropy"


def own_answers(result: Any) -> pd.DataFrame:
    return pd.read_csv(result.folder.predictions).set_index("example")


def assert_same(frame: pd.DataFrame, own: pd.DataFrame) -> None:
    """Compare answers for all examples with those for the test split, by their numbers."""
    frame = frame.loc[own.index]
    assert frame["predicted"].tolist() == own["predicted"].astype(str).tolist()
    columns = [name for name in own if name.startswith("p(")]
    assert columns
    np.testing.assert_allclose(frame[columns], own[columns], rtol=0, atol=1e-6)


def test_arrays(train: Any, tmp_path: Path) -> None:
    from sklearn.datasets import load_iris

    result = train("iris", [{"Dense": {"units": 3, "activation": "softmax"}}], CLASSES)
    np.save(tmp_path / "flowers.npy", load_iris().data)
    frame = dlkit.predict("small", tmp_path / "flowers.npy", output=tmp_path / "runs")
    assert frame["example"].tolist() == list(range(150))
    assert_same(frame, own_answers(result))


def test_several_inputs(train: Any, tmp_path: Path) -> None:
    draw = np.random.default_rng(0)
    arrays = {"left": draw.normal(size=(60, 3)), "right": draw.normal(size=(60, 2, 2))}
    np.savez(tmp_path / "old.npz", **arrays, y=np.arange(60) % 2)
    settings = {"path": str(tmp_path / "old.npz"), "inputs": ["left", "right"]}
    layers = [
        {"Flatten": {"name": "flat", "from": "right"}},
        {"Concatenate": {"from": ["left", "flat"]}},
        SOFTMAX,
    ]
    result = train({"arrays": {**settings, "outputs": "y"}}, layers, CLASSES)
    np.savez(tmp_path / "new.npz", **arrays)
    assert_same(dlkit.predict(result.folder.path, tmp_path / "new.npz"), own_answers(result))


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """A folder of light and dark pictures of several sizes."""
    draw = np.random.default_rng(0)
    for number in range(40):
        name, low = (("light", 120), ("dark", 0))[number % 2]
        path = tmp_path / "pictures" / name / f"{number:02}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        shape = (8 + number % 3, 9, 3)
        pixels = draw.integers(low, low + 120, shape, dtype=np.uint8)
        Image.fromarray(pixels).save(path)
    return tmp_path / "pictures"


def test_pictures(train: Any, pictures: Path) -> None:
    source = {"images": {"path": str(pictures), "image_size": [6, 6]}}
    result = train(source, [{"Rescaling": 1 / 255}, "Flatten", SOFTMAX], CLASSES)
    frame = dlkit.predict(result.folder.path, pictures)
    assert list(frame) == ["file", "predicted", "p(dark)", "p(light)"]
    assert frame["file"].tolist()[:2] == ["dark/01.png", "dark/03.png"]
    assert_same(frame, own_answers(result))
    lone = dlkit.predict(result.folder.path, pictures / "light" / "00.png")
    assert lone["file"].tolist() == ["00.png"]
    assert lone["p(dark)"][0] == pytest.approx(
        frame.set_index("file")["p(dark)"]["light/00.png"], abs=1e-6
    )
    figures = dlkit.evaluate(result.folder.path, pictures)
    truth = frame["file"].str.split("/").str[0]
    right = np.where(truth == "dark", frame["p(dark)"], frame["p(light)"])
    assert figures["loss"] == pytest.approx(-np.log(right).mean(), rel=1e-5)


def test_texts(train: Any, tmp_path: Path) -> None:
    for number in range(40):
        name = ("good", "bad")[number % 2]
        path = tmp_path / "texts" / name / f"{number:02}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"this is {name} number {number} é see\x85see")
    layers = [
        {"TextVectorization": {"max_tokens": 50, "output_sequence_length": 6}},
        {"Embedding": [50, 4]},
        "GlobalAveragePooling1D",
        SOFTMAX,
    ]
    result = train({"text": str(tmp_path / "texts")}, layers, CLASSES)
    frame = dlkit.predict(result.folder.path, tmp_path / "texts")
    assert frame["file"].tolist()[:2] == ["bad/01.txt", "bad/03.txt"]
    assert_same(frame, own_answers(result))
    assert dlkit.evaluate(result.folder.path)["loss"] == pytest.approx(
        result.metrics["test_loss"], abs=1e-6
    )


def test_series_foretells_what_comes_after_its_last_row(train: Any, tmp_path: Path) -> None:
    wave = np.sin(np.arange(80) / 5)
    pd.DataFrame({"v": wave}).to_csv(tmp_path / "s.csv", index=False)
    settings = {"path": str(tmp_path / "s.csv"), "width": 4, "horizon": 2, "targets": "v"}
    result = train({"timeseries": settings}, ["Flatten", {"Dense": 2}], "mse")
    frame = dlkit.predict(result.folder.path, tmp_path / "s.csv")
    assert frame["example"].tolist() == list(range(3, 80))
    assert list(frame) == ["example", "predicted v +1", "predicted v +2"]
    windows = np.lib.stride_tricks.sliding_window_view(wave, 4)[..., None]
    expected = result.model.predict(windows.astype("float32"), verbose=0)
    np.testing.assert_allclose(frame.iloc[:, 1:], expected, atol=1e-6)
    again = dlkit.evaluate(result.folder.path)
    assert again["loss"] == pytest.approx(result.metrics["test_loss"], abs=1e-6)
