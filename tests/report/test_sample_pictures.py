"""What a run shows of its training data, and that looking at it changes nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlkit.data.dataset import Dataset, Split, Stream

pytestmark = pytest.mark.keras

CONFIGS = Path(__file__).parents[2] / "configs"


def raw_dataset(config: str) -> Dataset:
    from dlkit.config.load import load_config
    from dlkit.data.load import load_dataset
    from dlkit.preparation import data_places

    loaded = load_config(CONFIGS / config)
    return load_dataset(loaded.config, data_places(loaded))


def drawn(raw: Dataset, **arguments: Any) -> list[Any]:
    from dlkit.report.sample_pictures import sample_drawings

    drawings = sample_drawings(raw, arguments.get("augmentation"), 0)
    assert all((each.name, each.section) == ("samples", "data") for each in drawings)
    return [each.draw() for each in drawings]


def test_pictures_of_every_class_are_shown() -> None:
    raw = raw_dataset("digits_outputs.yaml")
    (picture,) = drawn(raw)
    texts = [text.get_text() for text in picture.figure.axes[0].texts]
    assert texts == list(raw.class_names)
    assert picture.title == "training pictures"
    assert picture.alt == "80 examples of the training split: training pictures"


def test_points_of_a_plane_are_shown_and_tables_are_not() -> None:
    raw = raw_dataset("spirals_mlp.yaml")
    (picture,) = drawn(raw)
    points = sum(len(np.asarray(line.get_xdata())) for line in picture.figure.axes[0].lines)
    assert points == min(2000, len(raw.train))
    assert drawn(raw_dataset("iris_mlp.yaml")) == []


def test_same_pictures_are_shown_each_time() -> None:
    raw = raw_dataset("digits_outputs.yaml")
    first, second = (drawn(raw)[0].figure.axes[0].images[0].get_array() for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_large_pictures_are_few() -> None:
    raw = raw_dataset("digits_outputs.yaml")
    assert isinstance(raw.train, Split)
    x = np.zeros((50, 300, 200, 3), np.uint8)
    large = replace(raw, train=Split(x, np.arange(50, dtype=np.int32) % 10))
    (picture,) = drawn(large)
    (image,) = picture.figure.axes[0].images
    height, width, _ = image.get_array().shape
    assert height * width * 3 < 1_000_000


@pytest.mark.parametrize("task", ["classification", "regression"])
def test_pictures_on_the_disk_are_read_one_by_one(task: Any) -> None:
    raw = raw_dataset("digits_outputs.yaml")
    read = []

    def take(rows: np.ndarray) -> Split:
        read.append(len(rows))
        y = rows % 10 if task == "classification" else np.ones((len(rows), 1), np.float32)
        return Split(np.zeros((len(rows), 20, 20, 3), np.uint8), y)

    images = raw.resolved.source.__class__("images", raw.resolved.source.settings, ())
    stream = Stream(5000, lambda: pytest.fail("all of it was read"), take)
    resolved = raw.resolved.model_copy(update={"source": images})
    names = ("value",) if task == "regression" else ()
    found = replace(raw, train=stream, resolved=resolved, task=task, target_names=names)
    (picture,) = drawn(found)
    assert read == [13]  # as many as are shown, should they be large
    assert picture.figure.axes[0].images
    assert drawn(replace(found, train=replace(stream, read=None))) == []


def test_run_is_the_same_with_and_without_its_samples(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import dlkit.report.run_page

    settings = {"training.epochs": 2}
    first = dlkit.run(CONFIGS / "digits_geometric.yaml", settings, output=tmp_path)
    assert (first.folder.plots / "samples.png").is_file()
    assert "what augmentation makes of them" in first.folder.report.read_text()
    monkeypatch.setattr(dlkit.report.run_page, "sample_drawings", lambda *_: [])
    second = dlkit.run(CONFIGS / "digits_geometric.yaml", settings, output=tmp_path)
    assert not (second.folder.plots / "samples.png").exists()
    assert first.metrics == second.metrics
    for one, other in zip(first.model.weights, second.model.weights, strict=True):
        np.testing.assert_array_equal(one.numpy(), other.numpy())
