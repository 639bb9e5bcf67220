"""Learning-rate schedules that Keras has not, described as the catalogue describes Keras's.

A step is a batch. Where gradients are accumulated over several batches each of these counts,
since that is what Keras hands to a schedule.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

ONE_CYCLE, POWER, WARM_UP = "OneCycle", "Power", "WarmUp"
BY_EPOCH, PLATEAU = "ExponentialByEpoch", "ReduceLROnPlateau"

SUPPLIED = ("initial_learning_rate",)
"""Required arguments that a schedule under ``lr_schedule`` takes from the optimizer."""

SILENT = ("verbose", "baseline")
"""Arguments of Keras's callback that mean nothing of a schedule."""

_START = {
    "required": True,
    "accepts": ["number"],
    "summary": "where it starts: the optimizer's learning_rate under `lr_schedule`",
}

_DESCRIBED: dict[str, dict[str, Any]] = {
    ONE_CYCLE: {
        "summary": (
            "One cycle over the whole training, or the whole stage: the rate rises along a"
            " cosine to its maximum and falls along another to nearly nothing (Smith and"
            " Topin 2018). A step is a batch, also where gradients are accumulated"
        ),
        "parameters": {
            "max_learning_rate": {
                "accepts": ["number"],
                "summary": "the maximum; else the optimizer's learning_rate",
            },
            "total_steps": {
                "accepts": ["integer"],
                "summary": "how long it takes, as `10 epochs`; else as long as the training",
            },
            "pct_start": {
                "default": 0.3,
                "accepts": ["number"],
                "summary": "the share of the steps in which the rate rises",
            },
            "div_factor": {
                "default": 25.0,
                "accepts": ["number"],
                "summary": "the first rate is the maximum divided by this",
            },
            "final_div_factor": {
                "default": 10000.0,
                "accepts": ["number"],
                "summary": "the last rate is the first one divided by this",
            },
        },
    },
    POWER: {
        "summary": (
            "Falls by a power of the step: initial_learning_rate / (1 + step / decay_steps)"
            " ** power. A step is a batch, also where gradients are accumulated"
        ),
        "parameters": {
            "initial_learning_rate": _START,
            "decay_steps": {
                "required": True,
                "accepts": ["integer"],
                "summary": "steps, as `5 epochs`, after which the rate is halved (power 1)",
            },
            "power": {
                "default": 1.0,
                "accepts": ["number"],
                "summary": "how fast it falls",
            },
        },
    },
    WARM_UP: {
        "summary": (
            "Rises in a straight line to the first value of another schedule, which then"
            " begins at its own beginning. A step is a batch, also where gradients are"
            " accumulated"
        ),
        "parameters": {
            "steps": {
                "required": True,
                "accepts": ["integer"],
                "summary": "how long the rate rises, as `1 epochs`",
            },
            "schedule": {
                "object": "schedules",
                "accepts": ["number"],
                "summary": "what follows, a number too; else the optimizer's learning_rate",
            },
            "start": {
                "default": 0.0,
                "accepts": ["number"],
                "summary": "the rate of the first step",
            },
        },
    },
    BY_EPOCH: {
        "summary": (
            "Falls after every epoch: initial_learning_rate * decay_rate ** epoch, where the"
            " first epoch is 0. The same as Keras's ExponentialDecay with `decay_steps: 1"
            " epochs` and `staircase: true`"
        ),
        "parameters": {
            "initial_learning_rate": _START,
            "decay_rate": {
                "required": True,
                "accepts": ["number"],
                "summary": "what the rate is multiplied by",
            },
        },
    },
}

WORDS = {
    "monitor": "the figure that is watched",
    "factor": "what the rate is multiplied by",
    "patience": "epochs without an improvement that are waited for",
    "mode": "`min` or `max`: which is better; `auto` knows it of the figure",
    "min_delta": "what counts as an improvement",
    "cooldown": "epochs after a reduction in which nothing is counted",
    "min_lr": "what the rate never falls below",
}
"""What the arguments of Keras's callback mean, which itself tells their types."""


def with_own_schedules(objects: Mapping[str, Any]) -> dict[str, Any]:
    """Return the objects of a catalogue with the schedules of dlkit's own among them.

    ``ReduceLROnPlateau``, a callback of Keras's, is one of them.
    """
    schedules = {**objects.get("schedules", {}), **_DESCRIBED}
    plateau = objects.get("callbacks", {}).get(PLATEAU)
    if plateau:
        parameters = {
            name: {**told, "summary": WORDS.get(name, told.get("summary", ""))}
            for name, told in plateau["parameters"].items()
            if name not in SILENT
        }
        summary = (
            "Lowers the rate when a figure has stopped improving, as Keras's callback of the"
            " same name does at the end of an epoch. It starts anew in every stage"
        )
        schedules[PLATEAU] = {"summary": summary, "parameters": parameters}
    return {**objects, "schedules": schedules}


OWN_SCHEDULES = frozenset({*_DESCRIBED, PLATEAU})
"""Their names."""
