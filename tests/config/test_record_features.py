from __future__ import annotations

import re
from typing import Any

import pytest

from dlkit.config.record_features import Spec, parse_spec

READ = {
    "float32": (Spec("float32"), 1),
    "string": (Spec("string"), 1),
    "numbers": (Spec("int64", (20,)), 20),
    "matrix": (Spec("float32", (3, 4)), 12),
    "picture": (Spec("image", (28, 24, 3)), 1),
}
NOTATIONS: dict[str, Any] = {
    "float32": "float32",
    "string": "string",
    "numbers": {"int64": 20},
    "matrix": {"float32": [3, 4]},
    "picture": {"image": [28, 24, 3]},
}


def test_notations_are_read() -> None:
    specs = parse_spec(NOTATIONS)
    assert list(specs) == list(NOTATIONS)
    assert {name: (spec, spec.values) for name, spec in specs.items()} == READ


@pytest.mark.parametrize(
    ("notation", "text"),
    [
        ("float23", "x: records hold no 'float23'. Did you mean 'float32'?"),
        (
            "complex",
            "x: records hold no 'complex'. Expected one of: float32, image, int64, string.",
        ),
        (
            {"int64": [0]},
            "x: expected a shape like [20] with whole numbers from 1, received a list [0].",
        ),
        ({"int64": [2.0]}, "x: expected a shape like [20] with whole numbers from 1"),
        ({"int64": True}, "x: expected a shape like [20] with whole numbers from 1"),
        ({"int64": "20"}, "x: expected a shape like [20] with whole numbers from 1"),
        ("image", "x: expected {image: [height, width, channels]} with 1, 3 or 4 channels"),
        ({"image": [28, 28]}, "x: expected {image: [height, width, channels]}"),
        ({"image": [28, 28, 2]}, "x: expected {image: [height, width, channels]}"),
        (20, "x: expected a dtype or {dtype: shape}, received 20. One of: float32, int64,"),
        (None, "x: expected a dtype or {dtype: shape}, received"),
        ({"int64": 1, "string": 2}, "x: expected a dtype or {dtype: shape}, received"),
    ],
)
def test_other_notations_are_refused_by_name(notation: Any, text: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(text)}"):
        parse_spec({"fine": "int64", "x": notation})
