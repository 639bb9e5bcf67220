from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlkit.config.load import load_config
from dlkit.config.semantics import task_of
from dlkit.data.dataset import Split, join
from dlkit.data.files import NotFoundError
from dlkit.data.unseen.known import Known, Unseen
from dlkit.data.unseen.opening import open_unseen
from dlkit.errors import DataError

FEATURES = {
    "age": {"numeric": {"missing": "median"}},
    "income": "numeric",
    "city": "categorical",
    "joined": {"date": {"format": "%d.%m.%Y"}},
    "id": "drop",
}
HEADER = "id,age,income,city,joined,bought\n"


def known(source: dict[str, Any], **changes: Any) -> Known:
    """Return what a run on people would know, and change the config's dataset."""
    dataset = {"source": source, "target": "bought", "features": FEATURES, **changes}
    config = load_config(
        {
            "dataset": dataset,
            "architecture": {"layers": [{"Dense": {"units": 1, "activation": "sigmoid"}}]},
            "loss": "binary_crossentropy",
        }
    ).config
    return Known(
        config=config.dataset,
        task=task_of(config),
        class_names=("no", "yes"),
        target_names=(),
        vocabularies={"city": frozenset({"Bonn", "Kiel"})},
        inputs={},
    )


CSV = {"csv": "people.csv"}


@pytest.fixture
def write(tmp_path: Path) -> Any:
    """Return what writes a file of new rows and opens it."""

    def opened(text: str, run: Known | None = None, *, labelled: bool = False) -> Unseen:
        (tmp_path / "new.csv").write_text(text)
        run = run or known(CSV)
        return open_unseen(run, "new.csv", [tmp_path], labelled=labelled)

    return opened


def read(unseen: Unseen) -> Split:
    return join(list(unseen.blocks()))


def test_columns_are_found_by_name_in_any_order(write: Any) -> None:
    unseen = write("city,joined,age,income\nBonn,31.01.2024,40,1.5\nKiel,01.02.2024,,2\n")
    x = read(unseen).x
    assert isinstance(x, dict)
    assert set(x) == {"age", "income", "city", "joined"}
    np.testing.assert_array_equal(x["age"], [40, np.nan])
    np.testing.assert_array_equal(x["income"], [1.5, 2])
    assert x["city"].tolist() == ["Bonn", "Kiel"]
    assert x["joined"].tolist() == ["2024-01-31 00:00:00", "2024-02-01 00:00:00"]
    assert unseen.findings.warnings() == []
    assert unseen.names is None


def test_extra_columns_are_told_in_one_warning(write: Any) -> None:
    unseen = write("x,city,joined,age,income,y\n1,Bonn,31.01.2024,40,1.5,2\n")
    read(unseen)
    assert unseen.findings.warnings() == [
        "2 columns are ignored, which the run did not have: 'x', 'y'."
    ]


def test_columns_the_run_used_otherwise_are_not_extra(write: Any) -> None:
    run = known(CSV, group="family", sample_weight="weight", test={"column": "part"})
    header = HEADER.strip() + ",family,weight,part\n"
    unseen = write(f"{header}1,40,1,Bonn,31.01.2024,yes,a,1,2\n", run)
    read(unseen)
    assert unseen.findings.warnings() == []


def test_every_missing_column_is_named(write: Any) -> None:
    fault = "new.csv: the model reads 'income', 'city', 'joined', and there is no such column."
    with pytest.raises(DataError, match=re.escape(f"{fault} There are: 'age', 'town'.")):
        write("age,town\n40,Bonn\n")


def test_unseen_names_are_counted(write: Any) -> None:
    rows = "".join(
        f"1,40,1,{city},31.01.2024,yes\n" for city in ("Ulm", "Bonn", "Ulm", "", "Kiel")
    )
    unseen = write(HEADER + rows)
    assert len(read(unseen)) == 5
    assert unseen.findings.warnings() == [
        "city: 3 rows with 2 names the model has not seen: 'Ulm', ''."
    ]


def test_of_many_unseen_names_the_most_frequent_are_shown(write: Any) -> None:
    cities = [f"c{number}" for number in range(7)] + ["c6"]
    rows = "".join(f"1,40,1,{city},31.01.2024,yes\n" for city in cities)
    unseen = write(HEADER + rows)
    read(unseen)
    assert unseen.findings.warnings() == [
        "city: 8 rows with 7 names the model has not seen: 'c6', 'c0', 'c1', 'c2', 'c3', ...."
    ]


def test_hashing_has_a_place_for_every_name(write: Any) -> None:
    features = {**FEATURES, "city": {"categorical": {"encoding": "hashing"}}}
    unseen = write(f"{HEADER}1,40,1,Ulm,31.01.2024,yes\n", known(CSV, features=features))
    read(unseen)
    assert unseen.findings.warnings() == []


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        pytest.param(
            "1,40,,Bonn,31.01.2024,yes",
            "column 'income': row 2 has no value, and the run's own rows had one each. Fill it"
            " in, or train with `missing: median` for the column.",
            id="no number",
        ),
        pytest.param(
            "1,40,1e39,Bonn,31.01.2024,yes",
            "column 'income': row 2 has a number above 3.4e38.",
            id="beyond float32",
        ),
    ],
)
def test_numbers_the_model_cannot_take(write: Any, row: str, fault: str) -> None:
    unseen = write(f"{HEADER}1,40,1,Bonn,31.01.2024,yes\n{row}\n")
    with pytest.raises(DataError, match=re.escape(fault)):
        read(unseen)


def test_numbers_without_a_logarithm(write: Any) -> None:
    features = {**FEATURES, "income": {"numeric": {"log": True}}}
    rows = "".join(f"1,40,{income},Bonn,31.01.2024,yes\n" for income in (0, -1, -3))
    unseen = write(HEADER + rows, known(CSV, features=features))
    fault = (
        "column 'income': row 2 and 1 more near it have a number of -1 or less, and the model"
        " takes log(1 + x) of it."
    )
    with pytest.raises(DataError, match=re.escape(fault)):
        read(unseen)


def test_text_in_a_column_of_numbers_is_told_with_its_line(write: Any) -> None:
    unseen = write(f"{HEADER}1,40,1,Bonn,31.01.2024,yes\n1,old,1,Bonn,31.01.2024,yes\n")
    with pytest.raises(DataError, match=r"new\.csv:3: column 'age': expected a number, receiv"):
        read(unseen)


def test_date_of_another_format(write: Any) -> None:
    unseen = write(f"{HEADER}1,40,1,Bonn,2024-01-31,yes\n")
    fault = "column 'joined', row 1: expected a date like 31.01.2026 (%d.%m.%Y), received"
    with pytest.raises(DataError, match=re.escape(fault)):
        read(unseen)


def test_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match=r"gone\.csv: there is no such file"):
        open_unseen(known(CSV), "gone.csv", [tmp_path], labelled=False)


COLUMNS = ["id", "age", "income", "city", "joined", "bought"]
BARE = {"csv": {"path": "people.csv", "columns": COLUMNS}}


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("1,40,7,Bonn,31.01.2024,yes\n", id="as the run's own"),
        pytest.param("1,40,7,Bonn,31.01.2024\n", id="without the target"),
        pytest.param("income,joined,city,age\n7,31.01.2024,Bonn,40\n", id="with a header"),
    ],
)
def test_file_of_a_run_without_a_header(write: Any, text: str) -> None:
    x = read(write(text, known(BARE))).x
    assert isinstance(x, dict)
    assert {name: values.tolist() for name, values in x.items()} == {
        "age": [40],
        "income": [7],
        "city": ["Bonn"],
        "joined": ["2024-01-31 00:00:00"],
    }


def test_file_without_a_header_of_another_width(write: Any) -> None:
    fault = (
        r"new\.csv:1: expected 6 values \(5 without the target\), as the columns of the run,"
    )
    with pytest.raises(DataError, match=f"{fault} received 3"):
        write("1,40,7\n", known(BARE))


def test_file_without_a_header_where_the_run_had_one(write: Any) -> None:
    fault = r"new\.csv:1: expected the names of the columns in the first line, as in the run's"
    with pytest.raises(DataError, match=f"{fault} own data, received numbers. It reads 'age',"):
        write("1,40,7\n")


def test_empty_file(write: Any) -> None:
    with pytest.raises(DataError, match=r"new\.csv: the file is empty"):
        write("", known(BARE))


def test_labels_and_weights_are_read_where_they_are_wanted(write: Any) -> None:
    run = known(CSV, sample_weight="weight")
    header = HEADER.strip() + ",weight\n"
    rows = "1,40,1,Bonn,31.01.2024,yes,2\n1,40,1,Bonn,31.01.2024,perhaps,3\n"
    unseen = write(header + rows, run, labelled=True)
    split = read(unseen)
    assert split.y.tolist() == [1, -1]
    assert split.weight is not None
    assert split.weight.tolist() == [2, 3]
    assert unseen.findings.warnings() == [
        "labels: 1 row with 1 name the model has not seen: 'perhaps'. They are left out."
    ]
    assert read(write(header + rows, run)).weight is None


def test_labels_that_are_not_there(write: Any) -> None:
    fault = (
        "to evaluate takes the target 'bought', and there is no such column. `dlkit predict`"
    )
    with pytest.raises(DataError, match=fault):
        write("id,age,income,city,joined\n1,40,1,Bonn,31.01.2024\n", labelled=True)


def test_weights_that_are_not_there_are_told(write: Any) -> None:
    run = known(CSV, sample_weight="weight")
    unseen = write(f"{HEADER}1,40,1,Bonn,31.01.2024,yes\n", run, labelled=True)
    assert read(unseen).weight is None
    assert unseen.findings.warnings() == ["there is no column 'weight': all rows weigh alike."]


def test_unknown_tags_are_left_out_of_cells_of_several(write: Any) -> None:
    run = known(CSV, target={"columns": "bought", "separator": "+"})
    rows = "".join(f"1,40,1,Bonn,31.01.2024,{cell}\n" for cell in ("no+x", "yes+no", "x+z"))
    unseen = write(HEADER + rows, run, labelled=True)
    np.testing.assert_array_equal(read(unseen).y, [[1, 0], [1, 1], [0, 0]])
    assert unseen.findings.warnings() == [
        "labels: 2 rows with 2 names the model has not seen: 'x', 'z'. They are left out."
    ]
