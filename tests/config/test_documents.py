from __future__ import annotations

import pytest

from dlkit.config.data_sources import SOURCES
from dlkit.config.documents import meanings_of, summary_of
from dlkit.config.feature_kinds import FEATURES
from dlkit.config.schema import Config
from dlkit.config.section import Section


class Base(Section):
    """The first line,
    and the second.

    Not a summary.

    Attributes:
        one: Of ``one`` line; None: nothing.
        two: Of a line
            and another, with a colon: here.
        gone: Of no field.

    Not an attribute: either.
    """

    one: int = 1
    two: int = 2


class Derived(Base):
    """Says more of ``two``.

    Attributes:
        two: Anew.
    """

    three: int = 3


def test_summary_is_the_first_paragraph_on_one_line() -> None:
    assert summary_of(Base) == "The first line, and the second."


def test_meanings_are_the_entries_of_fields() -> None:
    assert meanings_of(Base) == {
        "one": "Of `one` line; none: nothing.",
        "two": "Of a line and another, with a colon: here.",
    }


def test_meaning_comes_from_what_a_section_builds_on_unless_it_says_more() -> None:
    assert meanings_of(Derived) == {"one": "Of `one` line; none: nothing.", "two": "Anew."}


@pytest.mark.parametrize("section", [*SOURCES.values(), *FEATURES.values(), Config])
def test_every_setting_has_a_meaning(section: type[Section]) -> None:
    assert meanings_of(section).keys() == section.model_fields.keys()
    assert summary_of(section).endswith(".")
