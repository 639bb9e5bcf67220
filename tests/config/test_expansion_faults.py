from __future__ import annotations

from collections.abc import Callable

import pytest

from dlkit.config.expansion import Expansion
from dlkit.config.load import load_config
from dlkit.config.own_keys import MAX_LAYERS
from dlkit.config.yaml_reader import read_yaml
from dlkit.errors import ConfigError

MINIMAL = """\
dataset: {source: diabetes}
loss: mse
architecture:
  blocks:
    res:
      parameters: {units: 8}
      layers:
        - Dense: {units: "${units}", name: a}
        - Add: {from: [a, input]}
  layers:
    - Dense: 8
    - res
    - res: {name: last}
    - Dense: 1
"""

NAME = "letters, digits, dots, dashes or underscores"


def expansion(text: str) -> Expansion:
    section = read_yaml(text, "x.yaml")[0].data
    result = Expansion(section.get("blocks") or {})
    result.expand(section["layers"], ("architecture", "layers"))
    return result


def faults(text: str) -> list[str]:
    return [str(problem) for problem in expansion(text).problems]


BLOCK = "architecture.layers[0].b"


@pytest.mark.parametrize(
    ("block", "use", "said"),
    [
        (
            "{parameters: {units: 3}, layers: [Flatten]}",
            "{unit: 4}",
            f"{BLOCK}.unit: block 'b' has no parameter 'unit'. Did you mean 'units'?",
        ),
        (
            "{layers: [Flatten]}",
            "{unit: 4}",
            f"{BLOCK}.unit: block 'b' has no parameter 'unit'.",
        ),
        ("{parameters: {n:}, layers: [Flatten]}", "{}", f"{BLOCK}: block 'b' needs 'n'."),
        (
            "{parameters: {n:, m:, k: 1}, layers: [Flatten]}",
            "{k: 2}",
            f"{BLOCK}: block 'b' needs 'n' and 'm'.",
        ),
        (
            "{layers: [Flatten]}",
            "64",
            f"{BLOCK}: block 'b' has no parameters, received 64.",
        ),
        (
            "5",
            "{}",
            "architecture.blocks.b: expected `layers:` and a list below it, received 5.",
        ),
        (
            "{layers: Flatten}",
            "{}",
            (
                "architecture.blocks.b: expected `layers:` and a list below it, received a"
                " mapping {'layers': 'Flatten'}."
            ),
        ),
        (
            "{layers: [Flatten], paramters: {n: 3}}",
            "{}",
            "architecture.blocks.b.paramters: unknown key. Did you mean 'parameters'?",
        ),
        (
            "{layers: [Flatten], parameters: [n]}",
            "{}",
            (
                "architecture.blocks.b.parameters: expected names with their defaults, received"
                " a list ['n']."
            ),
        ),
        (
            "{layers: [Flatten, {b: {}}]}",
            "{}",
            "architecture.blocks.b.layers[1].b: block 'b' contains itself.",
        ),
    ],
    ids=[
        *("unknown", "no parameters", "missing", "several missing", "lone value", "number"),
        *("no list", "key", "parameters", "itself"),
    ],
)
def test_use_of_a_block_is_refused_when_it_does_not_fit(
    block: str, use: str, said: str
) -> None:
    text = f"blocks: {{b: {block}}}\nlayers: [{{b: {use}}}, b: {use}]"
    told = [
        line for line in faults(text) if "layers[1].b: block 'b'" not in line or line == said
    ]
    assert said in told
    assert {line.replace("layers[1].b.", "layers[0].b.") for line in told} == {said}


def test_blocks_are_refused_when_they_contain_each_other() -> None:
    text = "blocks: {a: {layers: [b]}, b: {layers: [c]}, c: {layers: [a]}}\nlayers: [a]"
    assert faults(text) == ["architecture.blocks.c.layers[0]: block 'a' contains itself."]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("repeat: 0", "repeat: expected a count from 1 to 10,000, received 0."),
        ("repeat: -2", "repeat: expected a count from 1 to 10,000, received -2."),
        ("repeat: true", "repeat: expected a count from 1 to 10,000, received true."),
        ("repeat: 2.0", "repeat: expected a count from 1 to 10,000, received 2.0."),
        ("repeat: many", "repeat: expected a count from 1 to 10,000, received 'many' (text)."),
        ("repeat:", "repeat: expected a count from 1 to 10,000, received nothing."),
        ("repeat: 10001", "repeat: expected a count from 1 to 10,000, received 10001."),
        ("from: 5", "from: expected the name of a layer or a list, received 5."),
        ("from: []", "from: expected the name of a layer or a list, received a list []."),
        (
            "name: a/b",
            f"name: expected {NAME}, received 'a/b' (text).",
        ),
        (
            "name: ''",
            f"name: expected {NAME}, received '' (text).",
        ),
        ("name: 5", f"name: expected {NAME}, received 5."),
    ],
)
@pytest.mark.parametrize("head", ["Dense", "res"])
def test_place_of_an_entry_is_refused_when_it_is_none(
    head: str, arguments: str, said: str
) -> None:
    block = "blocks: {res: {parameters: {units: 3}, layers: [Flatten]}}"
    text = f"{block}\nlayers: [{head}: {{units: 3, {arguments}}}]"
    assert faults(text) == [f"architecture.layers[0].{head}.{said}"]


def test_layers_are_refused_when_they_are_too_many() -> None:
    block = "{layers: [{ReLU: {repeat: 6000}}, {b: {repeat: 5000}}]}"
    text = f"blocks: {{a: {block}, b: {{layers: [ReLU]}}}}\nlayers: [a, Flatten]"
    result = expansion(text)
    assert list(map(str, result.problems)) == [
        "architecture.blocks.b.layers[0]: expected at most 10,000 layers.",
    ]
    assert len(result.layers) == MAX_LAYERS


def test_config_of_blocks_has_no_faults(faults_of: Callable[..., list[str]]) -> None:
    assert faults_of(MINIMAL) == []


def test_fault_inside_a_block_is_told_once_in_its_line_with_its_first_use(
    faults_of: Callable[..., list[str]],
) -> None:
    assert faults_of(MINIMAL.replace("name: a", "activ: x, name: a")) == [
        (
            "x.yaml:8:38  architecture.blocks.res.layers[0].Dense.activ: Dense has no argument"
            " 'activ'. Did you mean 'activation'? (in block 'res' as 'res_1')"
        )
    ]


def test_fault_of_a_value_given_to_a_block_is_told_where_it_is_used(
    faults_of: Callable[..., list[str]],
) -> None:
    assert faults_of(MINIMAL.replace("name: last", "units: many")) == [
        (
            "x.yaml:8:19  architecture.blocks.res.layers[0].Dense.units: expected an integer,"
            " received 'many' (text). (in block 'res' as 'res_2')"
        )
    ]


def test_fault_of_a_name_inside_a_block_is_told_alone(
    faults_of: Callable[..., list[str]],
) -> None:
    assert faults_of(MINIMAL.replace('Dense: {units: "$', 'Dens: {units: "$')) == [
        (
            "x.yaml:8:11  architecture.blocks.res.layers[0].Dens: Keras has no layer 'Dens'."
            " Did you mean 'Dense'? (in block 'res' as 'res_1')"
        )
    ]


def test_architecture_of_one_faulty_block_is_not_called_empty(
    faults_of: Callable[..., list[str]],
) -> None:
    layers = "  layers: [res]\n"
    text = MINIMAL[: MINIMAL.index("  layers:\n    - Dense: 8")] + layers
    text = text.replace("Dense:", "Dens:").replace("        - Add: {from: [a, input]}\n", "")
    (said,) = faults_of(text)
    assert said.startswith("x.yaml:8:11  architecture.blocks.res.layers[0].Dens: Keras has no")


def test_layer_that_a_block_reads_must_be_there(faults_of: Callable[..., list[str]]) -> None:
    assert faults_of(MINIMAL.replace("[a, input]", "[a, b, input]")) == [
        (
            "x.yaml:9:17  architecture.blocks.res.layers[1].Add.from: no layer before this one"
            f" is named 'b'. Expected one of: {names}."
        )
        for names in (
            "dense_0, input, res_1_a",
            "dense_0, input, last_a, res_1_a, res_1_add_1",
        )
    ]


@pytest.mark.parametrize("name", ["Dropout", "Conv2D", "VGG16"])
def test_block_is_refused_when_it_is_named_like_a_layer(
    faults_of: Callable[..., list[str]], name: str
) -> None:
    text = MINIMAL.replace("    res:\n", f"    {name}: {{layers: [Flatten]}}\n    res:\n")
    assert faults_of(text) == [
        (
            f"x.yaml:5:5  architecture.blocks.{name}: {name!r} is a layer of Keras's already."
            " Choose another name for the block."
        )
    ]


def test_blocks_are_refused_when_they_are_no_mapping(
    faults_of: Callable[..., list[str]],
) -> None:
    text = "dataset: {source: diabetes}\nloss: mse\narchitecture:\n  blocks: [res]\n"
    assert faults_of(f"{text}  layers: [Dense: 1]\n") == [
        (
            "x.yaml:4:3  architecture.blocks: expected blocks by their names, received a list"
            " ['res']."
        )
    ]


def test_key_that_is_no_text_is_refused_with_its_layer() -> None:
    data = read_yaml(MINIMAL, "x.yaml")[0].data
    data["architecture"]["layers"].insert(0, {5: 1})
    with pytest.raises(
        ConfigError, match=r"^dict  architecture\.layers\[0\]\[5\]: Keras has no"
    ):
        load_config(data)
