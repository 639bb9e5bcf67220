"""What each column of a table is for, by what the config says and what stands in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dlkit.config.load import load_config
from dlkit.data.dataset import Dataset
from dlkit.data.load import load_dataset
from dlkit.errors import ConfigError, DataError

OUT = {"Dense": {"units": 3, "activation": "softmax"}}


def load(
    folder: Path, extra: str = "", layers: tuple[Any, ...] = (OUT,), **dataset: Any
) -> Dataset:
    """Load a table of 40 rows; ``extra`` heads columns of row numbers."""
    names = [name for name in extra.split(",") if name]
    lines = [",".join(["size,city,kind,part", *names])]
    lines += [
        ",".join(
            [f"{row * 7 % 40}.5,{'ab'[row % 2]},{row % 3},{row % 4}", *[str(row)] * len(names)]
        )
        for row in range(40)
    ]
    (folder / "made.csv").write_text("\n".join(lines))
    config = {
        "dataset": {"source": {"csv": "made.csv"}, "target": "kind", **dataset},
        "architecture": {"layers": [*layers]},
        "loss": "sparse_categorical_crossentropy",
    }
    return load_dataset(load_config(config).config, [folder])


@pytest.mark.parametrize(
    ("told", "said"),
    [
        pytest.param(
            {"target": "knid"},
            r"^dataset\.target: the table has no column 'knid'\. Did you mean 'kind'\?$",
            id="target",
        ),
        pytest.param(
            {"group": "x", "sample_weight": "y"},
            r"^dataset\.sample_weight: the table has no column 'y'\. It has: size, city, kind,"
            r" part\.\ndataset\.group: the table has no column 'x'\. ",
            id="several",
        ),
        pytest.param(
            {"features": {"kind": "categorical"}},
            r"^dataset\.features\.kind: 'kind' is the target, and cannot be a feature too\.$",
            id="target-as-feature",
        ),
        pytest.param(
            {"features": {"sz_*": "numeric"}},
            r"^dataset\.features\.sz_\*: the table has no column 'sz_\*'\. ",
            id="pattern",
        ),
        pytest.param(
            {"test": {"column": "prt", "value": "1"}},
            r"^dataset\.test\.column: the table has no column 'prt'\. Did you mean 'part'\?$",
            id="mark",
        ),
    ],
)
def test_names_that_the_table_lacks_are_refused(
    tmp_path: Path, told: dict[str, Any], said: str
) -> None:
    with pytest.raises(ConfigError, match=said):
        load(tmp_path, **told)


def test_pattern_speaks_of_many_columns(tmp_path: Path) -> None:
    features = {"x_*": "categorical", "x_2": "numeric", "[a-w]*": "drop"}
    dataset = load(tmp_path, "x_1,x_2", features=features)
    assert {column.name: column.feature.name for column in dataset.columns} == {
        "x_1": "categorical",
        "x_2": "numeric",
    }


def test_table_without_features_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"^no column is left to learn from: "):
        load(tmp_path, features={"*": "drop"})


def test_table_without_a_line_of_names_is_told_how_to_name_them(tmp_path: Path) -> None:
    (tmp_path / "bare.csv").write_text(
        "".join(f"{row}.5,{'ab'[row % 2]}\n" for row in range(20))
    )
    said = (
        r"^dataset\.target: the table has no column 'kind'\. It has: 0\.5, a\. There are"
        r" numbers among them: if the file has no line of names, write `columns: \[name,"
        r" \.\.\.\]` under the source\.$"
    )
    with pytest.raises(ConfigError, match=said):
        load(tmp_path, source={"csv": "bare.csv"})


def test_table_without_texts_is_refused_where_layers_take_texts_apart(tmp_path: Path) -> None:
    said = (
        r"^dataset\.features: TextVectorization reads texts, and no column was taken for texts"
        r" \(city was taken for 2 names\)\. Write `city: text` for the one that holds them\.$"
    )
    layers = ("TextVectorization", OUT)
    with pytest.raises(ConfigError, match=said):
        load(tmp_path, layers=layers)
    dataset = load(tmp_path, layers=layers, features={"city": "text"})
    modes = {c.name: getattr(c.feature.settings, "output_mode", "") for c in dataset.columns}
    assert modes["city"] == "raw"
