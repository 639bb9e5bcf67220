from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

import dlkit
from dlkit.cli import commands
from dlkit.errors import DataError

pytestmark = pytest.mark.keras


def own_figures(result: Any) -> dict[str, float]:
    """Return the test figures that a run wrote down."""
    facts = json.loads(result.folder.metrics.read_text())
    return {
        name.removeprefix("test_"): value
        for name, value in facts.items()
        if name.startswith("test_") and name != "test_examples"
    }


def test_own_test_split_gives_the_figures_of_the_run(people: Any) -> None:
    figures = dlkit.evaluate(people.run)
    assert figures == pytest.approx(own_figures(people.result), abs=1e-6)
    assert list(figures) == ["loss", "accuracy"]


def test_rows_of_the_test_split_as_new_data_give_the_same(people: Any, tmp_path: Path) -> None:
    people.test_rows().to_csv(tmp_path / "new.csv", index=False)
    figures = dlkit.evaluate(people.run, tmp_path / "new.csv")
    assert figures == pytest.approx(own_figures(people.result), abs=1e-6)


def test_loss_is_weighted_and_has_the_penalties(people: Any, tmp_path: Path) -> None:
    """The loss by hand: the mean of weight times -log p, and l2 of every kernel."""
    rows = people.test_rows()
    answers = people.answers
    right = np.where(rows["bought"] == "yes", answers["p(yes)"], answers["p(no)"])
    kernels = [layer.kernel.numpy() for layer in people.result.model.layers[-2:]]
    penalty = 0.01 * sum(float((kernel**2).sum()) for kernel in kernels)
    expected = float((rows["weight"] * -np.log(right)).mean()) + penalty
    rows.to_csv(tmp_path / "new.csv", index=False)
    assert dlkit.evaluate(people.run, tmp_path / "new.csv")["loss"] == pytest.approx(
        expected, abs=1e-5
    )


def test_labels_the_run_never_saw_are_left_out_and_told(people: Any, tmp_path: Path) -> None:
    rows = people.test_rows()
    added = pd.concat([rows, rows.head(3).assign(bought=["maybe", "never", "maybe"])])
    added.to_csv(tmp_path / "new.csv", index=False)
    command = ["evaluate", people.run, str(tmp_path / "new.csv")]
    done = CliRunner().invoke(commands, command, catch_exceptions=False)
    assert done.stderr == (
        "warning: labels: 3 rows with 2 names the model has not seen: 'maybe', 'never'."
        " They are left out.\n"
    )
    figures = own_figures(people.result)
    assert done.stdout == (
        f"data      {tmp_path / 'new.csv'}: 90 examples\n"
        f"test      loss {figures['loss']:.6g}, accuracy {figures['accuracy']:.6g}\n"
    )


def test_no_label_that_the_run_knows(people: Any, tmp_path: Path) -> None:
    people.table.assign(bought="maybe").to_csv(tmp_path / "new.csv", index=False)
    with (
        pytest.raises(DataError, match="no example has a label that the run knows"),
        pytest.warns(UserWarning, match="labels: 300 rows with 1 name"),
    ):
        dlkit.evaluate(people.run, tmp_path / "new.csv")


@pytest.fixture
def changed(people: Any) -> Any:
    """Return what changes the run's own file until the test is over."""
    before = people.file.read_bytes()
    yield lambda table: table.to_csv(people.file, index=False)
    people.file.write_bytes(before)


def test_data_that_changed_since_is_told(people: Any, changed: Any) -> None:
    changed(people.table.assign(income=1.0))
    with pytest.warns(
        UserWarning, match=r"^loss is .* and was .* in the run: the data has chan"
    ):
        dlkit.evaluate(people.run)


def test_other_rows_are_told(people: Any, changed: Any) -> None:
    changed(people.table.head(200))
    told = "the test split has other rows than in the run: the data has changed since."
    with pytest.warns(UserWarning, match="the data") as warnings:
        dlkit.evaluate(people.run)
    assert told in [str(warning.message) for warning in warnings]


def test_other_classes_are_refused(people: Any, changed: Any) -> None:
    third = people.table.assign(bought=np.tile(["no", "yes", "maybe"], 100))
    changed(third)
    fault = "the classes are maybe, no, yes, and were no, yes."
    with pytest.raises(DataError, match=fault):
        dlkit.evaluate(people.run)


def test_data_that_is_gone(people: Any, changed: Any) -> None:
    people.file.unlink()
    with pytest.raises(DataError, match=r"people\.csv: there is no such file"):
        dlkit.evaluate(people.run)


def test_values_have_the_loss_of_numpy(train: Any, tmp_path: Path) -> None:
    table = pd.DataFrame({"a": np.arange(40.0), "b": np.arange(40.0)[::-1] ** 1.5})
    table.to_csv(tmp_path / "v.csv", index=False)
    result = train({"csv": str(tmp_path / "v.csv")}, [{"Dense": 1}], "mse", target="b")
    table.iloc[:7].to_csv(tmp_path / "new.csv", index=False)
    answers = dlkit.predict(result.folder.path, tmp_path / "new.csv")["predicted"]
    expected = ((answers - table["b"].iloc[:7]) ** 2).mean()
    figures = dlkit.evaluate(result.folder.path, tmp_path / "new.csv")
    assert figures["loss"] == pytest.approx(expected, rel=1e-5)


def test_one_hot_labels_and_one_unit(train: Any, tmp_path: Path) -> None:
    for loss, units in (("categorical_crossentropy", 2), ("binary_crossentropy", 1)):
        activation = "softmax" if units == 2 else "sigmoid"
        layers = [{"Dense": {"units": units, "activation": activation}}]
        result = train("moons", layers, loss)
        assert dlkit.evaluate(result.folder.path) == pytest.approx(
            own_figures(result), abs=1e-6
        )
        x = np.array([[0.1, 0.2], [-1, 0.5], [2, -0.3]])
        np.savez(tmp_path / "new.npz", x=x, y=np.array([1, 0, 1]))
        np.save(tmp_path / "new.npy", x)
        answers = dlkit.predict(result.folder.path, tmp_path / "new.npy")
        columns = [f"p({name})" for name in result_names(result)]
        probabilities = answers[columns].to_numpy()
        expected = -np.log(probabilities[[0, 1, 2], [1, 0, 1]]).mean()
        figures = dlkit.evaluate(result.folder.path, tmp_path / "new.npz")
        assert figures["loss"] == pytest.approx(expected, rel=1e-5)


def result_names(result: Any) -> list[str]:
    names: list[str] = json.loads(result.folder.data.read_text())["class_names"]
    return names


def test_fold_is_evaluated_on_its_own_rows(people: Any, tmp_path: Path) -> None:
    source = {"csv": str(people.file)}
    config = {
        "name": "folded",
        "dataset": {
            "source": source,
            "target": "bought",
            "features": {
                "income": "numeric",
                **dict.fromkeys(("age", "note", "home/street"), "drop"),
            },
            "folds": 3,
        },
        "architecture": {"layers": [{"Dense": {"units": 1, "activation": "sigmoid"}}]},
        "loss": "binary_crossentropy",
        "training": {"epochs": 1},
    }
    result = dlkit.run(config, output=tmp_path)
    for fold in result.runs:
        figures = dlkit.evaluate(fold.folder.path)
        assert figures == pytest.approx(own_figures(fold), abs=1e-6)
    with pytest.raises(
        dlkit.ConfigError, match=r"has a model for each of 3 folds: name one of"
    ):
        dlkit.evaluate("folded", output=tmp_path)
