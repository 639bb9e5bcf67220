"""Noise on what the first layers that compute something read."""

from __future__ import annotations

from dataclasses import replace

from dlkit.config.objects import KerasObject, LayerEntry
from dlkit.config.own_layers import POSITIONS
from dlkit.config.regularization.kinds import inner_layers, keras_object
from dlkit.config.regularization.landing import Place
from dlkit.config.regularization.reading import Graph

SETTING = "gaussian_noise"

WORDS = frozenset({"Embedding", "TextVectorization", "StringLookup", "IntegerLookup"})
"""Layers that read words, or the numbers that stand for them."""

PREPARING = frozenset(
    {
        *("Rescaling", "Normalization", "Discretization", "CategoryEncoding", "Hashing"),
        *("HashedCrossing", "StringLookup", "IntegerLookup", "TextVectorization", "Embedding"),
        *("Flatten", "Reshape", "Permute", "RepeatVector", "Resizing", "CenterCrop"),
        *("Cropping1D", "Cropping2D", "Cropping3D", "Masking", "Identity", "InputLayer"),
        *("ZeroPadding1D", "ZeroPadding2D", "ZeroPadding3D", "Concatenate", "Add"),
        *("MelSpectrogram", "STFTSpectrogram", POSITIONS),
    }
)
"""Layers that only bring the data into form. Words are told apart by their numbers, so that
noise on these would make other words of them: it goes behind Embedding."""


def with_noise(graph: Graph, stddev: float) -> tuple[tuple[LayerEntry, ...], list[Place]]:
    """Put GaussianNoise in front of the first layers, behind what only prepares the data.

    Args:
        graph: The layers.
        stddev: Standard deviation of the noise.

    Returns:
        The layers, and where the noise landed.
    """
    if not stddev:
        return graph.entries, []
    prepared = _prepared(graph)
    noisy: dict[str, str] = {}
    places: list[Place] = []
    result: list[LayerEntry] = []
    previous = graph.start
    for entry in graph.entries:
        reads = graph.reads[entry.name]
        data = (
            [] if entry.name in prepared else [n for n in reads if _is_data(n, prepared, graph)]
        )
        own = _own_reason(graph.layer(entry.name))
        if own:
            places += [Place(SETTING, name, own) for name in data]
            data = []
        for name in data:
            if name not in noisy:
                noisy[name] = _free(f"{name}_{SETTING}", graph)
                layer = keras_object("layers", "GaussianNoise", {"stddev": stddev}, SETTING)
                source = None if previous == name else (name,)
                result.append(LayerEntry(layer, noisy[name], source))
                previous = noisy[name]
                places.append(Place(SETTING, name))
        if data:
            reads = tuple(noisy.get(name, name) for name in reads)
        inputs = None if entry.inputs is None and reads == (previous,) else reads
        result.append(replace(entry, inputs=inputs))
        previous = entry.name
    return tuple(result), places


def _is_data(name: str, prepared: frozenset[str], graph: Graph) -> bool:
    """Tell whether a name means the data, as it is or brought into form."""
    return name in prepared or name not in graph.owners


def _own_reason(layer: KerasObject) -> str:
    """Return why a layer's input gets no noise, or an empty text."""
    if layer.name == "GaussianNoise":
        return "its own GaussianNoise"
    waiting = [layer]
    while waiting:
        inner = waiting.pop()
        if inner.name in WORDS:
            return "read as words"
        waiting += inner_layers(inner)
    return ""


def _prepared(graph: Graph) -> frozenset[str]:
    """Return the layers that only bring the data into form, and read nothing else."""
    found: set[str] = set()
    for entry in graph.entries:
        name = graph.layer(entry.name).name
        preparing = name in PREPARING or name.startswith("Random")
        reads = graph.reads[entry.name]
        if preparing and all(n in found or n not in graph.owners for n in reads):
            found.add(entry.name)
    return frozenset(found)


def _free(name: str, graph: Graph) -> str:
    """Return a name that no layer has."""
    while name in graph.owners:
        name += "_"
    return name
