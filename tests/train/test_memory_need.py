"""What cannot have the memory it needs is refused in one line, before it is made."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytestmark = pytest.mark.keras

keras = pytest.importorskip("keras")

import tensorflow as tf  # noqa: E402

from dlkit.config.load import load_config  # noqa: E402
from dlkit.errors import TrainingError  # noqa: E402
from dlkit.model import memory  # noqa: E402
from dlkit.train import memory_need  # noqa: E402
from dlkit.train.memory_need import refuse_large_training  # noqa: E402
from tests.train.conftest import Bench, numbers  # noqa: E402

Make = Callable[..., Bench]


@pytest.fixture
def free(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Return what sets how many bytes of memory are free."""

    def set_free(count: int) -> None:
        for module in (memory, memory_need):
            monkeypatch.setattr(module, "free_memory", lambda: count)

    return set_free


END = {"Dense": {"units": 3, "activation": "softmax"}}
LARGE = {
    "Dense": {"units": 2_000_000},
    "LSTM": {"units": 20_000},
    "Bidirectional": {"layer": {"LSTM": {"units": 20_000}}},
    "Conv1D": {"filters": 100_000, "kernel_size": 5},
    "MultiHeadAttention": {"num_heads": 1000, "key_dim": 10_000},
}


@pytest.mark.parametrize("name", LARGE)
def test_layer_that_is_too_large_is_refused_before_it_is_made(
    name: str, free: Callable[[int], None]
) -> None:
    from dlkit.model.calls import call_layer
    from dlkit.model.objects import build_object

    config = load_config(
        {
            "dataset": {"source": "iris"},
            "architecture": {"layers": [{name: LARGE[name]}, END]},
            "loss": "sparse_categorical_crossentropy",
        }
    ).config
    notation = config.architecture.layers[0].layer
    layer = build_object(notation)
    free(10**9)
    tensor = keras.Input((7, 1000))
    twice = [tensor, tensor] if name == "MultiHeadAttention" else [tensor]
    with pytest.raises(TrainingError, match=rf"{name} has [\d,]+ weights, which take [\d,]+"):
        call_layer(layer, twice, notation)
    assert not layer.built


def test_refusal_counts_weights_by_hand(
    bench: Make, free: Callable[[int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """3 columns to 8 units and a bias for each: 32 weights of 4 bytes."""
    monkeypatch.setattr(memory, "MOST_PER_PRODUCT", 10**9)
    free(127)
    with pytest.raises(TrainingError) as caught:
        bench(None)
    problem = caught.value.problems[0]
    assert problem.message.startswith("Dense has 32 weights, which take 0.0 GB, and 0.0 GB")
    assert problem.path == ("architecture", "layers", 0, "Dense")
    free(128)
    with pytest.raises(TrainingError, match=r"BatchNormalization|training needs"):
        bench(None)


def test_probing_a_layer_draws_nothing_and_makes_nothing(
    bench: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = bench(None).built.core.get_weights()
    monkeypatch.setattr(memory, "MOST_PER_PRODUCT", 10**18)  # every layer is probed
    for mine, theirs in zip(bench(None).built.core.get_weights(), plain, strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_what_was_only_measured_is_never_made() -> None:
    layer = keras.layers.Dense(4)
    with memory.making_nothing():
        layer.build((None, 3))
    assert memory.size_of(layer.weights) == (3 * 4 + 4) * 4
    with keras.StatelessScope():  # where Keras gives waiting variables their values
        pass
    assert [weight._value for weight in layer.weights] == [None, None]


@pytest.mark.parametrize(
    ("optimizer", "numbers_a_weight"),
    [
        (keras.optimizers.SGD(0.1), 0),
        (keras.optimizers.SGD(0.1, momentum=0.9), 1),
        (keras.optimizers.Adam(), 2),
        (keras.optimizers.Adam(use_ema=True, gradient_accumulation_steps=2), 4),
        (keras.optimizers.Adam(amsgrad=True), 3),
        (keras.optimizers.LossScaleOptimizer(keras.optimizers.RMSprop()), 1),
    ],
    ids=["SGD", "momentum", "Adam", "averaged and accumulated", "amsgrad", "scaled"],
)
def test_need_is_what_the_optimizer_really_takes(
    optimizer: Any, numbers_a_weight: int, free: Callable[[int], None]
) -> None:
    model = keras.Sequential([keras.Input((50,)), keras.layers.Dense(100)])
    weights = 4 * 5100
    data = sum(
        x.nbytes for part in (numbers().train, numbers().validation) for x in (part.x, part.y)
    )
    remembered = numbers_a_weight * weights
    need = 3 * weights + 2 * remembered + data  # gradients, the best, a copy of all, examples
    free(need - 1)
    with pytest.raises(TrainingError, match=r"^training needs 0\.0 GB of memory, and 0\.0 GB"):
        refuse_large_training(model, optimizer, numbers())
    free(need + 100)  # a few scalars of the optimizer
    refuse_large_training(model, optimizer, numbers())
    assert not optimizer.built
    optimizer.build(model.trainable_variables)
    assert memory.size_of(optimizer.variables) == pytest.approx(remembered, abs=50)


def test_stage_is_refused_before_training_and_not_during_it(
    bench: Make, free: Callable[[int], None]
) -> None:
    stages = [{"epochs": 1}, {"epochs": 1, "trainable": {"base": False}}]
    ready = bench(stages)
    free(0)  # as if the examples, which are counted beforehand, had taken all there was
    _, training, _ = ready.train()
    assert len(training.rows) == 2
    with pytest.raises(TrainingError, match=r"^training needs 0\.0 GB of memory"):
        ready.stages.prove()


def test_memory_that_runs_out_in_a_step_names_the_batch_size(
    bench: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = bench(None, training={"epochs": 1})

    def fail(*_: Any) -> Any:
        raise tf.errors.ResourceExhaustedError(None, None, "OOM when allocating tensor")

    monkeypatch.setattr("dlkit.train.loops.tape.TapeLoop.run_epoch", fail)
    with pytest.raises(TrainingError) as caught:
        made.train()
    assert str(caught.value) == (
        "training.batch_size: epoch 1 failed: there is not enough memory for a step."
        " Make it smaller than 8."
    )


LIMITED = """
import resource, sys
import numpy  # before the limit: what is limited is what comes after
from dlkit.backend import import_tensorflow
import_tensorflow()
import dlkit.model.memory as memory
if sys.argv[1] == "unwarned":  # as where the system does not say what is free
    memory.free_memory = lambda: None
pages = int(open("/proc/self/statm").read().split()[0])
most = pages * resource.getpagesize() + 2_000_000_000
resource.setrlimit(resource.RLIMIT_AS, (most, most))
from dlkit.cli import main
main(["run", "made.yaml", "--output", "out"])
"""


@pytest.mark.parametrize(
    ("warned", "said"),
    [
        ("warned", "Dense has 1,600,000,000 weights, which take 6.4 GB, and "),
        (
            "unwarned",
            "there is not enough memory for the weights of Dense. Make it or its input",
        ),
    ],
)
def test_model_beyond_the_limit_of_the_process_ends_in_one_line(
    tmp_path: Path, warned: str, said: str
) -> None:
    config = {
        "dataset": {"source": "iris"},
        "architecture": {
            "layers": [
                {"Dense": {"units": 40_000, "use_bias": False}},
                {"Dense": {"units": 40_000, "use_bias": False}},
                END,
            ]
        },
        "loss": "sparse_categorical_crossentropy",
    }
    (tmp_path / "made.yaml").write_text(json.dumps(config, indent=1))
    command = [sys.executable, "-c", LIMITED, warned]
    child = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert child.returncode == 4, child.stderr
    line = child.stderr.strip().splitlines()[-1]
    assert "Traceback" not in child.stderr
    assert line.startswith("made.yaml:")
    assert f"architecture.layers[1].Dense: {said}" in line
