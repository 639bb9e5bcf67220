"""Own code is checked by its signature, as Keras's own is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dlkit.config.catalogue import Catalogue, load_catalogue
from dlkit.config.load import load_config
from dlkit.describe import describe_name
from dlkit.errors import ConfigError

pytestmark = pytest.mark.keras


@pytest.fixture(scope="module")
def known(code: Path) -> Catalogue:
    from dlkit.plugins import load_plugins

    return load_plugins([code / "my_layers.py", code / "faults.py"], load_catalogue())


Make = Callable[..., dict[str, Any]]

DESCRIBED = """\
Scaled (layers)
  A dense layer whose output is scaled by a weight

  units: required
      Width of the output
  scale: default 1.0
      What the scale begins with
  kernel_initializer: default glorot_uniform
  activity_regularizer: default none
  trainable: default true
      Boolean, whether the layer's variables should be trainable
  dtype: default none
      The dtype of the layer's computations and weights
  autocast: default true
  name: default none
      String name of the layer

  in YAML:
    architecture:
      layers:
        - Scaled: {units: 3}"""


def test_description_is_that_of_a_layer_of_keras(known: Catalogue) -> None:
    assert describe_name("Scaled", known) == DESCRIBED


@pytest.mark.parametrize(
    ("kind", "name", "accepts"),
    [
        ("layers", "Scaled", {"units": ("integer",), "scale": ("number",)}),
        ("layers", "Net", {"units": ("integer",), "classes": ("integer",), "name": ()}),
        ("losses", "Softer", {"factor": ("number",), "reduction": ("string",)}),
        ("losses", "surprise", {"base": ("number",)}),
        ("callbacks", "Told", {"path": ("string",)}),
        ("activations", "bent", {}),
    ],
)
def test_arguments_and_their_types(
    known: Catalogue, kind: str, name: str, accepts: dict[str, tuple[str, ...]]
) -> None:
    entry = known.find(kind, name)
    assert entry is not None
    assert {key: entry.parameters[key].accepts for key in accepts} == accepts


def test_data_of_a_function_is_no_argument(known: Catalogue) -> None:
    entry = known.find("metrics", "surprise")
    assert entry
    assert [*entry.parameters] == ["base"]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        pytest.param(
            {"layers": [{"Scaled": {"unit": 3}}]},
            "architecture.layers[0].Scaled.unit: Scaled has no argument 'unit'."
            " Did you mean 'units'?",
            id="unknown",
        ),
        pytest.param(
            {"layers": [{"Scaled": {"scale": 2}}]},
            "architecture.layers[0].Scaled: Scaled needs 'units'.",
            id="missing",
        ),
        pytest.param(
            {"layers": [{"Scaled": "many"}]},
            "architecture.layers[0].Scaled: expected an integer, received 'many' (text).",
            id="type",
        ),
        pytest.param(
            {"layers": [{"Scaled": {"units": 3, "kernel_initializer": "Smal"}}]},
            "architecture.layers[0].Scaled.kernel_initializer: Keras has no initializer"
            " 'Smal'. Did you mean 'Small'?",
            id="nested",
        ),
        pytest.param(
            {"layers": ["Skaled"]},
            "architecture.layers[0]: Keras has no layer 'Skaled'. Did you mean 'Scaled'?",
            id="name",
        ),
        pytest.param(
            {"loss": {"Softer": {"facto": 1}}},
            "loss.Softer.facto: Softer has no argument 'facto'. Did you mean 'factor'?",
            id="loss",
        ),
        pytest.param(
            {"lr_schedule": "Halving"},
            "lr_schedule: Halving needs 'every_steps'.",
            id="schedule",
        ),
        pytest.param(
            {"training": {"callbacks": [{"Told": {"paht": "x"}}]}},
            "training.callbacks[0].Told.paht: Told has no argument 'paht'."
            " Did you mean 'path'?",
            id="callback",
        ),
        pytest.param(
            {"regularization": {"early_stopping": {"monitor": "val_sure"}}},
            "regularization.early_stopping.monitor: whether more or less of 'val_sure' is"
            " better is not known. Add `mode: max` or `mode: min`.",
            id="direction",
        ),
    ],
)
def test_fault_is_told_as_of_keras(
    known: Catalogue, config_of: Make, changes: dict[str, Any], told: str
) -> None:
    layers = changes.pop("layers", [])
    config = config_of(*layers, **{"metrics": ["accuracy", "Sure"], **changes})
    with pytest.raises(ConfigError) as caught:
        load_config(config, catalogue=known)
    assert [str(problem).removeprefix("dict  ") for problem in caught.value.problems] == [told]


def test_arguments_of_the_base_are_legal(known: Catalogue, config_of: Make) -> None:
    layer = {"Scaled": {"units": 3, "name": "own", "trainable": False, "dtype": "float32"}}
    load_config(config_of(layer), catalogue=known)


def test_class_that_was_not_registered_is_named(known: Catalogue, config_of: Make) -> None:
    with pytest.raises(ConfigError, match=r"faults\.py does not register 'Unregistered'"):
        load_config(config_of("Unregistered"), catalogue=known)


def test_without_the_plugin_nothing_of_it_is_known(config_of: Make) -> None:
    with pytest.raises(ConfigError, match="Keras has no layer 'Scaled'"):
        load_config(config_of({"Scaled": 3}))


def test_way_of_training_that_nobody_asks_for_is_a_warning(
    known: Catalogue, config_of: Make
) -> None:
    warnings = load_config(config_of("Steps"), catalogue=known).warnings
    told = "train_step of Steps is never called: dlkit trains it as any other layer."
    assert told in [warning.message for warning in warnings]


@pytest.mark.parametrize("key", ["plugin", "plugins"])
def test_config_cannot_name_code(key: str, config_of: Make) -> None:
    with pytest.raises(ConfigError, match=rf"{key}: unknown key\..*`--plugin my_layers\.py`"):
        load_config(config_of(**{key: "my_layers.py"}))


def test_defaults_that_yaml_has_no_words_for_are_left_out(
    plugin: Callable[..., Path], config_of: Make
) -> None:
    from dlkit.config.dump import dump_resolved
    from dlkit.plugins import load_plugins

    path = plugin(
        "@register\nclass Odd(keras.layers.Layer):\n"
        "    def __init__(self, how=keras.layers.Dense(1), size=(2, 3), **kwargs):\n"
        "        super().__init__(**kwargs)\n"
    )
    catalogue = load_plugins([path], load_catalogue())
    text = dump_resolved(load_config(config_of("Odd"), catalogue=catalogue).config, catalogue)
    assert "how" not in text
    assert "size:" in text
