from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dlkit.config.composition import merge, read_composed
from dlkit.config.load import load_config
from dlkit.config.yaml_reader import read_yaml
from dlkit.errors import ConfigError

MINIMAL = """\
dataset: {source: diabetes}
architecture:
  layers:
    - Flatten
    - Dense: 1
loss: mse
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, which the test works in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(files: dict[str, str]) -> None:
    for name, text in files.items():
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(text, encoding="utf-8")


def composed(files: dict[str, str], name: str = "x.yaml") -> dict[str, Any]:
    write(files)
    source, problems = read_composed(name)
    assert problems == []
    return source.data


def faults(files: dict[str, str], *overrides: str, name: str = "x.yaml") -> list[str]:
    write(files)
    try:
        load_config(name, overrides)
    except ConfigError as error:
        return [str(problem) for problem in error.problems]
    return []


def test_file_takes_from_its_base_what_it_does_not_say(here: Path) -> None:
    files = {"a.yaml": "seed: 1\nname: a\n", "x.yaml": "base: a.yaml\nseed: 2\n"}
    assert composed(files) == {"seed": 2, "name": "a"}


@pytest.mark.parametrize(
    ("bases", "data"),
    [
        ("[]", {"name": "x"}),
        ("", {"name": "x"}),
        ("[a.yaml]", {"seed": 1, "loss": "mae", "name": "x"}),
        ("[a.yaml, b.yaml]", {"seed": 2, "loss": "mae", "name": "x"}),
        ("[b.yaml, a.yaml]", {"seed": 1, "loss": "mae", "name": "x"}),
    ],
    ids=["empty", "blank", "one", "in order", "other order"],
)
def test_later_base_wins_over_an_earlier_one(
    here: Path, bases: str, data: dict[str, Any]
) -> None:
    files = {"a.yaml": "seed: 1\nloss: mae\nname: a", "b.yaml": "seed: 2\nname: b"}
    assert composed(files | {"x.yaml": f"base: {bases}\nname: x\n"}) == data


def test_base_has_bases_of_its_own(here: Path) -> None:
    files = {
        "a.yaml": "seed: 1\nname: a\nloss: mae\n",
        "b.yaml": "base: a.yaml\nseed: 2\nname: b\n",
        "x.yaml": "base: b.yaml\nseed: 3\n",
    }
    assert composed(files) == {"seed": 3, "name": "b", "loss": "mae"}


def test_base_may_be_reached_on_two_ways(here: Path) -> None:
    files = {
        "a.yaml": "seed: 1\nname: a\n",
        "b.yaml": "base: a.yaml\nseed: 2\n",
        "c.yaml": "base: a.yaml\nloss: mae\n",
        "x.yaml": "base: [b.yaml, c.yaml]\n",
    }
    assert composed(files) == {"seed": 1, "name": "a", "loss": "mae"}


@pytest.mark.parametrize("name", ["runs/x.yaml", "./runs/x.yaml", "runs/../runs/x.yaml"])
def test_base_is_looked_for_beside_the_file_that_names_it(here: Path, name: str) -> None:
    files = {
        "a.yaml": "seed: 1\n",
        "runs/a.yaml": "seed: 5\n",
        "runs/b.yaml": "base: ../a.yaml\nname: b\n",
        "runs/x.yaml": "base: b.yaml\n",
    }
    assert composed(files, name) == {"seed": 1, "name": "b"}


def test_base_is_found_from_another_working_directory(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write({"runs/a.yaml": "seed: 1\n", "runs/x.yaml": "base: a.yaml\n", "other/a.yaml": "b: 1"})
    monkeypatch.chdir(here / "other")
    assert read_composed(here / "runs" / "x.yaml")[0].data == {"seed": 1}
    assert read_composed("../runs/x.yaml")[0].data == {"seed": 1}


def test_base_may_be_an_absolute_path(here: Path) -> None:
    files = {"far/a.yaml": "seed: 1\n", "x.yaml": f"base: {here / 'far' / 'a.yaml'}\n"}
    assert composed(files) == {"seed": 1}


@pytest.mark.parametrize(
    ("base", "own", "data"),
    [
        (
            "training: {epochs: 1, batch_size: 8}",
            "training: {epochs: 2}",
            {"training": {"epochs": 2, "batch_size": 8}},
        ),
        (
            "regularization: {l2: 0.1, early_stopping: {patience: 3, mode: min}}",
            "regularization: {early_stopping: {patience: 5}}",
            {"regularization": {"l2": 0.1, "early_stopping": {"patience": 5, "mode": "min"}}},
        ),
        (
            "architecture: {defaults: {Dense: {activation: relu}}}",
            "architecture: {defaults: {Conv2D: {padding: same}}}",
            {
                "architecture": {
                    "defaults": {"Dense": {"activation": "relu"}, "Conv2D": {"padding": "same"}}
                }
            },
        ),
        ("metrics: [mae, mse]", "metrics: [mape]", {"metrics": ["mape"]}),
        (
            "architecture: {layers: [Flatten, Dense: {units: 3}]}",
            "architecture: {layers: [Dense: {activation: relu}]}",
            {"architecture": {"layers": [{"Dense": {"activation": "relu"}}]}},
        ),
        ("training: {epochs: 1}", "training: 5", {"training": 5}),
        ("training:", "training: {epochs: 1}", {"training": {"epochs": 1}}),
        ("lr_schedule: CosineDecay", "lr_schedule:", {"lr_schedule": None}),
    ],
    ids=["flat", "deep", "defaults", "list", "layers", "no mapping", "on nothing", "nothing"],
)
def test_mappings_merge_and_everything_else_replaces(
    base: str, own: str, data: dict[str, Any]
) -> None:
    merged = merge(read_yaml(base, "a.yaml")[0], read_yaml(own, "x.yaml")[0])
    assert merged.data == data


@pytest.mark.parametrize(
    ("base", "own", "optimizer"),
    [
        ("{SGD: {momentum: 0.9}}", "{Adam: {beta_1: 0.8}}", {"Adam": {"beta_1": 0.8}}),
        ("{SGD: {momentum: 0.9}}", "Adam", "Adam"),
        ("SGD", "{Adam: {beta_1: 0.8}}", {"Adam": {"beta_1": 0.8}}),
        (
            "{Adam: {beta_1: 0.9, beta_2: 0.99}}",
            "{Adam: {beta_1: 0.8}}",
            {"Adam": {"beta_1": 0.8, "beta_2": 0.99}},
        ),
        (
            "{SGD: {learning_rate: {CosineDecay: {decay_steps: 5}}, momentum: 0.9}}",
            "{SGD: {learning_rate: {ExponentialDecay: {decay_rate: 0.5}}}}",
            {
                "SGD": {
                    "learning_rate": {"ExponentialDecay": {"decay_rate": 0.5}},
                    "momentum": 0.9,
                }
            },
        ),
        (
            "{SGD: {learning_rate: {CosineDecay: {decay_steps: 5}}}}",
            "{SGD: {learning_rate: {CosineDecay: {alpha: 0.1}}}}",
            {"SGD": {"learning_rate": {"CosineDecay": {"decay_steps": 5, "alpha": 0.1}}}},
        ),
        (
            "{SGD: {learning_rate: {CosineDecay: {decay_steps: 5}}}}",
            "{SGD: {learning_rate: 0.1}}",
            {"SGD": {"learning_rate": 0.1}},
        ),
    ],
    ids=["another", "name", "over a name", "same", "other schedule", "schedule", "rate"],
)
def test_another_named_object_replaces_and_the_same_one_merges(
    base: str, own: str, optimizer: Any
) -> None:
    sources = [read_yaml(f"optimizer: {text}", "f.yaml")[0] for text in (base, own)]
    assert merge(*sources).data == {"optimizer": optimizer}


@pytest.mark.parametrize("section", ["loss", "lr_schedule"])
def test_every_section_that_is_one_object_is_replaced(section: str) -> None:
    sources = [read_yaml(f"{section}: {{{n}: {{a: 1}}}}", "f.yaml")[0] for n in ("A", "B")]
    assert merge(*sources).data == {section: {"B": {"a": 1}}}


def test_every_value_keeps_the_place_in_its_own_file(here: Path) -> None:
    write(
        {
            "runs/a.yaml": "\ntraining:\n  epochs: 1\n  batch_size: 8\nloss: mae\n",
            "runs/x.yaml": "base: a.yaml\ntraining: {epochs: 2}\n",
        }
    )
    source, _ = read_composed("runs/x.yaml")
    paths = [("training", "epochs"), ("training", "batch_size"), ("loss",), ("name",), ()]
    assert [str(source.mark(path)) for path in paths] == [
        "runs/x.yaml:2:12",
        "runs/a.yaml:4:3",
        "runs/a.yaml:5:1",
        "runs/x.yaml",
        "runs/x.yaml",
    ]


def test_text_kept_with_the_run_is_that_of_the_file_itself(here: Path) -> None:
    write({"a.yaml": MINIMAL, "x.yaml": "base: a.yaml\n"})
    loaded = load_config("x.yaml")
    assert (loaded.source.text, loaded.config.name) == ("base: a.yaml\n", "x")


def test_override_is_laid_over_file_and_base(here: Path) -> None:
    write({"a.yaml": f"{MINIMAL}optimizer: {{SGD: {{momentum: 0.9}}}}\n"})
    write({"x.yaml": "base: a.yaml\ntraining: {epochs: 4}\n"})
    overrides = ["training.epochs=1", "optimizer.SGD.learning_rate=0.5"]
    config = load_config("x.yaml", overrides).config
    assert config.training.epochs == 1
    assert config.optimizer.arguments == {"momentum": 0.9, "learning_rate": 0.5}


def test_fault_inside_a_base_is_told_with_its_file_and_line(here: Path) -> None:
    files = {
        "base/a.yaml": MINIMAL.replace("mse", "msse"),
        "x.yaml": "base: base/a.yaml\nseed: -1\n",
    }
    assert faults(files) == [
        "base/a.yaml:6:1  loss: Keras has no loss 'msse'. Did you mean 'mse'?",
        "x.yaml:2:1  seed: expected at least 0, received -1.",
    ]


def test_fault_of_a_base_that_the_file_replaces_is_not_told(here: Path) -> None:
    files = {"a.yaml": MINIMAL.replace("mse", "msse"), "x.yaml": "base: a.yaml\nloss: mse\n"}
    assert faults(files) == []


def test_repeated_key_in_a_base_is_told_with_its_file(here: Path) -> None:
    files = {"a.yaml": f"{MINIMAL}seed: 1\nseed: 2\n", "x.yaml": "base: a.yaml\n"}
    assert faults(files) == ["a.yaml:8:1  seed: given twice, first in line 7. Keep one."]
