"""Runs side by side: which are found, what they are, and what must be known of them."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
from compared_folders import lay_run

from dlkit.errors import ConfigError, StorageError
from dlkit.report.comparison.chosen import choose_runs
from dlkit.report.comparison.comparing import compare
from dlkit.report.comparison.comparison import Comparison
from dlkit.report.comparison.curves import curve_columns, group_curve
from dlkit.report.comparison.page import csv_table
from dlkit.report.comparison.words import format_comparison
from dlkit.report.lock import working_in
from dlkit.report.run_folder import RunFolder


def of(tmp_path: Path, *runs: str) -> Comparison:
    return compare(*(runs or ("a",)), output=tmp_path)


def test_runs_are_named_by_folder_by_number_and_all_at_once(tmp_path: Path) -> None:
    for number in (1, 2, 10):
        lay_run(tmp_path, f"a/{number}", 0.5)
    lay_run(tmp_path, "a/2/seed_4", 0.5)
    (tmp_path / "a" / "latest").symlink_to("10")
    for names, found in (
        (["a"], ["a/1", "a/2", "a/10"]),
        (["a/2", "a"], ["a/2", "a/1", "a/10"]),
        (["a/latest", str(tmp_path / "a" / "1")], ["a/10", "a/1"]),
        (["a/1", "a/2/seed_4"], ["a/1", "a/2/seed_4"]),
    ):
        assert [run.title for run in of(tmp_path, *names).runs] == found


@pytest.mark.parametrize(
    ("names", "text"),
    [
        (["a", "nets"], "there is no run 'nets', here or in .*Did you mean 'net'?"),
        (["a/1", "a/9"], "there is no run 'a/9', here or in .* a has: 1, 2, 3"),
        (["a/1"], "expected two finished runs or more to compare, there is one: .*a/1"),
        (["net"], "there is none. Not finished: net/1. `dlkit list` shows all."),
    ],
    ids=["experiment", "number", "one", "none finished"],
)
def test_runs_that_are_not_there_are_told(tmp_path: Path, names: list[str], text: str) -> None:
    for number in (1, 2, 3):
        lay_run(tmp_path, f"a/{number}", 0.5)
    lay_run(tmp_path, "net/1", 0.5)
    (tmp_path / "net/1/metrics.json").unlink()
    with pytest.raises(ConfigError, match=text):
        of(tmp_path, *names)


def test_run_that_did_not_finish_is_refused_by_name_and_left_out_of_all(
    tmp_path: Path,
) -> None:
    for number in (1, 2, 3):
        lay_run(tmp_path, f"a/{number}", 0.5)
    (tmp_path / "a/2/metrics.json").unlink()
    with pytest.raises(StorageError, match="a/2: the run did not finish, it has no figures"):
        of(tmp_path, "a/1", "a/2")
    comparison = of(tmp_path)
    assert comparison.left_out == ("a/2",)
    assert "left out  a/2: not finished." in format_comparison(comparison)


def test_run_at_work_is_not_over(tmp_path: Path) -> None:
    folders = [RunFolder(lay_run(tmp_path, f"a/{number}", 0.5)) for number in (1, 2, 3)]
    with working_in(folders[1]):
        assert choose_runs(["a"], tmp_path).left_out == ("a/2",)
        with pytest.raises(StorageError, match="is still running, it has no figures"):
            of(tmp_path, "a/1", "a/2")


@pytest.mark.parametrize(
    ("file", "content", "text"),
    [
        ("metrics.json", "{", "metrics.json: cannot be read"),
        ("metrics.json", "[]", "metrics.json: expected values by name"),
        ("metrics.json", '{"test_loss": 1}', "metrics.json: 'dataset' is missing"),
        ("metrics.json", '{"dataset": "x", "test_loss": "low"}', "a figure is no number"),
        ("resolved.yaml", "a: [", "resolved.yaml: cannot be read"),
        ("resolved.yaml", "- a", "resolved.yaml: cannot be read"),
        ("resolved.yaml", "a: 1\na: 2", "resolved.yaml: the file is damaged"),
    ],
)
def test_damaged_files_are_told(tmp_path: Path, file: str, content: str, text: str) -> None:
    lay_run(tmp_path, "a/1", 0.5)
    (lay_run(tmp_path, "a/2", 0.5) / file).write_text(content)
    with pytest.raises(StorageError, match=text):
        of(tmp_path)


@pytest.mark.parametrize("content", [None, "", "epoch\n1\nx,y", "\x00\n\x00", "loss\nhigh\n"])
def test_lost_history_costs_the_curves_alone(tmp_path: Path, content: str | None) -> None:
    lay_run(tmp_path, "a/1", 0.5)
    history = lay_run(tmp_path, "a/2", 0.5, seed=1) / "history.csv"
    history.unlink() if content is None else history.write_text(content)
    page = tmp_path / "page.html"
    compare("a", output=tmp_path, page=page)
    assert "a/2" in page.read_text("utf-8")


def test_groups_settings_and_the_best(tmp_path: Path) -> None:
    for number, (units, seed, value) in enumerate(
        [(8, 0, 0.5), (8, 1, 0.6), (4, 0, 0.8), (4, 1, 0.9)], start=1
    ):
        lay_run(tmp_path, f"a/{number}", value, units=units, seed=seed)
    found = of(tmp_path)
    assert [group.title for group in found.groups] == ["a/1, 2", "a/3, 4"]
    assert [(d.path, d.values) for d in found.differences] == [
        ("architecture.layers[0].Dense.units", ("8", "4"))
    ]
    assert found.labels == ("units 8", "units 4")
    assert found.figures == ("test_accuracy", "test_loss", "train_accuracy", "train_loss")
    assert (found.main, found.rising, found.best, found.notes) == ("test_accuracy", True, 1, ())
    assert list(found.noises) == [0]
    text = format_comparison(found)
    assert "test_accuracy  0.5500 ± 0.0707  0.8500 ± 0.0707" in text
    assert "Best test_accuracy: 0.8500 ± 0.0707, a/3, 4 (units 4)." in text
    # By Welch: d = 0.3, each variance 0.005, so t(2) = 4.3027 times sqrt(0.005) about it.
    assert "a/1, 2 (units 8) is 0.3000 below (95% interval -0.0042 to 0.6042)" in " ".join(
        text.split()
    )


def test_less_error_is_better(tmp_path: Path) -> None:
    for number, value in enumerate([0.5, 0.2, 0.9], start=1):
        lay_run(tmp_path, f"a/{number}", value, units=number, metric="mae")
        config = tmp_path / f"a/{number}/resolved.yaml"
        config.write_text(config.read_text().replace("Accuracy", "MeanAbsoluteError"))
    found = of(tmp_path)
    assert (found.main, found.rising, found.best) == ("test_mae", False, 1)


@pytest.mark.parametrize(
    ("facts", "note"),
    [
        ({"stand_in_for": "mnist"}, "Not the same data (iris, iris for mnist): the figures"),
        ({"limited": ["train"]}, "Cut short for a quick try: a/2."),
        ({"status": "diverged"}, "Diverged: a/2."),
        ({"test_examples": 7}, "The numbers of test examples differ."),
    ],
)
def test_what_must_be_known_is_noted(tmp_path: Path, facts: dict[str, Any], note: str) -> None:
    lay_run(tmp_path, "a/1", 0.5)
    lay_run(tmp_path, "a/2", 0.6, facts=facts, seed=1)
    found = of(tmp_path)
    assert any(each.startswith(note) for each in found.notes)


def test_other_data_is_not_ranked_and_its_columns_are_no_differences(tmp_path: Path) -> None:
    lay_run(tmp_path, "a/1", 0.5)
    lay_run(tmp_path, "a/2", 0.6, source="pima")
    found = of(tmp_path)
    assert [(d.path, d.values) for d in found.differences] == [("data", ("iris", "pima"))]
    assert (found.best, found.noises) == (None, {})


def test_folds_have_other_data_and_count_each(tmp_path: Path) -> None:
    """Two folds of a run differ in what they are tested on, and cannot be ranked."""
    for number, accuracy in enumerate((0.5, 0.75), start=1):
        lay_run(tmp_path, f"a/1/fold_{number}", accuracy)
        lay_run(tmp_path, f"b/1/fold_{number}", accuracy, units=4)
    found = compare("a/1/fold_1", "a/1/fold_2", output=tmp_path)
    assert [each.values for each in found.differences] == [("fold 1 of iris", "fold 2 of iris")]
    assert (len(found.groups), found.best) == (2, None)
    same = compare("a/1/fold_1", "b/1/fold_1", output=tmp_path)
    assert [each.path for each in same.differences] == ["architecture.layers[0].Dense.units"]


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_duration_that_is_not_finite_costs_no_page(tmp_path: Path, value: float) -> None:
    lay_run(tmp_path, "a/1", 0.5, facts={"seconds": value})
    lay_run(tmp_path, "a/2", 0.6, units=4)
    compare("a", output=tmp_path, page=tmp_path / "page.html")
    assert (tmp_path / "page.html").is_file()


def test_other_classes_are_other_data(tmp_path: Path) -> None:
    for number, classes in enumerate((["a", "b"], ["a", "c"]), start=1):
        folder = lay_run(tmp_path, f"a/{number}", 0.5, seed=number)
        facts = {"task": "classification", "class_names": classes}
        (folder / "dataset.json").write_text(json.dumps(facts))
    found = of(tmp_path)
    assert len(found.groups) == 2
    assert found.notes[0].startswith("Not the same data")


def test_losses_of_other_functions_are_not_compared(tmp_path: Path) -> None:
    lay_run(tmp_path, "a/1", 0.5)
    config = lay_run(tmp_path, "a/2", 0.6) / "resolved.yaml"
    config.write_text(config.read_text().replace("mean_squared_error", "huber"))
    found = of(tmp_path)
    assert found.figures == ("test_accuracy", "train_accuracy")
    assert "The losses are not the same function, so no loss is compared." in found.notes


PENALTY = "  - Dense:\n      units: 1\n      kernel_regularizer: {L2: {l2: 0.1}}\n"


@pytest.mark.parametrize(
    "more",
    [
        "regularization: {l2: 0.1}\n",
        "regularization: {label_smoothing: 0.1}\n",
        f"more:\n{PENALTY}",
        "outputs: {a: {loss: mean_squared_error, weight: 2.0}}\n",
    ],
)
def test_losses_with_other_penalties_are_not_compared(tmp_path: Path, more: str) -> None:
    """The loss of a test is the whole that training makes small, penalties included."""
    lay_run(tmp_path, "a/1", 0.5)
    config = lay_run(tmp_path, "a/2", 0.6) / "resolved.yaml"
    config.write_text(config.read_text() + more)
    assert of(tmp_path).figures == ("test_accuracy", "train_accuracy")


def test_the_same_penalties_leave_losses_comparable(tmp_path: Path) -> None:
    for number, units in enumerate((4, 8), start=1):
        config = lay_run(tmp_path, f"a/{number}", 0.5, units=units) / "resolved.yaml"
        config.write_text(
            f"{config.read_text()}regularization: {{l2: 0.1, dropout: 0.{units}}}\n"
        )
    assert "test_loss" in of(tmp_path).figures


def test_only_common_figures_are_compared(tmp_path: Path) -> None:
    lay_run(tmp_path, "a/1", 0.5)
    lay_run(tmp_path, "a/2", 0.6, metric="auc")
    assert of(tmp_path).figures == ("test_loss", "train_loss")


def test_same_seeds_are_noted(tmp_path: Path) -> None:
    for number in (1, 2):
        lay_run(tmp_path, f"a/{number}", 0.5)
    found = of(tmp_path)
    assert found.notes == (
        "The same settings and the same seed: a/1, a/2. Each seed counts once.",
    )
    assert "Nothing differs in these runs." in format_comparison(found)


def test_seed_that_a_repeat_has_as_well_is_noted(tmp_path: Path) -> None:
    parts = [{"seed": seed, "test_accuracy": 0.5 + seed / 10} for seed in (0, 1)]
    lay_run(tmp_path, "a/1", 0.55, facts={"repeat": parts})
    lay_run(tmp_path, "a/2", 0.6, seed=1)
    lay_run(tmp_path, "a/3", 0.7, seed=2)
    found = of(tmp_path)
    assert found.notes == (
        "The same settings and the same seed: a/1, a/2. Each seed counts once.",
    )
    assert found.groups[0].samples("test_accuracy") == [0.5, 0.6, 0.7]


def test_how_often_the_state_is_kept_is_no_difference(tmp_path: Path) -> None:
    for number in (1, 2):
        config = lay_run(tmp_path, f"a/{number}", 0.5, seed=number) / "resolved.yaml"
        config.write_text(
            f"{config.read_text()}training: {{checkpoint: {{epochs: {number}}}}}\n"
        )
    found = of(tmp_path)
    assert (len(found.groups), found.differences) == (1, ())


def test_seeds_alone_are_a_mean_and_a_deviation(tmp_path: Path) -> None:
    for number, value in enumerate((0.5, 0.7), start=1):
        lay_run(tmp_path, f"a/{number}", value, seed=number)
    text = format_comparison(of(tmp_path))
    assert "Nothing but the seed differs: test_accuracy 0.6000 ± 0.1414 over 2 seeds." in text


def test_curves_are_means_as_far_as_all_went(tmp_path: Path) -> None:
    lay_run(tmp_path, "a/1", 0.5, seed=1, curve=[1.0, 0.5, 0.25])
    lay_run(tmp_path, "a/2", 0.5, seed=2, curve=[3.0, 0.5])
    found = of(tmp_path)
    assert curve_columns(found) == ("loss", "accuracy")
    curve = group_curve(found.groups[0], "x", "loss")
    assert list(curve.mean) == [2.0, 0.5]
    assert curve.deviation is not None
    assert list(curve.deviation) == pytest.approx([2**0.5, 0.0])


def test_curves_of_folds_come_from_inside(tmp_path: Path) -> None:
    outer = lay_run(tmp_path, "a/1", 0.5)
    (outer / "history.csv").unlink()
    for number in (1, 2, 10):
        lay_run(tmp_path, f"a/1/fold_{number}", 0.5, curve=[float(number)])
    lay_run(tmp_path, "a/2", 0.5, units=4)
    found = of(tmp_path)
    assert [h["loss"] for h in found.runs[0].histories] == [[1.0], [2.0], [10.0]]


def test_table_has_a_row_a_run(tmp_path: Path) -> None:
    lay_run(tmp_path, "a/1", 0.5)
    lay_run(tmp_path, "a/2", None, units=4)
    head, rows = csv_table(of(tmp_path))
    table = [dict(zip(head, row, strict=True)) for row in rows]
    assert [row["architecture.layers[0].Dense.units"] for row in table] == ["8", "4"]
    assert [row["test_accuracy"] for row in table] == [0.5, None]
    assert [row["group"] for row in table] == [1, 2]


@pytest.mark.parametrize("count", [2, 6, 40])
def test_terminal_lines_fit(tmp_path: Path, count: int) -> None:
    for number in range(1, count + 1):
        lay_run(
            tmp_path,
            f"{'long-name-' * 9}/{number}",
            0.5,
            units=f"'{number}{'x' * 300}'",
            metric="m" * 60,
        )
    text = format_comparison(compare(*[p.name for p in tmp_path.iterdir()], output=tmp_path))
    assert max(map(len, text.splitlines())) <= 80


def test_labels_that_begin_alike_are_told_apart_by_their_runs(tmp_path: Path) -> None:
    for number, end in enumerate("ab", start=1):
        lay_run(tmp_path, f"a/{number}", 0.5, units=f"'{'x' * 60}{end}'")
    assert of(tmp_path).labels == tuple(f"a/{n} units {'x' * 17}…" for n in (1, 2))


def test_setting_that_one_lacks_is_said_so_in_its_label(tmp_path: Path) -> None:
    lay_run(tmp_path, "a/1", 0.5)
    config = lay_run(tmp_path, "a/2", 0.6) / "resolved.yaml"
    config.write_text(f"{config.read_text()}lr_schedule: cosine\n")
    assert of(tmp_path).labels == ("no lr_schedule", "lr_schedule cosine")
