"""What is written back is read as the same config, and written as the same text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from dlkit.config.catalogue import load_catalogue
from dlkit.config.columns import metric_name
from dlkit.config.dump import dump_resolved
from dlkit.config.load import load_config
from dlkit.config.schema import Config

CONFIGS = sorted((Path(__file__).parents[2] / "configs").glob("*.yaml"))


def experiment(*layers: Any, **sections: Any) -> dict[str, Any]:
    """Return a config of some layers before an output for the classes of iris."""
    output = {"Dense": {"units": 3, "activation": "softmax"}}
    return {
        "dataset": {"source": "iris"},
        "architecture": {"layers": [*layers, output]},
        "loss": "sparse_categorical_crossentropy",
        "optimizer": "Adam",
        **sections,
    }


def dump(config: Any) -> tuple[Config, str]:
    loaded = load_config(config).config
    return loaded, dump_resolved(loaded, load_catalogue())


def dump_twice(config: Any, folder: Path) -> tuple[str, str]:
    """Return what is written of a config, and of what is read from that."""
    _, first = dump(config)
    (folder / "resolved.yaml").write_text(first, "utf-8")
    return first, dump(folder / "resolved.yaml")[1]


def layer(text: str, index: int = 0) -> Any:
    """Return the arguments of a layer in a dump."""
    (arguments,) = yaml.safe_load(text)["architecture"]["layers"][index].values()
    return arguments


DENSE: list[Any] = [
    *({"kernel_initializer": name} for name in ("zeros", "orthogonal", "uniform", "he_normal")),
    {"kernel_initializer": {"Orthogonal": 0.5}},
    {"kernel_initializer": {"VarianceScaling": {"mode": "fan_out"}}},
    {"kernel_initializer": None, "bias_initializer": None},
    {"kernel_regularizer": "l2", "bias_regularizer": {"L1L2": {"l1": 0.1}}},
    {"kernel_regularizer": {"orthogonal_regularizer": {"factor": 0.1}}},
    {"kernel_constraint": "non_neg", "bias_constraint": {"MaxNorm": 2}},
    {"activation": "LeakyReLU"},
    {"activation": {"LeakyReLU": 0.1}},
    {"activation": "swish", "name": "first"},
    {"activation": None, "use_bias": False},
]

SCHEDULES: list[Any] = [
    {"CosineDecay": {"decay_steps": "5 epochs"}},
    {"CosineDecayRestarts": {"first_decay_steps": "1000000 steps", "t_mul": 1.5}},
    {"PolynomialDecay": {"decay_steps": "1.5 epochs"}},
    {"PiecewiseConstantDecay": {"boundaries": ["1 epoch", 50], "values": [0.1, 0.01, 1e-3]}},
]

LOSSES: list[Any] = [
    "sparse_categorical_crossentropy",
    "SparseCategoricalCrossentropy",
    {"SparseCategoricalCrossentropy": {"ignore_class": 2}},
]

REGRESSION_METRICS: list[Any] = [
    *("huber", "log_cosh", "mae", "MeanAbsoluteError", "R2Score"),
    {"huber": {"delta": 2.0}},
    {"huber": 2},
    {"MeanSquaredError": {"name": "squared"}},
    {"mse": {"name": None}},
]

CLASSIFICATION_METRICS: list[Any] = [
    *("accuracy", "acc", "sparse_categorical_accuracy"),
    {"SparseTopKCategoricalAccuracy": 2},
]


def regression(metric: Any) -> dict[str, Any]:
    return {
        "dataset": {"source": "diabetes"},
        "architecture": {"layers": [{"Dense": 1}]},
        "loss": "huber",
        "optimizer": "SGD",
        "metrics": [metric],
    }


TABLE: list[Any] = [
    *CONFIGS,
    *(experiment({"Dense": {"units": 4, **arguments}}) for arguments in DENSE),
    *(experiment("Flatten", lr_schedule=schedule) for schedule in SCHEDULES),
    *(experiment("Flatten", loss=loss) for loss in LOSSES),
    *(experiment("Flatten", metrics=[metric]) for metric in CLASSIFICATION_METRICS),
    *(regression(metric) for metric in REGRESSION_METRICS),
    experiment({"Reshape": [[4, 1]]}, {"LSTM": {"units": 3, "activation": None}}),
    experiment({"Reshape": [[4, 1]]}, {"Bidirectional": {"layer": {"GRU": 2}}}),
    experiment("Flatten", training={"steps": 7, "callbacks": ["TerminateOnNaN"]}),
    experiment("Flatten", optimizer={"AdamW": {"learning_rate": {"CosineDecay": [0.1, 9]}}}),
]


@pytest.mark.parametrize("config", TABLE, ids=lambda c: c.stem if isinstance(c, Path) else None)
def test_text_is_the_same_when_it_is_read_and_written_again(
    config: Any, tmp_path: Path
) -> None:
    first, second = dump_twice(config, tmp_path)
    assert second == first


@pytest.mark.parametrize("metric", REGRESSION_METRICS, ids=str)
def test_metric_keeps_its_column(metric: Any, tmp_path: Path) -> None:
    config, text = dump(regression(metric))
    (tmp_path / "resolved.yaml").write_text(text, "utf-8")
    (again,) = load_config(tmp_path / "resolved.yaml").config.metrics
    assert metric_name(again) == metric_name(config.metrics[0])


def test_nothing_is_written_where_the_default_is_something() -> None:
    network = {"MobileNetV2": {"weights": None, "input_shape": [32, 32, 3]}}
    recurrent = {"LSTM": {"units": 3, "activation": None, "kernel_regularizer": None}}
    _, text = dump(experiment(recurrent, network))
    assert layer(text, 0)["activation"] is None
    assert "kernel_regularizer" not in layer(text, 0)
    assert layer(text, 1)["weights"] is None
    assert "input_tensor" not in layer(text, 1)


def test_default_that_is_an_object_is_written_with_its_arguments() -> None:
    _, text = dump(experiment({"LSTM": 3}, {"Embedding": [9, 2]}))
    assert layer(text, 0)["recurrent_initializer"] == {"Orthogonal": {"gain": 1.0}}
    assert layer(text, 0)["kernel_initializer"] == "glorot_uniform"
    assert layer(text, 1)["embeddings_initializer"] == {
        "RandomUniform": {"minval": -0.05, "maxval": 0.05}
    }


def test_function_metric_gets_no_name() -> None:
    _, text = dump(regression("huber"))
    assert yaml.safe_load(text)["metrics"] == [{"huber": {"delta": 1.0}}]


def test_long_duration_keeps_every_digit() -> None:
    schedule = {"CosineDecay": {"decay_steps": "1234567 steps"}}
    _, text = dump(experiment("Flatten", lr_schedule=schedule))
    assert "decay_steps: 1234567 steps\n" in text
