"""The section sweep: which settings are tried, how they are chosen, and what is best."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from dlkit.config.section import Above, Flag, Number, Positive, Section, Text, Texts

Sampler = Literal["grid", "random", "tpe", "cmaes", "qmc", "nsga2"]
Pruner = Literal["median", "hyperband", "none"]
Mode = Literal["min", "max"]

DEFAULT_TRIALS = 30

PARAMETER_WORDS = "a list of values, or a range such as {low: 1e-4, high: 1e-1, log: true}"

CONDITION_WORDS = "another parameter with its value, such as {optimizer: SGD}"

OBJECTIVE_WORDS = "a figure of validation such as val_loss, or several in a list"

OWN_OBJECTIVES: dict[str, Mode] = {"parameters": "min", "seconds": "min"}
"""What may be aimed at beside figures of validation, and which of it is better."""


def _read_parameter(value: Any) -> Any:
    """Take a list as the values to try.

    Raises:
        PydanticCustomError: If it is neither a list nor a mapping.
    """
    if isinstance(value, list):
        return {"values": value}
    if not isinstance(value, (dict, Section)):
        raise PydanticCustomError("parameter", PARAMETER_WORDS)
    return value


def _read_objectives(value: Any) -> Any:
    """Take a name, or several, as objectives whose direction is inferred.

    Raises:
        PydanticCustomError: If it is neither of these nor a mapping.
    """
    if isinstance(value, str):
        return {value: None}
    if isinstance(value, list) and all(isinstance(name, str) for name in value):
        return dict.fromkeys(value)
    if not isinstance(value, dict) and value is not None:
        raise PydanticCustomError("objective", OBJECTIVE_WORDS)
    return value


def _read_conditions(value: Any) -> Any:
    """Take what has to hold of other parameters.

    Raises:
        PydanticCustomError: If it is no mapping.
    """
    if not isinstance(value, dict) and value is not None:
        raise PydanticCustomError("when", CONDITION_WORDS)
    return value


def _read_executor(value: Any) -> Any:
    """Take ``ray`` as the cluster that is running here.

    Raises:
        PydanticCustomError: If it is no executor.
    """
    if value in ("local", None):
        return None
    if value == "ray":
        return {"ray": "auto"}
    if not isinstance(value, (dict, Section)):
        raise PydanticCustomError("executor", "local, or {ray: auto}, or {ray: ADDRESS}")
    return value


class ParameterConfig(Section):
    """What is tried in one place of the experiment, or in several at once.

    Attributes:
        values: The values to try: numbers, texts, or whole objects. Where nothing else is
            said, the list alone will do.
        low: The least of a range.
        high: The most of a range; it may be reached.
        log: Whether a range is even in its logarithm: as often 1e-4 to 1e-3 as 1e-3 to 1e-2.
        int: Whether a range has whole numbers alone, as units and batch sizes must be.
        step: How far the numbers of a range are apart.
        paths: The settings that get the value; else the parameter's own name is the path.
        when: Values of other parameters with which alone this one is set: one, or a list of
            them; of a whole object its name.
    """

    values: Annotated[tuple[Any, ...], Field(min_length=1)] | None = None
    low: Number | None = None
    high: Number | None = None
    log: Flag = False
    int: Flag = False
    step: Above | None = None
    paths: Texts | None = None
    when: Annotated[
        Annotated[dict[str, Any], Field(min_length=1)] | None,
        BeforeValidator(_read_conditions),
    ] = None

    @property
    def is_range(self) -> bool:
        """Whether it has a range and not values."""
        return self.values is None


class ExecutorConfig(Section):
    """Where trials run.

    Attributes:
        ray: The address of a Ray cluster; `auto`: the one that is running here, or a new
            one on this machine.
    """

    ray: Text


class SweepConfig(Section):
    """Which settings are tried, how they are chosen, and which result is the best.

    Attributes:
        parameters: What is tried, by the path of the setting: a list of values, or a range.
        sampler: How values are chosen. `grid`: every combination; `random`; `qmc`: at random,
            but evenly; `tpe`: where it was good; `cmaes`: so of numbers that depend on one
            another; `nsga2`: for several objectives. Else `grid` where all are lists and
            `trials` is not given, and `tpe` otherwise.
        trials: How many trials there are in all, across interruptions; else as many as the
            grid has points, and 30 with other samplers.
        objective: What is made best: a figure of validation, `parameters` or `seconds`; or
            several. Whether less or more is better is known of Keras's; else
            `{NAME: max}`. Else the first metric of validation, or its loss.
        pruner: What ends trials early that promise little. `median`: those below the middle
            of the others at the same epoch; `hyperband`: all but a third, again and again.
            Else `median`, and `none` in a grid or with several objectives.
        jobs: How many trials run at the same time.
        executor: Where trials run: `local`, in processes of this machine; or
            `{ray: auto}`.
    """

    parameters: Annotated[
        dict[str, Annotated[ParameterConfig, BeforeValidator(_read_parameter)]],
        Field(min_length=1),
    ]
    sampler: Sampler | None = None
    trials: Positive | None = None
    objective: Annotated[
        Annotated[dict[Text, Mode | None], Field(min_length=1)] | None,
        BeforeValidator(_read_objectives),
    ] = None
    pruner: Pruner | None = None
    jobs: Positive = 1
    executor: Annotated[
        ExecutorConfig | None,
        BeforeValidator(_read_executor),
    ] = None
