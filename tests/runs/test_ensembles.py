"""The mean of several models' answers has the figures that Keras gives to one model's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import mean_absolute_error

pytestmark = pytest.mark.keras

keras = pytest.importorskip("keras")

Make = Callable[..., Any]


def dense(units: int, activation: str = "linear", **own: Any) -> dict[str, Any]:
    return {"Dense": {"units": units, "activation": activation, **own}}


def losing(loss: Any, last: dict[str, Any], **sections: Any) -> dict[str, Any]:
    return {"loss": loss, "architecture": {"layers": [last]}, **sections}


def with_logits(loss: str) -> dict[str, Any]:
    return {loss: {"from_logits": True}}


def forked() -> dict[str, Any]:
    layers = [
        dense(4, "relu", name="body"),
        dense(2, "softmax", name="kind", **{"from": "body"}),
        dense(2, name="again", **{"from": "body"}),
        dense(2, name="copy", **{"from": "body"}),
    ]
    plain = {"loss": "sparse_categorical_crossentropy", "metrics": ["accuracy"]}
    logits = {"loss": with_logits("SparseCategoricalCrossentropy"), "weight": 0.5}
    copy = {"loss": "mse", "metrics": ["mae"], "target": "input"}
    return {
        "architecture": {"layers": layers},
        "outputs": {"kind": plain, "again": logits, "copy": copy},
        "loss": None,
        "metrics": None,
    }


NUMBERS = {"target": ["a", "b"], "features": {"kind": "categorical", "counts": "drop"}}

CASES: dict[str, dict[str, Any]] = {
    "softmax": losing("sparse_categorical_crossentropy", dense(2, "softmax")),
    "logits": losing(with_logits("SparseCategoricalCrossentropy"), dense(2)),
    "one_hot": losing("categorical_crossentropy", dense(2, "softmax")),
    "sigmoid": losing("binary_crossentropy", dense(1, "sigmoid")),
    "one_logit": losing(with_logits("BinaryCrossentropy"), dense(1), metrics=[]),
    "values": losing("mse", dense(2), dataset=NUMBERS, metrics=["mae"]),
    "weighted": losing(
        "sparse_categorical_crossentropy",
        dense(2, "softmax"),
        dataset={"sample_weight": "counts"},
    ),
    "streamed": losing(
        "sparse_categorical_crossentropy", dense(2, "softmax"), dataset={"stream": True}
    ),
    "forked": forked(),
}


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def evaluated(table: Make, experiment: Make, train: Make) -> Make:
    """Return what trains a case, and evaluates all outputs of the model."""

    def evaluated(case: str, **sections: Any) -> tuple[Any, dict[str, Any]]:
        from dlkit.evaluate.evaluation import evaluate_model

        table(counts=np.arange(60) % 3 + 1.0)
        config = experiment(**{**CASES[case], **sections})
        if case not in ("weighted", "values"):
            config["dataset"]["features"] = {"counts": "drop"}
        config = {key: value for key, value in config.items() if value is not None}
        outcome = train(config)
        prepared = outcome.prepared
        return outcome, evaluate_model(prepared.built.core, prepared.dataset, prepared.trained)

    return evaluated


def ensemble(outcome: Any, members: list[dict[str, Any]]) -> dict[str, Any]:
    from dlkit.evaluate.ensemble import evaluate_ensemble

    prepared = outcome.prepared
    return evaluate_ensemble(
        members,
        prepared.built.core,
        prepared.dataset,
        outcome.dataset.test,
        prepared.trained,
    )


@pytest.mark.parametrize("case", CASES)
def test_several_times_the_same_model_is_that_model(case: str, evaluated: Make) -> None:
    outcome, alone = evaluated(case)
    together = ensemble(outcome, [alone, alone, alone])
    assert together.keys() == alone.keys()
    for name, one in alone.items():
        whole = together[name]
        assert len(one.metrics) > 0
        assert whole.metrics == pytest.approx(one.metrics, rel=1e-5, abs=1e-6)
        np.testing.assert_array_equal(whole.true, one.true)
        np.testing.assert_allclose(whole.predicted, one.predicted, rtol=1e-5)
        if one.probabilities is not None:
            np.testing.assert_allclose(whole.probabilities, one.probabilities, atol=1e-6)
        assert (whole.task, whole.is_copy) == (one.task, one.is_copy)


@pytest.mark.parametrize("penalty", ["kernel_regularizer", "activity_regularizer"])
def test_loss_without_penalties_is_not_laid_beside_losses_with_them(
    penalty: str, evaluated: Make
) -> None:
    last = dense(2, "softmax", **{penalty: {"L2": {"l2": 0.1}}})
    layers = {"architecture": {"layers": [last]}}
    outcome, alone = evaluated("softmax", **layers)
    whole = ensemble(outcome, [alone, alone])[""]
    assert "loss" in alone[""].metrics
    assert whole.metrics == pytest.approx({"accuracy": alone[""].metrics["accuracy"]})


def test_values_are_averaged(evaluated: Make) -> None:
    outcome, alone = evaluated("values")
    shifted = {"": replace(alone[""], predicted=alone[""].predicted + 3)}
    whole = ensemble(outcome, [alone, shifted])[""]
    np.testing.assert_allclose(whole.predicted, alone[""].predicted + 1.5, rtol=1e-5)
    error = mean_absolute_error(whole.true, alone[""].predicted + 1.5)
    assert whole.metrics["mae"] == pytest.approx(error, rel=1e-5)


@pytest.mark.parametrize("case", ["logits", "one_logit"])
def test_probabilities_are_averaged_and_not_logits(case: str, evaluated: Make) -> None:
    """Two that are sure of opposite classes are unsure together, whatever their logits are."""
    outcome, alone = evaluated(case)
    count = len(alone[""].true)
    sure = np.tile(np.array([[0.0, 1.0]], np.float32), (count, 1))
    doubtful = np.tile(np.array([[0.6, 0.4]], np.float32), (count, 1))
    members = [{"": replace(alone[""], probabilities=each)} for each in (sure, doubtful)]
    whole = ensemble(outcome, members)[""]
    np.testing.assert_allclose(whole.probabilities, [[0.3, 0.7]] * count, atol=1e-6)
    chances = np.where(whole.true == 1, 0.7, 0.3)
    assert whole.metrics["loss"] == pytest.approx(-np.log(chances).mean(), rel=1e-5)
    certain = ensemble(outcome, [members[0], members[0]])[""]
    assert np.isfinite(certain.metrics["loss"])
