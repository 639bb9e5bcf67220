"""The saved model takes raw data and gives what the run wrote down."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

pytestmark = [pytest.mark.keras, pytest.mark.usefixtures("unpictured")]

keras = pytest.importorskip("keras")
tf = pytest.importorskip("tensorflow")

import dlkit  # noqa: E402

Make = Callable[..., Any]


def raw_columns(saved: Any, path: Path, rows: np.ndarray) -> dict[str, Any]:
    """Read what the model asks for: numbers as numbers, dates as ISO writes them, texts."""
    table = pd.read_csv(path, dtype=str, keep_default_na=False).iloc[rows]
    if "day" in table:
        days = pd.to_datetime(table["day"], format="%d.%m.%Y %H:%M")
        table["day"] = days.dt.strftime("%Y-%m-%d %H:%M:%S")
    columns = {}
    for name, tensor in saved.input.items():
        if tensor.dtype == "string":
            columns[name] = tf.constant(table[name].tolist(), shape=(len(rows), 1))
        else:
            numbers = pd.to_numeric(table[name]).to_numpy("float32")
            columns[name] = tf.constant(numbers[:, None])
    return columns


def written_answers(result: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows and the probabilities or values of ``predictions.csv``."""
    answers = pd.read_csv(result.folder.predictions)
    with np.load(result.folder.splits) as parts:
        assert parts["test"].tolist() == answers["example"].tolist()
    columns = [name for name in answers if name.startswith(("p(", "predicted "))]
    return answers["example"].to_numpy(), answers[columns].to_numpy()


@pytest.mark.parametrize(
    "stream",
    [
        pytest.param(False, id="held"),
        pytest.param(True, id="streamed", marks=pytest.mark.nightly),
    ],
)
def test_table_of_every_kind(
    table: Make, experiment: Make, tmp_path: Path, stream: bool
) -> None:
    generator = np.random.default_rng(1)
    gaps = generator.random(80) < 0.2
    table(
        rows=80,
        holes=np.where(gaps, "", generator.normal(3, 2, 80).round(3).astype(str)),
        long=generator.lognormal(3, 2, 80).round(2),
        city=generator.choice(["Oslo", "Rome", "Bern", ""], 80),
        shop=generator.choice([f"s{number}" for number in range(9)], 80),
        note=[f"word{row % 7} and, word{row % 4}" for row in range(80)],
        text=["a b c"[: 1 + 2 * (row % 3)] for row in range(80)],
        day=pd.date_range("2024-01-01", periods=80, freq="31h").strftime("%d.%m.%Y %H:%M"),
    )
    features = {
        "a": {"numeric": {"bins": 4}},
        "holes": {"numeric": {"missing": "median", "indicator": True, "scale": "minmax"}},
        "long": {"numeric": {"log": True}},
        "city": "categorical",
        "shop": {"categorical": {"encoding": "embedding"}},
        "note": "text",
        "text": {"text": {"output_mode": "int"}},
        "day": {"date": {"format": "%d.%m.%Y %H:%M"}},
    }
    layers = [
        {"Embedding": {"input_dim": 2000, "output_dim": 4, "from": "text"}},
        {"GlobalAveragePooling1D": {"name": "meaning"}},
        {"Concatenate": {"from": ["meaning", "input"]}},
        {"Dense": {"units": 2, "activation": "softmax"}},
    ]
    source = {"csv": str(tmp_path / "made.csv")}
    config = experiment(
        dataset={"source": source, "features": features, "stream": stream},
        architecture={"layers": layers},
    )
    result = dlkit.run(config, output=tmp_path / "out")
    rows, written = written_answers(result)
    saved = keras.models.load_model(result.folder.model, safe_mode=True)
    assert set(saved.input) == {*features, "b"}
    outputs = saved.predict(raw_columns(saved, tmp_path / "made.csv", rows), verbose=0)
    np.testing.assert_allclose(outputs, written, atol=1e-6)


def test_several_values(table: Make, experiment: Make, tmp_path: Path) -> None:
    table()
    config = experiment(
        dataset={
            "source": {"csv": str(tmp_path / "made.csv")},
            "target": ["a", "b"],
            "features": {"kind": "categorical"},
        },
        architecture={"layers": [{"Dense": 2}]},
        loss="mse",
        metrics=[],
    )
    result = dlkit.run(config, output=tmp_path / "out")
    rows, written = written_answers(result)
    saved = keras.models.load_model(result.folder.model, safe_mode=True)
    outputs = saved.predict(raw_columns(saved, tmp_path / "made.csv", rows), verbose=0)
    np.testing.assert_allclose(outputs, written, rtol=1e-6)
    loss = saved.evaluate(
        raw_columns(saved, tmp_path / "made.csv", rows),
        pd.read_csv(tmp_path / "made.csv")[["a", "b"]].to_numpy("float32")[rows],
        verbose=0,
    )
    assert loss == pytest.approx(result.metrics["test_loss"], rel=1e-6)


def test_folder_of_texts(tmp_path: Path) -> None:
    texts = []
    for kind in ("bad", "good"):
        folder = tmp_path / "texts" / kind
        folder.mkdir(parents=True)
        for number in range(20):
            texts.append(f"{kind} thing number {number % 6}, é")
            (folder / f"{number:02}.txt").write_text(texts[-1])
    config = {
        "dataset": {"source": {"text": str(tmp_path / "texts")}},
        "architecture": {
            "layers": [
                {"TextVectorization": {"output_mode": "tf_idf"}},
                {"Dense": {"units": 2, "activation": "softmax"}},
            ]
        },
        "loss": "sparse_categorical_crossentropy",
        "training": {"epochs": 3},
    }
    result = dlkit.run(config, output=tmp_path / "out")
    rows, written = written_answers(result)
    saved = keras.models.load_model(result.folder.model, safe_mode=True)
    outputs = saved.predict(tf.constant([texts[row] for row in rows]), verbose=0)
    np.testing.assert_allclose(outputs, written, atol=1e-6)
