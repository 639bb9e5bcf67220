"""Apply the section ``regularization`` to a whole config."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from dlkit.config.expansion import INPUT
from dlkit.config.objects import LayerEntry
from dlkit.config.overfitting import for_overfitting
from dlkit.config.regularization.arguments import fill_arguments, fillings
from dlkit.config.regularization.groups import with_companions
from dlkit.config.regularization.landing import Landing, Place, landings
from dlkit.config.regularization.losses import smooth_labels
from dlkit.config.regularization.noise import with_noise
from dlkit.config.regularization.optimizers import regularize_optimizer
from dlkit.config.regularization.reading import Graph
from dlkit.config.schema import Config
from dlkit.config.training_section import RegularizationConfig

ON_LAYERS = (
    *("l1", "l2", "l1_l2", "bias_regularizer", "activity_regularizer", "max_norm"),
    *("batch_normalization", "dropout", "spatial_dropout", "gaussian_noise"),
)
"""Settings that land on layers."""

BESIDE_LAYERS = ("label_smoothing", "weight_decay", "clipnorm", "global_clipnorm", "clipvalue")
"""Settings that land on losses and on the optimizer."""


@dataclass(frozen=True)
class Regularized:
    """A config as it is trained.

    Attributes:
        config: With what the section asks for in its layers, losses, metrics and optimizer.
        landings: What became of every setting that is used.
    """

    config: Config
    landings: tuple[Landing, ...]


def regularize(config: Config) -> Regularized:
    """Apply the whole section to a config.

    What a layer, a loss or the optimizer sets itself wins, so that applying it twice is
    the same as once.

    Args:
        config: A checked config.
    """
    config = for_overfitting(config)
    section = config.regularization
    ends = ends_of(config)
    layers, places = regularize_layers(config.architecture.layers, section, ends)
    smoothed, smooth_places = smooth_labels(config)
    optimizer, optimizer_places = regularize_optimizer(config.optimizer, section)
    for number, stage in enumerate(config.training.stages, start=1):
        if stage.optimizer is not None:  # it gets the same when its stage begins
            _, found = regularize_optimizer(stage.optimizer, section)
            optimizer_places += [
                replace(place, name=f"{place.name} of stage {number}") for place in found
            ]
    architecture = config.architecture.model_copy(update={"layers": layers})
    update = {"architecture": architecture, "optimizer": optimizer}
    return Regularized(
        smoothed.model_copy(update=update),
        landings(section, used(section), [*places, *smooth_places, *optimizer_places]),
    )


def regularize_layers(
    entries: tuple[LayerEntry, ...],
    regularization: RegularizationConfig,
    ends: Iterable[str],
) -> tuple[tuple[LayerEntry, ...], list[Place]]:
    """Return the layers that are built for those written, and where settings landed.

    Args:
        entries: The layers as written.
        regularization: The section.
        ends: Names of the layers that make the outputs.
    """
    places: list[Place] = []
    for filling in fillings(regularization):
        entries, found = fill_arguments(entries, filling)
        places += found
    ends = frozenset(ends)
    graph = Graph(entries, INPUT, ends, ends)
    entries, _, found = with_companions(graph, regularization)
    places += found
    graph = Graph(entries, INPUT, ends, ends)
    entries, found = with_noise(graph, regularization.gaussian_noise)
    return entries, [*places, *found]


def ends_of(config: Config) -> frozenset[str]:
    """Return the names of the layers that make the outputs of a config."""
    return frozenset(config.outputs) or frozenset({config.architecture.layers[-1].name})


def used(regularization: RegularizationConfig) -> tuple[str, ...]:
    """Return the settings of a section that are to land somewhere."""
    names = (*ON_LAYERS, *BESIDE_LAYERS)
    return tuple(name for name in names if getattr(regularization, name))
