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
from dlkit.config.yaml_reader import read_yaml

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


FEATURES = {
    "age": "numeric",
    "rooms": {"numeric": {"missing": 0.5, "bins": 4, "indicator": True}},
    "city": {"categorical": "embedding"},
    "size.m2": {"numeric": "minmax"},
    "yes": "drop",
    "1": {"date": {"parts": ["month"]}},
    "a: b": {"text": {"output_mode": "count", "max_tokens": 50}},
}

DATASETS: list[dict[str, Any]] = [
    {"source": {"csv": "a.csv"}, "target": "kind", "features": FEATURES},
    {
        "source": {"csv": {"path": ["a.csv", "b/*.csv"], "missing": [-999, "?", "null", ""]}},
        "target": {"columns": "kind", "classes": [0, "no", "c"]},
        "validation": "valid.csv",
        "test": {"column": "split", "value": 1},
        "sample_weight": "w",
    },
    {"source": {"tsv": "a.tsv"}, "target": "kind", "folds": 5, "group": "street"},
    {"source": {"images": {"path": "flowers", "image_size": [8, 8]}}, "stream": True},
    {
        "source": {
            "tfrecord": {"path": "a", "features": {"x": {"float32": [4]}, "y": "int64"}}
        },
        "target": "y",
        "test": 0.25,
        "validation": 7,
    },
    {"source": {"blobs": {"classes": 3, "noise": "1/4"}}},
    {"source": {"imdb": 500}, "offline": None},
]
"""Datasets in all notations."""

TABLE: list[Any] = [
    *CONFIGS,
    *(
        experiment("Flatten", dataset=dataset, loss="categorical_crossentropy")
        for dataset in DATASETS[:-1]
    ),
    experiment(
        "Flatten",
        dataset={"source": "digits"},
        loss={"CategoricalCrossentropy": {"from_logits": False}},
        regularization={"augmentation": [{"GaussianNoise": 0.1}, "RandomFlip", "MixUp"]},
        training={"class_weight": {"0": 1, "9": 2.5}},
    )
    | {"architecture": {"layers": ["Flatten", {"Dense": 10}, "Softmax"]}},
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
    network = {"MobileNetV2": {"weights": None, "alpha": 0.35}}
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


@pytest.mark.parametrize("dataset", DATASETS[:-1], ids=lambda d: str(d["source"])[:24])
def test_dataset_is_read_back_as_it_was(dataset: dict[str, Any], tmp_path: Path) -> None:
    config = experiment("Flatten", dataset=dataset, training={"class_weight": "balanced"})
    loaded, text = dump(config)
    (tmp_path / "resolved.yaml").write_text(text, "utf-8")
    again = load_config(tmp_path / "resolved.yaml").config
    assert again.training == loaded.training
    source, features = again.dataset.source, again.dataset.features
    assert (source.name, source.settings) == (
        loaded.dataset.source.name,
        loaded.dataset.source.settings,
    )
    assert [(column, kind.name, kind.settings) for column, kind in features.items()] == [
        (column, kind.name, kind.settings) for column, kind in loaded.dataset.features.items()
    ]
    others = type(again.dataset).model_fields.keys() - {"source", "features"}
    assert {getattr(again.dataset, key) == getattr(loaded.dataset, key) for key in others} == {
        True
    }


def test_choices_are_written_with_their_defaults_but_not_with_nothing() -> None:
    dataset = {"source": {"csv": "a.csv"}, "target": "kind", "features": FEATURES}
    _, text = dump(experiment("Flatten", dataset=dataset))
    written = read_yaml(text, "resolved.yaml")[0].data["dataset"]
    assert written["source"] == {
        "csv": {
            "path": ["a.csv"],
            "separator": ",",
            "quoted": True,
            "decimal": ".",
            "encoding": "utf-8",
        }
    }
    assert written["target"] == {"columns": ["kind"]}
    assert written["features"]["age"] == {
        "numeric": {"scale": "standardize", "log": False, "indicator": False}
    }
    assert written["features"]["yes"] == "drop"
    assert written.keys() == {"source", "target", "features", "validation", "stream"}
