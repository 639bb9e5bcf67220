"""Scripts of every way to train: they come to the figures of a run, or are refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.keras, pytest.mark.usefixtures("unpictured")]

keras = pytest.importorskip("keras")

import dlkit  # noqa: E402
from dlkit.errors import ConfigError  # noqa: E402
from tests.eject.conftest import figures_of  # noqa: E402

Write = Callable[..., str]


def moons(training: dict[str, Any], **sections: Any) -> dict[str, Any]:
    """72 examples to learn from, 8 to validate on, 20 to test on."""
    return {
        "name": "moons",
        "dataset": {"source": {"moons": {"examples": 100}}},
        "architecture": {
            "layers": [
                {"Dense": {"units": 6, "activation": "relu"}},
                {"Dense": {"units": 2, "activation": "softmax"}},
            ]
        },
        "loss": "sparse_categorical_crossentropy",
        "metrics": ["accuracy"],
        "optimizer": {"Adam": {"learning_rate": 0.02}},
        "training": {"batch_size": 16, **training},
        **sections,
    }


STAGES = [{"epochs": 2}, {"epochs": 1, "learning_rate": 0.005}]
ALL = {
    "gradient_accumulation_steps": 2,
    "use_ema": True,
    "ema_momentum": 0.8,
    "ema_overwrite_frequency": 4,
    "global_clipnorm": 0.1,
}
AUGMENTED = {"augmentation": [{"GaussianNoise": {"stddev": 0.2}}]}


@pytest.mark.parametrize(
    ("training", "sections"),
    [
        # a pass is 5 steps, the last of them a batch of 8
        pytest.param(
            {"epochs": 3, "steps_per_epoch": 3, "deterministic": True}, {}, id="shorter-epochs"
        ),
        pytest.param({"steps": 17, "steps_per_epoch": 7}, {}, id="longer-epochs-cut"),
        pytest.param({"stages": STAGES, "steps_per_epoch": 4}, {}, id="stages"),
        pytest.param(
            {"epochs": 3, "steps_per_epoch": 3}, {"regularization": AUGMENTED}, id="augmented"
        ),
        pytest.param(
            {"steps": 5, "limit": {"train_batches": 2, "test_batches": 1}}, {}, id="limit-cut"
        ),
        pytest.param({"epochs": 2, "precision": "mixed_bfloat16"}, {}, id="bfloat16"),
        pytest.param({"epochs": 3}, {"optimizer": {"Adam": ALL}}, id="optimizer"),
    ],
)
def test_script_comes_to_the_figures_of_a_run(
    training: dict[str, Any], sections: dict[str, Any], tmp_path: Path
) -> None:
    config = moons(training, **sections)
    result = dlkit.run(config, output=tmp_path)
    told = figures_of(dlkit.eject(config))
    wanted = {k: v for k, v in result.metrics.items() if k.startswith(("val_", "test_"))}
    assert len(wanted) == 4
    assert told == pytest.approx(wanted, abs=1e-5)


def test_examples_to_overfit_come_prepared(script: Write, tmp_path: Path) -> None:
    config = moons({"epochs": 10, "overfit": 6})
    with pytest.raises(ConfigError) as refused:
        script(config)
    assert str(refused.value).splitlines() == [
        (
            "dict  training.overfit: it takes more than a few lines to choose the examples as"
            " dlkit does. `dlkit eject FILE --data train.npz` writes them to a file."
        )
    ]
    told = figures_of(script(config, tmp_path / "few.npz"))
    result = dlkit.run(config, output=tmp_path / "runs")
    wanted = {k: v for k, v in result.metrics.items() if k.startswith(("val_", "test_"))}
    assert told == pytest.approx(wanted, abs=1e-5)


def test_several_devices_are_refused(script: Write) -> None:
    with pytest.raises(ConfigError) as refused:
        script(moons({"distribute": "mirrored"}))
    assert str(refused.value) == (
        "dict  training.distribute: a script trains on one device, by Keras's `fit`. Eject it"
        " without: `dlkit eject FILE training.distribute=null`."
    )


@pytest.mark.parametrize(
    ("training", "said"),
    [
        ({"xla": True}, "XLA, which rounds otherwise"),
        ({"diagnostics": True}, "the figures of gradients and weights"),
        ({"checkpoint": {"epochs": 5}}, "the state from which a training can go on"),
        ({"xla": False, "loop": "tape", "deterministic": False}, ""),
        ({}, ""),
    ],
)
def test_what_is_left_out_is_told(training: dict[str, Any], said: str, script: Write) -> None:
    text = script(moons({"epochs": 1, **training}))
    opening = " ".join(text.split('"""')[1].split())
    assert opening.endswith(f"Left out of the training: {said}." if said else "same figures.")


def test_precision_leaves_raw_numbers_and_outputs_alone(script: Write) -> None:
    config = moons({"epochs": 1, "precision": "mixed_float16"})
    config["architecture"]["layers"].insert(0, {"Rescaling": 0.5})
    before = keras.config.dtype_policy()
    text = script(config)
    assert keras.config.dtype_policy() == before
    assert text.index('set_dtype_policy("mixed_float16")') < text.index("keras.Sequential(")
    assert 'layers.Rescaling(0.5, dtype="float32"),' in text
    assert 'layers.Dense(6, activation="relu"),' in text
    assert 'layers.Dense(2, activation="softmax", dtype="float32"),' in text
