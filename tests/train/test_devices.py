"""Which devices are seen, which examples each gets, and what breaks repeating."""

from __future__ import annotations

import subprocess
import sys
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import dlkit

pytestmark = [pytest.mark.keras, pytest.mark.usefixtures("unpictured")]

tf = pytest.importorskip("tensorflow")
keras = pytest.importorskip("keras")

from dlkit.config.training_section import TrainingConfig  # noqa: E402
from dlkit.data.dataset import Split  # noqa: E402
from dlkit.train.determinism import failure, set_determinism, what_breaks_it  # noqa: E402
from dlkit.train.devices import device_names, use_device, use_threads  # noqa: E402
from dlkit.train.loops.shareable import prove_shareable  # noqa: E402
from dlkit.train.loops.shared import Share  # noqa: E402

TEXT = """\
name: tiny
dataset: {source: xor, validation: 0}
architecture: {layers: [{Dense: {units: 1, activation: sigmoid}}]}
loss: binary_crossentropy
training: {epochs: 1}
"""


@pytest.mark.parametrize(
    ("name", "gpus", "message"),
    [
        ("gpu", 0, "there is no device 'gpu'. There is: cpu."),
        ("gpu:2", 2, "there is no device 'gpu:2'. There is: cpu, gpu:0, gpu:1."),
        ("tpu", 1, "'tpu' is no device: write cpu, gpu, or gpu:1. There is: cpu, gpu:0."),
        ("gpu:-1", 0, "'gpu:-1' is no device: write cpu, gpu, or gpu:1. There is: cpu."),
    ],
)
def test_unknown_or_absent_device(
    monkeypatch: pytest.MonkeyPatch, name: str, gpus: int, message: str
) -> None:
    found = [f"GPU {number}" for number in range(gpus)]
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: found)
    with pytest.raises(dlkit.ConfigError) as caught:
        use_device(name)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("name", "seen"), [("cpu", []), ("gpu", None), ("GPU:1", ["B"]), ("gpu:0", ["A"])]
)
def test_only_the_chosen_device_is_seen(
    monkeypatch: pytest.MonkeyPatch, name: str, seen: list[str] | None
) -> None:
    chosen: list[Any] = []
    for function in ("list_physical_devices", "get_visible_devices"):
        monkeypatch.setattr(tf.config, function, lambda kind: ["A", "B"])
    monkeypatch.setattr(tf.config, "set_visible_devices", lambda *them: chosen.append(them))
    use_device(name)
    assert chosen == ([] if seen is None else [(seen, "GPU")])


def test_device_is_not_changed_at_work(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> None:
        raise RuntimeError("initialized")

    for function in ("list_physical_devices", "get_visible_devices"):
        monkeypatch.setattr(tf.config, function, lambda kind: ["A", "B"])
    monkeypatch.setattr(tf.config, "set_visible_devices", refuse)
    with pytest.raises(dlkit.ConfigError, match="Choose it in a new Python process"):
        use_device("gpu:1")


THREADS = """\
import sys
from pathlib import Path
from dlkit.backend import import_tensorflow
from dlkit.config.training_section import TrainingConfig
from dlkit.machine import compute_as_asked
import_tensorflow()
import tensorflow as tf
class Config:
    training = TrainingConfig(threads=int(sys.argv[1]))
compute_as_asked(Config)
tf.function(lambda x: tf.matmul(x, x))(tf.ones((300, 300)))
names = [file.read_text().strip() for file in Path("/proc/self/task").glob("*/comm")]
print(names.count("tf_Compute"), tf.config.threading.get_intra_op_parallelism_threads())
compute_as_asked(Config)
"""


@pytest.mark.parametrize("count", [1, 3])
def test_process_computes_with_as_many_threads_as_are_asked_for(count: int) -> None:
    command = [sys.executable, "-c", THREADS, str(count)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.stdout, done.returncode) == (f"{count} {count}\n", 0)


def test_number_of_threads_is_not_changed_at_work() -> None:
    tf.constant(1.0)  # TensorFlow is at work now
    now = tf.config.threading.get_intra_op_parallelism_threads()
    use_threads(now)
    with pytest.raises(dlkit.ConfigError) as refused:
        use_threads(now + 1)
    assert str(refused.value) == (
        "training.threads: TensorFlow is at work with another number of threads. Start a new"
        " Python process, or leave `training.threads` out."
    )


def test_command_line_refuses_in_one_line(
    tmp_path: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    from dlkit.cli import main

    (tmp_path / "tiny.yaml").write_text(TEXT)
    for command in ("run", "check"):
        words = [command, str(tmp_path / "tiny.yaml"), "--device", "gpu:9"]
        with pytest.raises(SystemExit) as caught:
            main([*words, "--output", str(tmp_path / "runs")])
        assert caught.value.code == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert line.startswith("there is no device 'gpu:9'. There is: cpu")
    assert not (tmp_path / "runs").exists()
    result = dlkit.run(tmp_path / "tiny.yaml", output=tmp_path / "runs", device="cpu")
    assert result.rows
    assert device_names(TrainingConfig()) == ["CPU"]


@pytest.mark.parametrize(
    ("size", "devices", "counts"),
    [(8, 2, [4, 4]), (5, 2, [3, 2]), (1, 2, [1, 0]), (9, 4, [3, 3, 3, 0]), (2, 3, [1, 1, 0])],
)
def test_shares(size: int, devices: int, counts: list[int]) -> None:
    share = Share(size, devices)
    assert [share.count(number) for number in range(devices)] == counts
    taken = [range(*share.rows(number)) for number in range(devices) if share.count(number)]
    assert [row for rows in taken for row in rows] == list(range(size))
    assert all(share.rows(n) == (0, 1) for n in range(devices) if not share.count(n))


class Summed(keras.layers.Layer):
    """Adds the sum of what it sees to the loss, where Keras would take the mean."""

    def call(self, inputs: Any) -> Any:
        self.add_loss(keras.ops.sum(inputs**2))
        return inputs


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        ([keras.layers.Dense(2, activity_regularizer="l2")], None),
        ([Summed()], "a layer adds a loss that is not the mean over examples"),
        ([keras.layers.BatchNormalization(synchronized=True, name="bn")], "'bn' is synch"),
    ],
)
def test_what_cannot_be_shared(layers: list[Any], message: str | None) -> None:
    model = keras.Sequential([keras.Input((3,)), *layers])

    class Shared:
        """A model that two devices train."""

        distribute_strategy = SimpleNamespace(num_replicas_in_sync=2)

        def __getattr__(self, name: str) -> Any:
            return getattr(model, name)

        def __call__(self, *given: Any, **options: Any) -> Any:
            return model(*given, **options)

    x = np.random.default_rng(0).normal(size=(9, 3)).astype(np.float32)
    dataset: Any = SimpleNamespace(train=Split(x, np.zeros(9)))
    prove_shareable(model, dataset)  # one device may do anything
    shared: Any = Shared()
    if message is None:
        prove_shareable(shared, dataset)
        return
    with pytest.raises(dlkit.ConfigError, match=message):
        prove_shareable(shared, dataset)


def test_what_breaks_repeating_is_told() -> None:
    refused = RuntimeError("the op does not have a deterministic implementation")
    try:
        set_determinism(TrainingConfig(deterministic=False))
        assert "training.deterministic is false" in what_breaks_it(
            TrainingConfig(deterministic=False)
        )
        assert "on a GPU" in what_breaks_it(TrainingConfig())
        assert str(failure("it failed.", refused)) == "it failed."
    finally:
        set_determinism(TrainingConfig(deterministic=True))
    assert what_breaks_it(TrainingConfig()) == ""
    assert str(failure("it failed.", refused)) == (
        "training.deterministic: it failed. It cannot give the same bits every time: write"
        " `training.deterministic: false`."
    )
    assert str(failure("it failed.", RuntimeError("no memory"))) == "it failed."
