"""Sweeps among runs: in the list, in the index, side by side, and as the run that is meant."""

from __future__ import annotations

import csv
import io
import subprocess
import sys
from pathlib import Path

import pytest
from swept_folders import Ended, lay_sweep

import dlkit
from dlkit.cli import main
from dlkit.errors import ConfigError, StorageError
from dlkit.report.comparison.chosen import MOST_TRIALS, choose_runs
from dlkit.report.finished import find_finished, find_folder, read_record
from dlkit.report.index.curves import sweep_course
from dlkit.report.index.rows import read_experiments
from dlkit.report.listing import list_runs, sorted_runs
from dlkit.report.lock import working_in
from dlkit.report.resume.asking import find_resumed
from dlkit.report.run_folder import RunFolder
from dlkit.report.sweep.chosen import best_trial
from dlkit.report.sweep.listing import find_sweep, read_trials, trials_table
from dlkit.report.sweep.summary import read_summary

ENDS = [Ended(0.5), Ended(), Ended(0.875, epochs=5), Ended(reason="No memory."), Ended(0.25)]


def told(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    """Run a command; return its exit code and what it printed."""
    try:
        main(words)
        code = 0
    except SystemExit as leaving:
        code = int(leaving.code or 0)
    printed = capsys.readouterr()
    return code, printed.out, printed.err


def test_sweep_is_one_line_in_the_list(tmp_path: Path) -> None:
    lay_sweep(tmp_path, "net/1", ENDS)
    (line,) = list_runs(tmp_path)
    assert (line.run, line.status, line.score, line.dataset, line.seconds) == (
        *("net/1", "complete: 5 trials", "val_accuracy 0.8750 (best)", "iris"),
        10.0,
    )


def test_sweep_that_was_interrupted_says_how_far_it_is(tmp_path: Path) -> None:
    folder, _, _ = lay_sweep(tmp_path, "net/1", [Ended(0.5), None], trials=40)
    assert list_runs(tmp_path)[0].status == "1 of 40 trials"
    with working_in(folder.run):
        assert list_runs(tmp_path)[0].status == "running: 1 of 40 trials"


def test_sweep_whose_files_are_damaged_is_unfinished(tmp_path: Path) -> None:
    folder, _, _ = lay_sweep(tmp_path, "net/1", ENDS)
    folder.facts.write_text("{")
    assert list_runs(tmp_path)[0].status == "unfinished"
    with pytest.raises(StorageError, match=r"sweep\.json: the file is damaged"):
        read_summary(folder)


def test_sweeps_and_runs_are_sorted_by_what_both_have(tmp_path: Path) -> None:
    lay_sweep(tmp_path, "net/1", [Ended(0.5)])
    lay_sweep(tmp_path, "net/2", ENDS)
    assert [each.run for each in sorted_runs(list_runs(tmp_path), "val_accuracy")] == [
        "net/2",
        "net/1",
    ]


def test_list_of_a_sweep_has_its_trials(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lay_sweep(tmp_path, "net/3", ENDS)
    code, out, _ = told(capsys, "list", "net/3", "--output", str(tmp_path))
    head, *rows = out.splitlines()
    assert code == 0
    assert head.split() == [
        *("trial", "status", "val_accuracy", "optimizer", "learning_rate", "units"),
        *("seconds", "reason"),
    ]
    assert [row.split()[:2] for row in rows] == [
        *(["1", "complete"], ["2", "pruned"], ["3", "complete"], ["4", "failed"]),
        ["5", "complete"],
    ]
    assert rows[3].endswith("No memory.")


@pytest.mark.parametrize("figure", ["val_accuracy", "test_accuracy"])
def test_trials_are_sorted_best_first(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], figure: str
) -> None:
    lay_sweep(tmp_path, "net/3", ENDS)
    words = ("list", "net/3", "--sort", figure, "--output", str(tmp_path))
    _, out, _ = told(capsys, *words)
    assert figure in out.splitlines()[0].split()
    assert [line.split()[0] for line in out.splitlines()[1:]] == ["3", "1", "5", "2", "4"]


def test_figure_that_no_trial_has_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lay_sweep(tmp_path, "net/3", ENDS)
    words = ("list", "net/3", "--sort", "acuracy", "--output", str(tmp_path))
    code, _, err = told(capsys, *words)
    assert code == 2
    assert "--sort acuracy: no trial has this figure. Did you mean 'val_accuracy'?" in err


def test_objective_is_that_of_the_best_epoch_in_the_table(tmp_path: Path) -> None:
    folder, _, _ = lay_sweep(tmp_path, "net/3", ENDS)
    head, rows = trials_table(*read_trials(folder))
    assert [row[head.index("val_accuracy")] for row in rows] == [0.5, None, 0.875, None, 0.25]
    assert [row[head.index("test_accuracy")] for row in rows][:3] == [0.375, None, 0.75]


def test_names_that_are_formulas_come_back_from_the_table(tmp_path: Path) -> None:
    name = "=cmd()|' /C calc'!A0"
    parameters = {name: {"values": ["=1+1", "@x"], "paths": ["dataset.target"]}}
    del parameters[name]["paths"]
    units = {"values": [4, 8], "paths": ["architecture.layers[0].Dense.units"]}
    folder, _, record = lay_sweep(tmp_path, "net/1", ENDS[:2], parameters={name: units})
    assert folder.table.read_text("utf-8").count("'=cmd") == 1
    sweep = read_summary(folder)
    assert sweep.parameters == (name,)
    assert sweep.trials[0].settings == {name: str(record.trials[0].labels[name])}


def test_table_as_csv_keeps_every_digit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, _, record = lay_sweep(tmp_path, "net/3", ENDS)
    _, out, _ = told(capsys, "list", "net/3", "--csv", "-", "--output", str(tmp_path))
    rows = list(csv.DictReader(io.StringIO(out)))
    assert [float(row["optimizer.learning_rate"]) for row in rows] == [
        trial.labels["optimizer.learning_rate"] for trial in record.trials
    ]
    file = tmp_path / "t.csv"
    _, out, _ = told(capsys, "list", "net/3", "--csv", str(file), "--output", str(tmp_path))
    assert out == f"5 trials in {file}\n"


def test_run_of_a_number_is_listed_alone(tmp_path: Path) -> None:
    for number in (1, 2):
        lay_sweep(tmp_path, f"net/{number}", [Ended(0.5)])
    assert [line.run for line in list_runs(tmp_path, "net/2")] == ["net/2"]


def test_latest_sweep_is_found_by_its_link(tmp_path: Path) -> None:
    folder, _, _ = lay_sweep(tmp_path, "net/1", [Ended(0.5)])
    (tmp_path / "net" / "latest").symlink_to("1")
    found = find_sweep("net/latest", tmp_path)
    assert found is not None
    assert found.run.title == "net/1"
    assert find_sweep(str(folder.path), Path("nowhere")) == folder
    assert find_sweep("net", tmp_path) is None


def test_list_of_a_sweep_brings_nothing_heavy_in(tmp_path: Path) -> None:
    lay_sweep(tmp_path, "net/3", ENDS)
    code = (
        "import sys; from dlkit.cli import main\n"
        f"main(['list', 'net/3', '--output', {str(tmp_path)!r}])\n"
        "print({'optuna', 'numpy', 'keras', 'matplotlib', 'jinja2'} & set(sys.modules))"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert result.stdout.splitlines()[-1] == "set()", result.stderr


def test_index_has_a_row_and_a_link_for_a_sweep(tmp_path: Path) -> None:
    folder, _, _ = lay_sweep(tmp_path, "net/1", ENDS)
    folder.page.write_text("<p>page")
    page = dlkit.write_index(tmp_path).read_text("utf-8")
    assert '<a href="net/1/sweep.html">1</a>' in page
    assert "sweep: 5 trials, val_accuracy 0.8750" in page
    ((row,),) = [each.rows for each in read_experiments(tmp_path)]
    assert [cell.text for cell in row.cells][-3:-1] == ["17", "10.0 s"]


def test_course_of_a_sweep_is_that_of_its_trials(tmp_path: Path) -> None:
    folder, _, _ = lay_sweep(tmp_path, "net/1", [Ended(0.5), Ended(0.75)])
    course = sweep_course(folder)
    assert (course.name, course.values, course.over) == ("val_accuracy", (0.5, 0.75), "trials")


def test_sweep_stands_for_its_trials_in_a_comparison(tmp_path: Path) -> None:
    lay_sweep(tmp_path, "net/1", ENDS)
    chosen = choose_runs(["net/1"], tmp_path)
    assert [run.title for run in chosen.runs] == [
        "net/1/trial_1",
        "net/1/trial_3",
        "net/1/trial_5",
    ]
    assert chosen.notes[0] == "net/1 has 2 more that came to no figures."


def test_of_many_trials_the_best_are_compared(tmp_path: Path) -> None:
    values = [Ended((7 * number % 16) / 16) for number in range(16)]
    lay_sweep(tmp_path, "net/1", values)
    chosen = choose_runs(["net/1"], tmp_path)
    best = sorted(range(16), key=lambda number: -(7 * number % 16))[:MOST_TRIALS]
    numbers = [int(run.path.name.removeprefix("trial_")) - 1 for run in chosen.runs]
    assert numbers == sorted(best)
    assert (
        "Of 16 complete trials of net/1 these are the 10 with the best val" in chosen.notes[0]
    )


def test_comparison_ranks_trials_with_a_warning(tmp_path: Path) -> None:
    lay_sweep(tmp_path, "net/1", ENDS)
    comparison = dlkit.compare("net/1", output=tmp_path)
    assert [group.title for group in comparison.groups] == [
        *("net/1/trial_1", "net/1/trial_3", "net/1/trial_5")
    ]
    assert any("never by a test figure" in note for note in comparison.notes)


def test_single_trials_of_several_sweeps_are_compared(tmp_path: Path) -> None:
    for number in (1, 2):
        lay_sweep(tmp_path, f"net/{number}", ENDS)
    chosen = choose_runs(["net/1/trial_3", "net/2/trial_1"], tmp_path)
    assert [run.title for run in chosen.runs] == ["net/1/trial_3", "net/2/trial_1"]


def test_trial_without_figures_cannot_be_compared(tmp_path: Path) -> None:
    lay_sweep(tmp_path, "net/1", ENDS)
    with pytest.raises(
        StorageError, match=r"trial_2: this trial was pruned, and left no model"
    ):
        choose_runs(["net/1/trial_2", "net/1/trial_1"], tmp_path)


def test_sweep_among_runs_is_not_taken_for_one(tmp_path: Path) -> None:
    lay_sweep(tmp_path, "net/1", ENDS)
    with pytest.raises(ConfigError, match=r"net/1 is a sweep: name it to compare its trials"):
        choose_runs(["net"], tmp_path)


def test_best_trial_is_said(tmp_path: Path) -> None:
    folder, _, _ = lay_sweep(tmp_path, "net/1", ENDS, trials=9)
    trial, words = best_trial(folder)
    assert trial == folder.trial(3)
    assert words == (
        f"{folder.path} is a sweep: its best trial of 5 so far, trial_3 (val_accuracy 0.8750),"
        " is taken."
    )


def test_sweep_without_a_complete_trial_has_no_best(tmp_path: Path) -> None:
    folder, _, _ = lay_sweep(tmp_path, "net/1", [Ended(), Ended(reason="No memory.")])
    with pytest.raises(StorageError, match="no trial of this sweep is complete"):
        best_trial(folder)
    with pytest.raises(StorageError, match="no trial of this sweep is complete"):
        read_record("net/1", tmp_path)


def test_config_that_builds_on_a_sweep_has_to_name_a_trial(tmp_path: Path) -> None:
    lay_sweep(tmp_path, "net/1", ENDS)
    with pytest.raises(ConfigError, match=r"is a sweep.*name one of them.*trial_3\.$"):
        find_finished("net/1", tmp_path)


def test_trial_that_came_to_nothing_says_why_it_has_no_model(tmp_path: Path) -> None:
    lay_sweep(tmp_path, "net/1", ENDS)
    with pytest.raises(StorageError, match=r"this trial failed \(No memory\.\), and left no"):
        find_finished("net/1/trial_4", tmp_path)


def test_complete_sweep_is_the_latest_run(tmp_path: Path) -> None:
    for number in (1, 2):
        lay_sweep(tmp_path, f"net/{number}", ENDS)
    assert find_folder("net", tmp_path).title == "net/2"
    (tmp_path / "net" / "1" / "best.yaml").touch()
    assert find_folder("net", tmp_path).title == "net/1"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("net/1", r"net/1 is a sweep, which goes on with the command that began it"),
        ("net", r"net/1 is a sweep, which goes on"),
        ("net/1/trial_2", r"trial_2 belongs to the sweep .*net/1, which goes on with the"),
    ],
)
def test_sweep_is_not_resumed_as_a_run(tmp_path: Path, name: str, words: str) -> None:
    lay_sweep(tmp_path, "net/1", ENDS)
    with pytest.raises(ConfigError, match=words):
        find_resumed(name, tmp_path, "net")


def test_latest_run_that_goes_on_is_no_sweep(tmp_path: Path) -> None:
    run = RunFolder(tmp_path / "net" / "1")
    run.path.mkdir(parents=True)
    run.log.touch()
    lay_sweep(tmp_path, "net/2", ENDS)
    assert find_resumed(True, tmp_path, "net") == run
    assert find_resumed("net", tmp_path, "net") == run


def test_only_a_sweep_is_no_run_to_go_on_with(tmp_path: Path) -> None:
    lay_sweep(tmp_path, "net/1", ENDS)
    with pytest.raises(ConfigError, match="there is no run of 'net'"):
        find_resumed(True, tmp_path, "net")


@pytest.mark.parametrize("option", ["--resume", "--force"])
def test_file_with_a_sweep_needs_no_resume(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], option: str
) -> None:
    file = tmp_path / "a.yaml"
    file.write_text(
        "name: net\ndataset: {source: iris, validation: 0.2}\n"
        "architecture: {layers: [{Dense: {units: 3, activation: softmax}}]}\n"
        "loss: sparse_categorical_crossentropy\n"
        "sweep: {parameters: {optimizer: [Adam, RMSprop]}}\n"
    )
    code, _, err = told(capsys, "run", str(file), option, "--output", str(tmp_path / "o"))
    assert code == 2
    assert (
        f"has a sweep, which goes on with the same command by itself: leave out {option}" in err
    )
    assert not (tmp_path / "o").exists()


def test_title_of_a_trial_begins_with_that_of_its_sweep(tmp_path: Path) -> None:
    folder, _, _ = lay_sweep(tmp_path, "net/1", [Ended(0.5)])
    assert folder.trial(1).title == "net/1/trial_1"
    assert folder.run.title == "net/1"
