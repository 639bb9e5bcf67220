from __future__ import annotations

import math

import pytest

from dlkit.config.values import (
    Duration,
    convert,
    expected,
    parse_duration,
    parse_number,
    show,
    type_of,
)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1/255", 1 / 255),
        (" 1 / 4 ", 0.25),
        ("-3/2", -1.5),
        ("0.5/2", 0.25),
        ("3/1.5", 2.0),
    ],
)
def test_fraction_is_a_number(text: str, number: float) -> None:
    assert parse_number(text) == pytest.approx(number, rel=1e-15)


@pytest.mark.parametrize(
    "value", ["1/0", "1/0.0", "a/2", "1/", "/2", "1/2/3", "1/-2", "1e3/2", 3, 0.5, None, [1]]
)
def test_value_is_left_as_it_is_when_it_is_no_fraction(value: object) -> None:
    assert parse_number(value) is value


@pytest.mark.parametrize(
    ("text", "count", "unit"),
    [
        ("5 epochs", 5, "epoch"),
        ("1 epoch", 1, "epoch"),
        ("200 steps", 200, "step"),
        ("0.5 epochs", 0.5, "epoch"),
        ("  3   steps ", 3, "step"),
    ],
)
def test_duration_is_read(text: str, count: float, unit: str) -> None:
    duration = parse_duration(text)
    assert duration is not None
    assert (duration.count, duration.unit) == (count, unit)


@pytest.mark.parametrize(
    "value",
    ["5epochs", "epochs", "-5 epochs", "5 minutes", "5 epochs 3", 5, None, ["5 epochs"]],
)
def test_duration_is_none_when_it_is_written_otherwise(value: object) -> None:
    assert parse_duration(value) is None


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("5 epochs", 500),
        ("0.5 epochs", 50),
        ("7 steps", 7),
        ("0.001 epochs", 1),
        ("0 steps", 1),
    ],
)
def test_duration_becomes_steps_of_which_there_is_one_at_least(text: str, steps: int) -> None:
    duration = parse_duration(text)
    assert duration is not None
    assert duration.steps(steps_per_epoch=100) == steps


@pytest.mark.parametrize(
    ("duration", "text"),
    [
        (Duration(5.0, "epoch"), "5 epochs"),
        (Duration(1.0, "step"), "1 step"),
        (Duration(0.5, "epoch"), "0.5 epochs"),
    ],
)
def test_duration_is_shown_as_it_is_written(duration: Duration, text: str) -> None:
    assert str(duration) == text
    assert parse_duration(text) == duration


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (None, "nothing"),
        (True, "boolean"),
        (1, "integer"),
        (1.0, "number"),
        ("1", "string"),
        ({}, "mapping"),
        ([], "list"),
    ],
)
def test_type_of_a_value_is_told_apart(value: object, name: str) -> None:
    assert type_of(value) == name


@pytest.mark.parametrize(
    ("value", "accepts", "result"),
    [
        (3, ("integer",), 3),
        (3.0, ("integer",), 3),
        ("6/2", ("integer",), 3),
        (3, ("number",), 3),
        ("1/4", ("number",), 0.25),
        ("1/4", ("number", "string"), "1/4"),
        (True, ("boolean",), True),
        ("same", ("string",), "same"),
        ([1, 2], ("integer", "list"), [1, 2]),
        ({"a": 1}, ("mapping",), {"a": 1}),
        (None, ("integer",), None),
        (object, (), object),
    ],
)
def test_value_is_converted_when_it_fits(
    value: object, accepts: tuple[str, ...], result: object
) -> None:
    converted, wrong = convert(value, accepts)
    assert wrong == ""
    assert (type(converted), converted) == (type(result), result)


@pytest.mark.parametrize(
    ("value", "accepts", "wrong"),
    [
        ("x", ("integer",), "expected an integer, received 'x' (text)."),
        ("5", ("integer",), "expected an integer, received '5' (text)."),
        (3.5, ("integer",), "expected an integer, received 3.5."),
        ("7/2", ("integer",), "expected an integer, received 3.5."),
        (math.inf, ("integer",), "expected a finite number, received inf."),
        (True, ("integer",), "expected an integer, received true."),
        (False, ("number",), "expected a number, received false."),
        ("1/0", ("number",), "expected a number, received '1/0' (text)."),
        (1, ("boolean",), "expected true or false, received 1."),
        (1, ("string",), "expected text, received 1."),
        (1, ("list",), "expected a list, received 1."),
        ([1], ("mapping",), "expected a mapping, received a list [1]."),
        ({"a": 1}, ("list", "number"), "expected a list or a number, received a mapping "),
    ],
)
def test_value_comes_back_with_what_is_wrong_when_it_does_not_fit(
    value: object, accepts: tuple[str, ...], wrong: str
) -> None:
    _, said = convert(value, accepts)
    assert said.startswith(wrong)


@pytest.mark.parametrize(
    ("word", "meant"), [("yes", "true"), ("On", "true"), ("no", "false"), ("OFF", "false")]
)
def test_word_of_yaml_1_1_is_answered_with_the_boolean_it_meant(word: str, meant: str) -> None:
    said = expected(word, ("boolean",))
    assert said == f"expected true or false, received {word!r} (text). Write {meant}."


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "nothing"),
        (True, "true"),
        (1e-3, "0.001"),
        ("1", "'1' (text)"),
        ([1], "a list [1]"),
        ((), "a list []"),
        ({"a": 1}, "a mapping {'a': 1}"),
        ("x" * 100, "'" + "x" * 56 + "... (text)"),
    ],
)
def test_value_is_shown_briefly_with_its_type(value: object, shown: str) -> None:
    assert show(value) == shown


def test_durations_in_a_list_are_shown_as_they_are_written() -> None:
    durations = [Duration(1, "epoch"), Duration(200, "step")]
    assert show(durations) == "a list ['1 epoch', '200 steps']"
