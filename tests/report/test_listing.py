import json
from pathlib import Path
from typing import Any

import pytest

from dlkit.report.listing import RunLine, format_table, list_runs

FACTS = {
    "train_loss": 0.1,
    "test_loss": 0.25,
    "test_accuracy": 0.975,
    "status": "completed",
    "dataset": "mnist",
    "stand_in_for": None,
    "seconds": 9.5,
}


def lay(output: Path, run: str, facts: Any) -> None:
    folder = output / run
    folder.mkdir(parents=True)
    if facts is not None:
        (folder / "metrics.json").write_text(
            facts if isinstance(facts, str) else json.dumps(facts)
        )


def test_run_is_listed_with_its_main_score(tmp_path: Path) -> None:
    lay(tmp_path, "net/3", FACTS)
    assert list_runs(tmp_path) == [
        RunLine("net/3", "completed", "test_accuracy 0.9750", "mnist", 9.5)
    ]


@pytest.mark.parametrize(
    ("change", "score", "dataset"),
    [
        ({"test_accuracy": None}, "", "mnist"),
        (
            {"stand_in_for": "mnist", "dataset": "digits"},
            "test_accuracy 0.9750",
            "digits for mnist",
        ),
    ],
)
def test_missing_score_and_stand_in(
    tmp_path: Path, change: dict[str, Any], score: str, dataset: str
) -> None:
    lay(tmp_path, "net/1", FACTS | change)
    (line,) = list_runs(tmp_path)
    assert (line.score, line.dataset) == (score, dataset)


def test_loss_is_the_score_where_there_is_no_metric(tmp_path: Path) -> None:
    lay(tmp_path, "net/1", {k: v for k, v in FACTS.items() if k != "test_accuracy"})
    assert list_runs(tmp_path)[0].score == "test_loss 0.2500"


def test_number_of_examples_is_no_score(tmp_path: Path) -> None:
    facts = {"test_examples": 45, "test_loss": 0.25}
    lay(tmp_path, "net/1", {k: v for k, v in FACTS.items() if k[:5] != "test_"} | facts)
    assert list_runs(tmp_path)[0].score == "test_loss 0.2500"


@pytest.mark.parametrize(
    ("figures", "score"),
    [
        ({"test_accuracy": 0.75, "test_accuracy_std": 0.0231}, "test_accuracy 0.7500 ± 0.0231"),
        ({"test_accuracy": 0.75, "test_accuracy_std": None}, "test_accuracy 0.7500"),
        ({"test_loss": 0.5, "test_loss_std": 0.1}, "test_loss 0.5000 ± 0.1000"),
    ],
    ids=str,
)
def test_score_of_folds_has_its_deviation(
    tmp_path: Path, figures: dict[str, float], score: str
) -> None:
    plain = {k: v for k, v in FACTS.items() if k[:5] != "test_"}
    lay(tmp_path, "net/1", plain | {"test_loss": 0.5} | figures | {"folds": [{}, {}]})
    assert list_runs(tmp_path)[0].score == score


def test_metric_that_sounds_like_a_deviation_is_a_metric_without_folds(tmp_path: Path) -> None:
    lay(tmp_path, "net/1", FACTS | {"test_accuracy_std": 0.5})
    assert list_runs(tmp_path)[0].score == "test_accuracy 0.9750"


@pytest.mark.parametrize("facts", [None, "", "{", "[]", "{}"], ids=repr)
def test_run_without_readable_figures_is_unfinished(tmp_path: Path, facts: Any) -> None:
    lay(tmp_path, "net/1", facts)
    assert list_runs(tmp_path) == [RunLine("net/1", "unfinished", "", "", None)]


def test_table_has_aligned_columns() -> None:
    table = format_table(("a", "long"), [("xxx", "y")])
    assert table == "a    long\nxxx  y"
