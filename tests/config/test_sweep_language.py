"""What a sweep may try, and what is then written for each trial."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dlkit.config.dump import dump_resolved
from dlkit.config.load import load_config
from dlkit.config.source import lookup
from dlkit.config.sweep.checking import Sweep, points_tried, sweep_of
from dlkit.config.sweep.choosing import objectives_of, pruner_of, sampler_of, trials_of
from dlkit.config.sweep.points import extreme_points, source_at
from dlkit.config.sweep.space import describe_point, grid_of
from dlkit.config.sweep.summary import describe_sweep
from dlkit.config.yaml_reader import read_yaml
from dlkit.errors import ConfigError

HEAD = """\
dataset: {source: iris, validation: 0.2}
architecture:
  blocks:
    tower:
      parameters: {units: 8}
      layers:
        - Dense: {units: "${units}", activation: relu}
  layers:
    - Normalization
    - Dense: 8
    - Dense: {units: 16, activation: relu, name: hidden}
    - tower
    - Dense: {units: 3, activation: softmax}
loss: sparse_categorical_crossentropy
metrics: [accuracy]
optimizer: {SGD: {momentum: 0.9}}
sweep:
"""

LAYERS = ("architecture", "layers")

SweepAt = Callable[..., Sweep]


@pytest.fixture
def sweep_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SweepAt:
    """Return the checked sweep of a text below ``sweep:``."""
    monkeypatch.chdir(tmp_path)

    def check(text: str, *overrides: str) -> Sweep:
        lines = "".join(f"  {line}\n" for line in text.splitlines())
        Path("x.yaml").write_text(f"{HEAD}{lines}", encoding="utf-8")
        return sweep_of(load_config("x.yaml", overrides))

    return check


def written(sweep: Sweep, *path: str | int) -> list[Any]:
    """Return what is written in a place at each point of a grid; None where nothing is."""
    found = []
    for point in grid_of(sweep.parameters):
        assert sweep.at(point).config.sweep is None
        source, problems = source_at(sweep.loaded.source, sweep.parameters, point)
        assert problems == []
        try:
            found.append(lookup(source.data, path))
        except KeyError:
            found.append(None)
    return found


@pytest.mark.parametrize(
    ("parameter", "place", "values"),
    [
        ("seed: [0, 1, 2]", ("seed",), [0, 1, 2]),
        ("training.batch_size: [16, 32]", ("training", "batch_size"), [16, 32]),
        ("dataset.source: [iris, wine]", ("dataset", "source"), ["iris", "wine"]),
        ("dataset.validation: [0.1, 0.2]", ("dataset", "validation"), [0.1, 0.2]),
        ("regularization.l2: [0, 1e-4]", ("regularization", "l2"), [0, 1e-4]),
        (
            "regularization.early_stopping.patience: [2, 5]",
            ("regularization", "early_stopping", "patience"),
            [2, 5],
        ),
        (
            "optimizer: [Adam, {SGD: {nesterov: true}}]",
            ("optimizer",),
            ["Adam", {"SGD": {"nesterov": True}}],
        ),
        (
            "lr_schedule: [null, {CosineDecay: {decay_steps: 5 epochs}}]",
            ("lr_schedule",),
            [None, {"CosineDecay": {"decay_steps": "5 epochs"}}],
        ),
        (
            "architecture.layers[1]: [{Dropout: 0.1}, {Dense: 4}]",
            (*LAYERS, 1),
            [{"Dropout": 0.1}, {"Dense": 4}],
        ),
        (
            (
                "architecture.layers: [[{Dense: {units: 3, activation: softmax}}],"
                " [Normalization, {Dense: {units: 3, activation: softmax}}]]"
            ),
            LAYERS,
            [
                [{"Dense": {"units": 3, "activation": "softmax"}}],
                ["Normalization", {"Dense": {"units": 3, "activation": "softmax"}}],
            ],
        ),
        (
            "architecture.layers[1].units: [4, 6]",
            (*LAYERS, 1),
            [{"Dense": {"units": 4}}, {"Dense": {"units": 6}}],
        ),
        ("architecture.layers.hidden.units: [4, 6]", (*LAYERS, 2, "Dense", "units"), [4, 6]),
        ("architecture.layers.hidden.repeat: [1, 3]", (*LAYERS, 2, "Dense", "repeat"), [1, 3]),
        (
            "architecture.layers.hidden.kernel_initializer: [uniform, {HeNormal: {seed: 1}}]",
            (*LAYERS, 2, "Dense", "kernel_initializer"),
            ["uniform", {"HeNormal": {"seed": 1}}],
        ),
        (
            "architecture.blocks.tower.parameters.units: [4, 6]",
            ("architecture", "blocks", "tower", "parameters", "units"),
            [4, 6],
        ),
        (
            "architecture.layers[3].units: [4, 6]",
            (*LAYERS, 3),
            [{"tower": {"units": 4}}, {"tower": {"units": 6}}],
        ),
        (
            "architecture.blocks.tower.layers[0].Dense.activation: [relu, tanh]",
            ("architecture", "blocks", "tower", "layers", 0, "Dense", "activation"),
            ["relu", "tanh"],
        ),
        (
            "optimizer.learning_rate: [0.1, 0.01]",
            ("optimizer", "SGD"),
            [{"momentum": 0.9, "learning_rate": 0.1}, {"momentum": 0.9, "learning_rate": 0.01}],
        ),
        (
            "training: [{epochs: 5}, {steps: 100}]",
            ("training",),
            [{"epochs": 5}, {"steps": 100}],
        ),
        ("dataset['validation']: [0.1, 0.3]", ("dataset", "validation"), [0.1, 0.3]),
        (
            "training.epochs: {low: 5, high: 20, step: 5, int: true}",
            ("training", "epochs"),
            [5, 10, 15, 20],
        ),
        (
            "regularization.dropout: {low: 0.1, high: 0.45, step: 0.1}",
            ("regularization", "dropout"),
            [0.1, 0.2, 0.3, 0.4],
        ),
    ],
)
def test_values_are_written_in_their_place(
    sweep_at: SweepAt, parameter: str, place: tuple[str | int, ...], values: list[Any]
) -> None:
    sweep = sweep_at(f"parameters:\n  {parameter}\nsampler: grid")
    assert written(sweep, *place) == values


def test_block_is_swept_whole_with_its_own_parameters(sweep_at: SweepAt) -> None:
    sweep = sweep_at(
        "parameters:\n"
        "  architecture.blocks.tower:\n"
        "    - {parameters: {units: 4}, layers: [{Dense: {units: '${units}'}}]}\n"
        "    - {parameters: {size: 6}, layers: [{Dense: {units: '${size}'}}]}\n"
    )
    points = [sweep.at(point).config for point in grid_of(sweep.parameters)]
    units = [[e.layer.arguments["units"] for e in c.architecture.layers[1:]] for c in points]
    assert units == [[8, 16, 4, 3], [8, 16, 6, 3]]


def test_reference_to_what_is_swept_follows_it(sweep_at: SweepAt) -> None:
    sweep = sweep_at(
        "parameters:\n"
        "  training.batch_size: [16, 32]\n"
        "  architecture.layers.hidden.units:\n"
        "    ['${training.batch_size}', '${dataset.num_classes}']"
    )
    units = [
        sweep.at(point).config.architecture.layers[2].layer.arguments["units"]
        for point in grid_of(sweep.parameters)
    ]
    assert units == [16, 3, 32, 3]
    assert sweep.parameters[1].labels == ("${training.batch_size}", 3)


def test_reference_elsewhere_follows_what_is_swept(sweep_at: SweepAt) -> None:
    sweep = sweep_at(
        "parameters: {architecture.layers.hidden.units: [4, 6]}",
        "architecture.layers[1].Dense.units=${architecture.layers[2].Dense.units}",
    )
    layers = [sweep.at(p).config.architecture.layers[1] for p in grid_of(sweep.parameters)]
    assert [each.layer.arguments["units"] for each in layers] == [4, 6]


def test_one_parameter_sets_several_places(sweep_at: SweepAt) -> None:
    sweep = sweep_at(
        "parameters:\n"
        "  width: {values: [4, 6], paths: [architecture.layers.hidden.units,"
        " 'architecture.layers[1].units']}"
    )
    assert written(sweep, *LAYERS, 2, "Dense", "units") == [4, 6]
    assert written(sweep, *LAYERS, 1, "Dense", "units") == [4, 6]
    assert describe_point(sweep.parameters, {"width": 4}) == "width=4"


WHEN = """\
parameters:
  momentum: {values: [0.5, 0.9], paths: optimizer.SGD.momentum, when: {optimizer: SGD}}
  nesterov: {values: [true, false], paths: optimizer.SGD.nesterov, when: {momentum: 0.9}}
  optimizer: [{SGD: {learning_rate: 0.1}}, Adam, RMSprop]
  regularization.l2: {values: [0, 1e-4], when: {optimizer: [Adam, RMSprop]}}
"""


def test_parameter_with_a_condition_is_set_only_where_it_holds(sweep_at: SweepAt) -> None:
    sweep = sweep_at(WHEN)
    told = [describe_point(sweep.parameters, point) for point in grid_of(sweep.parameters)]
    assert told == [
        "optimizer=SGD(learning_rate=0.1)  momentum=0.5",
        "optimizer=SGD(learning_rate=0.1)  momentum=0.9  nesterov=True",
        "optimizer=SGD(learning_rate=0.1)  momentum=0.9  nesterov=False",
        "optimizer=Adam  l2=0",
        "optimizer=Adam  l2=0.0001",
        "optimizer=RMSprop  l2=0",
        "optimizer=RMSprop  l2=0.0001",
    ]
    assert trials_of(sweep.section) == len(told)
    assert written(sweep, "optimizer")[:2] == [
        {"SGD": {"learning_rate": 0.1, "momentum": 0.5}},
        {"SGD": {"learning_rate": 0.1, "momentum": 0.9, "nesterov": True}},
    ]


def test_condition_on_a_range_is_of_its_numbers(sweep_at: SweepAt) -> None:
    sweep = sweep_at(
        "parameters:\n"
        "  regularization.dropout: {low: 0, high: 0.5, step: 0.25}\n"
        "  training.epochs: {values: [5, 10], when: {regularization.dropout: [0, 0.5]}}\n"
        "sampler: grid"
    )
    found = [tuple(point.values()) for point in grid_of(sweep.parameters)]
    assert found == [(0.0, 5), (0.0, 10), (0.25,), (0.5, 5), (0.5, 10)]


def test_whole_object_comes_before_what_is_inside(sweep_at: SweepAt) -> None:
    sweep = sweep_at(
        "parameters:\n"
        "  optimizer.learning_rate: [0.1, 0.01]\n"
        "  optimizer: [Adam, {SGD: {momentum: 0.5}}]\n"
    )
    assert written(sweep, "optimizer") == [
        {"Adam": {"learning_rate": 0.1}},
        {"SGD": {"momentum": 0.5, "learning_rate": 0.1}},
        {"Adam": {"learning_rate": 0.01}},
        {"SGD": {"momentum": 0.5, "learning_rate": 0.01}},
    ]


def test_rate_is_swept_of_the_optimizer_that_nobody_named(sweep_at: SweepAt) -> None:
    sweep = sweep_at("parameters: {optimizer.learning_rate: [0.1, 0.01]}", "optimizer=Adam")
    del sweep.loaded.source.data["optimizer"]
    assert written(sweep, "optimizer") == [
        {"Adam": {"learning_rate": 0.1}},
        {"Adam": {"learning_rate": 0.01}},
    ]


def test_value_of_one_may_need_a_value_of_another(sweep_at: SweepAt) -> None:
    sweep = sweep_at(
        "parameters:\n"
        "  loss: [sparse_categorical_crossentropy, binary_crossentropy]\n"
        "  architecture.layers[4]:\n"
        "    - {Dense: {units: 3, activation: softmax}}\n"
        "    - {Dense: {units: 1, activation: sigmoid}}\n"
        "  dataset.source: [iris, breast_cancer]\n"
        "objective: val_loss\n"
    )
    (warning,) = [each for each in sweep.loaded.warnings if each.path[0] == "sweep"]
    assert " of 8 combinations tried cannot be run, such as loss=" in warning.message
    assert warning.hint.endswith("`when:` leaves them out.")


def test_name_with_dots_stands_in_brackets(sweep_at: SweepAt, tmp_path: Path) -> None:
    (tmp_path / "homes.csv").write_text("size.m2,price\n" + "3,4\n5,6\n" * 20)
    head = {
        "dataset": {
            "source": {"csv": "homes.csv"},
            "features": {"size.m2": "numeric"},
            "target": "price",
        },
        "architecture": {"layers": [{"Dense": 1}]},
        "loss": "mse",
    }
    name = "dataset.features['size.m2'].numeric.scale"
    parameters = {name: ["minmax", "standardize"]}
    sweep = sweep_of(load_config({**head, "sweep": {"parameters": parameters}}))
    values = written(sweep, "dataset", "features", "size.m2")
    assert values == [{"numeric": {"scale": "minmax"}}, {"numeric": {"scale": "standardize"}}]
    assert describe_point(sweep.parameters, {name: "minmax"}) == "scale=minmax"


@pytest.mark.parametrize(
    ("override", "parameters", "trials"),
    [
        ("sweep.trials=5", {"seed": (1, 2, 3), "training.epochs": (5, 6)}, 5),
        ("sweep.parameters.seed=[7, 8]", {"seed": (7, 8), "training.epochs": (5, 6)}, 4),
        (
            "sweep.parameters.training.epochs=[7]",
            {"seed": (1, 2, 3), "training.epochs": (7,)},
            3,
        ),
        ("sweep.parameters={seed: [4, 5]}", {"seed": (4, 5)}, 2),
        (
            "sweep.parameters.training.batch_size=[8, 16]",
            {"seed": (1, 2, 3), "training.epochs": (5, 6), "training.batch_size": (8, 16)},
            12,
        ),
    ],
)
def test_command_line_changes_a_sweep(
    sweep_at: SweepAt, override: str, parameters: dict[str, Any], trials: int
) -> None:
    sweep = sweep_at("parameters: {seed: [1, 2, 3], training.epochs: [5, 6]}", override)
    assert {each.name: each.config.values for each in sweep.parameters} == parameters
    assert trials_of(sweep.section) == trials


def test_command_line_takes_a_sweep_away(sweep_at: SweepAt) -> None:
    with pytest.raises(ConfigError, match=r"^sweep: there is nothing to sweep\. Example: `"):
        sweep_at("parameters: {seed: [1, 2]}", "sweep=null")


@pytest.mark.parametrize(
    ("own", "names", "low"),
    [
        ("sweep: {trials: 3}", ["optimizer.learning_rate", "seed"], 1e-4),
        (
            "sweep: {parameters: {optimizer.learning_rate: {low: 0.001}}}",
            ["optimizer.learning_rate", "seed"],
            1e-3,
        ),
        (
            "sweep: {parameters: {training.epochs: [5, 6]}}",
            ["optimizer.learning_rate", "seed", "training.epochs"],
            1e-4,
        ),
        (
            "remove: [sweep.parameters.seed]\nsweep: {jobs: 2}",
            ["optimizer.learning_rate"],
            1e-4,
        ),
    ],
    ids=["trials", "part of a range", "one more", "one less"],
)
def test_file_changes_the_sweep_of_its_base(
    tmp_path: Path, own: str, names: list[str], low: float
) -> None:
    swept = (
        "  parameters:\n"
        "    optimizer.learning_rate: {low: 1e-4, high: 0.1, log: true}\n"
        "    seed: [1, 2]\n"
    )
    (tmp_path / "base.yaml").write_text(HEAD + swept)
    (tmp_path / "own.yaml").write_text(f"base: base.yaml\n{own}\n")
    sweep = sweep_of(load_config(tmp_path / "own.yaml"))
    assert [each.name for each in sweep.parameters] == names
    assert sweep.parameters[0].bounds == (low, 0.1, None)


@pytest.mark.parametrize(
    ("text", "sampler", "trials", "pruner"),
    [
        ("parameters: {seed: [1, 2]}", "grid", 2, "none"),
        ("parameters: {seed: [1, 2]}\ntrials: 2", "tpe", 2, "median"),
        ("parameters: {training.epochs: {low: 1, high: 5, int: true}}", "tpe", 30, "median"),
        ("parameters: {seed: [1, 2]}\nsampler: random", "random", 30, "median"),
        (
            "parameters: {seed: [1, 2]}\nobjective: [val_accuracy, parameters]\ntrials: 9",
            "tpe",
            9,
            "none",
        ),
        ("parameters: {seed: [1, 2]}\nobjective: seconds\ntrials: 9", "tpe", 9, "none"),
    ],
)
def test_what_is_left_out_follows_from_the_rest(
    sweep_at: SweepAt, text: str, sampler: str, trials: int, pruner: str
) -> None:
    sweep = sweep_at(text)
    config = sweep.loaded.config
    chosen = (sampler_of(sweep.section), trials_of(sweep.section))
    assert (*chosen, pruner_of(config, sweep.section)) == (sampler, trials, pruner)


@pytest.mark.parametrize(
    ("changes", "objective", "objectives"),
    [
        ([], None, {"val_accuracy": "max"}),
        (["metrics=[mae]"], None, {"val_loss": "min"}),
        (["metrics=[mae, accuracy]"], None, {"val_accuracy": "max"}),
        ([], "val_loss", {"val_loss": "min"}),
        ([], "[val_accuracy, parameters]", {"val_accuracy": "max", "parameters": "min"}),
        ([], "{val_accuracy: min, seconds: null}", {"val_accuracy": "min", "seconds": "min"}),
    ],
)
def test_direction_of_an_objective_is_inferred(
    sweep_at: SweepAt, changes: list[str], objective: str | None, objectives: dict[str, str]
) -> None:
    aim = f"\nobjective: {objective}" if objective else ""
    sweep = sweep_at(f"parameters: {{seed: [1, 2]}}{aim}", *changes)
    assert objectives_of(sweep.loaded.config) == objectives


def test_extremes_are_the_least_and_the_most(sweep_at: SweepAt) -> None:
    sweep = sweep_at(
        "parameters:\n"
        "  architecture.layers.hidden.units: [64, 8, 128]\n"
        "  optimizer: [SGD, Adam, RMSprop]\n"
        "  optimizer.learning_rate: {low: 1e-4, high: 1e-1, log: true}\n"
    )
    assert [tuple(point.values()) for point in extreme_points(sweep.parameters)] == [
        (8, "SGD", 1e-4),
        (128, "RMSprop", 1e-1),
    ]


def test_sweep_is_told_in_two_lines(sweep_at: SweepAt) -> None:
    assert describe_sweep(sweep_at(WHEN)) == (
        "sweep: 7 trials by grid over optimizer, momentum, l2 and nesterov",
        "best: largest val_accuracy",
    )
    told = describe_sweep(
        sweep_at("parameters: {training.epochs: {low: 1, high: 9, int: true}}\njobs: 2")
    )
    assert told == (
        "sweep: 30 trials by tpe over epochs",
        "best: largest val_accuracy; median ends trials early; 2 at a time",
    )


def test_sweep_written_back_says_all_and_no_more(sweep_at: SweepAt) -> None:
    loaded = sweep_at(
        "parameters:\n"
        "  seed: [1, 2]\n"
        "  training.epochs: {low: 1, high: 9, int: true}\n"
        "  momentum: {values: [0.5], paths: optimizer.SGD.momentum}\n"
    ).loaded
    text = dump_resolved(loaded.config, loaded.catalogue)
    data = read_yaml(text, "resolved.yaml")[0].data
    assert data["sweep"] == {
        "parameters": {
            "seed": [1, 2],
            "training.epochs": {"low": 1.0, "high": 9.0, "int": True},
            "momentum": {"values": [0.5], "paths": ["optimizer.SGD.momentum"]},
        },
        "sampler": "tpe",
        "trials": 30,
        "objective": {"val_accuracy": "max"},
        "pruner": "median",
        "jobs": 1,
    }
    again = load_config(data)
    assert dump_resolved(again.config, again.catalogue) == text


def test_grid_of_24_points_is_checked_at_once(sweep_at: SweepAt) -> None:
    text = (
        "parameters:\n"
        "  optimizer: [SGD, Adam]\n"
        "  training.epochs: [50, 100]\n"
        "  training.batch_size: [8, 16]\n"
        "  architecture.layers.hidden.units: [4, 8, 16]\n"
    )
    loaded = sweep_at(text).loaded
    begun = time.process_time()
    sweep = sweep_of(loaded)
    assert time.process_time() - begun < 0.3
    assert len(list(grid_of(sweep.parameters))) == 24


def test_fewer_points_are_tried_of_a_deep_network(sweep_at: SweepAt) -> None:
    sweep = sweep_at("parameters: {seed: [1, 2]}")
    assert points_tried(sweep.loaded.source) == 64
    layers = ["Flatten"] * 50
    assert points_tried(load_like(layers)) == 20
    assert points_tried(load_like(layers * 20)) == 8


def load_like(layers: list[Any]) -> Any:
    """Return a source with many layers."""
    return read_yaml(f"architecture: {{layers: [{', '.join(layers)}]}}", "x.yaml")[0]


def test_many_values_and_huge_ranges_are_checked_at_once(sweep_at: SweepAt) -> None:
    begun = time.process_time()
    sweep_at(
        "parameters:\n"
        f"  training.batch_size: {list(range(1, 2000))}\n"
        "  seed: {low: 0, high: 2000000000, int: true}\n"
        "sampler: random"
    )
    assert time.process_time() - begun < 1.5
