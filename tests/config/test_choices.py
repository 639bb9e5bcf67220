from __future__ import annotations

from typing import Any, Literal

import pytest

from dlkit.config.choices import Choice, read_choice
from dlkit.config.section import Number, Positive, Section, Text, Texts


class Plain(Section):
    """Takes nothing."""


class Box(Section):
    """Takes several things, of which the second is needed."""

    size: Positive = 1
    label: Text


class Paint(Section):
    """Takes names and numbers."""

    colors: Texts = ("white",)
    gloss: Literal["matt", "shiny"] | Number | None = None


THINGS: dict[str, type[Section]] = {"plain": Plain, "box": Box, "paint": Paint}


def read(notation: Any) -> tuple[Choice | None, list[str]]:
    choice, problems = read_choice(notation, THINGS, "thing", ("a", "b"))
    return choice, [str(problem) for problem in problems]


@pytest.mark.parametrize(
    ("notation", "name", "settings", "path"),
    [
        ("plain", "plain", Plain(), ()),
        ({"plain": None}, "plain", Plain(), ("plain",)),
        ({"plain": {}}, "plain", Plain(), ("plain",)),
        ("paint", "paint", Paint(), ()),
        ({"paint": "red"}, "paint", Paint(colors=("red",)), ("paint",)),
        ({"paint": ["red", "blue"]}, "paint", Paint(colors=("red", "blue")), ("paint",)),
        ({"paint": {"gloss": "matt"}}, "paint", Paint(gloss="matt"), ("paint",)),
        ({"paint": {"gloss": "1/2"}}, "paint", Paint(gloss=0.5), ("paint",)),
        ({"box": {"label": "x", "size": 3}}, "box", Box(label="x", size=3), ("box",)),
    ],
)
def test_notation_is_read_as_for_keras_objects(
    notation: Any, name: str, settings: Section, path: tuple[str, ...]
) -> None:
    assert read(notation) == (Choice(name, settings, ("a", "b", *path)), [])


@pytest.mark.parametrize(
    ("notation", "said"),
    [
        ("bx", "a.b: there is no thing 'bx'. Did you mean 'box'?"),
        ({"bx": 3}, "a.b.bx: there is no thing 'bx'. Did you mean 'box'?"),
        (
            "zzz",
            "a.b: there is no thing 'zzz'. Expected one of: box, paint, plain.",
        ),
        (
            None,
            (
                "a.b: expected the name of a thing, received nothing. Expected one of: box,"
                " paint, plain."
            ),
        ),
        (
            ["box"],
            (
                "a.b: expected the name of a thing, received a list ['box']. Expected one of:"
                " box, paint, plain."
            ),
        ),
        (
            {"box": 3, "size": 4, "label": 5},
            (
                "a.b.size: one thing has one name, received 'size' and 'label' beside 'box'."
                " Indent what belongs to 'box' under it."
            ),
        ),
        ({"plain": 3}, "a.b.plain: plain takes no settings, received 3."),
        ({"plain": {"size": 3}}, "a.b.plain.size: plain takes no settings, received 'size'."),
        ("box", "a.b: box needs 'label'."),
        ({"box": 3}, "a.b.box: box needs 'label'."),
        (
            {"box": {"lable": "x"}},
            "a.b.box.lable: box has no setting 'lable'. Did you mean 'label'?",
        ),
        ({"paint": {"zzz": 1}}, "a.b.paint.zzz: paint has no setting 'zzz'. Expected one of:"),
        ({"paint": 3}, "a.b.paint: expected text, received 3."),
        ({"paint": ["red", 3]}, "a.b.paint[1]: expected text, received 3."),
        ({"paint": {"colors": []}}, "a.b.paint.colors: expected at least one entry, received"),
        ({"box": {"label": "x", "size": 0}}, "a.b.box.size: expected at least 1, received 0."),
        (
            {"paint": {"gloss": "shinny"}},
            (
                "a.b.paint.gloss: expected 'matt', 'shiny' or a number, received 'shinny'"
                " (text). Did you mean 'shiny'?"
            ),
        ),
    ],
)
def test_fault_is_told_in_one_line_at_its_place(notation: Any, said: str) -> None:
    choice, problems = read(notation)
    assert choice is None
    assert [problem[: len(said)] for problem in problems] == [said]


def test_every_fault_is_told() -> None:
    _, problems = read({"box": {"size": 0, "colour": "red"}})
    assert problems == [
        "a.b.box.size: expected at least 1, received 0.",
        "a.b.box.colour: box has no setting 'colour'. Expected one of: label, size.",
        "a.b.box: box needs 'label'.",
    ]


def test_advice_comes_before_the_nearest_name() -> None:
    _, (problem,) = read_choice("box.txt", THINGS, "thing", (), lambda name: f"Open {name}.")
    assert str(problem) == "there is no thing 'box.txt'. Open box.txt."


def test_settings_are_asked_for_as_what_the_name_stands_for() -> None:
    choice = Choice("box", Box(label="a"))
    assert choice.told(Box) is choice.settings
    with pytest.raises(TypeError, match=r"^box has Box, no Paint$"):
        choice.told(Paint)
