"""Blocks in a graph: what they read, what their layers are called outside, and sums."""

from __future__ import annotations

from typing import Any

import pytest

from dlkit.config.expansion import Expansion
from dlkit.config.own_keys import Reads, read_from, read_name, substitute, written_from
from dlkit.config.yaml_reader import read_yaml


def expansion(text: str) -> Expansion:
    section = read_yaml(text, "x.yaml")[0].data
    result = Expansion(section.get("blocks") or {})
    result.expand(section["layers"], ("architecture", "layers"))
    return result


def graph(text: str) -> dict[str, tuple[str, ...] | None]:
    result = expansion(text)
    assert result.problems == []
    return {layer.name: layer.inputs for layer in result.layers}


def faults(text: str) -> list[str]:
    return [str(problem) for problem in expansion(text).problems]


JOIN = """\
blocks:
  join:
    inputs: [below, skip]
    layers:
      - Dense: {units: 3, from: below, name: wide}
      - Concatenate: {from: [skip, wide]}
  down: {layers: [{Dense: {units: 3, name: skip}}, {Dense: 2}]}
"""


def test_block_of_several_inputs_reads_them_in_order_or_by_name() -> None:
    text = f"""{JOIN}layers:
  - down: {{name: d}}
  - join: {{from: [d, d_skip], name: first}}
  - join: {{from: {{skip: d_skip, below: first}}}}
"""
    assert graph(text) == {
        "d_skip": None,
        "d_dense_1": None,
        "first_wide": ("d_dense_1",),
        "first_concatenate_1": ("d_skip", "first_wide"),
        "join_2_wide": ("first_concatenate_1",),
        "join_2_concatenate_1": ("d_skip", "join_2_wide"),
    }


def test_layer_of_a_block_goes_by_the_name_of_its_use_in_other_blocks_too() -> None:
    text = f"""{JOIN}  both: {{layers: [down: {{name: d}}, join: {{from: [d, d_skip]}}]}}
layers: [both, {{Add: {{from: [both_0_d_skip, both_0]}}}}]
"""
    found = graph(text)
    assert found["both_0_join_1_concatenate_1"] == ("both_0_d_skip", "both_0_join_1_wide")
    assert found["add_1"] == ("both_0_d_skip", "both_0_join_1_concatenate_1")


def test_repeated_layers_go_by_their_numbers_in_a_block() -> None:
    text = """\
blocks: {b: {layers: [{Dense: {units: 2, repeat: 3, name: h}}, {Add: {from: [h_1, h]}}]}}
layers: [b]
"""
    assert graph(text)["b_0_add_1"] == ("b_0_h_1", "b_0_h_3")


def test_repeat_goes_on_with_what_it_gave_and_keeps_its_other_inputs() -> None:
    text = f"""{JOIN}layers:
  - Dense: {{units: 2, name: memory}}
  - Dense: {{units: 2, name: start}}
  - join: {{from: [start, memory], repeat: 2, name: j}}
"""
    found = graph(text)
    assert found["j_1_wide"] == ("start",)
    assert found["j_1_concatenate_1"] == ("memory", "j_1_wide")
    assert found["j_2_wide"] == ("j_1_concatenate_1",)
    assert found["j_2_concatenate_1"] == ("memory", "j_2_wide")


def test_block_within_a_block_reads_what_the_outer_one_does() -> None:
    text = """\
blocks:
  inner: {layers: [{Dense: {units: 2, name: a}}, {Add: {from: [a, input]}}]}
  outer: {layers: [inner]}
layers: [{Dense: {units: 2, name: stem}}, {Dense: 5}, {outer: {from: stem}}]
"""
    found = graph(text)
    assert found["outer_2_inner_0_a"] == ("stem",)
    assert found["outer_2_inner_0_add_1"] == ("outer_2_inner_0_a", "stem")


def test_tensors_of_a_layer_are_named_as_it_says() -> None:
    text = """\
blocks:
  coder:
    layers:
      - LSTM: {units: 2, return_state: true, name: [all, h, c]}
      - LSTM: {units: 2, from: {sequences: all, initial_state: [h, c]}}
layers: [coder, {Dense: {units: 1, from: coder_0_h}}]
"""
    layers = expansion(text).layers
    assert (layers[0].name, layers[0].also) == ("coder_0_all", ("coder_0_h", "coder_0_c"))
    assert layers[1].inputs == ("coder_0_all", "coder_0_h", "coder_0_c")
    assert layers[1].roles == ("sequences", "initial_state", "initial_state")
    assert layers[2].inputs == ("coder_0_h",)


@pytest.mark.parametrize(
    "written",
    ["a", ["a", "b"], {"query": "a", "value": "b"}, {"sequences": "a", "states": ["b", "c"]}],
    ids=["one", "several", "by role", "several of a role"],
)
def test_from_is_written_as_it_was_read(written: Any) -> None:
    reads, wrong = read_from(written)
    assert reads is not None
    assert (written_from(reads.names, reads.roles), wrong) == (written, "")


def test_next_turn_reads_what_was_given_wherever_it_read_its_first() -> None:
    assert Reads(("a", "m", "a")).next_turn("b") == Reads(("b", "m", "b"))
    assert Reads(("a",)).next_turn("b") is None
    by_role = Reads(("a",), ("query",))
    assert by_role.next_turn("b") == Reads(("b",), ("query",))


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("${n} * 4", 32),
        ("${n} / 4", 2),
        ("${n} / 3", 8 / 3),
        ("${n} + 1", 9),
        ("${n} - 10", -2),
        ("2 * ${n}", 16),
        ("${n} * ${x}", 4.0),
        ("${n} / 0", "8 / 0"),
        ("${n}-3", "8-3"),
        ("a ${n} * 2", "a 8 * 2"),
        ("8 * 4", "8 * 4"),
        ("${other} * 2", "${other} * 2"),
    ],
)
def test_parameter_can_be_reckoned_with(written: str, value: Any) -> None:
    found = substitute(written, {"n": 8, "x": 0.5})
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("value", "wrong"),
    [
        (
            "a/b",
            "expected letters, digits, dots, dashes or underscores, received 'a/b' (text).",
        ),
        (["a", 3], "expected letters, digits, dots, dashes or underscores, received 3."),
        (["a", "a"], "expected different names, received a list ['a', 'a']."),
        ([], "expected different names, received a list []."),
    ],
)
def test_name_is_refused(value: Any, wrong: str) -> None:
    assert read_name(value) == ((), wrong)


@pytest.mark.parametrize(
    ("layers", "said"),
    [
        (
            "[Flatten, join]",
            (
                "architecture.layers[1]: block 'join' reads 'below' and 'skip', and is given 1."
                " Name as many under `from`."
            ),
        ),
        (
            "[{Dense: {units: 2, name: a}}, {join: {from: {below: a, other: input}}}]",
            (
                "architecture.layers[1].join.from: expected below and skip, received below and"
                " other."
            ),
        ),
        (
            "[{down: {name: d}}, {Shared: d}]",
            (
                "architecture.layers[1].Shared: 'd' is a use of the block 'down', and no layer."
                " Write the layers as a `Model` to call them again, all together."
            ),
        ),
        (
            "[{Dense: {units: 2, from: {}}}]",
            (
                "architecture.layers[0].Dense.from: expected names of layers by the arguments"
                " of the call, received a mapping {}."
            ),
        ),
    ],
    ids=["too few", "other names", "called again", "nothing"],
)
def test_graph_of_blocks_is_refused(layers: str, said: str) -> None:
    assert faults(f"{JOIN}layers: {layers}") == [said]


def test_first_layer_of_a_block_says_which_of_its_inputs_it_reads() -> None:
    text = """\
blocks: {b: {inputs: [q, m], layers: [{Dense: 2}, {Add: {from: [dense_0, m]}}]}}
layers: [{Dense: {units: 2, name: d}}, {b: {from: [d, input]}}]
"""
    (said,) = faults(text)
    assert said.startswith("architecture.blocks.b.layers[0].Dense: the block reads 2, and the")
    assert said.endswith(" layer does not say which. `from:` one of: q, m.")


def test_inputs_of_a_block_are_names() -> None:
    text = "blocks: {b: {inputs: 3, layers: [Flatten]}}\nlayers: [b]"
    assert faults(text) == [
        "architecture.blocks.b.inputs: expected a list of names, received 3."
    ]
