from __future__ import annotations

from collections.abc import Callable

import pytest

FaultsOf = Callable[..., list[str]]

TABLE = "{csv: houses.csv}"
SERIES = "{timeseries: {path: weather.csv, width: 24, targets: rain}}"
RECORDS = (
    "{tfrecord: {path: a.tfrecord, features: {x: {float32: [4]}, y: float32, w: float32}}}"
)


def experiment(source: str, **settings: str) -> str:
    """Return a config: its source in line 2, the other settings from line 3 on."""
    lines = "".join(f"  {name}: {value}\n" for name, value in settings.items())
    model = "architecture: {layers: [{Dense: 1}]}\nloss: mse\n"
    return f"dataset:\n  source: {source}\n{lines}{model}"


@pytest.mark.parametrize(
    ("source", "settings"),
    [
        (TABLE, {"target": "price"}),
        (TABLE, {"target": "[price, rent]", "features": "{age: numeric, id: drop}"}),
        (TABLE, {"target": "price", "sample_weight": "w", "group": "street", "folds": "3"}),
        (TABLE, {"target": "price", "time": "sold", "test": "0.2", "stream": "true"}),
        (TABLE, {"target": "price", "validation": "valid.csv", "test": "test.csv"}),
        (TABLE, {"target": "price", "test": "{column: split, value: 1}"}),
        ("{tsv: a.tsv}", {"target": "price", "test": "{column: split}"}),
        ("{parquet: a.parquet}", {"target": "{columns: price, classes: [0, 1]}"}),
        (SERIES, {"time": "day", "test": "0.3", "validation": "100"}),
        (RECORDS, {"target": "y", "sample_weight": "w", "stream": "true"}),
        ("{images: {path: flowers, image_size: [8, 8]}}", {"test": "flowers/test"}),
        ("{images: flowers}", {"stream": "true"}),
        ("diabetes", {"folds": "5"}),
        ("{linear: {inputs: 3}}", {"stream": "false", "validation": "1/4"}),
    ],
)
def test_settings_are_accepted_where_they_mean_something(
    faults_of: FaultsOf, source: str, settings: dict[str, str]
) -> None:
    said = faults_of(experiment(source, **settings))
    assert [line for line in said if "  dataset" in line] == []


def only(faults_of: FaultsOf, source: str, **settings: str) -> str:
    """Return what is said of a dataset, less the file and the column."""
    (said,) = faults_of(experiment(source, **settings))
    place, _, told = said.partition("  ")
    return f"{place.split(':')[1]} {told}"


@pytest.mark.parametrize("name", ["target", "sample_weight", "group", "time"])
@pytest.mark.parametrize("source", ["diabetes", "sine", "{linear: 9}"])
def test_column_is_refused_where_there_are_none(
    faults_of: FaultsOf, source: str, name: str
) -> None:
    kind = source.strip("{}").split(":")[0]
    assert only(faults_of, source, **{name: "age"}) == (
        f"3 dataset.{name}: {kind} has no columns to choose from. It is for tables: csv, tsv,"
        " parquet."
    )


@pytest.mark.parametrize(
    ("source", "name", "value", "own"),
    [
        (SERIES, "target", "rain", "targets"),
        (SERIES, "features", "{rain: numeric}", "features"),
        ("{arrays: a.npz}", "target", "y", "outputs"),
        ("{arrays: a.npz}", "features", "{x: numeric}", "inputs"),
        (RECORDS, "features", "{x: numeric}", "features"),
    ],
)
def test_setting_is_refused_where_the_source_has_one_of_its_own(
    faults_of: FaultsOf, source: str, name: str, value: str, own: str
) -> None:
    kind = source.strip("{}").split(":")[0]
    more = {"target": "y"} if source == RECORDS else {}
    assert only(faults_of, source, **{name: value}, **more) == (
        f"3 dataset.{name}: {kind} is told so by a setting of its own. Write `{own}:` under"
        f" {kind}."
    )


@pytest.mark.parametrize("source", [TABLE, "{tsv: a.tsv}", "{parquet: a.parquet}", RECORDS])
def test_table_needs_a_target(faults_of: FaultsOf, source: str) -> None:
    assert only(faults_of, source) == (
        "1 dataset.target: missing. Name the column that is to be predicted: `target: price`."
    )


@pytest.mark.parametrize(
    ("source", "settings", "said"),
    [
        (TABLE, {"folds": "3", "test": "0.2"}, "4 dataset.test: with folds every example"),
        (TABLE, {"folds": "3", "time": "day"}, "3 dataset.folds: folds mix what `time` keeps"),
        (TABLE, {"folds": "3", "stream": "true"}, "3 dataset.folds: folds need the data in"),
        (
            TABLE,
            {"group": "street", "time": "day"},
            "4 dataset.time: a group may stand on both",
        ),
        (SERIES, {"folds": "3"}, "3 dataset.folds: folds would let the model see the future"),
    ],
)
def test_data_is_divided_in_one_way(
    faults_of: FaultsOf, source: str, settings: dict[str, str], said: str
) -> None:
    target = {"target": "price"} if source == TABLE else {}
    assert only(faults_of, source, **settings, **target).startswith(said)


@pytest.mark.parametrize("part", ["validation", "test"])
@pytest.mark.parametrize("source", ["diabetes", "sine", "{arrays: a.npz}", "{text: mail}"])
def test_part_in_a_file_is_refused_where_the_source_cannot_have_it(
    faults_of: FaultsOf, source: str, part: str
) -> None:
    kind = source.strip("{}").split(":")[0]
    assert only(faults_of, source, **{part: "other.csv"}) == (
        f"3 dataset.{part}: {kind} has no parts in files of their own, received 'other.csv'."
        " Give a fraction or a count."
    )


@pytest.mark.parametrize("part", ["validation", "test"])
@pytest.mark.parametrize("source", ["diabetes", "{images: flowers}", SERIES])
def test_marked_rows_are_refused_where_there_are_no_columns(
    faults_of: FaultsOf, source: str, part: str
) -> None:
    kind = source.strip("{}").split(":")[0]
    assert only(faults_of, source, **{part: "{column: split}"}) == (
        f"3 dataset.{part}: {kind} has no columns to choose rows by. Give a fraction or a"
        " count."
    )


@pytest.mark.parametrize("source", ["diabetes", "sine", "{arrays: a.npz}", "{text: mail}"])
def test_stream_is_refused_of_what_is_always_in_memory(
    faults_of: FaultsOf, source: str
) -> None:
    kind = source.strip("{}").split(":")[0]
    assert only(faults_of, source, stream="true") == (
        f"3 dataset.stream: {kind} is always held in memory. Remove it. Streamed are csv, tsv,"
        " parquet, images, tfrecord."
    )


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (
            {"target": "z"},
            "3 dataset.target: the records have no feature 'z'. Expected one of: w, x, y.",
        ),
        (
            {"target": "y", "sample_weight": "weight"},
            "4 dataset.sample_weight: the records have no feature 'weight'. Expected one of:",
        ),
        (
            {"target": "[x, y]", "sample_weight": "w"},
            "2 dataset.source.tfrecord: no feature is left to learn from.",
        ),
    ],
)
def test_names_of_records_are_those_of_their_features(
    faults_of: FaultsOf, settings: dict[str, str], said: str
) -> None:
    assert only(faults_of, RECORDS, **settings).startswith(said)


def test_faulty_target_hides_nothing_else_of_the_dataset(faults_of: FaultsOf) -> None:
    text = experiment(TABLE, target="{column: y}", offline="irs", folds="1")
    assert [said.partition("  ")[2].split(":")[0] for said in faults_of(text)] == [
        *("dataset.target.column", "dataset.offline", "dataset.folds"),
    ]
