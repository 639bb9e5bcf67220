from __future__ import annotations

import math
import time
from typing import Any

import pytest

from dlkit.config.yaml_reader import read_yaml
from dlkit.errors import ConfigError, Mark


def read(text: str) -> dict[str, Any]:
    source, problems = read_yaml(text, "f.yaml")
    assert problems == []
    return source.data


def problems_of(text: str) -> list[str]:
    return [str(problem) for problem in read_yaml(text, "f.yaml")[1]]


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("1e-3", 0.001),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("5.", 5.0),
        ("012", 12),
        ("08", 8),
        ("0o17", 15),
        ("0x1F", 31),
        ("+3", 3),
        ("0b11", "0b11"),
        ("1_000", "1_000"),
        ("yes", "yes"),
        ("no", "no"),
        ("on", "on"),
        ("off", "off"),
        ("y", "y"),
        ("TRUE", True),
        ("False", False),
        ("tRUE", "tRUE"),
        ("NULL", None),
        ("~", None),
        ("", None),
        ("12:30:45", "12:30:45"),
        ("2024-01-31", "2024-01-31"),
        ("2024-01-31T10:00:00Z", "2024-01-31T10:00:00Z"),
        ("1/255", "1/255"),
        ("nan", "nan"),
        ("=", "="),
    ],
)
def test_plain_scalar_is_read_by_the_core_schema(written: str, value: object) -> None:
    read_value = read(f"a: {written}\n")["a"]
    assert (type(read_value), read_value) == (type(value), value)


@pytest.mark.parametrize("text", ["5", "1e-3", "true", "null", "~", "0o17", "<<"])
@pytest.mark.parametrize("quote", ["'", '"'])
def test_quoted_scalar_stays_text(quote: str, text: str) -> None:
    assert read(f"a: {quote}{text}{quote}\n") == {"a": text}


def test_example_10_9_of_the_yaml_specification_is_read_as_it_says() -> None:
    data = read(
        "A null: null\n"
        "Also a null: # Empty\n"
        'Not a null: ""\n'
        "Booleans: [ true, True, false, FALSE ]\n"
        "Integers: [ 0, 0o7, 0x3A, -19 ]\n"
        "Floats: [\n"
        "  0., -0.0, .5, +12e03, -2E+05 ]\n"
        "Also floats: [\n"
        "  .inf, -.Inf, +.INF ]\n"
    )
    assert data == {
        "A null": None,
        "Also a null": None,
        "Not a null": "",
        "Booleans": [True, True, False, False],
        "Integers": [0, 7, 58, -19],
        "Floats": [0.0, -0.0, 0.5, 12000.0, -200000.0],
        "Also floats": [math.inf, -math.inf, math.inf],
    }


def test_not_a_number_is_read_as_one() -> None:
    assert math.isnan(read("a: .NAN\n")["a"])


def test_block_and_folded_scalars_are_text() -> None:
    assert read("a: |\n  1\n  2\nb: >\n  3\n  4\n") == {"a": "1\n2\n", "b": "3 4\n"}


def test_alias_repeats_a_value_and_lends_it_no_identity() -> None:
    data = read("a: &x {k: [1]}\nb: *x\n")
    assert data["b"] == {"k": [1]}
    assert data["a"]["k"] is not data["b"]["k"]


POSITIONS = """\
# a comment first
name: test
architecture:
  layers:
    - Flatten
    - Dense: {units: 3,
              activation: relu}
metrics: [mae,  mse]
"""


@pytest.mark.parametrize(
    ("path", "line", "column"),
    [
        (("name",), 2, 1),
        (("architecture", "layers"), 4, 3),
        (("architecture", "layers", 0), 5, 7),
        (("architecture", "layers", 1), 6, 7),
        (("architecture", "layers", 1, "Dense"), 6, 7),
        (("architecture", "layers", 1, "Dense", "units"), 6, 15),
        (("architecture", "layers", 1, "Dense", "activation"), 7, 15),
        (("metrics", 0), 8, 11),
        (("metrics", 1), 8, 17),
    ],
)
def test_place_of_a_key_or_item_counts_from_one(
    path: tuple[str | int, ...], line: int, column: int
) -> None:
    source, _ = read_yaml(POSITIONS, "f.yaml")
    assert source.marks[path] == Mark("f.yaml", line, column)


def test_place_is_right_behind_windows_line_ends_and_a_byte_order_mark() -> None:
    source, _ = read_yaml("\ufeffa: 1\r\nb:\r\n  c: 2\r\n", "f.yaml")
    assert source.data == {"a": 1, "b": {"c": 2}}
    assert source.marks["b", "c"] == Mark("f.yaml", 3, 3)


def test_text_of_the_file_is_kept() -> None:
    assert read_yaml(POSITIONS, "f.yaml")[0].text == POSITIONS


def test_every_repeated_key_is_reported_with_both_lines() -> None:
    assert problems_of("a: 1\nb:\n  c: 1\n  c: 2\na: 3\na: 4\n") == [
        "f.yaml:4:3  b.c: given twice, first in line 3. Keep one.",
        "f.yaml:5:1  a: given twice, first in line 1. Keep one.",
        "f.yaml:6:1  a: given twice, first in line 1. Keep one.",
    ]


def test_same_key_in_two_mappings_is_no_repetition() -> None:
    assert read("a: {k: 1}\nb: {k: 2}\n") == {"a": {"k": 1}, "b": {"k": 2}}


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("a: !!str 3\n", "!!str"),
        ("a: !!python/object/apply:os.getcwd []\n", "!!python/object/apply:os.getcwd"),
        ("a: !own {b: 1}\n", "!own"),
        ("a: !!binary aGk=\n", "!!binary"),
    ],
    ids=["core", "python", "own", "binary"],
)
def test_tag_is_refused_at_its_place(text: str, tag: str) -> None:
    assert problems_of(text) == [
        f"f.yaml:1:4  tags are not accepted, received {tag!r}. Remove it."
    ]


def test_tag_has_no_effect_on_the_value_that_is_checked_on() -> None:
    assert read_yaml("a: !!str 3\n", "f.yaml")[0].data == {"a": 3}


def test_merge_key_is_refused_and_merges_nothing() -> None:
    source, problems = read_yaml("a: &a {x: 1}\nb:\n  <<: *a\n  y: 2\n", "f.yaml")
    assert [str(p) for p in problems] == [
        "f.yaml:3:3  b.<<: merge keys are not accepted. Write out what they would bring."
    ]
    assert source.data["b"] == {"y": 2}


@pytest.mark.parametrize(
    ("key", "shown"),
    [
        ("1", "1"),
        ("1.5", "1.5"),
        ("true", "true"),
        ("null", "null"),
        ("~", "~"),
        ("[a, b]", "a collection"),
        ("{a: b}", "a collection"),
    ],
)
def test_key_that_is_no_text_is_refused(key: str, shown: str) -> None:
    assert problems_of(f"a: 1\n{key}: 2\n") == [
        f"f.yaml:2:1  keys are text, received {shown}. Quote it."
    ]


@pytest.mark.parametrize("key", ["'1'", '"true"', "yes", "2024-01-31", "1/2"])
def test_key_that_is_text_is_accepted(key: str) -> None:
    assert read(f"{key}: 2\n") == {key.strip("'\""): 2}


def test_cycle_of_aliases_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"^f\.yaml:1:4  an alias contains itself\.$"):
        read_yaml("a: &a\n  b:\n    - *a\n", "f.yaml")


def test_alias_bomb_is_refused_fast() -> None:
    levels = [f"l{i}: &l{i} [{', '.join([f'*l{i - 1}'] * 9)}]" for i in range(1, 12)]
    bomb = "\n".join(["l0: &l0 [x, x, x, x, x, x, x, x, x]", *levels])  # 9**12 values
    begin = time.monotonic()
    with pytest.raises(ConfigError, match=r"expected at most 100,000 values after aliases\.$"):
        read_yaml(bomb, "f.yaml")
    assert time.monotonic() - begin < 10


def test_aliases_that_nest_deeper_than_any_text_could_are_refused() -> None:
    links = [f"k{i}: &k{i} {'[' * 45}*k{i - 1}{']' * 45}" for i in range(1, 40)]
    with pytest.raises(ConfigError, match=r"expected at most 50 levels of nesting\.$"):
        read_yaml("\n".join(["k0: &k0 x", *links]), "f.yaml")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("a: " + "[" * 60 + "]" * 60, "1:53"),
        ("".join(f"{' ' * i}k:\n" for i in range(60)), "51:51"),
        ("a: " + "[" * 5000, "1:53"),
    ],
    ids=["flow", "block", "unclosed"],
)
def test_depth_of_60_is_refused_where_it_passes_50(text: str, place: str) -> None:
    expected = rf"^f\.yaml:{place}  expected at most 50 levels of nesting\.$"
    with pytest.raises(ConfigError, match=expected):
        read_yaml(text, "f.yaml")


def test_depth_of_50_is_accepted() -> None:
    value = read("a: " + "[" * 49 + "]" * 49)["a"]
    depth = 0
    while value != []:
        value, depth = value[0], depth + 1
    assert depth == 48  # lists around the empty one, which is the 49th below the mapping


def test_text_of_more_than_a_million_characters_is_refused() -> None:
    expected = r"^f\.yaml  expected at most 1,000,000 characters, received 1,000,001\. A config"
    with pytest.raises(ConfigError, match=expected):
        read_yaml("a: " + "x" * 999_998, "f.yaml")


@pytest.mark.parametrize(
    "written", ["9" * 5000, "-" + "9" * 400, "0x" + "f" * 5000, "0o" + "7" * 400]
)
def test_integer_beyond_all_use_is_refused_at_its_place(written: str) -> None:
    expected = r"^f\.yaml:2:4  expected a number of at most 100 digits\.$"
    with pytest.raises(ConfigError, match=expected):
        read_yaml(f"b: 1\na: {written}\n", "f.yaml")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"^f\.yaml  the file is empty\. Expected `dataset:`, \.\.\.$"),
        ("# only\n\n# comments\n", r"^f\.yaml  the file is empty\. Expected `dataset:`"),
        ("\n- a\n", r"^f\.yaml:2:1  expected `key: value` lines, received a list\.$"),
        ("hello\n", r"^f\.yaml:1:1  expected `key: value` lines, received plain text\.$"),
        ("a: [1, 2\nb: 3\n", r"^f\.yaml:2:2  not valid YAML: expected ',' or '\]', but got"),
        ("a: b: c\n", r"^f\.yaml:1:5  not valid YAML: mapping values are not allowed here\.$"),
        ("a: 1\n b: 2\n", r"^f\.yaml:2:3  not valid YAML: mapping values are not allowed"),
        ("a: 1\n---\nb: 2\n", r"^f\.yaml:2:1  not valid YAML: .*another document\.$"),
        ("a:\n\tb: 1\n", r"^f\.yaml:2:1  not valid YAML: found character '\\t' that cannot"),
        (
            'a: "x\n',
            r"^f\.yaml:2:1  not valid YAML: found unexpected end of stream\. The quote",
        ),
        ("b: 1\na: *x\n", r"^f\.yaml:2:4  not valid YAML: found undefined alias 'x'\.$"),
        ("b: 1\na: x\x07y\n", r"^f\.yaml:2:5  not valid YAML: special characters are not"),
        ("a: \x00\n", r"^f\.yaml:1:4  not valid YAML: special characters are not allowed\.$"),
    ],
    ids=[
        *("empty", "comments", "list", "text", "bracket", "colon", "indent", "documents"),
        *("tab", "quote", "alias", "bell", "nul"),
    ],
)
def test_text_that_is_no_yaml_mapping_is_refused(text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        read_yaml(text, "f.yaml")
