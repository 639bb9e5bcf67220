from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

import dlkit
from dlkit.cli import commands

pytestmark = pytest.mark.keras


def dlkit_command(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run dlkit in a process of its own."""
    environment = {**os.environ, "PYTHONPATH": str(Path(dlkit.__file__).parent.parent)}
    command = [sys.executable, "-m", "dlkit", *arguments]
    return subprocess.run(
        command, capture_output=True, text=True, env=environment, check=False, timeout=120
    )


def test_fresh_process_gives_the_answers_of_the_run(people: Any, tmp_path: Path) -> None:
    people.test_rows().drop(columns=["bought", "weight"]).to_csv(tmp_path / "new.csv")
    new, out = str(tmp_path / "new.csv"), tmp_path / "out.csv"
    done = dlkit_command("predict", people.run, new, "--out", str(out))
    assert done.returncode == 0
    assert done.stdout == f"90 examples answered in {out}\n"
    assert done.stderr == (
        "warning: column is ignored, which the run did not have: 'unnamed_1'.\n"
    )
    ours, theirs = pd.read_csv(out), people.answers.reset_index()
    assert list(ours) == ["example", "predicted", "p(no)", "p(yes)"]
    assert ours["example"].tolist() == list(range(90))
    assert ours["predicted"].tolist() == theirs["predicted"].tolist()
    columns = ["p(no)", "p(yes)"]
    np.testing.assert_allclose(ours[columns], theirs[columns], rtol=0, atol=1e-6)
    assert len(set(ours["p(no)"])) > 80  # the model tells rows apart


def test_python_gets_the_table_that_the_command_prints(people: Any, tmp_path: Path) -> None:
    people.test_rows().to_csv(tmp_path / "new.csv", index=False)
    frame = dlkit.predict("people", tmp_path / "new.csv", output=people.output)
    command = ["predict", "people/latest", str(tmp_path / "new.csv")]
    printed = CliRunner().invoke(commands, [*command, "--output", str(people.output)])
    assert printed.stderr == ""
    (tmp_path / "printed.csv").write_text(printed.stdout)
    written = pd.read_csv(tmp_path / "printed.csv", dtype={"p(no)": "f4", "p(yes)": "f4"})
    pd.testing.assert_frame_equal(frame, written, check_dtype=False)
    assert frame["p(no)"].dtype == np.float32


def test_what_the_model_never_saw_is_told(people: Any, tmp_path: Path) -> None:
    rows = people.test_rows().head(4)
    rows["city"] = ["Ulm", "Bonn", "Ulm", "Trier"]
    rows.to_csv(tmp_path / "new.csv", index=False)
    with pytest.warns(UserWarning, match="city: 3 rows") as told:
        frame = dlkit.predict(people.run, tmp_path / "new.csv")
    assert [str(warning.message) for warning in told] == [
        "city: 3 rows with 2 names the model has not seen: 'Ulm', 'Trier'."
    ]
    np.testing.assert_allclose(  # a known name keeps its own answer
        frame["p(yes)"][1], people.answers["p(yes)"].iloc[1], atol=1e-6
    )


@pytest.mark.parametrize(
    ("change", "code", "fault"),
    [
        pytest.param(
            lambda rows: rows.drop(columns=["income", "note"]),
            3,
            "the model reads 'income', 'note', and there is no such column. There are: ",
            id="missing columns",
        ),
        pytest.param(
            lambda rows: rows.assign(income=[1.0, np.nan, 2.0]),
            3,
            "column 'income': row 2 has no value, and the run's own rows had one each.",
            id="missing number",
        ),
        pytest.param(
            lambda rows: rows.assign(age=["40", "41", "old"]),
            3,
            "new.csv:4: column 'age': expected a number, received 'old'.",
            id="text for a number",
        ),
        pytest.param(
            lambda rows: rows.assign(joined="31/01/2024"),
            3,
            "column 'joined', row 1: expected a date like 31.01.2026",
            id="date",
        ),
    ],
)
def test_data_the_model_cannot_read(
    people: Any,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    change: Callable[[pd.DataFrame], pd.DataFrame],
    code: int,
    fault: str,
) -> None:
    from dlkit.cli import main

    change(people.test_rows().head(3)).to_csv(tmp_path / "new.csv", index=False)
    out = tmp_path / "out.csv"
    out.write_text("what was here before")
    with pytest.raises(SystemExit) as left:
        main(["predict", people.run, str(tmp_path / "new.csv"), "--out", str(out)])
    assert left.value.code == code
    printed = capfd.readouterr()
    assert fault in printed.err
    assert printed.err.count("\n") == 1
    assert printed.out == ""
    assert out.read_text() == "what was here before"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["new.csv", "out.csv"]


def test_answers_that_cannot_be_written(people: Any, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    out = tmp_path / "file" / "out.csv"
    with pytest.raises(dlkit.StorageError, match=r"out\.csv: cannot be written \(Not a direct"):
        CliRunner().invoke(
            commands,
            ["predict", people.run, str(people.file), "--out", str(out)],
            catch_exceptions=False,
        )


def test_what_is_no_plain_file_is_not_replaced(people: Any, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with subprocess.Popen(["cat", str(pipe)], stdout=subprocess.PIPE, text=True) as reader:
        command = ["predict", people.run, str(people.file), "--out", str(pipe)]
        assert CliRunner().invoke(commands, command).exit_code == 0
        assert reader.communicate()[0].count("\n") == 301
    assert pipe.is_fifo()


def test_values_are_answered_under_their_names(train: Any, tmp_path: Path) -> None:
    table = pd.DataFrame({"a": np.arange(50.0), "b": np.arange(50.0) ** 2})
    table = table.assign(p=table["a"] * 2, q=3.0)
    table.to_csv(tmp_path / "v.csv", index=False)
    source = {"csv": str(tmp_path / "v.csv")}
    result = train(source, [{"Dense": 2}], "mse", target=["p", "q"])
    frame = dlkit.predict(result.folder.path, tmp_path / "v.csv")
    assert list(frame) == ["example", "predicted p", "predicted q"]
    own = pd.read_csv(result.folder.predictions).set_index("example")
    np.testing.assert_allclose(
        frame.loc[own.index, ["predicted p", "predicted q"]],
        own[["predicted p", "predicted q"]],
        atol=1e-6,
    )


def test_labels_of_an_example_are_joined(train: Any, tmp_path: Path) -> None:
    tags = ["-x+y", "y", "-x", ""] * 15
    table = pd.DataFrame({"a": np.tile([1.0, 2.0, 3.0, 4.0], 15) + np.arange(60) / 1e3})
    table.assign(tags=tags).to_csv(tmp_path / "t.csv", index=False)
    target = {"columns": "tags", "separator": "+"}
    layers = [{"Dense": {"units": 2, "activation": "sigmoid"}}]
    source = {"csv": str(tmp_path / "t.csv")}
    result = train(source, layers, "binary_crossentropy", target=target)
    frame = dlkit.predict(result.folder.path, tmp_path / "t.csv")
    assert list(frame) == ["example", "predicted", "p(-x)", "p(y)"]
    names = np.array(["-x", "y"])
    yes = frame[["p(-x)", "p(y)"]].to_numpy() >= 0.5
    assert frame["predicted"].tolist() == [";".join(names[row]) for row in yes]
    assert len(set(frame["predicted"])) > 1


def test_constant_memory_means_blocks(people: Any, tmp_path: Path) -> None:
    """Rows of many blocks are numbered on, and every one is answered as if alone."""
    rows = pd.concat([people.test_rows()] * 800, ignore_index=True)  # 72,000 rows
    rows.to_csv(tmp_path / "many.csv", index=False)
    frame = dlkit.predict(people.run, tmp_path / "many.csv")
    assert frame["example"].tolist() == list(range(len(rows)))
    own = np.tile(people.answers["p(yes)"].to_numpy(), 800)
    np.testing.assert_allclose(frame["p(yes)"], own, rtol=0, atol=1e-6)
