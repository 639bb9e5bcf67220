"""What scripts say, and what no script is written for."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

pytestmark = pytest.mark.keras

keras = pytest.importorskip("keras")

from dlkit.errors import ConfigError  # noqa: E402

Write = Callable[..., str]
DENSE = {"Dense": {"units": 6, "activation": "relu"}}
SOFTMAX = {"Dense": {"units": 2, "activation": "softmax"}}


def moons(*layers: Any, **sections: Any) -> dict[str, Any]:
    """Return a small experiment on points of a plane."""
    return {
        "dataset": {"source": {"moons": {"examples": 100}}, **sections.pop("dataset", {})},
        "architecture": {"layers": [*(layers or [DENSE]), SOFTMAX]},
        "loss": "sparse_categorical_crossentropy",
        "metrics": ["accuracy"],
        "training": {"epochs": 2, "batch_size": 16},
        **sections,
    }


def is_good(text: str, tmp_path: Path) -> None:
    """Prove that ruff's default check passes, and that lines are short."""
    ast.parse(text)
    ours = text.replace(str(tmp_path), "")  # as long as the system makes it
    assert max(map(len, ours.splitlines())) <= 88
    file = tmp_path / "script.py"
    file.write_text(text, "utf-8")
    command = [sys.executable, "-m", "ruff", "check", "--isolated", "--no-cache", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_script_of_a_chain_is_plain(script: Write, tmp_path: Path) -> None:
    text = script(moons(optimizer={"Adam": {"learning_rate": 0.001}}))
    is_good(text, tmp_path)
    assert (
        """\
model = keras.Sequential(
    [
        keras.Input((2,)),
        layers.Dense(6, activation="relu"),
        layers.Dense(2, activation="softmax"),
    ]
)
"""
        in text
    )
    assert "optimizer=keras.optimizers.Adam()," in text  # 0.001 is Keras's own
    assert "x, y = make_moons(100, noise=0.1, random_state=SEED)" in text
    assert "stratify=y" in text
    assert "dlkit" not in text


def test_first_weights_are_those_of_keras_by_hand(script: Write) -> None:
    text = script(moons({"Dense": {"units": 4, "activation": "tanh"}}, {"Dropout": 0.5}, DENSE))
    found: dict[str, Any] = {}
    exec(text.split("# --- loss")[0], found)  # noqa: S102 - a script of ours
    keras.utils.set_random_seed(0)
    by_hand = keras.Sequential(
        [
            keras.Input((2,)),
            keras.layers.Dense(4, activation="tanh"),
            keras.layers.Dropout(0.5),
            keras.layers.Dense(6, activation="relu"),
            keras.layers.Dense(2, activation="softmax"),
        ]
    )
    for ours, theirs in zip(found["model"].get_weights(), by_hand.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("change", ["SEED = 1", "layers.Dense(7", "random_state=3"])
def test_script_that_does_otherwise_is_not_given_out(
    change: str, monkeypatch: pytest.MonkeyPatch, script: Write
) -> None:
    from dlkit.eject import script as writing

    right = writing.prove
    kinds = {"SEED = 1": "SEED = 0", "layers.Dense(7": "layers.Dense(6"}
    before = kinds.get(change, "random_state=SEED")

    def prove(foundation: str, *others: Any) -> None:
        assert before in foundation
        right(foundation.replace(before, change), *others)

    monkeypatch.setattr(writing, "prove", prove)
    with pytest.raises(ConfigError, match="the script would not do what dlkit does: ") as told:
        script(moons())
    of_data = change != "layers.Dense(7"  # another seed divides the examples otherwise
    assert ("--data train.npz" in str(told.value)) is of_data
    assert ("please report it" in str(told.value)) is not of_data


def test_graph_has_readable_variables(script: Write, tmp_path: Path) -> None:
    text = script(
        moons(
            {"Dense": {"units": 6, "activation": "relu", "name": "stem"}},
            {"Dense": {"units": 6, "activation": "relu"}},
            {"Dense": {"units": 6, "name": "change"}},
            {"Add": {"from": ["stem", "change"]}},
        )
    )
    is_good(text, tmp_path)
    assert (
        """\
inputs = keras.Input((2,))
stem = layers.Dense(6, activation="relu", name="stem")(inputs)
x = layers.Dense(6, activation="relu")(stem)
change = layers.Dense(6, name="change")(x)
x = layers.Add()([stem, change])
x = layers.Dense(2, activation="softmax")(x)
model = keras.Model(inputs, x)
"""
        in text
    )


def test_regularization_stands_in_the_layers(script: Write, tmp_path: Path) -> None:
    section = {
        "l2": 0.01,
        "dropout": 0.2,
        "weight_decay": 0.004,
        "clipnorm": 1.0,
        "early_stopping": {"monitor": "val_accuracy", "patience": 2},
    }
    text = script(moons(regularization=section, optimizer="AdamW"))
    is_good(text, tmp_path)
    assert "kernel_regularizer=keras.regularizers.L2(0.01)" in text
    assert "        layers.Dropout(0.2),\n" in text
    assert "optimizer = keras.optimizers.AdamW(clipnorm=1.0)" in text
    assert 'spared = ["bias"]' in text
    assert 'monitor="val_accuracy",' in text
    assert 'mode="max",' in text
    assert "callbacks=[early_stopping]" in text


def test_callbacks_are_told_what_is_better_as_dlkit_tells_them(script: Write) -> None:
    callbacks = [
        {"ReduceLROnPlateau": {"monitor": "val_auc", "patience": 1}},
        {"ReduceLROnPlateau": {"monitor": "val_loss"}},
        {"ReduceLROnPlateau": {"monitor": "val_auc", "mode": "min"}},
    ]
    config = moons(metrics=[{"AUC": {"name": "auc"}}], training={"callbacks": callbacks})
    config["architecture"]["layers"][-1] = {"Dense": {"units": 1, "activation": "sigmoid"}}
    text = script(config | {"loss": "binary_crossentropy"})
    calls = text.split("ReduceLROnPlateau(")[1:]
    assert 'mode="max"' in calls[0]
    assert "mode" not in calls[1].split(")")[0]
    assert 'mode="min"' in calls[2]


def test_stage_trains_what_the_one_before_it_froze_inside(script: Write) -> None:
    inner = [{"Dense": {"name": name, "units": 3}} for name in ("one", "two")]
    stages = [
        {"epochs": 1, "trainable": {"body": {"from": "two"}}},
        {"epochs": 1, "trainable": {"body": True}},
    ]
    config = moons({"Model": {"name": "body", "layers": inner}}, training={"stages": stages})
    stage = script(config).split("# stage 2")[1].splitlines()
    assert stage[1:4] == [  # Keras passes a flag on only where it changes
        "body.trainable = False  # so that what follows changes all of it",
        "body.trainable = True",
        "model.compile(",
    ]


def test_durations_are_steps(script: Write) -> None:
    schedule = {"CosineDecay": {"decay_steps": "2 epochs"}}
    text = script(moons(lr_schedule=schedule))
    assert "decay_steps=2 * STEPS_PER_EPOCH" in text
    assert text.index("STEPS_PER_EPOCH =") < text.index("CosineDecay")


def table(tmp_path: Path, **others: Any) -> dict[str, Any]:
    """Write a table of two numbers and a class; return an experiment on it."""
    a, b = np.random.default_rng(0).normal(size=(2, 60)).round(4)
    kind = np.where(a + b > 0, "yes", "no")
    made = pd.DataFrame({"b": b, "a": 50 + 9 * a, "kind": kind, **others})
    made.to_csv(tmp_path / "made.csv", index=False)
    source = {"csv": str(tmp_path / "made.csv")}
    return moons(dataset={"source": source, "target": "kind"})


def test_table_of_numbers_is_read_by_pandas(script: Write, tmp_path: Path) -> None:
    text = script(table(tmp_path))
    is_good(text, tmp_path)
    assert 'x = table[["a", "b"]].to_numpy(float)' in text
    assert "x_train.mean(axis=0), x_train.std(axis=0)" in text


def test_other_tables_come_prepared(script: Write, tmp_path: Path) -> None:
    config = table(tmp_path, town=["Rome", "Oslo", "Bern"] * 20)
    with pytest.raises(ConfigError, match=r"--data train\.npz` writes them to a file"):
        script(config)
    file = tmp_path / "train.npz"
    text = script(config, file)
    is_good(text, tmp_path)
    with np.load(file) as arrays:
        assert arrays["x_train"].shape == (43, 6)  # two numbers, three towns, one unseen
        assert {*arrays.files} == {f"{a}_{p}" for a in "xy" for p in ("train", "val", "test")}
    assert "keras.Input((6,))" in text


@pytest.mark.parametrize(
    ("sections", "message"),
    [
        ({"dataset": {"folds": 3}}, r"folds are several\. Eject one"),
        (
            {"training": {"stages": [{"epochs": 1}]}, "regularization": {"early_stopping": {}}},
            "Keras begins anew with every stage",
        ),
    ],
)
def test_what_no_script_does_is_told(
    sections: dict[str, Any], message: str, script: Write
) -> None:
    with pytest.raises(ConfigError, match=message):
        script(moons(**sections))


def test_words_of_the_yaml_are_comments(script: Write, tmp_path: Path) -> None:
    file = tmp_path / "words.yaml"
    file.write_text(
        """\
# Moons, told apart.
#   python -m dlkit.run words.yaml
dataset:
  source: moons            # a thousand of them
architecture:
  layers:
    - Dense: {units: 8, activation: relu}   # wide enough
    - Dense: {units: 2, activation: softmax}
loss: sparse_categorical_crossentropy
training:
  epochs: 1                # "one # is enough"
""",
        "utf-8",
    )
    text = script(file)
    assert text.startswith('"""Moons, told apart.\n\nPlain Keras: ')
    assert '        layers.Dense(8, activation="relu"),  # wide enough\n' in text
    assert "# source: moons (a thousand of them)\n" in text
    assert '# epochs: 1 ("one # is enough")\n' in text
