"""``dlkit data`` from outside: what it prints, what it draws, how it fails."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from PIL import Image

import dlkit
from dlkit.cli import main
from dlkit.errors import DataError

pytestmark = pytest.mark.keras

ROOT = Path(__file__).parent.parent
GENERATOR = np.random.default_rng(0)

Written = Callable[..., Path]


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Written:
    """Return what writes a config into the working directory."""
    monkeypatch.chdir(tmp_path)

    def write(dataset: dict[str, Any], classes: int = 1, **settings: Any) -> Path:
        losses = {0: "mse", 1: "binary_crossentropy"}
        head = {"units": max(1, classes), "activation": "softmax" if classes > 1 else "sigmoid"}
        config = {
            "name": "made",
            "dataset": dataset,
            "architecture": {"layers": [{"Dense": head if classes else 1}]},
            "loss": losses.get(classes, "sparse_categorical_crossentropy"),
            **settings,
        }
        Path("made.yaml").write_text(yaml.safe_dump(config))
        return Path("made.yaml")

    return write


def homes(rows: int = 100) -> pd.DataFrame:
    size = GENERATOR.normal(100, 20, rows).round(4)
    frame = pd.DataFrame(
        {
            "number": np.arange(1, rows + 1),
            "size": size,
            "district": GENERATOR.choice(["north", "south"], rows),
            "rooms": GENERATOR.integers(1, 9, rows),
            "tax": (size * 3 + 1).round(4),
            "price": (size * 3).round(4),
        }
    )
    frame.loc[[4, 50], "size"] = np.nan
    return frame


def leave(*arguments: str) -> int:
    try:
        main(arguments)
    except SystemExit as leaving:
        return int(str(leaving.code))
    return 0


def test_table_that_a_run_refuses_is_shown_with_what_is_wrong(
    written: Written, capsys: pytest.CaptureFixture[str]
) -> None:
    homes().to_csv("homes.csv", index=False)
    file = written({"source": {"csv": "homes.csv"}, "target": "price"}, 0)
    with pytest.raises(DataError, match="have no value"):
        dlkit.check(file)
    assert leave("data", str(file)) == 0
    text = capsys.readouterr().out
    lines = text.splitlines()
    assert lines[:2] == [
        "data      csv (homes.csv)",
        "          72 training, 8 validation, 20 test examples",
    ]
    table = {line.split()[0]: line.split() for line in lines[4:10]}
    assert table["size"][1:4] == ["numeric", "2", "(2%)"]
    assert table["district"][1:4] == ["categorical", "0", "2"]
    assert table["number"][1:5] == ["left", "out", "0", "100"]
    assert table["price"][1] == "target"
    assert "  size: 2 rows have no value, and training refuses that.\n" in text
    assert "    `size: {numeric: {missing: median}}`\n" in text
    assert "  tax: tells price almost alone (correlation 1.000)" in text
    assert lines[-1] == "pictures  experiments/made/data/columns.png"
    assert Path("experiments/made/data/columns.png").read_bytes().startswith(b"\x89PNG")
    assert max(map(len, lines)) <= 80


def test_pictures_go_where_they_are_told(
    written: Written, capsys: pytest.CaptureFixture[str]
) -> None:
    file = written({"source": "moons"})
    assert leave("data", str(file), "dataset.source.moons.examples=200", "--out", "here") == 0
    out = capsys.readouterr().out
    assert out.endswith("pictures  here/samples.png\n          here/columns.png\n")
    assert "144 training, 16 validation, 40 test examples" in out
    assert not Path("experiments").exists()


def test_what_dlkit_makes_is_never_suspicious(written: Written) -> None:
    exploration = dlkit.describe_data(written({"source": "xor", "validation": 0}))
    assert exploration.profile.findings == ()
    assert "suspicious  nothing" in exploration.text


def test_folds_are_said_and_copies_count_over_all(written: Written) -> None:
    frame = homes().drop(columns=["number", "tax"]).dropna()
    frame["price"] = GENERATOR.normal(size=len(frame))
    pd.concat([frame, frame.iloc[[3]]]).to_csv("homes.csv", index=False)
    file = written({"source": {"csv": "homes.csv"}, "target": "price", "folds": 5}, 0)
    exploration = dlkit.describe_data(file)
    assert "          99 rows in 5 folds\n" in exploration.text
    (finding,) = exploration.profile.findings
    assert finding.message == (
        "1 example equals an earlier one in all inputs (first: row 4 and row 99)"
    )


def picture_folder(folder: Path) -> None:
    for name in ("cat", "dog"):
        (folder / name).mkdir(parents=True)
        for number in range(20):
            pixels = GENERATOR.integers(0, 256, (10, 12, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(folder / name / f"{number:02d}.png")
    Image.fromarray(pixels).save(folder / "dog" / "copy.png")


@pytest.mark.parametrize("stream", [False, True])
def test_equal_pictures_are_named_by_their_files(written: Written, stream: bool) -> None:
    picture_folder(Path("pets"))
    dataset = {"source": {"images": "pets"}, "stream": stream, "validation": 0, "test": 1}
    exploration = dlkit.describe_data(written(dataset))
    (finding,) = exploration.profile.findings
    assert "pets/dog/19.png and pets/dog/copy.png" in finding.message
    assert exploration.profile.columns[0].kind == "pictures"
    assert exploration.profile.classes == {"cat": 20, "dog": 21}
    assert [path.name for path in exploration.pictures] == ["samples.png"]


def test_augmented_pictures_stand_beside_their_originals(
    written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    import dlkit.report.data.pictures as drawn

    seen: dict[str, Any] = {}

    def look(rows: Any, value_range: Any, heads: Any) -> Any:
        seen.update(rows=rows, value_range=value_range, heads=heads)
        return draw(rows, value_range, heads)

    draw = drawn.draw_picture_rows
    monkeypatch.setattr(drawn, "draw_picture_rows", look)
    augmentation = [{"RandomInvert": {"factor": 1.0, "value_range": [0, 16]}}]
    file = written({"source": "digits"}, 10, regularization={"augmentation": augmentation})
    exploration = dlkit.describe_data(file)
    assert [path.name for path in exploration.pictures] == ["samples.png"]
    assert seen["heads"] == ["original", *(f"augmented {i}" for i in range(1, 6))]
    assert seen["value_range"] == (0.0, 16.0)
    assert len(seen["rows"]) == 8
    assert len({label for label, _ in seen["rows"]}) == 8  # a class each
    for _, (original, *variants) in seen["rows"]:
        same = [np.array_equal(variant, original) for variant in variants]
        inverted = [np.allclose(variant, 16 - original) for variant in variants]
        assert all(one or other for one, other in zip(same, inverted, strict=True))


def test_series_is_shown_by_its_rows_and_gaps(written: Written) -> None:
    days = pd.date_range("2020-01-01", periods=200).delete(slice(50, 60))
    frame = pd.DataFrame({"day": days, "level": np.sin(np.arange(190) / 3)})
    frame.sample(frac=1, random_state=0).to_csv("tides.csv", index=False)
    source = {"timeseries": {"path": "tides.csv", "targets": "level", "width": 5}}
    exploration = dlkit.describe_data(written({"source": source, "time": "day"}, 0))
    (finding,) = exploration.profile.findings
    assert finding.place == "day"
    assert finding.message == (
        "one gap in time (first: 2020-02-19 to 2020-03-01): windows reach over them"
    )
    assert exploration.profile.examples == 190
    assert "          190 rows of 1 column\n" in exploration.text
    assert [path.name for path in exploration.pictures] == ["samples.png"]


def test_texts_arrays_and_labels_are_shown(written: Written) -> None:
    frame = pd.DataFrame(
        {
            "words": [f"this is {'good' if i % 3 else 'bad'} number {i}" for i in range(60)],
            "tags": [["a", "a;b", "b"][i % 3] for i in range(60)],
        }
    )
    frame.to_csv("texts.csv", index=False)
    target = {"columns": "tags", "separator": ";"}
    file = written(
        {"source": {"csv": "texts.csv"}, "target": target}, 2, loss="binary_crossentropy"
    )
    exploration = dlkit.describe_data(file, ["architecture.layers[0].Dense.activation=sigmoid"])
    words, tags = exploration.profile.columns
    assert (words.kind, words.distinct) == ("text", 60)
    assert tags.note == "2 labels, listed below"
    assert exploration.profile.classes == {"a": 40, "b": 40}

    labels = np.arange(60) % 2
    np.savez("made.npz", x=GENERATOR.normal(size=(60, 100)), y=labels)
    exploration = dlkit.describe_data(written({"source": {"arrays": "made.npz"}}))
    assert exploration.profile.columns[0].kind == "array"
    assert exploration.profile.findings == ()


@pytest.mark.parametrize(
    ("dataset", "code", "message"),
    [
        ({"source": {"csv": "gone.csv"}, "target": "y"}, 3, "gone.csv: there is no such file"),
        ({"source": {"csv": "a.csv"}, "target": "z"}, 2, "the table has no column 'z'."),
        ({"source": {"csv": "bad.csv"}, "target": "y"}, 3, "bad.csv:3: "),
    ],
    ids=["gone", "no column", "damaged"],
)
def test_faults_are_told_in_one_line(
    written: Written,
    capsys: pytest.CaptureFixture[str],
    dataset: dict[str, Any],
    code: int,
    message: str,
) -> None:
    Path("a.csv").write_text("x,y\n1,2\n3,4\n")
    Path("bad.csv").write_text("x,y\n1,2\n3\n")
    assert leave("data", str(written(dataset, 0))) == code
    told = capsys.readouterr()
    assert told.out == ""
    assert message in told.err
    assert told.err.count("\n") == 1


def test_folder_that_cannot_be_made_is_told(
    written: Written, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("file").write_text("")
    assert leave("data", str(written({"source": "moons"})), "--out", "file/below") == 5
    assert "file/below: cannot be written" in capsys.readouterr().err


def test_pimas_zeros_are_found_and_the_remedy_works(
    shared_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DLKIT_DATA", str(shared_data))
    config = ROOT / "configs" / "pima_folds.yaml"
    findings = dlkit.describe_data(config, folder=tmp_path).profile.findings
    places = ["glucose", "pressure", "skin", "insulin", "bmi"]
    assert [finding.place for finding in findings] == places
    remedies = yaml.safe_load("\n".join(finding.hint.strip("`") for finding in findings))
    override = f"dataset.features={json.dumps(remedies)}"
    treated = dlkit.describe_data(config, [override], folder=tmp_path).profile
    assert treated.findings == ()
    missing = {column.name: column.missing for column in treated.columns}
    rows = np.loadtxt(shared_data / "pima.csv", delimiter=",")
    assert [missing[name] for name in places] == (rows[:, 1:6] == 0).sum(axis=0).tolist()
