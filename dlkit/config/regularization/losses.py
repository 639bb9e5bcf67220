"""Label smoothing: losses that take it, and labels in the form that they need."""

from __future__ import annotations

from dataclasses import replace

from dlkit.config.columns import metric_name
from dlkit.config.objects import KerasObject
from dlkit.config.outputs import views
from dlkit.config.regularization.landing import Place
from dlkit.config.schema import Config
from dlkit.config.semantics import SPARSE, SPARSE_METRICS

SETTING = "label_smoothing"


def smooth_labels(config: Config) -> tuple[Config, list[Place]]:
    """Give every loss that can take it the label smoothing of a config.

    A loss on the numbers of classes gives way to the same one on a column a class, since
    only these can be smoothed; metrics on numbers of classes go along, under their names.

    Returns:
        The config, and where the smoothing landed.
    """
    amount = config.regularization.label_smoothing
    if not amount:
        return config, []
    places: list[Place] = []
    smoothed: dict[str, tuple[KerasObject, tuple[KerasObject, ...]]] = {}
    for name, one in views(config).items():
        loss, metrics, place = _smoothed(one, amount)
        smoothed[name] = loss, metrics
        at = f"{place.name} of {name}" if name else place.name
        places.append(replace(place, name=at))
    loss, metrics = next(iter(smoothed.values()))
    outputs = {
        name: output.model_copy(
            update={"loss": smoothed[name][0], "metrics": smoothed[name][1]}
        )
        for name, output in config.outputs.items()
    }
    update = {"loss": loss, "metrics": metrics, "outputs": outputs}
    return config.model_copy(update=update), places


def _smoothed(
    config: Config, amount: float
) -> tuple[KerasObject, tuple[KerasObject, ...], Place]:
    """Return loss and metrics of one output with smooth labels, and where these landed."""
    loss = config.loss
    if SETTING in loss.arguments:
        return loss, config.metrics, Place(SETTING, loss.name, f"its own {SETTING}")
    if not takes_smoothing(loss):
        return loss, config.metrics, Place(SETTING, loss.name, "takes none")
    metrics = config.metrics
    name = loss.name
    arguments = dict(loss.arguments)
    if name in SPARSE:
        name = name.removeprefix("Sparse")
        arguments.pop("ignore_class", None)
        metrics = tuple(map(_on_columns, metrics))
    arguments[SETTING] = amount
    entry = loss.entry if name == loss.name else None
    smooth = replace(loss, name=name, arguments=arguments, entry=entry)
    return smooth, metrics, Place(SETTING, name)


def takes_smoothing(loss: KerasObject) -> bool:
    """Tell whether a loss can be given smooth labels."""
    if loss.name in SPARSE:
        return loss.arguments.get("ignore_class") is None
    return loss.entry is not None and SETTING in loss.entry.parameters


def _on_columns(metric: KerasObject) -> KerasObject:
    """Return a metric on numbers of classes as the same one on a column a class."""
    if metric.name not in SPARSE_METRICS:
        return metric
    arguments = {k: v for k, v in metric.arguments.items() if k != "ignore_class"}
    arguments["name"] = metric_name(metric)
    name = metric.name.removeprefix("Sparse")
    return replace(metric, name=name, arguments=arguments, entry=None)
