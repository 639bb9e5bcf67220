import csv
import math
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from swept_records import RATE, folder_in, parameters, sight_of, sweep_of, trial

from dlkit.report.sweep.page import render_sweep, sweep_page, write_sweep_page
from dlkit.report.sweep.table import write_table
from dlkit.report.sweep.weights import Weights

HOSTILE = ("<script>alert(1)</script>", '"><img src=x>', "=cmd()", "n" * 300, "a\nb")

TRIED = parameters(rate=RATE, kind=[*HOSTILE], same=[1])


def hostile_sweep() -> Any:
    trials = [
        trial(i, i / 10, rate=i / 10, kind=name, same=1) for i, name in enumerate(HOSTILE, 1)
    ]
    trials.append(trial(6, "<script>alert(2)</script>", rate=0.9, kind=HOSTILE[2], same=1))
    return sweep_of(TRIED, trials)


def test_page_is_written_with_its_pictures(tmp_path: Path) -> None:
    folder = folder_in(tmp_path)
    (folder.path / "trial_5").mkdir()
    (folder.path / "trial_4").mkdir()
    (folder.path / "trial_4" / "report.html").touch()
    write_sweep_page(folder, sight_of(hostile_sweep()))
    html = folder.page.read_text("utf-8")
    assert "<script>alert" not in html
    assert "<img" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert "&lt;script&gt;alert(2)&lt;/script&gt;" in html  # why one failed
    assert 'href="trial_5/"' in html
    assert 'href="trial_4/report.html"' in html
    assert "trial_3" not in html
    plots = {path.name for path in folder.run.plots.iterdir()}
    assert plots == {"history.png", "curves.png", "slices.png", "pairs.png", "parallel.png"}


def test_best_ten_show_what_differs(tmp_path: Path) -> None:
    trials = [trial(i, i / 100, rate=i / 20, kind=HOSTILE[2], same=1) for i in range(1, 15)]
    folder = folder_in(tmp_path)
    page = sweep_page(folder, sight_of(sweep_of(TRIED, trials)), ())
    head, *rows = page.best
    assert head == ("trial", "val_accuracy", "rate", "epochs", "time")
    assert [row[0] for row in rows] == [str(number) for number in range(14, 4, -1)]
    assert rows[0] == ("14", "0.1400", "0.7", "2", "1.5 s")
    assert page.heads == ("state", "val_accuracy", "rate", "epochs", "time")
    assert len(page.trials) == 14
    assert page.settings == (("rate", "0.7"), ("kind", "=cmd()"), ("same", "1"))
    numbers = dict(page.numbers)
    assert numbers["best val_accuracy"] == "0.1400"
    assert numbers["median of complete trials"] == "0.0750"
    assert numbers["test_accuracy of the best, not chosen by"] == "0.7500"


def test_page_says_how_the_best_ones_page_is_drawn(tmp_path: Path) -> None:
    folder = folder_in(tmp_path)
    record = sweep_of(TRIED, [trial(1, 0.5, rate=0.1, kind="=cmd()", same=1)])
    assert sweep_page(folder, sight_of(record), ()).drawing_command == (
        f"dlkit report {folder.path / 'trial_1'}"
    )
    (folder.path / "trial_1").mkdir()
    (folder.path / "trial_1" / "report.html").touch()
    assert not sweep_page(folder, sight_of(record), ()).drawing_command


@pytest.mark.parametrize("outcomes", [[], ["broken"], [math.nan], [0.5], [0.5, "broken"]])
@pytest.mark.parametrize("status", ["running", "complete", "interrupted", "failed"])
def test_every_sweep_has_a_page(tmp_path: Path, outcomes: list[Any], status: str) -> None:
    trials = [trial(i, v, rate=0.1, kind="=cmd()", same=1) for i, v in enumerate(outcomes, 1)]
    sight = sight_of(sweep_of(TRIED, trials), status=status, weights=Weights(reason="Too few."))
    html = render_sweep(sweep_page(folder_in(tmp_path), sight, ()))
    assert "sweep:\n  trials: 3" in html


def test_picture_that_fails_costs_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ValueError("no")

    monkeypatch.setattr("dlkit.report.sweep.pictures.draw_history", fail)
    folder = folder_in(tmp_path)
    write_sweep_page(folder, sight_of(hostile_sweep()))
    assert "What each trial came to" not in folder.page.read_text("utf-8")
    assert "How each trial learned" in folder.page.read_text("utf-8")


def test_table_reads_back_in_full_precision(tmp_path: Path) -> None:
    folder = folder_in(tmp_path)
    tried = parameters(rate=RATE, kind=[None, True, *HOSTILE])
    trials = [
        trial(1, 1 / 3, rate=0.1 + 0.2, kind=None),
        trial(2, 0.1, "pruned", rate=1e-300, kind=True),
        trial(3, "=reason\n2", rate=0.5, kind=HOSTILE[2]),
        trial(4, math.inf, rate=0.5),
    ]
    write_table(folder, sweep_of(tried, trials))
    table = pd.read_csv(folder.table, keep_default_na=False, dtype=str)
    assert [*table.columns] == [
        *("trial", "state", "val_accuracy", "rate", "kind"),
        *("epochs", "parameters", "seconds", "folder", "reason"),
    ]
    assert float(table["val_accuracy"][0]) == 1 / 3
    assert float(table["rate"][0]) == 0.1 + 0.2
    assert [*table["kind"]] == ["null", "True", "'=cmd()", ""]
    assert [*table["state"]] == ["complete", "pruned", "failed", "complete"]
    assert table["reason"][2] == "'=reason\n2"
    with folder.table.open(newline="") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    assert not any(cell.startswith(("=", "+", "@")) for cell in cells)
