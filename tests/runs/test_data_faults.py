"""What is wrong with data is told in plain lines before training, with exit code 3."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytestmark = [pytest.mark.keras, pytest.mark.usefixtures("unpictured")]

pytest.importorskip("keras")

from dlkit.cli import main  # noqa: E402

Leave = Callable[..., tuple[int, str, str]]

ROWS = 60
NUMBERS = np.random.default_rng(0).normal(size=(ROWS, 2)).round(3)
KINDS = ["no", "yes", "may"]


@pytest.fixture
def leave(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Leave:
    """Return what runs a config and gives its exit code, its output and its complaints."""
    monkeypatch.chdir(tmp_path)

    def leave(source: dict[str, Any], **sections: Any) -> tuple[int, str, str]:
        units = sections.pop("units", 2)
        dataset = {"source": source} | sections.pop("dataset", {})
        if "csv" in source:
            dataset = {"target": "kind"} | dataset
        config = {
            "dataset": dataset,
            "architecture": {"layers": [{"Dense": {"units": units, "activation": "softmax"}}]},
            "loss": "sparse_categorical_crossentropy",
            "metrics": ["accuracy"],
            "training": {"epochs": 2},
            **sections,
        }
        Path("made.yaml").write_text(json.dumps(config, indent=1))
        try:
            main(["run", "made.yaml"])
        except SystemExit as leaving:
            code = int(str(leaving.code))
        else:
            code = 0
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return leave


def write(rows: int = ROWS, **columns: Sequence[Any]) -> dict[str, Any]:
    """Write a table of two numbers and a class, and return it as a source."""
    given: dict[str, Sequence[Any]] = {
        "a": NUMBERS[:rows, 0].tolist(),
        "b": NUMBERS[:rows, 1].tolist(),
        "kind": [KINDS[row % 2] for row in range(rows)],
        **columns,
    }
    lines = [
        ",".join(given),
        *(",".join(map(str, r)) for r in zip(*given.values(), strict=True)),
    ]
    Path("made.csv").write_text("\n".join(lines) + "\n")
    return {"csv": "made.csv"}


def every(count: int, value: Any, other: Sequence[Any]) -> list[Any]:
    """Put a value in place of every third, fourth, ... of others."""
    return [value if row % count == 0 else cell for row, cell in enumerate(other)]


PART = every(3, "held", ["train"] * ROWS)
HELD = {"column": "part", "value": "held"}
WORDS = [KINDS[row % 2] for row in range(ROWS)]


@pytest.mark.parametrize("stream", [False, True], ids=["held", "streamed"])
@pytest.mark.parametrize(
    ("columns", "dataset", "said"),
    [
        pytest.param(
            {"a": every(4, "", NUMBERS[:, 0])},
            {"test": HELD, "validation": 0, "features": {"part": "drop", "a": "numeric"}},
            "dataset.features.a: column 'a': 10 of 40 training rows have no value."
            " Write `a: {numeric: {missing: median}}` under dataset.features.",
            id="missing-number",
        ),
        pytest.param(
            {"kind": every(6, "", WORDS)},
            {"test": HELD},
            "target 'kind': 10 of 60 rows have no label (first: row 1)."
            " Fill them in, or take these rows out.",
            id="missing-label",
        ),
        pytest.param(
            {"kind": ["yes"] * ROWS},
            {"test": HELD},
            "csv: all 36 training examples are of the class 'yes'."
            " There is nothing to tell apart.",
            id="one-class",
        ),
        pytest.param(
            {"kind": every(3, "may", WORDS)},
            {"test": 10, "validation": HELD},
            "csv: validation has classes that training lacks: 'may' (20). Use another seed,"
            " a larger share for training, or merge rare classes.",
            id="class-only-in-validation",
        ),
        pytest.param(
            {},
            {"test": 0.001},
            "dataset.test: 0.001 of 60 examples sets 0 aside. Both parts need at least one.",
            id="empty-test",
        ),
        pytest.param(
            {},
            {"test": 60},
            "dataset.test: 60 of 60 examples sets 60 aside. Both parts need at least one.",
            id="empty-training",
        ),
        pytest.param(
            {"part": ["held"] * ROWS},
            {"test": HELD},
            "all 60 rows belong to test, and none is for training.",
            id="nothing-to-train-on",
        ),
        pytest.param(
            {"weight": every(5, -1, [1] * ROWS)},
            {"test": HELD, "sample_weight": "weight"},
            "sample_weight 'weight': expected numbers of at least 0, received -1 in row 6.",
            id="negative-weight",
        ),
    ],
)
def test_table_that_cannot_be_learned_from(
    leave: Leave, columns: dict[str, Any], dataset: dict[str, Any], said: str, stream: bool
) -> None:
    part = columns.get("part", PART)
    source = write(**columns | {"part": part})
    told = {"stream": stream, "features": {"part": "drop"}, **dataset}
    code, out, err = leave(source, dataset=told, units=3 if "may" in said else 2)
    assert (code, err.splitlines()[-1].split("  ")[-1]) == (3, said)
    assert "epoch" not in out
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a,b,kind\n", "made.csv: there is a header and no row below it."),
        ("", "made.csv: the file is empty."),
    ],
    ids=["header-only", "empty"],
)
def test_table_without_rows(leave: Leave, text: str, said: str) -> None:
    Path("made.csv").write_text(text)
    assert leave({"csv": "made.csv"})[::2] == (3, f"{said}\n")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        pytest.param(
            {"x": np.where(np.arange(120).reshape(60, 2) == 15, np.nan, NUMBERS)},
            "made.npz: 1 of 60 examples have values that are not finite (first in row 7,"
            " column 1). Training needs numbers.",
            id="nan-input",
        ),
        pytest.param(
            {"x": np.where(np.arange(120).reshape(60, 2) == 15, 1e300, NUMBERS)},
            "made.npz: 1 of 60 examples have values that are not finite (first in row 7,"
            " column 1). Training needs numbers.",
            id="beyond-float32",
        ),
        pytest.param(
            {"y": np.where(np.arange(60) % 30 == 4, np.nan, np.arange(60) % 2)},
            "target 'y': 2 of 60 rows have no label (first: row 4). Fill them in, or take these"
            " rows out.",
            id="nan-label",
        ),
        pytest.param(
            {"y": np.ones(60, int)},
            "arrays: all 43 training examples are of the class '1'. There is nothing to tell"
            " apart.",
            id="one-class",
        ),
    ],
)
def test_arrays_that_cannot_be_learned_from(
    leave: Leave, change: dict[str, Any], said: str
) -> None:
    np.savez("made.npz", **{"x": NUMBERS, "y": np.arange(60) % 2, **change})
    code, _, err = leave({"arrays": "made.npz"})
    assert (code, err.splitlines()[-1]) == (3, said)


def test_class_that_only_the_test_has_is_told(leave: Leave) -> None:
    source = write(kind=every(6, "may", WORDS), part=every(6, "held", ["train"] * ROWS))
    dataset = {"test": HELD, "features": {"part": "drop"}}
    code, out, err = leave(source, dataset=dataset, units=3)
    assert (code, err) == (0, "")
    words = " ".join(out.split())
    expected = "test has classes that training lacks, and no model can predict: 'may' (10)"
    assert expected in words
    assert "all test examples are of the class 'may'" in words


def test_test_of_one_class_runs_through(leave: Leave) -> None:
    source = write(kind=every(3, "no", WORDS), part=PART)
    code, out, err = leave(source, dataset={"test": HELD, "features": {"part": "drop"}})
    assert (code, err) == (0, "")
    assert "all test examples are of the class 'no'" in " ".join(out.split())
    facts = json.loads(Path("experiments/made/1/metrics.json").read_text())
    assert 0 <= facts["test_accuracy"] <= 1


@pytest.mark.parametrize("stream", [False, True], ids=["held", "streamed"])
def test_batch_may_be_larger_than_the_data(leave: Leave, stream: bool) -> None:
    training = {"epochs": 2, "batch_size": 64}
    dataset = {"stream": stream}
    code, out, err = leave(write(rows=12), dataset=dataset, training=training)
    assert (code, err) == (0, "")
    assert "2 epochs of 1 step" in out
    assert "a batch of 64 is more than the 9 training examples. Each epoch will be" in out


@pytest.mark.parametrize("stream", [False, True], ids=["held", "streamed"])
def test_share_of_no_row_goes_without_validation(leave: Leave, stream: bool) -> None:
    dataset = {"test": 10, "validation": 0.005, "stream": stream}
    code, out, err = leave(write(), dataset=dataset)
    assert (code, err) == (0, "")
    said = "validation: 0.005 of 50 examples is none: nothing is watched in training"
    assert said in " ".join(out.split())
    assert "50 training, 0 validation, 10 test examples" in out


@pytest.mark.parametrize(
    "watching",
    [
        pytest.param({"regularization": {"early_stopping": {"patience": 1}}}, id="stopping"),
        pytest.param(
            {"training": {"epochs": 2, "callbacks": ["ReduceLROnPlateau"]}}, id="callback"
        ),
    ],
)
def test_share_of_no_row_is_refused_where_something_watches_it(
    leave: Leave, watching: dict[str, Any]
) -> None:
    code, _, err = leave(write(), dataset={"test": 10, "validation": 0.005}, **watching)
    assert code == 3
    assert err.splitlines()[-1].endswith(
        "validation: 0.005 of 50 examples is none, and something watches it. Set aside more,"
        " or watch the training loss."
    )


def test_last_batch_of_one_does_not_spoil_batch_normalization(leave: Leave) -> None:
    layers = [{"Dense": 4}, "BatchNormalization", {"Dense": {"units": 2}}, "Softmax"]
    code, _, err = leave(
        write(rows=41),
        dataset={"test": 8, "validation": 0},  # 33 rows: two batches of 16, and one row
        architecture={"layers": layers},
        training={"epochs": 3, "batch_size": 16},
    )
    assert (code, err) == (0, "")
    facts = json.loads(Path("experiments/made/1/metrics.json").read_text())
    assert facts["status"] == "completed"
    assert np.isfinite(facts["test_loss"])
