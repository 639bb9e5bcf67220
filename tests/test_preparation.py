"""What a config expects of its data, and what is found there."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytestmark = pytest.mark.keras

pytest.importorskip("keras")

import dlkit  # noqa: E402
from dlkit.config.load import load_config  # noqa: E402
from dlkit.data.dataset import Split  # noqa: E402
from dlkit.data.load import load_dataset  # noqa: E402
from dlkit.errors import ConfigError  # noqa: E402
from dlkit.preparation import data_places, layer_rows, prepare  # noqa: E402

CONFIG = """\
dataset:
  source: {csv: plants.csv}
  target: kind
architecture:
  layers:
    - Dense: 8
    - Dense: {units: UNITS, activation: softmax}
loss: sparse_categorical_crossentropy
metrics: [accuracy]
training: {epochs: 1}
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A config beside its table of three numbers and four kinds."""
    numbers = np.random.default_rng(0).normal(size=(80, 3)).round(3)
    lines = [
        ",".join([*map(str, row), "abcd"[number % 4]]) for number, row in enumerate(numbers)
    ]
    folder = tmp_path / "my configs"
    folder.mkdir()
    (folder / "plants.csv").write_text("\n".join(["x,y,z,kind", *lines]))
    path = folder / "plants.yaml"
    path.write_text(CONFIG.replace("UNITS", "'${dataset.num_classes}'"))
    return path


def test_references_take_what_the_file_says(config: Path) -> None:
    loaded = load_config(config)
    places = data_places(loaded)
    assert places == (Path.cwd(), config.parent)
    prepared = prepare(loaded, load_dataset(loaded.config, places), None)
    assert prepared.built.model.output_shape == (None, 4)
    assert prepared.loaded.config.architecture.layers[1].layer.arguments["units"] == 4
    rows = layer_rows(prepared)
    assert [(row.name, row.parameters, row.line) for row in rows if row.line] == [
        ("dense_0", 3 * 8 + 8, 6),
        ("dense_1", 8 * 4 + 4, 7),
    ]


@pytest.mark.parametrize("units", [2, 3])
def test_layer_that_does_not_fit_the_file_is_refused_at_its_line(
    config: Path, units: int
) -> None:
    config.write_text(CONFIG.replace("UNITS", str(units)))
    expected = (
        r"plants\.yaml:7:7  architecture\.layers\[1\]\.Dense: the labels have 4 classes, and"
        rf" the last layer has {units} units\. Give it 4\.$"
    )
    with pytest.raises(ConfigError, match=expected):
        dlkit.check(config)


def test_check_tells_what_the_file_holds_and_leaves_nothing(
    config: Path, tmp_path: Path
) -> None:
    before = sorted(tmp_path.rglob("*"))
    overview = dlkit.check(config)
    assert sorted(tmp_path.rglob("*")) == before
    assert overview.data == "csv: 58 training, 6 validation, 16 test examples"
    assert overview.notes == ("numeric (numbers): x, y, z",)
    assert overview.parameters == overview.trainable == (3 * 8 + 8) + (8 * 4 + 4)
    assert overview.steps_per_epoch == 2


def test_same_config_prepares_the_same_weights(config: Path) -> None:
    loaded = load_config(config)
    dataset = load_dataset(loaded.config, data_places(loaded))
    first, second = (prepare(loaded, dataset, None).built.model for _ in range(2))
    for ours, theirs in zip(first.get_weights(), second.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_resolved_config_names_every_column(config: Path) -> None:
    loaded = load_config(config)
    prepared = prepare(loaded, load_dataset(loaded.config, data_places(loaded)), None)
    resolved = prepared.loaded.config.dataset
    assert {name: feature.name for name, feature in resolved.features.items()} == {
        "x": "numeric",
        "y": "numeric",
        "z": "numeric",
    }


def test_noise_is_added_to_the_inputs_and_not_to_what_a_layer_makes_of_them() -> None:
    layers = ["Normalization", {"Dense": {"units": 3, "activation": "softmax"}}]
    config = {
        "dataset": {"source": "wine"},
        "architecture": {"layers": layers},
        "loss": "sparse_categorical_crossentropy",
    }
    noise = {"regularization": {"augmentation": [{"GaussianNoise": 0.5}]}}
    calm, noisy = (load_config({**config, **more}) for more in ({}, noise))
    raw = load_dataset(calm.config, ())
    for loaded, once in ((calm, True), (noisy, False)):
        prepared = prepare(loaded, raw, None)
        assert (prepared.built.once is not None) == once
        before, after = raw.train, prepared.dataset.train
        assert isinstance(before, Split)
        assert isinstance(after, Split)
        assert isinstance(before.x, np.ndarray)
        assert isinstance(after.x, np.ndarray)
        np.testing.assert_equal(np.array_equal(before.x, after.x), not once)
