"""Where the settings of ``regularization`` have landed, as lines of text."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

from dlkit.config.regularization.landing import Landing
from dlkit.config.shown_names import shown_names

WIDTH = 80

WORDS = {
    "l1": "kernels of",
    "l2": "kernels of",
    "l1_l2": "kernels of",
    "bias_regularizer": "biases of",
    "activity_regularizer": "outputs of",
    "max_norm": "kernels of",
    "batch_normalization": "the activation of",
    "dropout": "after",
    "spatial_dropout": "after",
    "gaussian_noise": "on",
    "label_smoothing": "by",
    "weight_decay": "by",
    "clipnorm": "by",
    "global_clipnorm": "by",
    "clipvalue": "by",
}
"""What stands between a setting and the names where it landed."""

LEFT_OUT = {"weight_decay": ", without biases and normalization"}
"""What a setting never touches."""


def format_landings(landings: Iterable[Landing]) -> list[str]:
    """Say where each setting landed, and where something of its own was in its place.

    A line holds at most 80 characters.
    """
    heads = {landing: f"  {landing.setting} {landing.value}" for landing in landings}
    if not heads:
        return []
    width = max(map(len, heads.values())) + 2
    lines = ["regularization"]
    for landing, head in heads.items():
        told = _told(landing)
        for index, text in enumerate(told):
            lines += textwrap.wrap(
                text,
                WIDTH,
                initial_indent=f"{'' if index else head:<{width}}",
                subsequent_indent=" " * width,
                break_long_words=False,
                break_on_hyphens=False,
            )
    return lines


def format_notes(title: str, notes: Iterable[str]) -> list[str]:
    """Lay out notes under a title, in lines of at most 80 characters."""
    lines = [
        line
        for note in notes
        for line in textwrap.wrap(note, WIDTH, initial_indent="  ", subsequent_indent="    ")
    ]
    return [title, *lines] if lines else []


def _told(landing: Landing) -> list[str]:
    """Say where a setting landed, and where not."""
    told = []
    if landing.names:
        left_out = LEFT_OUT.get(landing.setting, "")
        told.append(f"{WORDS[landing.setting]} {shown_names(landing.names)}{left_out}")
    reasons: dict[str, list[str]] = {}
    for name, reason in landing.kept:
        reasons.setdefault(reason, []).append(name)
    told += [f"not {shown_names(names)} ({reason})" for reason, names in reasons.items()]
    return told or ["nowhere: no layer takes it"]
