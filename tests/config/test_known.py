from __future__ import annotations

from typing import Any

import pytest

from dlkit.config.choices import read_choice
from dlkit.config.data_sources import SOURCES, Padded, Whole
from dlkit.config.datasets import NAMED_SETS
from dlkit.config.file_sources import FILES
from dlkit.config.known import known_facts
from dlkit.config.made_sources import SYNTHETIC

NO_CLASSES = "has no setting 'classes'. Expected one of: examples, noise."


@pytest.mark.parametrize("name", NAMED_SETS)
def test_named_set_is_known_as_the_table_says(name: str) -> None:
    assert known_facts(name, None) == NAMED_SETS[name]
    assert known_facts(name, SOURCES[name]()) == NAMED_SETS[name]


def test_texts_are_as_long_as_their_settings_say() -> None:
    facts = known_facts("reuters", Padded(maxlen=80))
    assert facts is not None
    assert (facts.shape, facts.train, len(facts.classes)) == ((80,), 8_982, 46)


@pytest.mark.parametrize("name", FILES)
def test_nothing_is_known_of_files(name: str) -> None:
    assert known_facts(name, None) is None


@pytest.mark.parametrize("name", SYNTHETIC)
def test_made_data_without_settings_has_its_defaults(name: str) -> None:
    assert known_facts(name, None) == known_facts(name, SYNTHETIC[name]())


@pytest.mark.parametrize(
    ("name", "settings", "shape", "sizes", "classes"),
    [
        ("xor", {"examples": 40}, (2,), (40, 4), 2),
        ("moons", {"examples": 30}, (2,), (30, 0), 2),
        ("spirals", {"examples": 30, "classes": 3}, (2,), (30, 0), 3),
        ("linear", {"examples": 7, "inputs": 5}, (5,), (7, 0), 0),
        ("sine", {"examples": 7}, (1,), (7, 0), 0),
        ("sequences", {"examples": 9, "length": 12}, (12, 1), (9, 0), 2),
    ],
)
def test_made_data_is_as_its_settings_say(
    name: str,
    settings: dict[str, Any],
    shape: tuple[int, ...],
    sizes: tuple[int, int],
    classes: int,
) -> None:
    facts = known_facts(name, SYNTHETIC[name](**settings))
    assert facts is not None
    assert (facts.shape, (facts.train, facts.test)) == (shape, sizes)
    assert facts.classes == tuple(map(str, range(classes)))
    assert facts.task == ("classification" if classes else "regression")
    assert not facts.is_image


def test_settings_that_make_no_data_are_a_fault_of_the_program() -> None:
    with pytest.raises(TypeError, match="moons: Whole makes no data"):
        known_facts("moons", Whole())


@pytest.mark.parametrize(
    ("notation", "said"),
    [
        (
            {"moons": {"classes": 3}},
            f"moons.classes: moons {NO_CLASSES}",
        ),
        (
            {"circles": {"classes": 3}},
            f"circles.classes: circles {NO_CLASSES}",
        ),
        (
            {"sequences": {"rule": "repeat", "length": 3}},
            (
                "sequences.rule: expected 'majority', 'parity' or 'first' for a length of 3,"
                " received 'repeat' (text)."
            ),
        ),
        (
            {"sequences": {"rule": "repeat", "length": 0}},
            "sequences.length: expected at least 1, received 0.",
        ),
        (
            {"blobs": {"classes": 1}},
            "blobs.classes: expected at least 2, received 1.",
        ),
        (
            {"linear": {"inputs": 10_001}},
            "linear.inputs: expected at most 10000, received 10001.",
        ),
    ],
)
def test_settings_that_cannot_be_made_are_faults_of_the_config(
    notation: Any, said: str
) -> None:
    choice, problems = read_choice(notation, SOURCES, "source", ())
    assert choice is None
    assert [str(problem) for problem in problems] == [said]


def test_shortest_sequence_that_can_repeat_is_taken() -> None:
    notation = {"sequences": {"rule": "repeat", "length": 4}}
    assert read_choice(notation, SOURCES, "source", ())[1] == []
