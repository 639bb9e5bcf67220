"""Which sweep goes on: the one that asks the same, and no other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dlkit.config.catalogue import load_catalogue
from dlkit.config.load import load_config
from dlkit.config.sweep.checking import sweep_of
from dlkit.report.run_folder import RunFolder
from dlkit.report.sweep.folder import SweepFolder
from dlkit.sweep.leaving import write_facts
from dlkit.sweep.plan import find_begun, plan_sweep, question_of
from dlkit.sweep.reading import read_sweep
from dlkit.sweep.study import Study
from tests.sweep.pretended import CONFIG, LISTED

OBJECTS = {"optimizer": [{"SGD": {"nesterov": True, "momentum": 0.9}}, {"SGD": {}}]}


def begin(output: Path, sweep: dict[str, Any], **rest: Any) -> SweepFolder:
    """Leave the folder of a sweep that has one trial."""
    loaded = load_config({**CONFIG, **rest, "sweep": sweep})
    plan = plan_sweep(sweep_of(loaded), ())
    folder = SweepFolder(RunFolder(output / "pretended" / "1"))
    folder.path.mkdir(parents=True)
    folder.run.log.touch()
    write_facts(folder, plan, "running")
    Study(folder.study, plan.search).begin()
    return folder


def goes_on(output: Path, sweep: dict[str, Any], **rest: Any) -> bool:
    """Tell whether a sweep goes on with the one that was begun."""
    loaded = load_config({**CONFIG, **rest, "sweep": sweep})
    return find_begun(output, "pretended", question_of(sweep_of(loaded))) is not None


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"jobs": 2},
        {"sampler": "grid"},
        {"pruner": "none"},
        {"sampler": "grid", "trials": 3},
    ],
)
def test_grid_goes_on_whoever_works_on_it(tmp_path: Path, change: dict[str, Any]) -> None:
    begin(tmp_path, {"parameters": LISTED})
    assert goes_on(tmp_path, {"parameters": LISTED, **change})


@pytest.mark.parametrize(
    "change",
    [
        {"parameters": dict(reversed(LISTED.items()))},  # its trials would be other ones
        {"parameters": {name: values[::-1] for name, values in LISTED.items()}},
        {"trials": 20},  # no grid any more: TPE chooses
        {"pruner": "median"},
    ],
)
def test_grid_with_other_trials_is_another_sweep(
    tmp_path: Path, change: dict[str, Any]
) -> None:
    begin(tmp_path, {"parameters": LISTED})
    assert not goes_on(tmp_path, {"parameters": LISTED, **change})


def test_search_does_not_become_a_grid_half_way(tmp_path: Path) -> None:
    begin(tmp_path, {"parameters": LISTED, "trials": 7})
    assert goes_on(tmp_path, {"parameters": LISTED, "trials": 9})
    assert not goes_on(tmp_path, {"parameters": LISTED})


def test_objects_whose_arguments_are_in_another_order_have_another_name(tmp_path: Path) -> None:
    begin(tmp_path, {"parameters": OBJECTS})
    assert goes_on(tmp_path, {"parameters": OBJECTS})
    turned = {"optimizer": [{"SGD": {"momentum": 0.9, "nesterov": True}}, {"SGD": {}}]}
    assert not goes_on(tmp_path, {"parameters": turned})


def test_another_seed_is_another_sweep(tmp_path: Path) -> None:
    begin(tmp_path, {"parameters": LISTED})
    assert not goes_on(tmp_path, {"parameters": LISTED}, seed=1)


# Keys of an object in another order than that of the alphabet name it in the journal as well.
def test_objects_are_read_again_by_the_names_they_had(tmp_path: Path) -> None:
    folder = begin(tmp_path, {"parameters": OBJECTS})
    plan, record = read_sweep(folder, load_catalogue(), ())
    (parameter,) = plan.search.parameters
    assert parameter.labels[0] == "SGD(nesterov=True, momentum=0.9)"
    assert record.trials[0].labels["optimizer"] in parameter.labels
