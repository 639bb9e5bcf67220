from __future__ import annotations

from typing import Any

import pytest

from dlkit.config.expansion import Expansion, PlacedLayer
from dlkit.config.own_keys import substitute
from dlkit.config.yaml_reader import read_yaml

LAYERS = ("architecture", "layers")

RESIDUAL = """\
blocks:
  res:
    parameters: {units: 8}
    layers:
      - Dense: {units: "${units}", name: a}
      - Dense: "${units}"
      - Add: {from: [dense_1, input], name: sum}
"""
"""Two layers and a way around them."""


def expansion(text: str) -> Expansion:
    section = read_yaml(text, "x.yaml")[0].data
    result = Expansion(section.get("blocks") or {})
    result.expand(section["layers"], LAYERS)
    return result


def expanded(text: str) -> list[PlacedLayer]:
    result = expansion(text)
    assert result.problems == []
    return result.layers


def graph(text: str) -> list[tuple[str, tuple[str, ...] | None]]:
    return [(layer.name, layer.inputs) for layer in expanded(text)]


@pytest.mark.parametrize(
    ("entry", "notation", "name"),
    [
        ("Flatten", "Flatten", "flatten_0"),
        ("{Dense: 3}", {"Dense": 3}, "dense_0"),
        ("{Dense: {units: 3, name: a}}", {"Dense": {"units": 3}}, "a"),
        ("{Flatten:}", "Flatten", "flatten_0"),
        ("{MaxPooling2D: {}}", {"MaxPooling2D": {}}, "max_pooling2d_0"),
    ],
    ids=["name", "value", "arguments", "nothing", "snake case"],
)
def test_layer_stands_as_it_is_written(entry: str, notation: Any, name: str) -> None:
    assert expanded(f"layers: [{entry}]") == [PlacedLayer(notation, (*LAYERS, 0), name, None)]


def test_layer_reads_what_it_says() -> None:
    text = "layers: [{Dense: {units: 3, from: input}}, {Add: {from: [dense_0, input]}}]"
    assert graph(text) == [("dense_0", ("input",)), ("add_1", ("dense_0", "input"))]


@pytest.mark.parametrize("entry", ["5", "{A: 1, B: 2}", "{}", "[Dense]"])
def test_what_is_no_layer_is_left_to_the_reader_of_objects(entry: str) -> None:
    (layer,) = expanded(f"layers: [{entry}]")
    assert (layer.path, layer.name) == ((*LAYERS, 0), "layer_0")


def test_key_that_is_no_text_is_left_to_the_reader_of_objects() -> None:
    result = Expansion({})
    result.expand([{5: 1}], LAYERS)
    assert [layer.notation for layer in result.layers] == [{5: 1}]


@pytest.mark.parametrize(
    ("use", "units"),
    [("res", 8), ("{res: {}}", 8), ("{res: {units: 4}}", 4), ("{res: 4}", 4), ("{res:}", 8)],
    ids=["name", "empty", "parameter", "lone value", "nothing"],
)
def test_block_fills_its_parameters_from_its_use_or_its_defaults(use: str, units: int) -> None:
    layers = expanded(f"{RESIDUAL}layers: [Flatten, {use}]\n")
    assert [layer.notation for layer in layers] == [
        "Flatten",
        {"Dense": {"units": units}},
        {"Dense": units},
        {"Add": {}},
    ]


def test_parameter_is_written_into_texts_and_leaves_other_references() -> None:
    values = {"n": 3, "kind": "relu"}
    written = {"a": ["${n}", "x_${n}_${kind}"], "b": "${seed}", "c": "${ n }", "d": 5}
    assert substitute(written, values) == {
        "a": [3, "x_3_relu"],
        "b": "${seed}",
        "c": 3,
        "d": 5,
    }


def test_layers_of_a_block_keep_the_place_where_they_are_written() -> None:
    layers = expanded(f"{RESIDUAL}layers: [Flatten, res]\n")
    body = ("architecture", "blocks", "res", "layers")
    assert [layer.path for layer in layers] == [
        (*LAYERS, 0),
        (*body, 0),
        (*body, 1),
        (*body, 2),
    ]
    assert [layer.used for layer in layers] == ["", *["in block 'res' as 'res_1'"] * 3]


def test_residual_block_used_three_times_makes_the_right_graph() -> None:
    assert graph(f"{RESIDUAL}layers: [Dense: 8, res, res, {{res: {{name: last}}}}]\n") == [
        ("dense_0", None),
        ("res_1_a", None),
        ("res_1_dense_1", None),
        ("res_1_sum", ("res_1_dense_1", "dense_0")),
        ("res_2_a", None),
        ("res_2_dense_1", None),
        ("res_2_sum", ("res_2_dense_1", "res_1_sum")),
        ("last_a", None),
        ("last_dense_1", None),
        ("last_sum", ("last_dense_1", "res_2_sum")),
    ]


def test_block_that_comes_first_reads_the_data() -> None:
    assert graph(f"{RESIDUAL}layers: [res]\n")[2] == ("res_0_sum", ("res_0_dense_1", "input"))


def test_repeated_block_reads_its_own_last_turn() -> None:
    assert graph(f"{RESIDUAL}layers: [Flatten, {{res: {{repeat: 2, units: 4}}}}]\n") == [
        ("flatten_0", None),
        ("res_1_1_a", None),
        ("res_1_1_dense_1", None),
        ("res_1_1_sum", ("res_1_1_dense_1", "flatten_0")),
        ("res_1_2_a", None),
        ("res_1_2_dense_1", None),
        ("res_1_2_sum", ("res_1_2_dense_1", "res_1_1_sum")),
    ]


@pytest.mark.parametrize(
    ("entry", "names"),
    [
        ("{Dense: {units: 3, repeat: 3}}", ["dense_0_1", "dense_0_2", "dense_0_3"]),
        ("{Dense: {units: 3, repeat: 2, name: h}}", ["h_1", "h_2"]),
        ("{Dense: {units: 3, repeat: 1}}", ["dense_0"]),
    ],
    ids=["by place", "named", "once"],
)
def test_repeated_layer_stands_there_as_often(entry: str, names: list[str]) -> None:
    layers = expanded(f"layers: [{entry}]")
    assert [layer.name for layer in layers] == names
    assert [layer.notation for layer in layers] == [{"Dense": {"units": 3}}] * len(names)


def test_only_the_first_turn_reads_what_a_repeated_layer_says() -> None:
    text = "layers: [Flatten, {Dense: {units: 3, repeat: 2, from: input, name: h}}]"
    assert graph(text)[1:] == [("h_1", ("input",)), ("h_2", None)]


@pytest.mark.parametrize("entry", ["{Dense: {units: 3, repeat: 2, name: h}}", "{res: h}"])
def test_name_of_several_layers_means_the_last_of_them(entry: str) -> None:
    entry = entry.replace("{res: h}", "{res: {name: h, repeat: 2}}")
    last = "h_2_sum" if "res" in entry else "h_2"
    text = f"{RESIDUAL}layers: [{entry}, {{Add: {{from: [h, input], name: end}}}}]\n"
    assert graph(text)[-1] == ("end", (last, "input"))


def test_block_goes_by_its_place_when_it_has_no_name() -> None:
    text = f"{RESIDUAL}layers: [Flatten, res, {{Add: {{from: [res_1, flatten_0]}}}}]\n"
    assert graph(text)[-1] == ("add_2", ("res_1_sum", "flatten_0"))


def test_block_reads_what_its_use_says() -> None:
    text = (
        f"{RESIDUAL}layers: [{{Dense: {{units: 8, name: stem}}}}, Flatten, res: {{from: stem}}]"
    )
    assert graph(text)[2:] == [
        ("res_2_a", ("stem",)),
        ("res_2_dense_1", None),
        ("res_2_sum", ("res_2_dense_1", "stem")),
    ]


def test_block_that_reads_several_gives_them_to_its_first_layer() -> None:
    use = "join: {from: [input, flatten_0]}"
    text = f"blocks: {{join: {{layers: [Add, ReLU]}}}}\nlayers: [Flatten, {use}]"
    assert graph(text)[1:] == [
        ("join_1_add_0", ("input", "flatten_0")),
        ("join_1_re_lu_1", None),
    ]


def test_name_inside_a_block_hides_one_outside() -> None:
    text = """\
blocks:
  b: {layers: [{Dense: {units: 3, name: h}}, {Dense: {units: 3, from: h}}]}
  c: {layers: [{Dense: {units: 3, from: h}}]}
layers: [{Dense: {units: 3, name: h}}, b, c]
"""
    assert graph(text) == [
        ("h", None),
        ("b_1_h", None),
        ("b_1_dense_1", ("b_1_h",)),
        ("c_2_dense_0", ("h",)),
    ]


def test_block_is_built_of_other_blocks() -> None:
    text = f"""\
{RESIDUAL}  stage:
    parameters: {{width:, depth: 2}}
    layers:
      - Dense: "${{width}}"
      - res: {{units: "${{width}}", repeat: "${{depth}}", name: r}}
      - Add: {{from: [r, input]}}
layers: [Flatten, stage: {{width: 5}}]
"""
    layers = expanded(text)
    assert [(layer.name, layer.inputs) for layer in layers] == [
        ("flatten_0", None),
        ("stage_1_dense_0", None),
        ("stage_1_r_1_a", None),
        ("stage_1_r_1_dense_1", None),
        ("stage_1_r_1_sum", ("stage_1_r_1_dense_1", "stage_1_dense_0")),
        ("stage_1_r_2_a", None),
        ("stage_1_r_2_dense_1", None),
        ("stage_1_r_2_sum", ("stage_1_r_2_dense_1", "stage_1_r_1_sum")),
        ("stage_1_add_2", ("stage_1_r_2_sum", "flatten_0")),
    ]
    assert (layers[1].notation, layers[6].notation) == ({"Dense": 5}, {"Dense": 5})
