from pathlib import Path

import pytest

import dlkit
from dlkit.config.load import load_config

BASE = """\
dataset: {source: iris}
loss: sparse_categorical_crossentropy
optimizer:
  Adam: {beta_1: 0.8}
"""

OWN = """\
base: base.yaml
architecture:
  defaults:
    Dense: {kernel_initializer: he_normal}
  layers:
    - Dropout: 0.2
    - Dense: {units: "${dataset.num_classes}", activation: softmax}
"""


@pytest.fixture
def lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.chdir(tmp_path)
    Path("base.yaml").write_text(BASE)
    Path("own.yaml").write_text(OWN)
    return dlkit.resolve("own.yaml", ["seed=5"]).splitlines()


@pytest.mark.parametrize(
    ("value", "origin"),
    [
        ("source: iris", "base.yaml:1:11"),
        ("validation: 0.1", "default"),
        ("rate: 0.2", "own.yaml:6:7"),
        ("units: 3", "own.yaml:7:15"),
        ("kernel_initializer: he_normal", "own.yaml:4:13"),
        ("bias_initializer: zeros", "default"),
        ("beta_1: 0.8", "base.yaml:4:10"),
        ("beta_2: 0.999", "default"),
        ("seed: 5", "command line"),
        ("epochs: 10", "default"),
    ],
)
def test_every_value_is_shown_with_its_origin(
    lines: list[str], value: str, origin: str
) -> None:
    found = [line.split("  # ") for line in lines if line.strip().startswith(f"{value} ")]
    assert [place.strip() for _, place in found] == [origin]


def test_resolved_text_is_the_same_experiment(lines: list[str]) -> None:
    Path("resolved.yaml").write_text("\n".join(lines))
    again = load_config("resolved.yaml").config
    assert again.architecture.layers[1].layer.arguments["units"] == 3
    assert (again.seed, again.training.epochs) == (5, 10)


TABLE = """\
dataset:
  source: {csv: houses.csv}
  target: price
  features: {rooms: numeric, city: {categorical: {max_tokens: 9}}}
  test: {column: split, value: test}
architecture: {layers: [Dense: 1]}
loss: mse
regularization:
  augmentation:
    - GaussianNoise: 0.1
"""


@pytest.mark.parametrize(
    ("value", "origin"),
    [
        ("path:", "table.yaml:2:12"),  # a lone value is the first setting
        ("- houses.csv", "table.yaml:2:12"),
        ("quoted: true", "default"),
        ("decimal: ','", "command line"),
        ("- price", "table.yaml:3:3"),
        ("scale: standardize", "default"),
        ("max_tokens: 9", "table.yaml:4:51"),
        ("column: split", "table.yaml:5:10"),
        ("stddev: 0.1", "table.yaml:10:7"),
    ],
)
def test_settings_of_data_are_shown_with_their_origin(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: str, origin: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("table.yaml").write_text(TABLE)
    lines = dlkit.resolve("table.yaml", ["dataset.source.csv.decimal=','"]).splitlines()
    found = [line.split("  # ") for line in lines if line.strip().startswith(f"{value} ")]
    assert [place.strip() for _, place in found] == [origin]


def test_source_written_by_its_name_is_shown_with_its_origin(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("moons.yaml").write_text(
        "dataset: {source: moons}\narchitecture: {layers: [Dense: 1]}\nloss: hinge\n"
    )
    lines = [line.split("  # ") for line in dlkit.resolve("moons.yaml").splitlines()]
    origins = {text.strip(): origin for text, origin in lines}
    assert origins["moons:"] == "moons.yaml:1:11"
    assert origins["noise: 0.1"] == "default"
