"""What layers may read of the data by name, as far as the config alone tells."""

from __future__ import annotations

from dlkit.config.expansion import INPUT
from dlkit.config.feature_kinds import TextFeature
from dlkit.config.file_sources import TABLES, ArraysSource, TfrecordSource
from dlkit.config.schema import Config
from dlkit.config.targets import target_columns


def input_names(config: Config) -> tuple[str, ...]:
    """Return the names by which ``from:`` means the data.

    ``input`` is everything that has no name of its own; data of several arrays or features
    has no such rest.
    """
    dataset = config.dataset
    match dataset.source.settings:
        case ArraysSource(inputs=inputs):
            return _alone(inputs or ())
        case TfrecordSource(features=features):
            taken = {*target_columns(config), dataset.sample_weight}
            return _alone(tuple(name for name in features if name not in taken))
    texts = (name for name in dataset.features if _is_apart(config, name))
    return (INPUT, *texts)


def may_have_more(config: Config) -> bool:
    """Tell whether columns that nobody named may turn out to be inputs of their own.

    A column of texts is one where the layers take texts apart themselves.
    """
    return config.dataset.source.name in TABLES and _reads_texts(config)


def _alone(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names of several inputs; a lone one is simply the data."""
    return names if len(names) > 1 else (INPUT,)


def _is_apart(config: Config, column: str) -> bool:
    """Tell whether a column is no part of the vector that the others make."""
    settings = config.dataset.features[column].settings
    if not isinstance(settings, TextFeature):
        return False
    if settings.output_mode is None:
        return _reads_texts(config)
    return settings.output_mode in {"int", "raw"}


def _reads_texts(config: Config) -> bool:
    layers = config.architecture.layers
    return any(entry.layer.name == "TextVectorization" for entry in layers)
