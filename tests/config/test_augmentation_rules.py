"""Which augmentation is refused or warned of, for which data and which loss."""

from typing import Any

import pytest

from dlkit.config.augmentation_rules import (
    AUGMENTATION_DATA_RULES,
    AUGMENTATION_RULES,
    AUGMENTATIONS,
    flat,
)
from dlkit.config.catalogue import load_catalogue
from dlkit.config.facts import DataFacts, expected_data
from dlkit.config.schema import Config
from dlkit.config.sections import read_sections
from dlkit.errors import Problem

SPARSE = "sparse_categorical_crossentropy"
PLACE = "regularization.augmentation[0]"
WARNED = f"warning: {PLACE}"
NOISE = "Remove it. GaussianNoise and GaussianDropout fit every input."
COLORLESS = "Use RandomBrightness, RandomContrast or RandomInvert."


def plain(layers: list[Any], source: Any, loss: str, **sections: Any) -> dict[str, Any]:
    """Return an experiment as plain values."""
    dataset = {"source": source} | sections.pop("dataset", {})
    return {
        "name": "x",
        "dataset": dataset,
        "architecture": {"layers": ["Flatten", {"Dense": 10}]},
        "loss": loss,
        "regularization": {"augmentation": layers},
        **sections,
    }


def build(data: dict[str, Any]) -> Config:
    objects, problems = read_sections(data, load_catalogue())
    assert not problems, list(map(str, problems))
    return Config.model_validate(objects)


def said(
    layers: list[Any],
    source: Any = "mnist",
    loss: str = SPARSE,
    facts: DataFacts | None = None,
    **sections: Any,
) -> list[str]:
    """Return everything the rules say, as people read it."""
    data = plain(layers, source, loss, **sections)
    config, found = build(data), list[Problem]()
    for rule in AUGMENTATION_RULES:
        found += rule(config)
    facts = facts or expected_data(data)
    if facts and not found:
        for data_rule in AUGMENTATION_DATA_RULES:
            found += data_rule(config, facts)
    return [str(problem) for problem in found]


def pictures(*shape: int) -> DataFacts:
    return DataFacts("photos", "classification", 10, 0, shape, 100)


@pytest.mark.parametrize("name", AUGMENTATIONS)
def test_names_are_layers_of_keras(name: str) -> None:
    assert load_catalogue().find("layers", name) is not None


@pytest.mark.parametrize(
    "layers",
    [
        [],
        ["RandomFlip", {"RandomRotation": 0.1}],
        [{"Pipeline": ["RandomFlip", {"Pipeline": ["RandomErasing"]}]}],
        [{"RandomColorJitter": {"brightness_factor": 0.1, "contrast_factor": 0.1}}],
    ],
    ids=["none", "geometric", "nested", "gray jitter"],
)
def test_augmentation_is_accepted_when_it_suits_pictures(layers: list[Any]) -> None:
    assert said(layers) == []


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        ({"Dense": 3}, ".Dense: Dense is no augmentation. Put it into architecture.layers."),
        (
            {"Dropout": 0.5},
            ".Dropout: Dropout is no augmentation. Did you mean 'GaussianDropout'?",
        ),
        ("VGG16", ": VGG16 is no augmentation. Put it into architecture.layers."),
        (
            {"Pipeline": ["RandomFlip", {"CenterCrop": [8, 8]}]},
            (
                ".Pipeline[1].CenterCrop: CenterCrop is no augmentation."
                " Put it into architecture.layers."
            ),
        ),
        (
            {"RandomFlip": {"data_format": "channels_first"}},
            ".RandomFlip.data_format: the channels of pictures come last here. Remove it.",
        ),
        (
            {"RandomFlip": "horizontl"},
            (
                ".RandomFlip: there is no flip 'horizontl', and Keras would flip nothing."
                " Did you mean 'horizontal'?"
            ),
        ),
    ],
    ids=["layer", "near", "application", "nested", "channels first", "flip"],
)
def test_layer_is_refused_when_it_is_no_augmentation(layer: Any, message: str) -> None:
    assert said([layer]) == [PLACE + message]


@pytest.mark.parametrize("name", ["AutoContrast", "Equalization"])
def test_layer_without_chance_is_warned_of(name: str) -> None:
    assert said([name]) == [
        (
            f"{WARNED}: {name} changes every picture, always in the same way, and only in"
            " training: the model is tested on pictures unlike those it learned from. Remove"
            " it, unless it is meant."
        )
    ]


@pytest.mark.parametrize(
    ("source", "target"),
    [("iris", None), ({"csv": "a.csv"}, "y"), ({"sequences": {}}, None), ("moons", None)],
    ids=["named", "table", "sequences", "points"],
)
def test_pictures_layer_is_refused_on_other_data(source: Any, target: str | None) -> None:
    name = source if isinstance(source, str) else next(iter(source))
    dataset = {"dataset": {"target": target}} if target else {}
    assert said(["RandomFlip"], source, **dataset) == [
        f"{PLACE}: RandomFlip changes pictures, and {name} has none. {NOISE}"
    ]


@pytest.mark.parametrize("source", ["iris", {"csv": "a.csv"}, "xor"])
def test_noise_fits_every_input(source: Any) -> None:
    assert said([{"GaussianNoise": 0.1}, {"GaussianDropout": 0.1}], source) == []


def test_pictures_layer_is_refused_when_the_file_turns_out_to_hold_none() -> None:
    source = {"arrays": "a.npz"}
    assert said(["RandomFlip"], source) == []  # not read yet
    assert said(["RandomFlip"], source, facts=pictures(20)) == [
        f"{PLACE}: RandomFlip changes pictures, and photos has none. {NOISE}"
    ]
    several = DataFacts("parts", "classification", 10, 0, None, 100)
    assert said(["RandomFlip"], source, facts=several) == []  # the building of layers tells


@pytest.mark.parametrize(
    ("layer", "shape", "message"),
    [
        (
            {"RandomHue": 0.1},
            (28, 28),
            f"RandomHue needs red, green and blue, and %s. {COLORLESS}",
        ),
        (
            {"RandomSaturation": 0.1},
            (28, 28, 1),
            f"RandomSaturation needs red, green and blue, and %s. {COLORLESS}",
        ),
        (
            {"RandomColorJitter": {"hue_factor": 0.1}},
            (28, 28),
            (
                "RandomColorJitter needs red, green and blue, and %s."
                " Give it brightness_factor and contrast_factor only."
            ),
        ),
        ("RandAugment", (28, 28, 4), "RandAugment needs 1 or 3 channels, and %s."),
        ({"RandomHue": 0.1}, (28, 28, 3), ""),
        ("RandAugment", (28, 28, 1), ""),
    ],
    ids=["hue", "saturation", "jitter", "four", "colors", "gray"],
)
def test_color_layer_gets_the_channels_it_needs(
    layer: Any, shape: tuple[int, ...], message: str
) -> None:
    given = "of 4 channels" if shape[2:] == (4,) else "gray"
    name = f".{next(iter(layer))}" if isinstance(layer, dict) else ""
    expected = (
        f"{PLACE}{name}: {message % f'the pictures of photos are {given}'}" if message else ""
    )
    assert said([layer], {"images": "photos"}, facts=pictures(*shape)) == (
        [expected] if expected else []
    )


def test_color_layer_is_warned_of_when_it_leaves_gray_as_it_is() -> None:
    assert said(["RandomGrayscale"]) == [
        (
            f"{WARNED}: RandomGrayscale does nothing here: the pictures of mnist are gray."
            " Remove it."
        )
    ]
    assert said(["RandomGrayscale"], "cifar10") == []


@pytest.mark.parametrize(
    ("loss", "takes", "remedy"),
    [
        (SPARSE, "SparseCategoricalCrossentropy takes numbers of classes", "categorical"),
        ("binary_crossentropy", "BinaryCrossentropy takes 0 or 1", "categorical"),
        ("mse", "MeanSquaredError takes values", ""),
        ("Dice", "Dice takes others", "categorical"),
    ],
)
@pytest.mark.parametrize("name", ["MixUp", "CutMix"])
def test_mixing_is_refused_when_the_loss_takes_no_one_hot_labels(
    name: str, loss: str, takes: str, remedy: str
) -> None:
    hint = "Use categorical_crossentropy, with one unit a class." if remedy else "Remove it."
    assert said([name], loss=loss) == [
        f"{PLACE}: {name} mixes labels, which needs one-hot ones, and {takes}. {hint}"
    ]


def test_mixing_of_several_labels_an_example_has_no_remedy() -> None:
    dataset = {"target": ["a", "b"]}
    found = said(["MixUp"], {"tfrecord": {"path": "a", "features": {"a": "int64"}}},
                 "binary_crossentropy", dataset=dataset)  # fmt: skip
    assert found[0].endswith("BinaryCrossentropy takes 0 or 1. Remove it.")


def test_mixing_is_accepted_with_a_loss_of_one_hot_labels() -> None:
    assert said(["MixUp", "CutMix"], loss="categorical_crossentropy") == []


def test_mixing_is_warned_of_when_examples_have_weights() -> None:
    training = {"class_weight": "balanced"}
    assert said(["MixUp"], loss="categorical_crossentropy", training=training) == [
        (
            f"{WARNED}: MixUp makes one example of two, which counts as much as the first"
            " of them. Remove it or the weights, unless it is meant."
        )
    ]


@pytest.mark.parametrize(
    ("size", "message"),
    [
        (
            [24, 24],
            (
                f"{PLACE}.RandomCrop: RandomCrop makes pictures of 24x24 in training only, and"
                " the model reads 28x28. Use RandomTranslation or RandomZoom."
            ),
        ),
        (
            [28, 28],
            (
                f"{WARNED}.RandomCrop: RandomCrop to 28x28 leaves pictures of 28x28 as"
                " they are. Use RandomTranslation or RandomZoom."
            ),
        ),
    ],
    ids=["smaller", "same"],
)
def test_crop_keeps_the_size(size: list[int], message: str) -> None:
    assert said([{"RandomCrop": size}]) == [message]


def test_noise_is_warned_of_when_pixels_drown_it() -> None:
    assert said([{"GaussianNoise": 0.5}]) == [
        (
            f"{WARNED}.GaussianNoise: GaussianNoise takes a standard deviation of at most 1,"
            " which is lost on pixels that go to 255. Put it into architecture.layers, behind"
            " Rescaling."
        )
    ]


def test_pipelines_are_flattened_in_order() -> None:
    layers: list[Any] = [{"Pipeline": ["RandomFlip", {"Pipeline": "MixUp"}]}, "RandAugment"]
    found = flat(build(plain(layers, "mnist", SPARSE)).regularization.augmentation)
    assert [layer.name for layer in found] == ["RandomFlip", "MixUp", "RandAugment"]
