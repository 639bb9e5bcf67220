"""What is said of sources of data and of kinds of columns."""

from __future__ import annotations

from typing import Any

import pytest

from dlkit.config.catalogue import KINDS, load_catalogue
from dlkit.config.data_sources import SOURCES
from dlkit.config.datasets import NAMED_SETS
from dlkit.config.documents import meanings_of
from dlkit.config.feature_kinds import FEATURES
from dlkit.config.load import load_config
from dlkit.config.section import Section
from dlkit.config.yaml_reader import read_yaml
from dlkit.describe import describe_all, describe_name

IMAGES = """\
images (source)
  Pictures, a folder a class.

  path: required
      The folder of the folders.
  image_size: default none
      Height and width; none where all pictures have one size.
  color_mode: default none (grayscale, rgb, rgba)
      none decides by the pictures.
  resize: default stretch (stretch, crop, pad)
      What happens to a picture of other proportions.
  damaged: default refuse (refuse, skip)
      What happens to a file that is no picture.

  in YAML:
    dataset:
      source: {images: {path: pictures, image_size: [64, 64]}}"""


def test_source_is_described_with_defaults_meanings_and_an_example() -> None:
    assert describe_name("images", load_catalogue()) == IMAGES


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("csv", ['  separator: default ","', '  decimal: default "." (".", ",")']),
        ("tsv", ['  separator: default "\\t"']),
        ("numeric", ["numeric (kind of column)", "  log: default false"]),
        ("drop", ["drop (kind of column)", "  A column that is left out."]),
        ("moons", ["moons (source)", "  noise: default 0.1"]),
        ("imdb", ["imdb (dataset)", "  maxlen: default 200"]),
        (
            "iris",
            ["iris (dataset)", "  flowers by 4 lengths: 150 examples of shape (4,), 3 classes"],
        ),
        ("linear", ["linear (source)", "Linear (activations)"]),
        ("text", ["text (source)", "text (kind of column)"]),
    ],
)
def test_description_says(name: str, lines: list[str]) -> None:
    told = describe_name(name, load_catalogue()).lower().splitlines()
    assert [line for line in lines if line.lower() not in told] == []


def test_all_of_the_data_is_listed_before_all_of_keras() -> None:
    text = describe_all(load_catalogue(), KINDS)
    heads = [line for line in text.splitlines() if line and not line.startswith(" ")]
    assert heads[:5] == [
        *(f"datasets ({len(NAMED_SETS)})", "made data (12)", "data in files (8)"),
        *("kinds of columns (5)", heads[4]),
    ]
    assert heads[4].startswith("layers (")
    assert {*SOURCES, *FEATURES} <= {*text.split()}


@pytest.mark.parametrize(("name", "section"), [*SOURCES.items(), *FEATURES.items()])
def test_every_setting_is_described(name: str, section: type[Section]) -> None:
    told = " ".join(describe_name(name, load_catalogue()).split())
    assert [meaning for meaning in meanings_of(section).values() if meaning not in told] == []


def examples(name: str) -> list[Any]:
    """Return the datasets that a description shows in YAML."""
    found = []
    for text in describe_name(name, load_catalogue()).split("in YAML:\n")[1:]:
        lines = [line[4:] for line in text.split("\n\n")[0].splitlines()]
        if lines[0] == "dataset:":
            found.append(read_yaml("\n".join(lines), "x.yaml")[0].data["dataset"])
    return found


@pytest.mark.parametrize("name", [*SOURCES, *FEATURES])
def test_example_is_a_dataset_that_is_accepted(name: str) -> None:
    datasets = examples(name)
    assert datasets
    for dataset in datasets:
        known = {"source": {"csv": "a.csv"}, "target": "price"} | dataset
        if "target" not in dataset and "source" in dataset:
            del known["target"]
        inputs = {"from": "left"} if name == "arrays" else {}
        head: dict[str, Any] = {"units": 3, **inputs}
        config = load_config(
            {
                "dataset": known,
                "architecture": {"layers": [{"Dense": head}, {"Reshape": [[3, 1]]}]},
                "loss": "cosine_similarity",
            }
        ).config
        wanted = config.dataset.source.name if "source" in dataset else None
        assert name in {wanted, *(kind.name for kind in config.dataset.features.values())}
