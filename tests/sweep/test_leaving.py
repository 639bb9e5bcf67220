import itertools
from pathlib import Path
from typing import Any

import pytest

from dlkit.config.dump import dump_plain, plain_config
from dlkit.config.load import load_config
from dlkit.config.sweep.checking import source_at, sweep_of
from dlkit.errors import TrainingError
from dlkit.report.run_folder import RunFolder
from dlkit.report.sweep.folder import SweepFolder
from dlkit.report.sweep.record import SweepRecord, TrialRecord
from dlkit.report.sweep.table import write_best
from dlkit.sweep import leaving
from dlkit.sweep.best import base_labels, best_settings
from dlkit.sweep.leaving import PAUSE, Refresher, leave, leaving_in_any_case
from dlkit.sweep.plan import Plan, plan_sweep

CONFIG = """
name: left
dataset:
  source: {csv: {path: sub/a.csv, separator: ';'}}
  target: y
  test: sub/t.csv
  validation: 0.2
architecture:
  layers:
  - Dense: {units: 4, activation: relu}
  - Dense: {units: 2, activation: softmax}
loss: sparse_categorical_crossentropy
metrics: [accuracy]
optimizer: {Adam: {learning_rate: 0.01}}
training: {epochs: 3}
"""

KINDS: dict[str, dict[str, Any]] = {
    "numbers": {"optimizer.learning_rate": {"low": 1e-4, "high": 1e-1, "log": True}},
    "objects": {"optimizer": ["Adam", {"SGD": {"momentum": 0.9}}]},
    "layers": {"architecture.layers[0].Dense.units": [4, 8]},
    "data": {"dataset.validation": [0.1, 0.3], "training.batch_size": [8, 16]},
    "tied": {"width": {"values": [3, 5], "paths": ["architecture.layers[0].Dense.units"]}},
    "under a condition": {
        "optimizer": ["Adam", "SGD"],
        "mom": {
            "low": 0.1,
            "high": 0.9,
            "paths": ["optimizer.SGD.momentum"],
            "when": {"optimizer": "SGD"},
        },
    },
}


def swept(tmp_path: Path, parameters: dict[str, Any], source: str = CONFIG) -> Plan:
    """Return the plan of a sweep whose data lies beside its file."""
    home = tmp_path / "home"
    (home / "sub").mkdir(parents=True, exist_ok=True)
    for name in ("a.csv", "t.csv"):
        (home / "sub" / name).write_text("x;y\n1;0\n2;1\n")
    file = home / "left.yaml"
    file.write_text(source + dump_plain({"sweep": {"parameters": parameters}}))
    return plan_sweep(sweep_of(load_config(file)), ())


def with_trial(tmp_path: Path, plan: Plan, point: dict[str, Any]) -> tuple[SweepFolder, Any]:
    """Make the folder of a sweep whose only trial stood at a point, as a trial leaves it."""
    folder = SweepFolder(RunFolder(tmp_path / "out" / "left" / "1"))
    trial = folder.trial(1)
    trial.plots.mkdir(parents=True)
    folder.run.plots.mkdir()
    source, problems = source_at(plan.sweep.loaded.source, plan.search.parameters, point)
    assert not problems
    trial.config.write_text(dump_plain(source.data))
    resolved = plain_config(plan.sweep.at(point).config, plan.sweep.loaded.catalogue)
    found = [str(tmp_path / "home" / "sub" / "a.csv")]
    resolved["dataset"]["source"]["csv"]["path"] = found  # as a run writes it down
    trial.resolved.write_text(dump_plain(resolved))
    labels = {
        each.name: each.label_of(point[each.name])
        for each in plan.search.parameters
        if each.name in point
    }
    record = SweepRecord(
        "left",
        plan.search.parameters,
        {"val_accuracy": "max"},
        (TrialRecord(1, "complete", labels, (0.5,), {1: 0.5}, {"epochs": 1}),),
        1,
        "random",
        "none",
    )
    return folder, record


def at_first(plan: Plan) -> dict[str, Any]:
    point: dict[str, Any] = {}
    for each in plan.search.parameters:
        if each.matters(point):
            point[each.name] = each.samples[-1]
    return point


@pytest.mark.parametrize("kind", KINDS)
def test_best_config_is_the_trials_own_from_any_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    plan = swept(tmp_path, KINDS[kind])
    point = at_first(plan)
    folder, record = with_trial(tmp_path, plan, point)
    write_best(folder, record, best_settings(folder.trial(1), plan), [])
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    best = load_config(folder.best)
    mine = plain_config(best.config, best.catalogue)
    theirs = plain_config(plan.sweep.at(point).config, best.catalogue)
    assert best.config.name == "left_best"
    data, their_data = mine.pop("dataset"), theirs.pop("dataset")
    sub = tmp_path / "home" / "sub"
    assert data["source"]["csv"]["path"] == [str(sub / "a.csv")]
    assert data["source"]["csv"]["separator"] == ";"
    assert data["test"] == str(sub / "t.csv")
    assert data["validation"] == their_data["validation"]
    assert {**mine, "name": "left"} == theirs
    assert best.config.sweep is None
    settings = [line for line in folder.best.read_text().splitlines() if "quoted" in line]
    assert not settings, "defaults that nobody wrote"


def test_best_config_begins_with_what_it_is(tmp_path: Path) -> None:
    plan = swept(tmp_path, KINDS["objects"])
    folder, record = with_trial(tmp_path, plan, {"optimizer": {"SGD": {"momentum": 0.9}}})
    write_best(folder, record, best_settings(folder.trial(1), plan), [Path("own layers.py")])
    plugin = Path("own layers.py").resolve()
    assert folder.best.read_text().splitlines()[:4] == [
        "# The best of 1 trials of left/1: trial 1.",
        "#   val_accuracy 0.5000",
        "#   optimizer=SGD(momentum=0.9)",
        f"#   dlkit run {folder.best} --plugin '{plugin}'",
    ]


@pytest.mark.parametrize(
    ("parameters", "labels"),
    [
        ({"optimizer.Adam.learning_rate": [0.1, 0.01]}, {"optimizer.Adam.learning_rate": 0.01}),
        ({"training.batch_size": [8, 32]}, {"training.batch_size": 32}),  # Keras's default
        ({"training.batch_size": [8, 16]}, None),
        (KINDS["numbers"], None),
        (
            {"optimizer": ["SGD", {"Adam": {"learning_rate": 0.01}}], "training.epochs": [3]},
            {"optimizer": "Adam(learning_rate=0.01)", "training.epochs": 3},
        ),
    ],
)
def test_values_of_the_file_itself(
    tmp_path: Path, parameters: dict[str, Any], labels: dict[str, Any] | None
) -> None:
    assert base_labels(swept(tmp_path, parameters).sweep) == labels


def test_all_is_left(tmp_path: Path) -> None:
    plan = swept(tmp_path, KINDS["layers"])
    folder, record = with_trial(tmp_path, plan, at_first(plan))
    leave(folder, record, plan)
    assert {path.name for path in folder.path.iterdir() if path.is_file()} == {
        *("trials.csv", "best.yaml", "sweep.html"),
    }
    html = folder.page.read_text("utf-8")
    assert "architecture.layers[0].Dense.units" in html
    assert f"dlkit run {folder.best}" in html


@pytest.mark.parametrize(
    ("error", "words"),
    [(KeyboardInterrupt(), "The sweep was interrupted"), (TrainingError("none"), "only trial")],
)
def test_page_is_left_where_a_sweep_ends_early(
    tmp_path: Path, error: BaseException, words: str
) -> None:
    plan = swept(tmp_path, KINDS["layers"])
    folder, record = with_trial(tmp_path, plan, at_first(plan))
    with (
        pytest.raises(type(error)),
        leaving_in_any_case(folder, plan, lambda: record),
    ):
        raise error
    assert words in folder.page.read_text("utf-8")


def test_page_is_written_seldom_while_a_sweep_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = swept(tmp_path, KINDS["layers"])
    folder, record = with_trial(tmp_path, plan, at_first(plan))
    now = 0.0
    written: list[float] = []

    def write(*_: object) -> None:
        nonlocal now
        written.append(now)
        now += 6  # a page that takes so long is due after 200 seconds: 3 %

    monkeypatch.setattr(leaving, "write_sight", write)
    refresh = Refresher(folder, plan, lambda: now)
    while now < 600:
        now += 1
        refresh(record)
    assert written[0] == PAUSE
    gaps = [after - before for before, after in itertools.pairwise(written)]
    assert gaps == [206.0, 206.0]
