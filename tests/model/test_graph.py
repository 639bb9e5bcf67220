from typing import Any

import numpy as np
import pytest

pytestmark = pytest.mark.keras

keras = pytest.importorskip("keras")

from dlkit.config.catalogue import load_catalogue  # noqa: E402
from dlkit.config.choices import Choice  # noqa: E402
from dlkit.config.data_sources import Whole  # noqa: E402
from dlkit.config.objects import LayerEntry  # noqa: E402
from dlkit.config.regularization.regularize import regularize_layers  # noqa: E402
from dlkit.config.schema import DatasetConfig  # noqa: E402
from dlkit.config.sections import read_sections  # noqa: E402
from dlkit.config.training_section import RegularizationConfig  # noqa: E402
from dlkit.data.dataset import Dataset, Split  # noqa: E402
from dlkit.errors import ModelError  # noqa: E402
from dlkit.model.graph import Built, build_model  # noqa: E402
from dlkit.model.inputs import open_entrance  # noqa: E402


def entries(*notations: Any) -> tuple[LayerEntry, ...]:
    data = {"architecture": {"layers": list(notations)}}
    sections, problems = read_sections(data, load_catalogue())
    assert problems == []
    layers: tuple[LayerEntry, ...] = sections["architecture"]["layers"]
    return layers


def built(inputs: np.ndarray, layers: tuple[LayerEntry, ...]) -> Built:
    split = Split(inputs, np.zeros((len(inputs), 1), "float32"))
    source = DatasetConfig(source=Choice("diabetes", Whole()))
    parts = (split, None, split)
    dataset = Dataset("made", None, "here", "regression", (), (), *parts, source)
    return build_model(layers, dataset, open_entrance(dataset, ()), "made")


def build(shape: tuple[int, ...], *notations: Any) -> Any:
    inputs = np.random.default_rng(0).normal(3, 2, (20, *shape)).astype("float32")
    return built(inputs, entries(*notations)).model


def test_chain_of_layers_is_sequential() -> None:
    model = build((4,), {"Dense": 3}, {"Dropout": 0.5}, {"Dense": {"units": 2}})
    assert isinstance(model, keras.Sequential)
    assert model.output_shape == (None, 2)
    assert model.count_params() == (4 * 3 + 3) + (3 * 2 + 2)


def test_layers_are_named_by_class_and_place() -> None:
    model = build(
        (4,), {"Dense": 3}, "BatchNormalization", {"Dense": {"units": 2, "name": "out"}}
    )
    assert [layer.name for layer in model.layers] == ["dense_0", "batch_normalization_1", "out"]


def test_layers_with_from_make_a_functional_graph() -> None:
    model = build(
        (4,),
        {"Dense": {"units": 4, "name": "a"}},
        {"Dense": {"units": 4, "name": "b"}},
        {"Add": {"from": ["a", "b", "input"]}},
    )
    assert not isinstance(model, keras.Sequential)
    first, second = model.get_layer("a"), model.get_layer("b")
    x = np.ones((2, 4), "float32")
    np.testing.assert_allclose(model(x), first(x) + second(first(x)) + x, rtol=1e-6)


def test_single_from_reads_an_earlier_layer_instead_of_the_previous() -> None:
    model = build(
        (4,),
        {"Dense": {"units": 3, "name": "a"}},
        {"Dense": 7},
        {"Dense": {"units": 2, "from": "a"}},
    )
    assert model.get_layer("dense_2").get_weights()[0].shape == (3, 2)


def test_normalization_learns_mean_and_variance_of_the_training_inputs() -> None:
    inputs = np.array([[1.0, 10.0], [3.0, 10.0], [5.0, 40.0]], "float32")
    model = built(inputs, entries("Normalization")).model
    layer = model.layers[0]
    np.testing.assert_allclose(np.ravel(layer.mean), [3, 20])
    np.testing.assert_allclose(np.ravel(layer.variance), [8 / 3, 200], rtol=1e-6)


def test_normalization_behind_another_layer_learns_what_reaches_it() -> None:
    inputs = np.array([[2.0], [4.0]], "float32")
    model = built(inputs, entries({"Rescaling": 0.5}, "Normalization")).model
    np.testing.assert_allclose(np.ravel(model.layers[1].mean), [1.5])


def test_stated_mean_and_variance_are_not_learned() -> None:
    inputs = np.full((3, 1), 9.0, "float32")
    notation = {"Normalization": {"mean": 1.0, "variance": 4.0}}
    model = built(inputs, entries(notation)).model
    assert float(model(np.array([[3.0]], "float32"))[0, 0]) == pytest.approx(1.0)


def test_attention_reads_itself_when_one_input_is_written() -> None:
    model = build((6, 8), {"MultiHeadAttention": {"num_heads": 2, "key_dim": 4}})
    assert model.output_shape == (None, 6, 8)


def test_wrapper_builds_the_layer_inside() -> None:
    model = build((6, 8), {"Bidirectional": {"layer": {"LSTM": 5}}})
    assert model.output_shape == (None, 10)
    # an LSTM of u units on d inputs has 4 u (d + u + 1) weights
    assert model.count_params() == 2 * 4 * 5 * (8 + 5 + 1)


def test_application_is_a_layer_with_its_published_number_of_weights() -> None:
    model = build((32, 32, 3), {"VGG16": {"include_top": False, "weights": None}}, "Flatten")
    assert model.count_params() == 14_714_688
    assert model.output_shape == (None, 512)


def test_same_seed_draws_the_same_weights() -> None:
    drawn = []
    for seed in (5, 5, 6):
        keras.utils.set_random_seed(seed)
        drawn.append(build((4,), {"Dense": 3}).get_weights()[0])
    np.testing.assert_array_equal(drawn[0], drawn[1])
    assert np.abs(drawn[0] - drawn[2]).max() > 0.01


@pytest.mark.parametrize(
    ("notations", "path", "message"),
    [
        pytest.param(
            ("Flatten", {"Conv2D": [8, 3]}),
            ("architecture", "layers", 1, "Conv2D"),
            r"Keras refuses Conv2D for an input of shape \(None, 64\): .*expected min_ndim=4",
            id="convolution-after-flatten",
        ),
        pytest.param(
            ({"Dense": -3},),
            ("architecture", "layers", 0, "Dense"),
            r"Keras refuses Dense: .*positive integer",
            id="negative-units",
        ),
        pytest.param(
            ({"Dense": 3}, {"Add": {"from": ["dense_0", "input"]}}),
            ("architecture", "layers", 1, "Add"),
            r"Keras refuses Add for an input of shape \(None, 8, 3\) and \(None, 8, 8\)",
            id="shapes-that-do-not-add",
        ),
    ],
)
def test_refusal_of_keras_names_the_layer_and_its_input(
    notations: tuple[Any, ...], path: tuple[str | int, ...], message: str
) -> None:
    with pytest.raises(ModelError, match=message) as caught:
        build((8, 8), *notations)
    assert caught.value.problems[0].path == path
    assert "\n" not in str(caught.value)


def test_penalty_of_the_config_equals_the_sum_of_squares() -> None:
    penalized, _ = regularize_layers(
        entries({"Dense": 3}, "Flatten"), RegularizationConfig(l2=0.25), {"flatten_1"}
    )
    model = built(np.ones((2, 4), "float32"), penalized).model
    kernel = model.get_weights()[0]
    assert float(sum(model.losses)) == pytest.approx(0.25 * float((kernel**2).sum()), rel=1e-6)
