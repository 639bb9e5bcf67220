from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from dlkit.config.overrides import apply_overrides, parse_override, parse_overrides
from dlkit.config.path_text import parse_path
from dlkit.config.yaml_reader import read_yaml
from dlkit.errors import ConfigError, Path

TEXT = """\
dataset: {source: diabetes}
architecture:
  layers:
    - Flatten
    - Dense: 1
loss: mse
optimizer: RMSprop
seed: 3
"""


def changed(*overrides: str) -> dict[str, Any]:
    values, unreadable = parse_overrides(overrides)
    source, problems = apply_overrides(read_yaml(TEXT, "x.yaml")[0], values)
    assert unreadable + problems == []
    return source.data


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("seed", ("seed",)),
        ("training.epochs", ("training", "epochs")),
        ("architecture.layers[2].Dense", ("architecture", "layers", 2, "Dense")),
        ("a[0][12]", ("a", 0, 12)),
        ("a b.c-d", ("a b", "c-d")),
    ],
)
def test_path_is_read_part_by_part(text: str, path: Path) -> None:
    assert parse_path(text) == path


@pytest.mark.parametrize(
    "text", ["", ".", ".a", "a.", "a..b", "a[", "a[]", "a[-1]", "a[x]", "]"]
)
def test_path_is_empty_when_the_text_is_none(text: str) -> None:
    assert parse_path(text) == ()


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("1", 1),
        ("1e-2", 0.01),
        ("true", True),
        ("yes", "yes"),
        ("1/255", "1/255"),
        ("'5'", "5"),
        ("", None),
        ("null", None),
        ("[1, 2.5, a]", [1, 2.5, "a"]),
        ("{Adam: {learning_rate: 0.1}}", {"Adam": {"learning_rate": 0.1}}),
        ("a=b", "a=b"),
    ],
)
def test_override_value_is_typed_as_in_the_file(written: str, value: object) -> None:
    path, read_value = parse_override(f"a.b={written}")
    assert path == ("a", "b")
    assert (type(read_value), read_value) == (type(value), value)


@pytest.mark.parametrize("text", ["training.epochs", "", "=1", "a..b=1", "[=3", "--epochs"])
def test_override_is_refused_when_it_is_no_assignment(text: str) -> None:
    with pytest.raises(ConfigError, match=r"^command line  expected path=value, received") as e:
        parse_override(text)
    assert str(e.value).endswith(f"received {text!r}. Example: training.epochs=1")


@pytest.mark.parametrize("value", ["[1, 2", '"', "a\x07"])
def test_override_is_refused_when_its_value_is_no_yaml(value: str) -> None:
    with pytest.raises(ConfigError, match=r"^command line  seed: .* is no YAML value") as e:
        parse_override(f"seed={value}")
    assert str(e.value) == f"command line  seed: {value!r} is no YAML value."


@pytest.mark.parametrize("value", [",", "a: b: c", "*x", "%d.%m"])
def test_text_that_is_no_yaml_is_shown_in_quotes(value: str) -> None:
    with pytest.raises(ConfigError) as e:
        parse_override(f"loss={value}")
    quoted = f"""'loss="{value}"'"""
    said = f"loss: {value!r} is no YAML value. Write a text in quotes: {quoted}."
    assert str(e.value) == f"command line  {said}"
    assert parse_override(quoted.strip("'")) == (("loss",), value)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("&a [*a]", "a: an alias contains itself."),
        ("{b: 1, b: 2}", "a.b: given twice, first in line 1. Keep one."),
        ("{1: 2}", "a: keys are text, received 1. Quote it."),
        ("!!str 3", "a: tags are not accepted, received '!!str'. Remove it."),
        ("[" * 3000 + "]" * 3000, "a: expected at most 50 levels of nesting."),
        ("9" * 5000, "a: expected a number of at most 100 digits."),
    ],
    ids=["cycle", "twice", "key", "tag", "deep", "digits"],
)
def test_override_value_is_refused_for_what_a_file_is_refused_for(
    value: str, said: str
) -> None:
    with pytest.raises(ConfigError, match=r"^command line  a") as e:
        parse_override(f"a={value}")
    assert str(e.value) == f"command line  {said}"


def test_later_override_of_a_path_wins() -> None:
    values, problems = parse_overrides(["seed=1", "loss=mae", "seed=2"])
    assert values == {("seed",): 2, ("loss",): "mae"}
    assert problems == []


def test_every_unreadable_override_is_reported_and_the_others_are_read() -> None:
    values, problems = parse_overrides(["seed", "loss=mae", "=3", "seed=[1"])
    assert values == {("loss",): "mae"}
    assert [str(problem) for problem in problems] == [
        "command line  expected path=value, received 'seed'. Example: training.epochs=1",
        "command line  expected path=value, received '=3'. Example: training.epochs=1",
        "command line  seed: '[1' is no YAML value.",
    ]


def test_override_replaces_a_value() -> None:
    assert changed("loss=mae")["loss"] == "mae"


def test_override_of_a_mapping_replaces_and_never_mixes() -> None:
    assert changed("dataset={offline: wine}")["dataset"] == {"offline": "wine"}


def test_override_adds_a_key_and_the_sections_above_it() -> None:
    assert changed("training.epochs=3")["training"] == {"epochs": 3}


def test_override_replaces_a_list_item() -> None:
    assert changed("architecture.layers[1]={Dense: 7}")["architecture"]["layers"] == [
        "Flatten",
        {"Dense": 7},
    ]


def test_override_one_past_the_end_appends() -> None:
    assert changed("architecture.layers[2]=Softmax")["architecture"]["layers"] == [
        "Flatten",
        {"Dense": 1},
        "Softmax",
    ]


def test_override_of_the_first_item_makes_a_missing_list() -> None:
    assert changed("metrics[0]=mae", "metrics[1]=mape")["metrics"] == ["mae", "mape"]


def test_override_of_an_argument_opens_a_lone_name() -> None:
    assert changed("optimizer.RMSprop.learning_rate=1e-2")["optimizer"] == {
        "RMSprop": {"learning_rate": 0.01}
    }


def test_override_of_an_argument_opens_a_lone_name_in_a_list() -> None:
    layers = changed("architecture.layers[0].Flatten.data_format=channels_last")
    assert layers["architecture"]["layers"][0] == {"Flatten": {"data_format": "channels_last"}}


def test_override_leaves_the_source_as_it_was() -> None:
    source, _ = read_yaml(TEXT, "x.yaml")
    apply_overrides(source, {("architecture", "layers", 0): "Softmax", ("seed",): 3})
    assert source.data == read_yaml(TEXT, "x.yaml")[0].data
    assert str(source.mark(("architecture", "layers", 0))) == "x.yaml:4:7"


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("architecture.layers[3]=Flatten", "architecture.layers[3]: there are 2 items, "),
        ("architecture.layers[2].Dense=1", "architecture.layers[2]: there are 2 items, "),
        (
            "architecture.layers.Dense=1",
            (
                "architecture.layers.Dense: no layer is called 'Dense'."
                " architecture.layers[1] is Dense."
            ),
        ),
        (
            "architecture.layers[0].Dense=1",
            (
                "architecture.layers[0].Dense: this layer is Flatten, not Dense."
                " architecture.layers[1] is Dense."
            ),
        ),
        ("architecture.layers[0].LSTM.units=1", "architecture.layers[0].LSTM: this layer is "),
        ("architecture[0]=1", "architecture[0]: a name is needed here, not a position."),
        ("seed.x=1", "seed: 'x' cannot be set inside 3."),
        ("metrics[1]=mae", "metrics[1]: there are 0 items, counted from 0."),
    ],
)
def test_override_is_refused_when_it_fits_nowhere(override: str, said: str) -> None:
    source, _ = read_yaml(TEXT, "x.yaml")
    _, problems = apply_overrides(source, parse_overrides([override])[0])
    (problem,) = problems
    assert str(problem).startswith(f"command line  {said}")


@pytest.mark.parametrize(
    ("override", "said"),
    [
        (
            "dataset={validation: 0.1}",
            "dataset.source: missing. Expected `source: mnist`.",
        ),
        ("seed=-1", "seed: expected at least 0, received -1."),
        (
            "architecture.layers[1].Dense=x",
            "architecture.layers[1].Dense: expected an integer, received 'x' (text).",
        ),
        ("trainng.epochs=1", "trainng: unknown key. Did you mean 'training'?"),
        (
            "regularization.early_stoping.patience=3",
            "regularization.early_stoping: unknown key. Did you mean 'early_stopping'?",
        ),
        (
            "loss={mean_squared_error: {nme: x}}",
            (
                "loss.mean_squared_error.nme: MeanSquaredError has no argument 'nme'."
                " Did you mean 'name'?"
            ),
        ),
    ],
)
def test_fault_of_an_override_is_placed_on_the_command_line(
    faults_of: Callable[..., list[str]], override: str, said: str
) -> None:
    assert faults_of(TEXT, override) == [f"command line  {said}"]


def test_override_heals_a_fault_of_the_file(faults_of: Callable[..., list[str]]) -> None:
    broken = TEXT.replace("diabetes", "diabetis")
    assert faults_of(broken) == [
        (
            "x.yaml:1:11  dataset.source: there is no source of data 'diabetis'."
            " Did you mean 'diabetes'?"
        )
    ]
    assert faults_of(broken, "dataset.source=diabetes") == []


def test_fault_of_the_file_keeps_its_line_beside_an_override(
    faults_of: Callable[..., list[str]],
) -> None:
    assert faults_of(TEXT.replace("mse", "msse"), "optimizer.RMSprop.rho=0.8") == [
        "x.yaml:6:1  loss: Keras has no loss 'msse'. Did you mean 'mse'?"
    ]
