"""Types as the annotations of own code name them."""

import inspect
from collections.abc import Mapping, Sequence
from typing import Any, Literal, Optional

import pytest

from dlkit.config.argument_types import annotated_types


@pytest.mark.parametrize(
    ("annotation", "default", "types"),
    [
        (int, inspect.Parameter.empty, ["integer"]),
        (float, 1.0, ["number"]),
        (bool, False, ["boolean"]),
        (str, "a", ["string"]),
        (int | float, 1, ["number"]),
        (int | tuple[int, int], 3, ["integer", "list"]),
        (Sequence[int], (), ["list"]),
        (Mapping[str, float], {}, ["mapping"]),
        (Literal["same", "valid"], "same", ["string"]),
        ("int | None", None, ["integer"]),
        (Optional[int], None, ["integer"]),  # noqa: UP045 - as it may be written
        ("typing.Optional[str]", None, ["string"]),
        (int | None, 3, []),  # None is a value of its own
        (Any, 3, []),
        ("Tensor | int", 3, []),
        ("not an annotation", 3, []),
    ],
)
def test_types_of_an_annotation(annotation: Any, default: Any, types: list[str]) -> None:
    kind = inspect.Parameter.KEYWORD_ONLY
    parameter = inspect.Parameter("a", kind, default=default, annotation=annotation)
    assert annotated_types(parameter) == types


def test_argument_without_one_is_left_open() -> None:
    parameter = inspect.Parameter("a", inspect.Parameter.KEYWORD_ONLY, default=3)
    assert annotated_types(parameter) == []
