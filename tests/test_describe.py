"""What is said of sources of data and of kinds of columns."""

from __future__ import annotations

import textwrap
from typing import Any

import pytest

from dlkit.config.catalogue import KINDS, load_catalogue
from dlkit.config.data_sources import SOURCES
from dlkit.config.datasets import NAMED_SETS
from dlkit.config.documents import meanings_of
from dlkit.config.feature_kinds import FEATURES
from dlkit.config.load import load_config
from dlkit.config.own_layers import OWN_LAYERS
from dlkit.config.section import Section
from dlkit.config.sweep.checking import sweep_of
from dlkit.config.yaml_reader import read_yaml
from dlkit.describe import SECTIONS, describe_all, describe_name

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
    assert heads[:7] == [
        *(f"datasets ({len(NAMED_SETS)})", "made data (12)", "data in files (8)"),
        *("kinds of columns (5)", "sections (10)", "own layers (4)", heads[6]),
    ]
    assert heads[6].startswith("layers (")
    assert {*SOURCES, *FEATURES, *SECTIONS, *OWN_LAYERS} <= {*text.split()}


def test_own_layer_is_described_as_those_of_keras_are() -> None:
    assert describe_name("Shared", load_catalogue()) == (
        "Shared (layers)\n"
        "  A layer that is called once more, with the same weights\n\n"
        "  layer: required\n"
        "      the name of a layer above\n\n"
        "  in YAML:\n"
        "    architecture:\n"
        "      layers:\n"
        "        - Shared: {layer: embed, from: right}"
    )


def test_application_says_which_of_its_layers_are_trained() -> None:
    assert "  trainable: default true\n" in describe_name("VGG16", load_catalogue())


@pytest.mark.parametrize("name", SECTIONS)
def test_section_is_described_with_an_example_that_is_right(name: str) -> None:
    text = describe_name(name, load_catalogue())
    about, _, example = text.partition("\n\n  in YAML:\n")
    assert about.startswith(f"{name} (section)\n")
    section, _ = SECTIONS[name]
    assert [key for key in section.model_fields if f"\n  {key}: " not in about] == []
    written, problems = read_yaml(textwrap.dedent(example), "example")
    assert not problems
    layers = [{"Dense": {"units": 10, "activation": "softmax", "name": "digit"}}]
    if name == "outputs":
        layers.append({"Dense": {"units": 784, "from": "input", "name": "copy"}})
    if name == "parameters":
        layers.insert(0, {"Dense": {"units": 8, "name": "hidden"}})
    if name == "stages":
        layers.insert(0, {"VGG16": {"name": "vgg16", "weights": "none"}})
    rest = {
        "dataset": {"source": "mnist"},
        "architecture": {"layers": layers},
        "loss": "sparse_categorical_crossentropy",
        "metrics": ["accuracy"],
        "optimizer": "Adam",
    }
    if name == "outputs":
        del rest["loss"], rest["metrics"]
    loaded = load_config(rest | written.data)
    assert loaded.config.sweep is None or sweep_of(loaded).parameters
    assert not any(each.path[0] == "sweep" for each in loaded.warnings)


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
