"""A source and the kind of a column are named objects: another one replaces, none mixes."""

from __future__ import annotations

from typing import Any

import pytest

from dlkit.config.composition import merge
from dlkit.config.load import load_config
from dlkit.config.overrides import apply_overrides, parse_override, parse_overrides
from dlkit.config.path_text import parse_path
from dlkit.config.yaml_reader import read_yaml
from dlkit.errors import ConfigError, Path, format_path

CSV = "{csv: {path: a.csv, separator: ;}}"


def merged(base: str, own: str) -> Any:
    sources = [read_yaml(f"dataset: {text}", "f.yaml")[0] for text in (base, own)]
    return merge(*sources).data["dataset"]


@pytest.mark.parametrize(
    ("base", "own", "source"),
    [
        (CSV, "mnist", "mnist"),
        ("mnist", "{csv: b.csv}", {"csv": "b.csv"}),
        (CSV, "{parquet: b.parquet}", {"parquet": "b.parquet"}),
        (CSV, "{csv: b.csv}", {"csv": "b.csv"}),
        (CSV, "{csv: {path: b.csv}}", {"csv": {"path": "b.csv", "separator": ";"}}),
        ("{csv: a.csv}", "{csv: {decimal: ','}}", {"csv": {"path": "a.csv", "decimal": ","}}),
        (
            "{csv: [a.csv, b.csv]}",
            "{csv: {decimal: ','}}",
            {"csv": {"path": ["a.csv", "b.csv"], "decimal": ","}},
        ),
        ("moons", "{moons: {noise: 0.3}}", {"moons": {"noise": 0.3}}),
        ("{moons: 50}", "{moons: {noise: 0.3}}", {"moons": {"examples": 50, "noise": 0.3}}),
        (
            "{tfrecord: {path: a, features: {x: {float32: 4}, y: int64}}}",
            "{tfrecord: {features: {x: {int64: 9}}}}",
            {"tfrecord": {"path": "a", "features": {"x": {"int64": 9}, "y": "int64"}}},
        ),
    ],
)
def test_another_source_replaces_and_the_same_one_merges(
    base: str, own: str, source: Any
) -> None:
    assert merged(f"{{source: {base}}}", f"{{source: {own}}}") == {"source": source}


@pytest.mark.parametrize(
    ("base", "own", "features"),
    [
        ("{age: numeric}", "{city: drop}", {"age": "numeric", "city": "drop"}),
        ("{age: {numeric: {log: true}}}", "{age: categorical}", {"age": "categorical"}),
        (
            "{age: {numeric: {log: true}}}",
            "{age: {categorical: {max_tokens: 5}}}",
            {"age": {"categorical": {"max_tokens": 5}}},
        ),
        (
            "{age: {numeric: minmax}}",
            "{age: {numeric: {missing: 0}}}",
            {"age": {"numeric": {"scale": "minmax", "missing": 0}}},
        ),
    ],
)
def test_another_kind_of_column_replaces_and_the_same_one_merges(
    base: str, own: str, features: Any
) -> None:
    assert merged(f"{{features: {base}}}", f"{{features: {own}}}") == {"features": features}


def test_target_gets_settings_beside_its_column() -> None:
    assert merged("{target: genre}", "{target: {separator: ;}}") == {
        "target": {"columns": "genre", "separator": ";"}
    }


def test_lone_value_of_a_base_keeps_its_place() -> None:
    base, own = "dataset: {source: {csv: a.csv}}", "dataset: {source: {csv: {quoted: false}}}"
    source = merge(read_yaml(base, "base.yaml")[0], read_yaml(own, "own.yaml")[0])
    path: Path = ("dataset", "source", "csv", "path")
    assert str(source.mark(path)) == "base.yaml:1:20"
    assert str(source.mark((*path[:-1], "quoted"))) == "own.yaml:1:26"


TEXT = """\
dataset:
  source: {csv: a.csv}
  target: price
  features: {age: {numeric: minmax}, size.m2: categorical}
optimizer: SGD
"""


def changed(*overrides: str, text: str = TEXT) -> dict[str, Any]:
    values, unreadable = parse_overrides(overrides)
    source, problems = apply_overrides(read_yaml(text, "x.yaml")[0], values)
    assert unreadable + problems == []
    return source.data


@pytest.mark.parametrize(
    ("overrides", "source"),
    [
        (["dataset.source=digits"], "digits"),
        (["dataset.source={tsv: b.tsv}"], {"tsv": "b.tsv"}),
        (["dataset.source.csv=b.csv"], {"csv": "b.csv"}),
        (["dataset.source.csv.path=b.csv"], {"csv": {"path": "b.csv"}}),
        (["dataset.source.csv.decimal=','"], {"csv": {"path": "a.csv", "decimal": ","}}),
        (["dataset.source.tsv.path=b.tsv"], {"tsv": {"path": "b.tsv"}}),
        (["dataset.source=iris", "dataset.source.csv.path=b.csv"], {"csv": {"path": "b.csv"}}),
        (["dataset.source=moons", "dataset.source.moons.noise=0"], {"moons": {"noise": 0}}),
    ],
)
def test_override_changes_a_source(overrides: list[str], source: Any) -> None:
    assert changed(*overrides)["dataset"]["source"] == source


@pytest.mark.parametrize(
    ("override", "column", "kind"),
    [
        (
            "dataset.features.age.numeric.missing=median",
            "age",
            {"numeric": {"scale": "minmax", "missing": "median"}},
        ),
        ("dataset.features.age=categorical", "age", "categorical"),
        (
            "dataset.features.age.text.ngrams=2",
            "age",
            {"text": {"ngrams": 2}},
        ),
        ("dataset.features.house age=drop", "house age", "drop"),
        ("dataset.features['size.m2']=drop", "size.m2", "drop"),
        ('dataset.features["size.m2"].numeric.log=true', "size.m2", {"numeric": {"log": True}}),
        ("dataset.features['a=b'].numeric.bins=3", "a=b", {"numeric": {"bins": 3}}),
        ('dataset.features["it\'s"]=date', "it's", "date"),
        ("dataset.features['[0]']=date", "[0]", "date"),
    ],
)
def test_override_changes_a_column(override: str, column: str, kind: Any) -> None:
    assert changed(override)["dataset"]["features"][column] == kind


@pytest.mark.parametrize(
    ("override", "target"),
    [
        ("dataset.target=rent", "rent"),
        ("dataset.target=[rent, price]", ["rent", "price"]),
        ("dataset.target.columns=rent", {"columns": "rent"}),
        ("dataset.target.separator=;", {"columns": "price", "separator": ";"}),
    ],
)
def test_override_changes_the_target(override: str, target: Any) -> None:
    assert changed(override)["dataset"]["target"] == target


def test_override_of_another_object_replaces_a_lone_name() -> None:
    data = changed("optimizer.Adam.beta_1=0.5")
    assert data["optimizer"] == {"Adam": {"beta_1": 0.5}}


@pytest.mark.parametrize(
    "path",
    [
        ("dataset", "features", "size.m2", "numeric"),
        ("a", "b[0]", 3, "c=d"),
        ("it's [odd]", "plain"),
    ],
    ids=str,
)
def test_path_is_read_as_it_is_told(path: Path) -> None:
    assert parse_path(format_path(path)) == path
    assert parse_override(f"{format_path(path)}=3") == (path, 3)


def test_fault_of_a_column_with_a_dot_is_told_with_its_name_in_brackets() -> None:
    config = {
        "dataset": {"source": {"csv": "a.csv"}, "target": "y", "features": {"a.b": "nmeric"}},
        "architecture": {"layers": [{"Dense": 1}]},
        "loss": "mse",
    }
    with pytest.raises(ConfigError, match="there is no kind of column") as refused:
        load_config(config)
    assert str(refused.value) == (
        "dict  dataset.features['a.b']: there is no kind of column 'nmeric'."
        " Did you mean 'numeric'?"
    )
    assert load_config(config, ["dataset.features['a.b']=numeric"]).config.dataset.features


def test_removed_column_goes_by_its_name_in_brackets(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "base.yaml").write_text(
        f"{TEXT}architecture: {{layers: [Dense: 1]}}\nloss: mse\n"
    )
    (tmp_path / "x.yaml").write_text(
        "base: base.yaml\nremove: [\"dataset.features['size.m2']\"]\n"
    )
    assert [*load_config("x.yaml").config.dataset.features] == ["age"]
