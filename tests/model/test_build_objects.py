from typing import Any

import pytest

pytestmark = pytest.mark.keras

keras = pytest.importorskip("keras")

from dlkit.config.catalogue import load_catalogue  # noqa: E402
from dlkit.config.objects import KerasObject, ObjectReader  # noqa: E402
from dlkit.errors import ModelError  # noqa: E402
from dlkit.model.objects import build_metric, build_object, one_line  # noqa: E402


def read(notation: Any, kind: str) -> KerasObject:
    reader = ObjectReader(load_catalogue())
    found = reader.read(notation, kind, (kind,))
    assert found is not None
    assert not reader.problems
    return found


@pytest.mark.parametrize(
    ("kind", "notation", "expected"),
    [
        (
            "optimizers",
            {"SGD": {"learning_rate": 0.5, "momentum": 0.9, "name": "plain"}},
            keras.optimizers.SGD(0.5, 0.9, name="plain"),
        ),
        ("losses", {"Huber": {"delta": 2.0}}, keras.losses.Huber(delta=2.0)),
        ("losses", "mse", keras.losses.MeanSquaredError()),
        ("regularizers", {"L2": 0.01}, keras.regularizers.L2(0.01)),
        (
            "initializers",
            {"RandomNormal": {"stddev": 0.2}},
            keras.initializers.RandomNormal(stddev=0.2),
        ),
        ("constraints", {"MaxNorm": 3}, keras.constraints.MaxNorm(3)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_built_object_is_the_one_written_by_hand(
    kind: str, notation: Any, expected: Any
) -> None:
    built = build_object(read(notation, kind))
    assert type(built) is type(expected)
    assert built.get_config() == expected.get_config()


def test_duration_in_epochs_becomes_steps() -> None:
    notation = {"CosineDecay": {"initial_learning_rate": 0.1, "decay_steps": "5 epochs"}}
    schedule = build_object(read(notation, "schedules"), steps_per_epoch=42)
    assert schedule.get_config()["decay_steps"] == 210


def test_boundaries_in_epochs_become_steps_one_by_one() -> None:
    notation = {
        "PiecewiseConstantDecay": {
            "boundaries": ["1 epoch", "30 steps"],
            "values": [0.3, 0.2, 0.1],
        }
    }
    schedule = build_object(read(notation, "schedules"), steps_per_epoch=10)
    assert schedule.get_config()["boundaries"] == [10, 30]


@pytest.mark.parametrize(
    ("notation", "name"),
    [
        ("mae", "mae"),
        ("MeanAbsoluteError", "mean_absolute_error"),
        ("AUC", "auc"),
        ({"AUC": {"curve": "PR", "name": "pr"}}, "pr"),
        ("huber", "huber"),
    ],
)
def test_metric_is_named_as_its_column(notation: Any, name: str) -> None:
    for _ in range(2):  # Keras itself would call the second one auc_1
        assert build_metric(read(notation, "metrics"), "classification").name == name


def test_accuracy_is_left_for_compile_to_choose() -> None:
    assert build_metric(read("acc", "metrics"), "classification") == "accuracy"


def test_activation_is_given_by_name() -> None:
    layer = build_object(read({"Dense": {"units": 2, "activation": "swish"}}, "layers"))
    assert layer.get_config()["activation"] == "silu"


def test_activation_with_arguments_is_a_layer() -> None:
    notation = {"Dense": {"units": 2, "activation": {"LeakyReLU": {"negative_slope": 0.25}}}}
    layer = build_object(read(notation, "layers"))
    assert layer.activation.negative_slope == 0.25


def test_refusal_is_one_line_at_the_object() -> None:
    with pytest.raises(ModelError, match=r"^optimizers\.Adam: Keras refuses Adam: ") as caught:
        build_object(
            read(
                {"Adam": {"weight_decay": 0.1, "clipnorm": 1.0, "clipvalue": 1.0}}, "optimizers"
            )
        )
    assert "\n" not in str(caught.value)


def test_long_reasons_are_cut() -> None:
    assert len(one_line(ValueError("word " * 200))) == 300


DEVICE = "{{function_node __wrapped__Sub_device_/job:localhost/task:0/device:CPU:0}} "
TENSORS = "[<KerasTensor shape=(None, 16), name=a>, <KerasTensor shape=(2, 4)>]"


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        (f"{DEVICE}Shapes: [7] vs. [7,10] [Op:Sub] name: ", "Shapes: [7] vs. [7,10]."),
        (f"It expects 1 input. Inputs received: {TENSORS}", "It expects 1 input."),
    ],
    ids=["device", "tensors"],
)
def test_reason_has_nothing_of_the_inside_of_tensorflow(said: str, kept: str) -> None:
    assert one_line(ValueError(said)) == kept
