"""Which layers are augmentation, and what must hold between them, the data and the loss.

Rules as in ``rules``: those of the first table read a config alone, those of the second
are asked where something is known of the data. What neither can know, such as arguments
that Keras itself refuses, comes out when ``dlkit.train.augmentation`` builds the layers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Literal

from dlkit.config.datasets import NAMED_SETS
from dlkit.config.expansion import INPUT
from dlkit.config.facts import DataFacts
from dlkit.config.file_sources import TABLES
from dlkit.config.made_sources import SYNTHETIC
from dlkit.config.names import did_you_mean, nearest
from dlkit.config.objects import KerasObject
from dlkit.config.outputs import views
from dlkit.config.schema import Config
from dlkit.config.semantics import BINARY, ONE_HOT, REGRESSION, SPARSE, task_of
from dlkit.errors import Path, Problem

Kind = Literal["geometric", "mixing", "color", "erasing", "kernel", "noise", "several"]

AUGMENTATIONS: dict[str, Kind] = {
    "RandomCrop": "geometric",
    "RandomElasticTransform": "geometric",
    "RandomFlip": "geometric",
    "RandomPerspective": "geometric",
    "RandomRotation": "geometric",
    "RandomShear": "geometric",
    "RandomTranslation": "geometric",
    "RandomZoom": "geometric",
    "CutMix": "mixing",
    "MixUp": "mixing",
    "AutoContrast": "color",
    "ContrastLimitedAdaptiveHistogramEqualization": "color",
    "Equalization": "color",
    "RandomBrightness": "color",
    "RandomColorDegeneration": "color",
    "RandomColorJitter": "color",
    "RandomContrast": "color",
    "RandomGrayscale": "color",
    "RandomHue": "color",
    "RandomInvert": "color",
    "RandomPosterization": "color",
    "RandomSaturation": "color",
    "Solarization": "color",
    "RandomErasing": "erasing",
    "RandomGaussianBlur": "kernel",
    "RandomSharpness": "kernel",
    "GaussianDropout": "noise",
    "GaussianNoise": "noise",
    "AugMix": "several",
    "Pipeline": "several",
    "RandAugment": "several",
}
"""Keras's layers that change examples at random, by what they do. Noise fits every input,
all others change pictures."""

ALWAYS_THE_SAME = frozenset(
    {"AutoContrast", "ContrastLimitedAdaptiveHistogramEqualization", "Equalization"}
)
"""Layers without anything random."""

COLORS_ONLY = frozenset({"RandomHue", "RandomSaturation"})
"""Layers that fail on pictures without exactly 3 channels."""

COLORS_OR_GRAY = frozenset(
    {"AugMix", "RandAugment", "RandomColorDegeneration", "RandomGrayscale"}
)
"""Layers that fail on pictures with other than 1 or 3 channels."""

IDLE_ON_GRAY = frozenset({"RandomColorDegeneration", "RandomGrayscale"})
"""Layers that leave gray pictures as they are."""

FLIPS = ("horizontal", "vertical", "horizontal_and_vertical")
"""What ``RandomFlip`` knows; it takes every other word in silence."""

WITHOUT_PICTURES = frozenset({*TABLES, *SYNTHETIC, "text", "timeseries"})
"""Sources whose examples are no pictures, whatever their shape."""

_REMEDY = "Remove it. GaussianNoise and GaussianDropout fit every input."


def flat(notations: Iterable[KerasObject]) -> Iterator[KerasObject]:
    """Yield augmentation layers in their order, those of a ``Pipeline`` in its place."""
    for notation in notations:
        if notation.name != "Pipeline":
            yield notation
            continue
        inner = notation.arguments.get("layers") or ()
        inner = (inner,) if isinstance(inner, KerasObject) else inner
        yield from flat(layer for layer in inner if isinstance(layer, KerasObject))


def check_augmentation_names(config: Config) -> Iterator[Problem]:
    """Every layer of the list is one that changes examples at random."""
    for layer in _layers(config):
        if layer.name not in AUGMENTATIONS:
            meant = nearest(layer.name, AUGMENTATIONS)
            yield Problem(
                f"{layer.name} is no augmentation.",
                layer.path,
                f"Did you mean {meant!r}?" if meant else "Put it into architecture.layers.",
            )
        elif layer.arguments.get("data_format") == "channels_first":
            yield Problem(
                "the channels of pictures come last here.",
                layer.places.get("data_format", layer.path),
                "Remove it.",
            )
        elif layer.name == "RandomFlip" and layer.arguments.get("mode", FLIPS[0]) not in FLIPS:
            yield Problem(
                f"there is no flip {layer.arguments['mode']!r}, and Keras would flip nothing.",
                layer.places.get("mode", layer.path),
                did_you_mean(layer.arguments["mode"], FLIPS),
            )
        elif layer.name in ALWAYS_THE_SAME:
            yield Problem(
                f"{layer.name} changes every picture, always in the same way, and only in"
                " training: the model is tested on pictures unlike those it learned from.",
                layer.path,
                "Remove it, unless it is meant.",
                warning=True,
            )


def check_augmentation_source(config: Config) -> Iterator[Problem]:
    """Layers for pictures get a source that can have pictures."""
    source = config.dataset.source.name
    if source not in WITHOUT_PICTURES:
        return
    for layer in _layers(config):
        if is_for_pictures(layer):
            message = f"{layer.name} changes pictures, and {source} has none."
            yield Problem(message, layer.path, _REMEDY)


def check_mixed_labels(config: Config) -> Iterator[Problem]:
    """Layers that mix labels get labels that can be mixed, for every output."""
    whole = "architecture" in config.model_fields_set
    for one in views(config).values() if whole else [config]:
        yield from _check_mixed_labels(one)


def check_copied_inputs(config: Config) -> Iterator[Problem]:
    """What an output gives back stands where it stood in the input.

    Noise and colors may be changed: the output then learns to undo it.
    """
    copies = [name for name, output in config.outputs.items() if output.target == INPUT]
    for layer in _layers(config):
        kind = AUGMENTATIONS.get(layer.name)
        if copies and kind in {"geometric", "several"}:
            yield Problem(
                f"{layer.name} moves what is in a picture, and {copies[0]!r} is compared with"
                " the picture as it was.",
                layer.path,
                "Remove it, or put it into architecture.layers.",
            )


def _check_mixed_labels(config: Config) -> Iterator[Problem]:
    loss = config.loss
    kinds = {"numbers of classes": SPARSE, "0 or 1": BINARY, "values": REGRESSION}
    takes = next((kind for kind, losses in kinds.items() if loss.name in losses), "others")
    alone = takes == "values" or task_of(config) == "multi_label"
    weighted = config.dataset.sample_weight or config.training.class_weight
    for layer in _layers(config):
        if AUGMENTATIONS.get(layer.name) != "mixing":
            continue
        if loss.name not in ONE_HOT:
            categorical = "Use categorical_crossentropy, with one unit a class."
            yield Problem(
                f"{layer.name} mixes labels, which needs one-hot ones, and {loss.name} takes"
                f" {takes}.",
                layer.path,
                "Remove it." if alone else categorical,
            )
        elif weighted:
            yield Problem(
                f"{layer.name} makes one example of two, which counts as much as the first"
                " of them.",
                layer.path,
                "Remove it or the weights, unless it is meant.",
                warning=True,
            )


def check_augmentation_inputs(config: Config, facts: DataFacts) -> Iterator[Problem]:
    """Layers for pictures get pictures, of a size and of values that suit them."""
    if facts.input_shape is None:
        return
    source, named = config.dataset.source.name, NAMED_SETS.get(config.dataset.source.name)
    up_to_255 = source == "images" or (named is not None and named.origin == "keras")
    pictures = len(facts.input_shape) in {2, 3}
    for layer in _layers(config):
        if is_for_pictures(layer) and not pictures:
            message = f"{layer.name} changes pictures, and {facts.name} has none."
            yield Problem(message, layer.path, _REMEDY)
        elif layer.name == "RandomCrop":
            yield from _check_crop(layer, facts.input_shape)
        elif layer.name == "GaussianNoise" and pictures and up_to_255:
            yield Problem(
                "GaussianNoise takes a standard deviation of at most 1, which is lost on"
                " pixels that go to 255.",
                layer.path,
                "Put it into architecture.layers, behind Rescaling.",
                warning=True,
            )


def check_augmentation_channels(config: Config, facts: DataFacts) -> Iterator[Problem]:
    """Layers that work on colors get colors."""
    shape = facts.input_shape or ()
    if len(shape) not in {2, 3}:
        return
    channels = (*shape, 1)[2]
    given = "gray" if channels == 1 else f"of {channels} channels"
    for layer in _layers(config):
        yield from channel_problems(
            layer, channels, f"the pictures of {facts.name} are {given}"
        )


def channel_problems(layer: KerasObject, channels: int, subject: str) -> Iterator[Problem]:
    """Say what is wrong with one layer for pictures of so many channels.

    Args:
        layer: The augmentation layer.
        channels: How many.
        subject: Which pictures these are, in words.
    """
    factors = ("saturation_factor", "hue_factor")
    jitter = layer.name == "RandomColorJitter"
    saturates = any(layer.arguments.get(factor) is not None for factor in factors)
    if channels != 3 and (layer.name in COLORS_ONLY or (jitter and saturates)):
        hint = "Use RandomBrightness, RandomContrast or RandomInvert."
        yield Problem(
            f"{layer.name} needs red, green and blue, and {subject}.",
            layer.path,
            "Give it brightness_factor and contrast_factor only." if jitter else hint,
        )
    elif channels not in {1, 3} and layer.name in COLORS_OR_GRAY:
        yield Problem(f"{layer.name} needs 1 or 3 channels, and {subject}.", layer.path)
    elif channels == 1 and layer.name in IDLE_ON_GRAY:
        message = f"{layer.name} does nothing here: {subject}."
        yield Problem(message, layer.path, "Remove it.", warning=True)


def is_for_pictures(layer: KerasObject) -> bool:
    """Tell whether an augmentation layer takes pictures only."""
    return AUGMENTATIONS.get(layer.name, "noise") != "noise"


def _layers(config: Config) -> Iterator[KerasObject]:
    return flat(config.regularization.augmentation)


def _check_crop(layer: KerasObject, shape: tuple[int, ...]) -> Iterator[Problem]:
    """The model has one size of input, in training and after it."""
    crop = (layer.arguments.get("height"), layer.arguments.get("width"))
    shown, remedy = f"{shape[0]}x{shape[1]}", "Use RandomTranslation or RandomZoom."
    if crop == shape[:2]:
        message = f"RandomCrop to {shown} leaves pictures of {shown} as they are."
        yield Problem(message, layer.path, remedy, warning=True)
    elif all(isinstance(length, int) for length in crop):
        message = f"RandomCrop makes pictures of {crop[0]}x{crop[1]} in training only, and the"
        yield Problem(f"{message} model reads {shown}.", layer.path, remedy)


_LIST: Path = ("regularization", "augmentation")

AUGMENTATION_RULES: dict[Callable[[Config], Iterator[Problem]], tuple[Path, ...]] = {
    check_augmentation_names: (_LIST,),
    check_augmentation_source: (_LIST, ("dataset", "source")),
    check_mixed_labels: (_LIST, ("dataset",), ("loss",), ("training",), ("outputs",)),
    check_copied_inputs: (_LIST, ("outputs",)),
}
"""Every rule, and the parts of a config it reads."""

AUGMENTATION_DATA_RULES: dict[
    Callable[[Config, DataFacts], Iterator[Problem]], tuple[Path, ...]
] = {
    check_augmentation_inputs: (_LIST, ("dataset", "source")),
    check_augmentation_channels: (_LIST, ("dataset", "source")),
}
"""Rules that need to know the data too."""
