"""Which weights are trained of a model that holds models, against flags set by hand."""

from typing import Any

import pytest

pytestmark = pytest.mark.keras

keras = pytest.importorskip("keras")

from dlkit.errors import ModelError  # noqa: E402
from dlkit.model.freezing import (  # noqa: E402
    keep_statistics,
    read_flags,
    set_flags,
    set_trainable,
    statistics_kept,
)


@pytest.fixture
def whole() -> Any:
    """A model of 3 weights in `body` (`one`, `two`: 2 + 1) and 2 in `head`."""
    layers = keras.layers
    body = keras.Sequential(
        [
            keras.Input((2,)),
            layers.Dense(1, use_bias=False, name="one"),
            layers.Dense(1, use_bias=False, name="two"),
        ],
        name="body",
    )
    return keras.Sequential([keras.Input((2,)), body, layers.Dense(1, name="head")])


def trained(model: Any) -> int:
    return sum(variable.numpy().size for variable in model.trainable_variables)


@pytest.mark.parametrize(
    ("trainable", "count"),
    [(True, 5), (False, 2), ({"from": "two"}, 3), ({"from": "one"}, 5)],
    ids=["all", "none", "from the second", "from the first"],
)
def test_part_of_a_layer_is_trained(whole: Any, trainable: Any, count: int) -> None:
    set_trainable(whole.get_layer("body"), trainable, ("training",))
    assert trained(whole) == count


@pytest.mark.parametrize("trainable", [True, {"from": "one"}], ids=["all", "from the first"])
def test_part_that_was_frozen_is_trained_again(whole: Any, trainable: Any) -> None:
    body = whole.get_layer("body")
    set_trainable(body, {"from": "two"}, ("training",))
    assert trained(whole) == 3
    set_trainable(body, trainable, ("training",))
    assert trained(whole) == 5


def test_layers_inside_what_is_inside_are_trained_again(whole: Any) -> None:
    outer = keras.Sequential([keras.Input((2,)), whole], name="outer")
    set_trainable(whole.get_layer("body"), {"from": "two"}, ("training",))
    set_trainable(outer, True, ("training",))
    assert trained(outer) == 5


def test_layer_that_is_not_inside_is_refused(whole: Any) -> None:
    with pytest.raises(
        ModelError, match=r"^here: 'body' has no layer 'tow'\. Did you mean 'two'"
    ):
        set_trainable(whole.get_layer("body"), {"from": "tow"}, ("here",))
    with pytest.raises(ModelError, match=r"^here: 'head' has no layer 'two'\. It is one layer"):
        set_trainable(whole.get_layer("head"), {"from": "two"}, ("here",))


def test_flags_come_back(whole: Any) -> None:
    set_trainable(whole.get_layer("body"), {"from": "two"}, ("here",))
    flags = read_flags(whole)
    whole.trainable = False
    assert trained(whole) == 0
    set_flags(flags)
    assert trained(whole) == 3


def test_order_of_weights_does_not_depend_on_the_flags(whole: Any) -> None:
    before = [weight.path for weight in whole.weights]
    set_trainable(whole.get_layer("body"), {"from": "two"}, ("here",))
    assert [weight.path for weight in whole.weights] == before


@pytest.mark.parametrize("said", [{}, {"trainable": True}], ids=["nothing", "true"])
def test_layer_in_a_model_keeps_its_own_setting(said: dict[str, bool]) -> None:
    from dlkit.config.load import load_config
    from dlkit.model.layers import add_layer

    frozen = {"Dense": {"name": "one", "units": 1, "use_bias": False, "trainable": False}}
    layers = [
        {"Model": {"name": "body", "layers": [frozen, {"Dense": 1}], **said}},
        {"Dense": 1},
    ]
    config = {
        "dataset": {"source": "diabetes"},
        "architecture": {"layers": layers},
        "loss": "mse",
    }
    entry = load_config(config).config.architecture.layers[0]
    body, _ = add_layer(entry, [keras.Input((2,))], {}, {}, None)
    assert trained(body) == 1 + 1


def test_statistics_stay_in_a_part_that_is_called_on_every_step() -> None:
    part = keras.Sequential(
        [keras.Input((2,)), keras.layers.Dense(1), keras.layers.BatchNormalization()]
    )
    keep_statistics(part)
    each = keras.layers.TimeDistributed(part, name="each")
    model = keras.Sequential([keras.Input((3, 2)), each])
    set_trainable(each, False, ())
    set_trainable(each, True, ())
    assert statistics_kept(each) == 1
    assert trained(model) == 3  # kernel and bias; neither gamma nor beta
