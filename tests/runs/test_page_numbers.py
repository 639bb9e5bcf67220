"""What a page says in numbers: as the files of the run say, and as scikit-learn says."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics as scores
from sklearn.calibration import calibration_curve

pytestmark = pytest.mark.keras

pytest.importorskip("keras")

import dlkit  # noqa: E402

CLASSES = ("blue", "green", "red")


@dataclass
class PageNumbers(HTMLParser):
    """Reads the tables of a page by their names, and its pairs of label and value."""

    html: str
    tables: dict[str, list[list[str]]] = field(default_factory=dict)
    pairs: dict[str, str] = field(default_factory=dict)
    alts: dict[str, str] = field(default_factory=dict)
    _open: list[str] = field(default_factory=list)
    _label: str = ""
    _title: str = ""

    def __post_init__(self) -> None:
        super().__init__()
        self.feed(self.html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        self._open.append(tag)
        if named.get("role") == "region":
            self._table = self.tables.setdefault(named["aria-label"] or "", [])
        elif named.get("role") == "img":
            self.alts[self._title] = named["aria-label"] or ""
        elif tag == "figcaption":
            self._title = ""
        elif tag == "tr":
            self._table.append([])
        elif tag in {"td", "th"}:
            self._table[-1].append("")
        elif tag == "dt":
            self._label = ""

    def handle_endtag(self, tag: str) -> None:
        while self._open.pop() != tag:  # elements without an end
            pass

    def handle_data(self, data: str) -> None:
        if {"td", "th"} & {*self._open[-2:]}:
            self._table[-1][-1] += data
        elif "figcaption" in self._open:
            self._title += data.strip()
        elif self._open[-1:] == ["dt"]:
            self._label += data
        elif self._open[-1:] == ["dd"]:
            self.pairs[self._label] = self.pairs.get(self._label, "") + data

    def frame(self, title: str) -> pd.DataFrame:
        """Return the table of that title, or the one whose title begins so."""
        name = title if title in self.tables else next(
            name for name in self.tables if name.startswith(title)
        )  # fmt: skip
        head, *rows = self.tables[name]
        return pd.DataFrame(rows, columns=head).set_index(head[0])


def shown(number: str) -> Any:
    """Return what equals a printed number: all that is rounded to it."""
    digits = number.replace(",", "").strip().rstrip("%").rstrip()
    decimals = len(digits.partition(".")[2]) if "e" not in digits else 10
    scale = 100 if "%" in number else 1
    return pytest.approx(float(digits) / scale, rel=1e-9, abs=0.51 * 10**-decimals / scale)


def make_table(path: Path) -> None:
    """Write points of three classes that overlap, and a number that depends on them."""
    generator = np.random.default_rng(0)
    points = generator.normal(size=(150, 2)).round(3)
    number = 3 * points[:, 0] - points[:, 1] + generator.normal(0, 0.4, 150)
    table = pd.DataFrame({"a": points[:, 0], "b": points[:, 1], "number": number.round(3)})
    table["kind"] = np.take(CLASSES, np.digitize(number, [-1, 1]))
    table.to_csv(path, index=False)


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("numbers")
    make_table(folder / "made.csv")

    def run(target: str, units: int, activation: str, loss: str, metric: str) -> Any:
        config = {
            "name": target,
            "dataset": {
                "source": {"csv": str(folder / "made.csv")},
                "features": {"a": "numeric", "b": "numeric"},
                "target": target,
                "test": 0.4,
                "validation": 0.2,
            },
            "architecture": {"layers": [{"Dense": {"units": units, "activation": activation}}]},
            "loss": loss,
            "metrics": [metric],
            "optimizer": {"Adam": 0.1},
            "training": {"epochs": 6},
        }
        return dlkit.run(config, output=folder / "out")

    return {
        "kind": run("kind", 3, "softmax", "sparse_categorical_crossentropy", "accuracy"),
        "number": run("number", 1, "linear", "mse", "mae"),
    }


@pytest.fixture(scope="module")
def page(results: dict[str, Any]) -> PageNumbers:
    return PageNumbers(results["kind"].folder.report.read_text("utf-8"))


@pytest.fixture(scope="module")
def answers(results: dict[str, Any]) -> pd.DataFrame:
    return pd.read_csv(results["kind"].folder.predictions)


@pytest.fixture(scope="module")
def probabilities(answers: pd.DataFrame) -> np.ndarray:
    return answers[[f"p({name})" for name in CLASSES]].to_numpy()


@pytest.mark.parametrize("target", ["kind", "number"])
def test_figures_are_those_of_the_file(results: dict[str, Any], target: str) -> None:
    folder = results[target].folder
    page = PageNumbers(folder.report.read_text("utf-8"))
    facts = json.loads(folder.metrics.read_text("utf-8"))
    figures = [name for name in facts if name.startswith(("test_", "val_", "train_"))]
    figures = [name for name in figures if not name.endswith("_examples")]
    assert len(figures) == 6
    for name in figures:
        assert facts[name] == shown(page.pairs[name]), name
    assert page.pairs["parameters"] == f"{facts['parameters']:,}"
    assert page.pairs["best epoch"] == str(facts["best_epoch"])
    assert page.pairs["test examples"] == f"{facts['test_examples']:,}"


@pytest.mark.parametrize("name", ["loss", "accuracy"])
def test_curves_are_those_of_the_history(
    results: dict[str, Any], page: PageNumbers, name: str
) -> None:
    history = pd.read_csv(results["kind"].folder.history)
    table = page.frame(name)
    assert [*map(int, table.index)] == history["epoch"].tolist()
    for column in (name, f"val_{name}"):
        for cell, value in zip(table[column], history[column], strict=True):
            assert value == shown(cell)


def test_confusion_matrix_is_that_of_the_answers(
    page: PageNumbers, answers: pd.DataFrame
) -> None:
    table = page.frame("confusion matrix")
    assert table.index.tolist() == table.columns.tolist() == [*CLASSES]
    expected = scores.confusion_matrix(answers["true"], answers["predicted"], labels=CLASSES)
    np.testing.assert_array_equal(table.to_numpy(int), expected)


def test_confusion_matrix_agrees_with_evaluating_again(
    results: dict[str, Any], page: PageNumbers
) -> None:
    counts = page.frame("confusion matrix").to_numpy(int)
    again = dlkit.evaluate(results["kind"].folder.path)
    assert np.trace(counts) / counts.sum() == pytest.approx(again["accuracy"], abs=1e-6)
    assert again["accuracy"] == shown(page.pairs["test_accuracy"])
    assert again["loss"] == shown(page.pairs["test_loss"])


def test_shares_of_the_confusion_matrix_are_of_the_true_class(
    page: PageNumbers, answers: pd.DataFrame
) -> None:
    table = page.frame("confusion matrix, in %")
    expected = scores.confusion_matrix(
        answers["true"], answers["predicted"], labels=CLASSES, normalize="true"
    )
    for cells, row in zip(table.to_numpy(), expected, strict=True):
        assert row.tolist() == [shown(cell) for cell in cells]


def test_precision_recall_and_f1_are_scikit_learns(
    page: PageNumbers, answers: pd.DataFrame
) -> None:
    table = page.frame("precision, recall and F1")
    true, predicted = answers["true"], answers["predicted"]
    expected = scores.classification_report(
        true, predicted, labels=CLASSES, output_dict=True, zero_division=0
    )
    names = {"macro average": "macro avg", "weighted average": "weighted avg"}
    assert {*table.index} == {*CLASSES, *names}
    for name, row in table.iterrows():
        known = expected[names.get(str(name), str(name))]
        assert known["support"] == shown(row["examples"])
        for column, key in (
            ("precision", "precision"),
            ("recall", "recall"),
            ("F1", "f1-score"),
        ):
            assert known[key] == shown(row[column]), (name, column)


def test_areas_under_the_curves_are_scikit_learns(
    page: PageNumbers, answers: pd.DataFrame, probabilities: np.ndarray
) -> None:
    truth = (answers["true"].to_numpy()[:, None] == np.array(CLASSES)).astype(int)
    for title, column, area in (
        ("ROC curves", "AUC", scores.roc_auc_score),
        ("precision over recall", "average precision", scores.average_precision_score),
    ):
        table = page.frame(title)[column]
        single = area(truth, probabilities, average=None)
        expected = dict(zip(CLASSES, single, strict=True))
        expected |= {
            f"{average} average": area(truth, probabilities, average=average)
            for average in ("macro", "micro")
        }
        assert {*table.index} == {*expected}
        for name, cell in table.items():
            assert expected[str(name)] == shown(cell), (title, name)


def test_calibration_is_scikit_learns(
    page: PageNumbers, answers: pd.DataFrame, probabilities: np.ndarray
) -> None:
    sure, right = probabilities.max(axis=1), answers["true"] == answers["predicted"]
    table = page.frame("calibration")
    came, said = calibration_curve(right, sure, n_bins=15, strategy="uniform")
    assert said.tolist() == [shown(cell) for cell in table["mean probability"]]
    assert came.tolist() == [shown(cell) for cell in table["came true"]]
    counts = table["examples"].astype(int).to_numpy()
    assert counts.sum() == len(answers)
    error = np.average(np.abs(came - said), weights=counts)
    alt = next(text for title, text in page.alts.items() if title.startswith("calibration"))
    told = re.search(r"calibration error (\S+), Brier score (\S+)$", alt)
    assert told
    assert float(told[1]) == pytest.approx(error, abs=5e-5)
    exact = probabilities / probabilities.sum(axis=1, keepdims=True)  # written to 9 digits
    brier = scores.brier_score_loss(answers["true"], exact, labels=CLASSES, scale_by_half=False)
    assert float(told[2]) == pytest.approx(brier, abs=5e-5)


def test_errors_of_values_are_scikit_learns(results: dict[str, Any]) -> None:
    folder = results["number"].folder
    page = PageNumbers(folder.report.read_text("utf-8"))
    answers = pd.read_csv(folder.predictions)
    true, predicted = answers["true"], answers["predicted"]
    assert scores.mean_absolute_error(true, predicted) == shown(page.pairs["test_mae"])
    assert scores.mean_squared_error(true, predicted) == shown(page.pairs["test_loss"])
    told = " ".join(page.alts.values())
    assert f"{scores.r2_score(true, predicted):.3f}" in told


def test_printed_numbers_stand_for_what_is_rounded_to_them() -> None:
    assert shown("0.1234") == 0.12345
    assert shown("0.1234") != 0.1236
    assert shown("66.67%") == 0.66666
    assert shown("66.67%") != 0.667
    assert shown("1,234") == 1234
