"""A table's texts that a layer reads as texts, beside columns that are computed once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

pytestmark = pytest.mark.keras

pytest.importorskip("keras")

from dlkit.errors import DataError  # noqa: E402
from dlkit.model.inputs import Runner  # noqa: E402

Make = Callable[..., Any]


@pytest.fixture
def config(table: Make, experiment: Make) -> dict[str, Any]:
    """A network that reads words of unknown number, some not ASCII, and numbers."""
    words = np.array(["red", "grün", "blå", "dark", "light"])
    table(note=[" ".join(words[: 1 + row % 5]) for row in range(60)])
    layers = [
        {"TextVectorization": {"from": "note"}},
        {"Embedding": [20, 3]},
        {"GlobalAveragePooling1D": {"name": "mean"}},
        {"Concatenate": {"from": ["mean", "input"]}},
        {"Dense": {"units": 2, "activation": "softmax"}},
    ]
    features = {"note": {"text": {"output_mode": "raw"}}}
    made: dict[str, Any] = experiment(
        dataset={"features": features}, architecture={"layers": layers}
    )
    return made


def test_trained_model_reads_the_same_words_as_the_exported_one(
    config: dict[str, Any], train: Make
) -> None:
    outcome = train(config)
    assert outcome.prepared.built.once is not None
    run = Runner(outcome.prepared.built.model, outcome.dataset.columns)
    exported = run(outcome.dataset.test.x)
    np.testing.assert_allclose(outcome.evaluation.probabilities, exported, atol=1e-6)
    vocabulary = next(
        layer.get_vocabulary()
        for layer in outcome.prepared.built.model.layers
        if layer.name.startswith("text_vectorization")
    )
    assert {"red", "grün", "blå"} < set(vocabulary)


def test_stream_of_such_texts_is_refused(config: dict[str, Any], train: Make) -> None:
    config["dataset"]["stream"] = True
    with pytest.raises(DataError, match=r"^streamed texts must become numbers ahead of trai"):
        train(config)
