from typing import Any

import numpy as np
import pytest

pytestmark = pytest.mark.keras

keras = pytest.importorskip("keras")

from dlkit.config.catalogue import load_catalogue  # noqa: E402
from dlkit.config.choices import Choice  # noqa: E402
from dlkit.config.data_sources import Whole  # noqa: E402
from dlkit.config.load import load_config  # noqa: E402
from dlkit.config.schema import Config, DatasetConfig  # noqa: E402
from dlkit.data.dataset import Dataset, Split  # noqa: E402
from dlkit.errors import ModelError  # noqa: E402
from dlkit.model.graph import build_model  # noqa: E402
from dlkit.model.inputs import open_entrance  # noqa: E402
from dlkit.train.assembly import assemble  # noqa: E402


def flowers(classes: int = 3) -> Dataset:
    generator = np.random.default_rng(0)
    x = generator.normal(size=(12, 4)).astype("float32")
    split = Split(x, (np.arange(12) % classes).astype("int32"))
    names = tuple(f"kind {index}" for index in range(classes))
    source = DatasetConfig(source=Choice("iris", Whole()))
    parts = (split, None, split)
    return Dataset("made", None, "here", "classification", names, (), *parts, source)


DATA = {
    "dataset": {"source": "iris"},
    "architecture": {"layers": [{"Dense": {"units": 3, "activation": "softmax"}}]},
    "loss": "sparse_categorical_crossentropy",
}


def assembled(**sections: Any) -> Any:
    return assembled_for(flowers(), load_config({**DATA, **sections}).config)


def assembled_for(dataset: Dataset, config: Config) -> Any:
    layers = config.architecture.layers
    model = build_model(layers, dataset, open_entrance(dataset, ()), "made").model
    assemble(model, config, dataset, 10, load_catalogue())
    return model


def test_schedule_starts_from_the_optimizers_rate() -> None:
    model = assembled(
        optimizer={"SGD": {"learning_rate": 0.5}},
        lr_schedule={"CosineDecay": {"decay_steps": "2 epochs"}},
    )
    schedule = model.optimizer._learning_rate
    assert float(schedule(0)) == pytest.approx(0.5)
    assert float(schedule(10)) == pytest.approx(0.25)  # half of a cosine over 20 steps
    assert float(schedule(20)) == pytest.approx(0.0, abs=1e-7)


def test_schedule_starts_from_keras_default_where_none_is_given() -> None:
    model = assembled(optimizer="RMSprop", lr_schedule={"CosineDecay": {"decay_steps": 5}})
    assert float(model.optimizer._learning_rate(0)) == pytest.approx(0.001)


def test_optimizer_is_built_before_training() -> None:
    model = assembled(optimizer="Adam")
    shapes = [tuple(v.shape) for v in model.optimizer.variables]
    assert shapes.count((4, 3)) == 2  # a momentum and a velocity for the kernel


def test_metrics_start_empty_after_the_proof() -> None:
    model = assembled(metrics=["accuracy"])
    assert float(model.get_metrics_result()["accuracy"]) == 0.0


SOFTMAX = {"Dense": {"units": 3, "activation": "softmax"}}


@pytest.mark.parametrize(
    ("sections", "message"),
    [
        pytest.param(
            {"architecture": {"layers": [{"Reshape": [2, 2]}, SOFTMAX]}},
            r"^loss: SparseCategoricalCrossentropy refuses outputs \(None, 2, 3\) and labels"
            r" \(None,\): .* Put `Flatten` or `GlobalAveragePooling1D` before",
            id="outputs-are-sequences",
        ),
        pytest.param(
            {"metrics": ["accuracy", "F1Score"]},
            r"^metrics\[1\]: F1Score refuses labels \(None,\) and outputs \(None, 3\): ",
            id="metric-wants-one-hot",
        ),
        pytest.param(
            {"architecture": {"layers": ["Softmax"]}},
            r"^architecture\.layers: no layer has weights to train\.$",
            id="nothing-to-train",
        ),
        pytest.param(
            {
                "architecture": {
                    "layers": [
                        {"Dense": {"units": 3, "kernel_constraint": {"MaxNorm": {"axis": 9}}}},
                        "Softmax",
                    ]
                }
            },
            r"^architecture\.layers: a training step fails: ",
            id="step-fails",
        ),
    ],
)
def test_what_cannot_be_trained_is_refused(sections: dict[str, Any], message: str) -> None:
    with pytest.raises(ModelError, match=message):
        assembled(**sections)


def test_labels_beyond_the_units_are_refused() -> None:
    expected = (
        r"^loss: the labels have 5 classes, and the last layer has 3 units\. Give it 5\.$"
    )
    with pytest.raises(ModelError, match=expected):
        assembled_for(flowers(classes=5), load_config(DATA).config)


def test_proof_of_a_step_leaves_no_trace() -> None:
    layers = ["BatchNormalization", {"Dropout": 0.5}, SOFTMAX]
    model = assembled(architecture={"layers": layers}, optimizer="Adam")
    moving = {v.path.split("/")[-1]: v.numpy() for v in model.layers[0].non_trainable_variables}
    assert (moving["moving_mean"] == 0).all()
    assert (moving["moving_variance"] == 1).all()
    assert int(model.optimizer.iterations.numpy()) == 0
    assert all((v.numpy() == 0).all() for v in model.optimizer.variables[2:])
