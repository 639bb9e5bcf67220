"""A training that a signal ends has lost nothing that it could have kept."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytestmark = pytest.mark.keras

pytest.importorskip("keras")

from dlkit.config.training_section import CheckpointConfig  # noqa: E402
from dlkit.errors import Interrupted  # noqa: E402
from dlkit.train.loops.evaluation import EvaluationLoop  # noqa: E402
from dlkit.train.state.keeper import Keeper  # noqa: E402
from dlkit.train.state.store import Store  # noqa: E402
from tests.train.conftest import Bench, Notes  # noqa: E402

Make = Callable[..., Bench]

NEVER = CheckpointConfig(seconds=1e9)
STAGES = [{"epochs": 2}, {"epochs": 1, "trainable": {"base": False}}]


@pytest.fixture(autouse=True)
def _every_step_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dlkit.train.loops.tape.SECONDS_PER_CALL", 0.0)


def signal_at(epoch: int, step: int, number: int = signal.SIGINT) -> Notes:
    """Return an observer that raises a signal when it hears of a step."""
    notes = Notes()
    heard = notes.on_steps

    def on_steps(at: int, done: int, steps: int) -> None:
        heard(at, done, steps)
        if (at, done) == (epoch, step):
            signal.raise_signal(number)

    notes.on_steps = on_steps  # type: ignore[method-assign]
    return notes


def interrupt(bench: Bench, folder: Path, notes: Notes | None = None) -> Interrupted:
    """Train until a signal ends it, where nothing is kept but for that."""
    keeper = Keeper(Store(folder), NEVER, pytest.fail)
    with pytest.raises(Interrupted) as caught:
        bench.train(keeper=keeper, notes=notes)
    return caught.value


def kept(folder: Path) -> dict[str, Any]:
    """Return what the newest snapshot says."""
    snapshot, damaged = Store(folder).newest()
    assert snapshot
    assert not damaged
    return dict(snapshot.facts)


def resume(bench: Bench, folder: Path) -> tuple[list[np.ndarray], list[dict[str, float]]]:
    snapshot, _ = Store(folder).newest()
    model, training, _ = bench.train(keeper=Keeper(Store(folder), NEVER, pytest.fail, snapshot))
    return everything(model), rows(training)


def everything(model: Any) -> list[np.ndarray]:
    return [np.asarray(v) for v in [*model.variables, *model.optimizer.variables]]


def rows(training: Any) -> list[dict[str, float]]:
    return [{n: v for n, v in row.items() if n != "seconds"} for row in training.rows]


@pytest.mark.parametrize(
    ("loop", "done", "over", "stages"),
    [
        pytest.param("tape", 3, 1, None, id="tape"),
        pytest.param("fit", 0, 1, None, id="fit"),
        pytest.param("fit", 0, 2, STAGES, id="fit, a stage's first epoch"),
    ],
)
def test_interrupted_training_goes_on_to_the_same_bits(
    bench: Make, tmp_path: Path, loop: str, done: int, over: int, stages: Any
) -> None:
    """Keras's own loop can only begin an epoch anew, so what counts is where it began."""
    training = {"loop": loop, **({} if stages else {"epochs": 3})}
    whole, plain, _ = bench(stages, training=training).train()
    error = interrupt(bench(stages, training=training), tmp_path, signal_at(over + 1, 3))
    assert str(error) == f"Interrupted in epoch {over + 1}, step 3."
    assert error.exit_code == 130
    facts = kept(tmp_path)
    assert (facts["done"], len(facts["rows"])) == (done, over)
    values, history = resume(bench(stages, training=training), tmp_path)
    assert history == rows(plain)
    for mine, theirs in zip(values, everything(whole), strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_signal_in_validation_ends_training_after_that_epoch(
    bench: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    measure = EvaluationLoop.measure

    def measure_and_signal(loop: EvaluationLoop) -> dict[str, float]:
        signal.raise_signal(signal.SIGTERM)
        return measure(loop)

    monkeypatch.setattr(EvaluationLoop, "measure", measure_and_signal)
    error = interrupt(bench(None, training={"epochs": 3}), tmp_path)
    assert (str(error), error.exit_code) == ("Interrupted after epoch 1.", 143)
    assert (kept(tmp_path)["done"], len(kept(tmp_path)["rows"])) == (0, 1)


def test_signal_while_the_state_is_written_lets_it_be_written(
    bench: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last epoch is over then: nobody would ask for its end again."""
    write = Store.write

    def write_and_signal(store: Store, *arguments: Any) -> Path:
        signal.raise_signal(signal.SIGINT)
        return write(store, *arguments)

    monkeypatch.setattr(Store, "write", write_and_signal)
    error = interrupt(bench(None, training={"epochs": 2}), tmp_path)
    assert str(error) == "Interrupted after epoch 2."
    assert len(kept(tmp_path)["rows"]) == 2


def test_signal_between_stages_ends_the_next_one_at_its_first_step(
    bench: Make, tmp_path: Path
) -> None:
    notes = Notes()
    heard = notes.on_stage

    def on_stage(stage: Any, epochs: int, kept_epoch: int) -> None:
        heard(stage, epochs, kept_epoch)
        if stage.number == 2:
            signal.raise_signal(signal.SIGINT)

    notes.on_stage = on_stage  # type: ignore[method-assign]
    error = interrupt(bench(STAGES), tmp_path, notes)
    assert str(error) == "Interrupted in epoch 3, step 1."
    assert (kept(tmp_path)["stage"], kept(tmp_path)["done"]) == (1, 1)


def test_training_that_nobody_interrupts_keeps_no_state_in_memory_for_nothing(
    bench: Make, tmp_path: Path
) -> None:
    """The negative control: what is kept above is kept because of the signal."""
    keeper = Keeper(Store(tmp_path), NEVER, pytest.fail)
    bench(None, training={"epochs": 2, "loop": "fit"}).train(keeper=keeper)
    assert len(list(tmp_path.glob("state-*"))) == 1


def test_signal_is_obeyed_within_a_call(bench: Make, tmp_path: Path) -> None:
    started: list[float] = []

    class Late(Notes):
        def on_steps(self, epoch: int, done: int, steps: int) -> None:
            if not started:
                started.append(time.monotonic())
                signal.raise_signal(signal.SIGTERM)

    interrupt(bench(None, training={"epochs": 500}), tmp_path, Late())
    assert time.monotonic() - started[0] < 3
