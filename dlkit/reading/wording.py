"""Numbers, names and lines of YAML as findings show them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import yaml
from yamlcore import CoreDumper

LONGEST_NAME = 24
"""Characters of a class's or a layer's name that are shown: a title is one line."""


def number(value: float) -> str:
    """Write a figure with four digits: ``0.0312``, ``5871``, ``1.2e-05``."""
    if abs(value) >= 1000 and abs(value) < 1e7:
        return f"{value:,.0f}"
    return f"{value:.4g}"


def percent(share: float) -> str:
    """Write a share: ``87 %``, and with a digit more where that says nothing."""
    if 0 < share < 0.0005:
        return "less than 0.1 %"
    if 0 < share < 0.01 or 0.99 < share < 1:
        return f"{share:.1%}".replace("%", " %")
    return f"{share:.0%}".replace("%", " %")


def quoted(name: str) -> str:
    """Write a name of anybody's in quotes, in one line and not too long."""
    line = " ".join(name.split())
    shown = line if len(line) <= LONGEST_NAME else f"{line[: LONGEST_NAME - 1]}…"
    return f"'{shown}'"


def counted(count: int, noun: str) -> str:
    """Write how many there are: ``1 epoch``, ``1,200 epochs``."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def setting(path: Sequence[int | str], value: Any) -> dict[str, Any]:
    """Return a value at its place in a config: ``{training: {epochs: 20}}``."""
    found = value
    for part in reversed(path):
        found = {part: found}
    return dict(found)


def lines(*settings: dict[str, Any]) -> str:
    """Write settings of a config as YAML, those of one section together."""
    merged: dict[str, Any] = {}
    for one in settings:
        for section, value in one.items():
            old = merged.get(section)
            if isinstance(old, dict) and isinstance(value, dict):
                value = {**old, **value}
            merged[section] = value
    return str(yaml.dump(merged, Dumper=CoreDumper, sort_keys=False)).rstrip()
