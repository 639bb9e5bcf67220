"""What a person should know of one's own code in a config; rules as in ``rules``."""

from __future__ import annotations

from collections.abc import Iterator

from dlkit.config.columns import figure_names
from dlkit.config.schema import Config
from dlkit.errors import Problem

TRAINING = ("train_step", "test_step", "predict_step", "compute_loss", "fit")
"""Methods by which a Keras model trains in its own way."""


def check_own_training(config: Config) -> Iterator[Problem]:
    """A model of a plugin is a layer here, and its own way of training is not asked for."""
    for entry in config.architecture.layers:
        written = vars(entry.layer.own_code) if entry.layer.own_code else {}
        methods = [name for name in TRAINING if name in written]
        if methods:
            yield Problem(
                f"{methods[0]} of {entry.layer.name} is never called: dlkit trains it as any"
                " other layer.",
                entry.layer.path,
                "Say it by loss, metrics and optimizer, or by `self.add_loss` in call().",
                warning=True,
            )


def check_own_direction(config: Config) -> Iterator[Problem]:
    """Of a metric of a plugin nobody but the person knows whether more of it is better."""
    stopping = config.regularization.early_stopping
    if stopping is None or stopping.mode != "auto":
        return
    metric = figure_names(config).get(stopping.monitor.removeprefix("val_"))
    if metric is not None and metric.own_code:
        yield Problem(
            f"whether more or less of {stopping.monitor!r} is better is not known.",
            ("regularization", "early_stopping", "monitor"),
            "Add `mode: max` or `mode: min`.",
        )
