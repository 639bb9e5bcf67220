"""A sweep written back, with all that follows from what was left out."""

from __future__ import annotations

from typing import Any

from dlkit.config.schema import Config
from dlkit.config.sweep.choosing import objectives_of, pruner_of, sampler_of, trials_of
from dlkit.config.sweep.section import ParameterConfig, SweepConfig


def plain_sweep(config: Config, sweep: SweepConfig) -> dict[str, Any]:
    """Return the section as plain values, sampler, trials, objective and pruner as they are."""
    plain: dict[str, Any] = {
        "parameters": {name: plain_parameter(each) for name, each in sweep.parameters.items()},
        "sampler": sampler_of(sweep),
        "trials": trials_of(sweep),
        "objective": objectives_of(config),
        "pruner": pruner_of(config, sweep),
        "jobs": sweep.jobs,
    }
    return plain | ({"executor": {"ray": sweep.executor.ray}} if sweep.executor else {})


def plain_parameter(parameter: ParameterConfig) -> Any:
    """Return a parameter as it would be written: a list, or a mapping of what it says."""
    if parameter.values is not None and parameter.model_fields_set == {"values"}:
        return list(parameter.values)
    said = {key: value for key, value in parameter if value is not None and value is not False}
    lists = {key: list(value) for key, value in said.items() if isinstance(value, tuple)}
    return {key: lists.get(key, value) for key, value in said.items()}
