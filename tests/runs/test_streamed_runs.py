"""Data that stays on the disk trains as the same data in memory does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

pytestmark = pytest.mark.keras

keras = pytest.importorskip("keras")

from dlkit.config.load import load_config  # noqa: E402
from dlkit.data.load import load_dataset  # noqa: E402
from dlkit.errors import DataError  # noqa: E402
from dlkit.preparation import prepare  # noqa: E402
from dlkit.train.loops.evaluation import EvaluationLoop  # noqa: E402

Make = Callable[..., Any]
PARTS = ("train", "validation", "test")


@pytest.fixture(autouse=True)
def _small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let sixty rows be many."""
    monkeypatch.setattr("dlkit.data.disk.PIECE", 4)
    monkeypatch.setattr("dlkit.data.disk.BLOCK", 16)
    monkeypatch.setattr("dlkit.data.images.image_pool.BLOCK_BYTES", 16 * 36)


@pytest.fixture
def rows(table: Make, experiment: Make) -> Callable[..., dict[str, Any]]:
    """Return a maker of configs for a table whose column says where rows go."""
    numbers = np.arange(60)
    table(
        part=np.array(PARTS)[np.where(numbers % 5 < 3, 0, numbers % 5 - 2)],
        city=np.array(["Oslo", "Rome", "Bern"])[numbers % 3],
        note=[f"word{row % 7} and word{row % 4}" for row in numbers],
        weight=numbers % 3 / 2,
    )

    def rows(stream: bool, **training: Any) -> dict[str, Any]:
        features = {"city": {"categorical": {"encoding": "embedding"}}, "note": "text"}
        marks = {name: {"column": "part", "value": name} for name in PARTS[1:]}
        dataset = {
            "stream": stream,
            "features": features,
            "sample_weight": "weight",
            **marks,
        }
        return experiment(
            dataset=dataset,
            training={"epochs": 2, "batch_size": 8, "class_weight": "balanced", **training},
        )

    return rows


def test_streamed_table_is_the_same_examples(rows: Make, train: Make) -> None:
    held, streamed = (train(rows(stream)) for stream in (False, True))
    model, loss = held.prepared.built.core, {}
    for part in PARTS:
        ours, theirs = (getattr(o.prepared.dataset, part) for o in (streamed, held))
        whole = [*ours.blocks()]
        assert max(map(len, whole)) <= 16 < len(ours) or part != "train"
        np.testing.assert_array_equal(np.concatenate([b.y for b in whole]), theirs.y)
        np.testing.assert_array_equal(np.concatenate([b.weight for b in whole]), theirs.weight)
        for name in theirs.x:
            column = np.concatenate([block.x[name] for block in whole])
            np.testing.assert_allclose(column, theirs.x[name], atol=1e-6)
        loops = [EvaluationLoop(model, examples, 8) for examples in (ours, theirs)]
        results = [loop.collect() for loop in loops]
        np.testing.assert_allclose(results[0][1], results[1][1], atol=1e-6)
        loss[part] = [result[0]["loss"] for result in results]
    for streamed_loss, held_loss in loss.values():
        assert streamed_loss == pytest.approx(held_loss, abs=1e-6)


def test_streamed_training_is_the_same_twice_and_in_both_loops(rows: Make, train: Make) -> None:
    first, again, fit = (train(rows(True, loop=loop)) for loop in ("tape", "tape", "fit"))
    assert first.rows == again.rows
    for ours, theirs in zip(first.weights, again.weights, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    for row, other in zip(first.rows, fit.rows, strict=True):
        assert row == pytest.approx(other, abs=1e-5)
    assert first.rows[0]["loss"] != pytest.approx(first.rows[-1]["loss"], abs=1e-3)


def test_streamed_fault_in_the_test_rows_is_told_before_training(
    rows: Make, train: Make, tmp_path: Path
) -> None:
    path = tmp_path / "made.csv"
    lines = path.read_text().splitlines()
    row = next(number for number, line in enumerate(lines) if ",test," in line)
    lines[row] = "many," + lines[row].split(",", 1)[1]
    path.write_text("\n".join(lines))
    config = rows(True)
    config["dataset"]["features"]["a"] = "numeric"
    with pytest.raises(DataError, match=r"made\.csv:\d+: .*'many'"):
        train(config)


def test_cache_of_a_run_is_gone_afterwards(rows: Make, tmp_path: Path) -> None:
    import dlkit

    config = rows(True, epochs=1)
    config["dataset"]["source"] = {"csv": str(tmp_path / "made.csv")}
    result = dlkit.run(config, output=tmp_path / "out")
    assert not result.folder.cache.exists()
    assert result.metrics["test_loss"] > 0


def test_check_of_a_stream_writes_nothing(rows: Make, tmp_path: Path) -> None:
    loaded = load_config(rows(True))
    before = sorted(tmp_path.rglob("*"))
    prepared = prepare(loaded, load_dataset(loaded.config, [tmp_path]), None)
    assert sorted(tmp_path.rglob("*")) == before
    assert prepared.built.core.count_params() > 0


@pytest.fixture
def pictures(tmp_path: Path) -> dict[str, Any]:
    """Write a small folder of pictures, bright and dark ones, and return its config."""
    generator = np.random.default_rng(0)
    for index, name in enumerate(("dark", "light")):
        (tmp_path / "pictures" / name).mkdir(parents=True)
        for number in range(30):
            pixels = generator.integers(90 * index, 160 + 90 * index, (6, 6), dtype=np.uint8)
            path = tmp_path / "pictures" / name / f"{number:02}.png"
            Image.fromarray(pixels).save(path)
    return {
        "dataset": {"source": {"images": "pictures"}, "validation": 0.2},
        "architecture": {
            "layers": [
                {"Rescaling": 1 / 255},
                "Flatten",
                {"Dense": {"units": 2, "activation": "softmax"}},
            ]
        },
        "loss": "sparse_categorical_crossentropy",
        "training": {"epochs": 3, "batch_size": 8},
        "optimizer": {"Adam": {"learning_rate": 0.05}},
    }


def test_streamed_pictures_train_alike_in_both_loops(
    pictures: dict[str, Any], train: Make
) -> None:
    outcomes = []
    for stream, loop in ((True, "tape"), (True, "fit"), (False, "tape")):
        dataset = pictures["dataset"] | {"stream": stream}
        training = pictures["training"] | {"loop": loop}
        outcomes.append(train(pictures | {"dataset": dataset, "training": training}))
    tape, fit, held = outcomes
    for row, other in zip(tape.rows, fit.rows, strict=True):
        assert row == pytest.approx(other, abs=1e-5)
    model = held.prepared.built.core
    loops = [EvaluationLoop(model, o.prepared.dataset.test, 8) for o in (tape, held)]
    ours, theirs = (loop.collect()[1] for loop in loops)
    np.testing.assert_allclose(ours, theirs, atol=1e-6)
    assert tape.dataset.rows["test"].tolist() == held.dataset.rows["test"].tolist()
    assert tape.rows[-1]["loss"] < tape.rows[0]["loss"]
