"""Data that is made, not read: small problems whose answer is known."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from dlkit.config.section import Number, Penalty, Positive, Section


class GateSource(Section):
    """The four rows of a gate's truth table, as often as wanted.

    Attributes:
        examples: Training examples; the test split is the truth table itself.
        noise: Standard deviation of what is added to the training inputs.
    """

    examples: Positive = 4
    noise: Penalty = 0.0


class MoonsSource(Section):
    """Points of a plane in two classes.

    Attributes:
        examples: How many.
        noise: Standard deviation of what is added to them.
    """

    examples: Positive = 1000
    noise: Penalty = 0.1


class PointsSource(MoonsSource):
    """Points of a plane in two classes or more.

    Attributes:
        classes: How many classes.
    """

    classes: Annotated[Positive, Field(ge=2, le=100)] = 2


class LineSource(Section):
    """Values that are a weighted sum of the inputs, and noise.

    Attributes:
        examples: How many.
        noise: Standard deviation of what is added to the values.
        inputs: How many numbers an example has.
    """

    examples: Positive = 1000
    noise: Penalty = 0.1
    inputs: Annotated[Positive, Field(le=10_000)] = 1


class WaveSource(Section):
    """The sine of numbers between -1 and 1, and noise.

    Attributes:
        examples: How many.
        noise: Standard deviation of what is added to the values.
        periods: How many periods lie between -1 and 1.
    """

    examples: Positive = 1000
    noise: Penalty = 0.1
    periods: Annotated[Number, Field(gt=0)] = 1.0


class SequencesSource(Section):
    """Random sequences of digits 0 and 1 with a rule that gives their class.

    Attributes:
        examples: How many.
        length: Digits in each.
        rule: ``majority``: are there more ones? ``parity``: is their number odd?
            ``first``: is the first digit 1? ``repeat``: are two neighbors equal anywhere
            in the first half? (That takes 4 digits.)
    """

    examples: Positive = 1000
    length: Positive = 20
    rule: Literal["majority", "parity", "first", "repeat"] = "majority"

    @field_validator("rule")
    @classmethod
    def _both_classes(cls, rule: str, info: ValidationInfo) -> str:
        """Refuse a rule that gives every sequence of this length one class.

        Raises:
            PydanticCustomError: If it does.
        """
        length = info.data.get("length", 4)  # absent where it is at fault itself
        if rule == "repeat" and length < 4:
            words = f"'majority', 'parity' or 'first' for a length of {length}"
            raise PydanticCustomError("rule", words)
        return rule


GATES = ("and", "or", "xor", "nand", "nor")

SYNTHETIC: dict[str, type[Section]] = {
    **dict.fromkeys(GATES, GateSource),
    **dict.fromkeys(("moons", "circles"), MoonsSource),
    **dict.fromkeys(("blobs", "spirals"), PointsSource),
    "linear": LineSource,
    "sine": WaveSource,
    "sequences": SequencesSource,
}
"""Data that is made, not read."""
