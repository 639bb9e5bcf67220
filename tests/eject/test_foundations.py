"""What a model begins with or is compared with, in scripts: other runs, columns, the input."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

pytestmark = [pytest.mark.keras, pytest.mark.usefixtures("unpictured")]

pytest.importorskip("keras")

from dlkit.errors import ConfigError  # noqa: E402

Write = Callable[..., str]
SOFTMAX = {"Dense": {"units": 2, "activation": "softmax", "name": "classes"}}


def ran(text: str) -> dict[str, Any]:
    """Run a script up to its model; it has been proved against that of dlkit."""
    found: dict[str, Any] = {}
    exec(text.split("# --- training")[0].split("# --- loss")[0], found)  # noqa: S102
    return found


def moons(*layers: Any, **sections: Any) -> dict[str, Any]:
    return {
        "dataset": {"source": {"moons": {"examples": 60}}},
        "architecture": {"layers": [*layers, SOFTMAX]},
        "loss": "sparse_categorical_crossentropy",
        "training": {"epochs": 1, "batch_size": 16},
        **sections,
    }


@pytest.fixture
def base(tmp_path: Path) -> Path:
    """Return the folder of a finished run."""
    import dlkit

    first = {"Dense": {"units": 3, "activation": "relu", "name": "first"}}
    dlkit.run(moons(first, name="base"), output=tmp_path)
    return tmp_path / "base" / "1"


def test_layers_begin_with_what_fits_of_a_run(base: Path) -> None:
    import dlkit

    first = {"Dense": {"units": 3, "activation": "relu", "name": "first"}}
    wider = {"Dense": {"units": 5, "activation": "relu"}}
    text = dlkit.eject(moons(first, wider, initial_weights=str(base)))
    assert 'get_layer("first").set_weights(run.get_layer("first").get_weights())' in text
    assert "    if weight.shape == learned.shape:\n        weight.assign(learned)\n" in text
    found = ran(text)
    for layer, expected in (("first", [True, True]), ("classes", [False, True])):
        own, learned = (found[one].get_layer(layer).weights for one in ("model", "run"))
        assert [np.array_equal(a, b) for a, b in zip(own, learned, strict=True)] == expected


def test_embedded_names_enter_beside_numbers(script: Write, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    table = pd.DataFrame({"size": rng.normal(size=60), "price": rng.normal(size=60)})
    table["town"] = ["Rome", "Oslo", "Bern"] * 20
    table.to_csv(tmp_path / "homes.csv", index=False)
    town = {"categorical": {"encoding": "embedding", "output_dim": 2}}
    config = {
        "dataset": {
            "source": {"csv": str(tmp_path / "homes.csv")},
            "target": "price",
            "features": {"town": town},
        },
        "architecture": {"layers": [{"Dense": 1}]},
        "loss": "mse",
        "training": {"epochs": 1},
    }
    text = script(config, tmp_path / "train.npz")
    assert 'keras.Model({"input": inputs, "town": town}, x)' in text
    assert ran(text)["model"].count_params() == 4 * 2 + 3 + 1


def table_of_outputs(tmp_path: Path) -> dict[str, Any]:
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 60))
    kind = np.where(a > b, "yes", "no")
    made = pd.DataFrame({"a": a, "b": b, "c": 3 * a, "kind": kind})
    made.to_csv(tmp_path / "made.csv", index=False)
    config = moons({"Dense": {"units": 4, "name": "trunk"}})
    heads = [{"Dense": {"units": 1, "name": "c", "from": "trunk"}}]
    heads += [{"Dense": {"units": 2, "name": "back", "from": "trunk"}}]
    config["architecture"]["layers"] += heads
    config["architecture"]["layers"][1] = {"Dense": {**SOFTMAX["Dense"], "from": "trunk"}}
    config["dataset"] = {"source": {"csv": str(tmp_path / "made.csv")}, "target": "kind"}
    del config["loss"]
    config["outputs"] = {
        "classes": {"loss": "sparse_categorical_crossentropy"},
        "c": {"loss": "mse", "target": "c"},
        "back": {"loss": "mse", "target": "input"},
    }
    return config


def test_an_output_learns_its_own_column_or_the_input(script: Write, tmp_path: Path) -> None:
    config = table_of_outputs(tmp_path)
    with pytest.raises(ConfigError, match=r"--data train\.npz` writes them to a file"):
        script(config)
    found = ran(script(config, tmp_path / "train.npz"))
    np.testing.assert_allclose(found["y_test"]["back"], found["x_test"])
    raw = pd.read_csv(tmp_path / "made.csv")
    of_row = np.isin(raw["c"].to_numpy(np.float32), found["y_test"]["c"])
    assert of_row.sum() == len(found["y_test"]["c"])
    labels = (raw["kind"][of_row] == "yes").astype(int)
    assert labels.sum() == found["y_test"]["classes"].sum()


def test_statistics_stay_of_a_run_inside_a_model_that_a_stage_trains(tmp_path: Path) -> None:
    import dlkit

    layers = [{"Dense": 3}, {"BatchNormalization": {"name": "learned"}}]
    dlkit.run(moons(*layers, name="base"), output=tmp_path)
    run = {"Run": {"path": str(tmp_path / "base" / "1"), "until": "learned", "name": "run"}}
    inner = {"Model": {"name": "m", "layers": [run, {"BatchNormalization": {"name": "own"}}]}}
    stages = [{"epochs": 1, "trainable": {"m": kind}} for kind in (False, True)]
    text = dlkit.eject(moons(inner, training={"batch_size": 16, "stages": stages}))
    found = ran(text)
    stage = text[text.index("m.trainable = True") :].partition("model.compile")[0]
    exec(stage, found)  # noqa: S102
    own, part = (found["m"].get_layer(name) for name in ("own", "run"))
    assert own.trainable
    assert not part.get_layer("learned").trainable
    assert part.trainable
