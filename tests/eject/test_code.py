"""Expressions and how they are laid out."""

import ast

import pytest

from dlkit.eject.code import call, comment, identifier, lay_out, listed, literal, number


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (1 / 255, "1 / 255"),
        (1 / 3, "1 / 3"),
        (0.001, "0.001"),
        (1e-05, "1e-05"),
        (0.1 + 0.2, "0.30000000000000004"),
        (2.0, "2.0"),
        (-1 / 127, "1 / -127"),
    ],
)
def test_numbers_are_written_short_and_exact(value: float, written: str) -> None:
    assert number(value) == written
    assert eval_number(written) == value


def eval_number(written: str) -> float:
    parts = [float(part) for part in written.split(" / ")]
    return parts[0] / parts[1] if len(parts) == 2 else parts[0]


def test_lists_of_numbers_are_tuples_where_keras_writes_shapes() -> None:
    assert lay_out(literal([28, 28, 1], tuples=True)) == ["(28, 28, 1)"]
    assert lay_out(literal([28], tuples=True)) == ["(28,)"]
    assert lay_out(literal([28, 28])) == ["[28, 28]"]
    assert lay_out(literal({"a": [None, True]})) == ['{"a": [None, True]}']


def test_texts_stay_what_they_are() -> None:
    odd = 'a "quoted" \\ text\nof ünicode'
    (line,) = lay_out(literal(odd))
    assert ast.literal_eval(line) == odd


def test_what_does_not_fit_stands_an_item_a_line() -> None:
    inner = call("layers.Dense", "64", named={"activation": '"relu"', "name": '"first"'})
    whole = call("keras.Sequential", listed([inner, inner]), named={"name": '"a_long_name"'})
    lines = lay_out(whole, "model = ")
    assert lines == [
        "model = keras.Sequential(",
        "    [",
        '        layers.Dense(64, activation="relu", name="first"),',
        '        layers.Dense(64, activation="relu", name="first"),',
        "    ],",
        '    name="a_long_name",',
        ")",
    ]
    ast.parse("\n".join(lines))


def test_comments_break_at_88() -> None:
    lines = comment("word " * 40)
    assert len(lines) == 3
    assert all(line.startswith("# ") and len(line) <= 88 for line in lines)


@pytest.mark.parametrize(
    ("name", "variable"),
    [("stem", "stem"), ("conv-1.a", "conv_1_a"), ("1st", "layer_1st"), ("class", "class_")],
)
def test_names_become_variables(name: str, variable: str) -> None:
    assert identifier(name) == variable
    assert identifier(name, {variable}) == f"{variable}_2"
