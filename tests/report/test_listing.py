import csv
import json
import math
from pathlib import Path
from typing import Any

import pytest

from dlkit.errors import ConfigError
from dlkit.report.listing import RunLine, format_runs, list_runs, runs_table, sorted_runs
from dlkit.report.tables import csv_text

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


def test_score_of_seeds_has_its_deviation(tmp_path: Path) -> None:
    lay(tmp_path, "net/1", FACTS | {"test_accuracy_std": 0.01, "repeat": [{}, {}]})
    assert list_runs(tmp_path)[0].score == "test_accuracy 0.9750 ± 0.0100"


def sort(tmp_path: Path, figure: str, values: list[Any], **facts: Any) -> list[str]:
    for number, value in enumerate(values, start=1):
        lay(tmp_path, f"net/{number}", FACTS | facts | {figure: value})
    return [line.run for line in sorted_runs(list_runs(tmp_path), figure)]


@pytest.mark.parametrize(
    ("figure", "order"),
    [
        ("test_accuracy", ["net/3", "net/1", "net/4", "net/2", "net/5"]),
        ("val_digit_auc", ["net/3", "net/1", "net/4", "net/2", "net/5"]),
        ("test_loss", ["net/4", "net/1", "net/3", "net/2", "net/5"]),
        ("test_mae", ["net/4", "net/1", "net/3", "net/2", "net/5"]),
        ("test_accuracy_std", ["net/4", "net/1", "net/3", "net/2", "net/5"]),
        ("parameters", ["net/4", "net/1", "net/3", "net/2", "net/5"]),
    ],
)
def test_best_is_first_and_missing_last(tmp_path: Path, figure: str, order: list[str]) -> None:
    assert sort(tmp_path, figure, [0.5, None, 0.9, 0.1, "high"]) == order


def test_direction_of_a_metric_with_a_chosen_name_is_that_of_its_class(tmp_path: Path) -> None:
    config = "metrics: [{AUC: {name: goodness}}, {MeanAbsoluteError: {name: accuracy}}]\n"
    for number in (1, 2):
        lay(
            tmp_path,
            f"net/{number}",
            FACTS | {"test_goodness": number, "test_accuracy": number},
        )
        (tmp_path / f"net/{number}/resolved.yaml").write_text(config)
    lines = list_runs(tmp_path)
    assert [line.run for line in sorted_runs(lines, "test_goodness")] == ["net/2", "net/1"]
    assert [line.run for line in sorted_runs(lines, "test_accuracy")] == ["net/1", "net/2"]


@pytest.mark.parametrize(
    ("figure", "hint"),
    [
        ("test_acuracy", "Did you mean 'test_accuracy'?"),
        ("accuracy", "Did you mean 'test_accuracy'?"),
        ("secons", "Did you mean 'seconds'?"),
        ("dataset", "`dlkit list --csv -` shows all."),
    ],
)
def test_unknown_figure_is_told_with_the_nearest(
    tmp_path: Path, figure: str, hint: str
) -> None:
    lay(tmp_path, "net/1", FACTS)
    with pytest.raises(ConfigError) as caught:
        sorted_runs(list_runs(tmp_path), figure)
    assert str(caught.value) == f"--sort {figure}: no run has this figure. {hint}"


def test_figure_gets_a_column(tmp_path: Path) -> None:
    lay(tmp_path, "net/1", FACTS | {"parameters": 12})
    lay(tmp_path, "net/2", None)
    assert format_runs(list_runs(tmp_path), "parameters").splitlines() == [
        "run    status      parameters  score                 dataset  seconds",
        "net/1  completed   12          test_accuracy 0.9750  mnist    9.5",
        "net/2  unfinished",
    ]


def test_narrow_terminal_cuts_names_and_no_number(tmp_path: Path) -> None:
    facts = {"test_sparse_categorical_accuracy": 0.5, "dataset": "d" * 60, "folds": [{}]}
    plain = {k: v for k, v in FACTS.items() if k[:5] != "test_"}
    deviation = {"test_sparse_categorical_accuracy_std": 0.25}
    lay(tmp_path, f"{'n' * 60}/123", plain | facts | deviation)
    lines = format_runs(list_runs(tmp_path), width=80).splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[1].startswith("nnn")
    for kept in ("…/123 ", " 0.5000 ± 0.2500 ", "ddd…", " 9.5"):
        assert kept in lines[1]
    assert "n" * 60 in format_runs(list_runs(tmp_path))


def test_all_figures_of_all_runs_are_a_table(tmp_path: Path) -> None:
    lay(tmp_path, "net/1", FACTS | {"dataset": "=cmd()", "limited": ["train"]})
    lay(tmp_path, "net/2", FACTS | {"test_auc": 0.125})
    lay(tmp_path, "net/3", None)
    text = csv_text(*runs_table(list_runs(tmp_path)))
    rows = list(csv.DictReader(text.splitlines()))
    assert [row["run"] for row in rows] == ["net/1", "net/2", "net/3"]
    assert [row["test_auc"] for row in rows] == ["", "0.125", ""]
    assert rows[0]["dataset"] == "'=cmd()"
    assert rows[2]["status"] == "unfinished"


def test_runs_inside_a_run_are_not_listed(tmp_path: Path) -> None:
    lay(tmp_path, "net/1", FACTS)
    for inner in ("fold_1", "seed_0"):
        lay(tmp_path, f"net/1/{inner}", FACTS)
    assert [line.run for line in list_runs(tmp_path)] == ["net/1"]


@pytest.mark.parametrize(
    ("value", "score"),
    [
        (1e30, "test_mae 1.00e+30"),
        (0.00002, "test_mae 2.00e-05"),
        (123.456, "test_mae 123.5"),
        (math.inf, ""),
    ],
)
def test_score_of_any_size_is_short_and_no_zero(
    tmp_path: Path, value: float, score: str
) -> None:
    lay(
        tmp_path,
        "net/1",
        {k: v for k, v in FACTS.items() if k[:5] != "test_"} | {"test_mae": value},
    )
    assert list_runs(tmp_path)[0].score == score


def test_duration_that_is_not_finite_is_not_known(tmp_path: Path) -> None:
    lay(tmp_path, "net/1", FACTS | {"seconds": math.inf})
    (line,) = list_runs(tmp_path)
    assert (line.status, line.seconds) == ("completed", None)
