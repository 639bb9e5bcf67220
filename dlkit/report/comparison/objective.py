"""What a run makes small, told by its config: losses of two such can be compared, or not."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

PENALTIES = ("l1", "l2", "l1_l2", "bias_regularizer", "activity_regularizer", "label_smoothing")
"""Settings of the section ``regularization`` that change the loss, also that of a test."""


def objective_of(config: Mapping[str, Any]) -> str:
    """Return a text that is the same where the losses of two runs are the same function.

    That is the loss itself, those of outputs with their weights, and every penalty on weights
    or on outputs of layers, which Keras adds wherever it evaluates.

    Args:
        config: Resolved, as nested dicts and lists.
    """
    outputs = config.get("outputs") or {}
    section = config.get("regularization") or {}
    parts = [
        config.get("loss"),
        [[name, one.get("loss"), one.get("weight")] for name, one in outputs.items()],
        [section.get(name) or None for name in PENALTIES],
        sorted(json.dumps(each, default=str) for each in _of_layers(config)),
    ]
    return json.dumps(parts, sort_keys=True, default=str)


def _of_layers(node: Any) -> Iterator[Any]:
    """Yield the penalties that stand below, at layers."""
    if isinstance(node, Mapping):
        for key, value in node.items():
            is_penalty = str(key).endswith("_regularizer") or key == "ActivityRegularization"
            if is_penalty and value is not None:
                yield value
            else:
                yield from _of_layers(value)
    elif isinstance(node, list):
        for item in node:
            yield from _of_layers(item)
