"""What the section ``regularization`` makes of layers, losses and optimizers."""

from __future__ import annotations

from typing import Any

import pytest

from dlkit.config.load import load_config
from dlkit.config.objects import KerasObject, LayerEntry
from dlkit.config.regularization.regularize import Regularized, regularize

END = {"Dense": {"units": 3, "activation": "softmax"}}


def config(layers: list[Any], **sections: Any) -> dict[str, Any]:
    return {
        "dataset": {"source": "iris"},
        "architecture": {"layers": layers},
        "loss": "sparse_categorical_crossentropy",
        **sections,
    }


def regularized(layers: list[Any], section: dict[str, Any], **others: Any) -> Regularized:
    loaded = load_config(config(layers, regularization=section, **others))
    return regularize(loaded.config)


def shown(entries: tuple[LayerEntry, ...]) -> list[str]:
    """Write layers as ``name: what it calls < what it reads``."""
    lines = []
    for entry in entries:
        called = entry.layer.arguments.get("layer") if entry.layer.name == "Shared" else None
        reads = f" < {' '.join(entry.inputs)}" if entry.inputs else ""
        lines.append(f"{entry.name}: {called or entry.layer.name}{reads}")
    return lines


def layers_of(layers: list[Any], section: dict[str, Any], **others: Any) -> list[str]:
    return shown(regularized(layers, section, **others).config.architecture.layers)


def dense(**arguments: Any) -> dict[str, Any]:
    return {"Dense": {"units": 4, **arguments}}


def test_layers_behind_a_hidden_layer_have_its_name_and_their_order() -> None:
    section = {"batch_normalization": "before", "dropout": 0.5}
    assert layers_of([dense(activation="relu", name="a"), END], section) == [
        "a: Dense",
        "a_batch_normalization: BatchNormalization",
        "a_activation: Activation",
        "a_dropout: Dropout",
        "dense_1: Dense",
    ]


def test_who_reads_a_layer_reads_the_end_of_its_group() -> None:
    layers = [
        dense(name="a"),
        dense(name="b", **{"from": "a"}),
        {"Add": {"from": ["a", "b"]}},
        END,
    ]
    assert layers_of(layers, {"dropout": 0.5}) == [
        "a: Dense",
        "a_dropout: Dropout",
        "b: Dense < a_dropout",
        "b_dropout: Dropout",
        "add_2: Add < a_dropout b_dropout",
        "dense_3: Dense",
    ]


def test_layer_that_is_called_again_takes_its_companions_along() -> None:
    layers = [
        dense(name="a", activation="relu", **{"from": "input"}),
        {"Shared": {"name": "again", "layer": "a", "from": "input"}},
        {"Concatenate": {"from": ["a", "again"]}},
        END,
    ]
    section = {"batch_normalization": "before", "dropout": 0.5}
    assert layers_of(layers, section) == [
        "a: Dense < input",
        "a_batch_normalization: BatchNormalization",
        "a_activation: Activation",
        "a_dropout: Dropout",
        "again: a < input",
        "again_batch_normalization: a_batch_normalization",
        "again_activation: a_activation",
        "again_dropout: a_dropout",
        "concatenate_2: Concatenate < a_dropout again_dropout",
        "dense_3: Dense",
    ]


def test_layers_in_a_model_are_regularized_but_where_it_gives_the_answer() -> None:
    inner = [dense(activation="relu"), dense(activation="relu")]
    found = regularized(
        [
            {"Model": {"name": "m", "layers": inner}},
            {"Model": {"name": "head", "layers": [END]}},
        ],
        {"dropout": 0.5, "l2": 0.1},
    )
    model, head = found.config.architecture.layers
    assert shown(model.layer.arguments["layers"]) == [
        "dense_0: Dense",
        "dense_0_dropout: Dropout",
        "dense_1: Dense",
        "dense_1_dropout: Dropout",
    ]
    assert shown(head.layer.arguments["layers"]) == ["dense_0: Dense"]
    l2, dropout = found.landings
    assert l2.names == ("m/dense_0", "m/dense_1", "head/dense_0")
    assert dropout.names == ("m/dense_0", "m/dense_1")


def test_outputs_of_a_model_are_the_ends_of_their_groups() -> None:
    inner = [dense(name="a"), dense(name="b", **{"from": "input"})]
    model = {"Model": {"name": ["m", "n"], "layers": inner, "outputs": ["a", "b"]}}
    layers = [model, {"Add": {"from": ["m", "n"]}}, END]
    found = regularized(layers, {"dropout": 0.5}).config.architecture.layers[0]
    assert found.layer.arguments["outputs"] == ("a_dropout", "b_dropout")


def test_pretrained_models_are_left_alone() -> None:
    vgg = {"VGG16": {"include_top": False, "weights": None}}
    layers = [{"Reshape": [2, 2, 1]}, vgg, "Flatten", END]
    found = regularized(layers, {"l2": 0.1, "dropout": 0.5})
    assert found.landings[0].names == ("dense_3",)
    assert found.landings[1].names == ()


@pytest.mark.parametrize(
    ("behind", "reason"),
    [
        pytest.param([{"Dropout": 0.1}], "followed by dropout already", id="at-once"),
        pytest.param(["ReLU", "Flatten", {"Dropout": 0.1}], "followed by", id="behind-others"),
    ],
)
def test_written_dropout_wins(behind: list[Any], reason: str) -> None:
    (landing,) = regularized([dense(name="a"), *behind, END], {"dropout": 0.5}).landings
    assert landing.names == ()
    ((name, kept),) = landing.kept
    assert name == "a"
    assert kept.startswith(reason)


def test_written_normalization_wins_behind_a_sum() -> None:
    layers = [
        dense(name="a"),
        dense(name="b"),
        {"Add": {"from": ["a", "b"]}},
        "LayerNormalization",
        END,
    ]
    (landing,) = regularized(layers, {"batch_normalization": "after"}).landings
    assert landing.names == ("a",)  # b reads it without
    assert landing.kept == (("b", "normalized already"),)


def test_noise_lands_once_on_every_input_behind_what_prepares_it() -> None:
    layers = [
        {"Rescaling": {"scale": 0.1, "name": "small"}},
        dense(name="a", **{"from": "small"}),
        dense(name="b", **{"from": "small"}),
        dense(name="c", **{"from": "input"}),
        {"Add": {"from": ["a", "b", "c"]}},
        END,
    ]
    assert layers_of(layers, {"gaussian_noise": 0.1})[:6] == [
        "small: Rescaling",
        "small_gaussian_noise: GaussianNoise",
        "a: Dense < small_gaussian_noise",
        "b: Dense < small_gaussian_noise",
        "input_gaussian_noise: GaussianNoise < input",
        "c: Dense < input_gaussian_noise",
    ]


def test_noise_is_not_put_on_words() -> None:
    words = {"Embedding": {"input_dim": 9, "output_dim": 2}}
    assert layers_of([words, "Flatten", dense(), END], {"gaussian_noise": 0.1})[:4] == [
        "embedding_0: Embedding",
        "flatten_1: Flatten",
        "flatten_1_gaussian_noise: GaussianNoise",
        "dense_2: Dense",
    ]


@pytest.mark.parametrize(
    ("layer", "argument", "axis"),
    [
        ({"Dense": 4}, "kernel_constraint", 0),
        ({"EinsumDense": {"equation": "ab,cb->ac", "output_shape": 4}}, "kernel_constraint", 1),
        ({"LSTM": 4}, "kernel_constraint", 0),
        ({"Conv1D": [4, 2]}, "kernel_constraint", [0, 1]),
        ({"Conv3D": [4, 2]}, "kernel_constraint", [0, 1, 2, 3]),
        ({"Conv1DTranspose": [4, 2]}, "kernel_constraint", [0, 2]),
        ({"ConvLSTM2D": [4, 2]}, "kernel_constraint", [0, 1, 2]),
        ({"DepthwiseConv1D": 2}, "depthwise_constraint", 0),
        ({"SeparableConv2D": [4, 2]}, "depthwise_constraint", [0, 1]),
        ({"SeparableConv2D": [4, 2]}, "pointwise_constraint", [0, 1, 2]),
    ],
)
def test_norm_is_taken_over_the_weights_into_one_unit(
    layer: dict[str, Any], argument: str, axis: Any
) -> None:
    first = regularized([layer, "Flatten", END], {"max_norm": 2}).config.architecture.layers[0]
    constraint: KerasObject = first.layer.arguments[argument]
    assert constraint.arguments == {"max_value": 2.0, "axis": axis}


def test_norm_of_attention_is_left_to_itself() -> None:
    attention = {"MultiHeadAttention": {"num_heads": 1, "key_dim": 2, "name": "look"}}
    (landing,) = regularized([attention, "Flatten", END], {"max_norm": 2}).landings
    assert landing.names == ("dense_2",)
    assert landing.kept == (("look", "its kernels have no axis in common"),)


def test_applying_a_section_twice_is_applying_it_once() -> None:
    section = {
        "l2": 0.1,
        "dropout": 0.5,
        "batch_normalization": "before",
        "max_norm": 3,
        "gaussian_noise": 0.1,
        "label_smoothing": 0.1,
        "activity_regularizer": "l1",
    }
    once = regularized([dense(activation="relu"), dense(), "ReLU", END], section).config
    assert regularize(once).config == once


def test_sparse_metrics_keep_their_names_with_smooth_labels() -> None:
    metrics = ["accuracy", {"SparseTopKCategoricalAccuracy": 2}]
    found = regularized([END], {"label_smoothing": 0.2}, metrics=metrics).config
    assert (found.loss.name, found.loss.arguments) == (
        "CategoricalCrossentropy",
        {"label_smoothing": 0.2},
    )
    assert [metric.name for metric in found.metrics] == ["accuracy", "TopKCategoricalAccuracy"]
    assert found.metrics[1].arguments == {"k": 2, "name": "sparse_top_k_categorical_accuracy"}


def test_optimizers_of_stages_are_told_beside_the_first() -> None:
    stages = [
        {"epochs": 1},
        {"epochs": 1, "optimizer": "SGD"},
        {"epochs": 1, "optimizer": {"Adam": {"clipvalue": 2}}},
    ]
    found = regularized([END], {"clipnorm": 1}, training={"stages": stages})
    (landing,) = found.landings
    assert landing.names == ("Adam", "SGD of stage 2")
    assert landing.kept == (("Adam of stage 3", "its own clipvalue"),)


@pytest.mark.parametrize(
    ("optimizer", "section", "arguments"),
    [
        ({"SGD": {}}, {"weight_decay": 0.1}, {"weight_decay": 0.1}),
        ({"SGD": {"weight_decay": 0.2}}, {"weight_decay": 0.1}, {"weight_decay": 0.2}),
        ("AdamW", {"weight_decay": 0.1}, {"weight_decay": 0.1}),
        ("Muon", {"weight_decay": 0.1}, {"weight_decay": 0.1, "adam_weight_decay": 0.1}),
        ("Adam", {"global_clipnorm": 2}, {"global_clipnorm": 2.0}),
        ({"Adam": {"clipvalue": 1}}, {"clipnorm": 2}, {"clipvalue": 1}),
    ],
)
def test_optimizer_takes_what_it_does_not_set_itself(
    optimizer: Any, section: dict[str, Any], arguments: dict[str, Any]
) -> None:
    found = regularized([END], section, optimizer=optimizer).config.optimizer
    assert found.arguments == arguments
