"""Which devices are seen, which examples each gets, and what breaks repeating."""

from __future__ import annotations

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
from dlkit.train.devices import device_names, use_device  # noqa: E402
from dlkit.train.shareable import prove_shareable  # noqa: E402
from dlkit.train.shared import Share  # noqa: E402

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
