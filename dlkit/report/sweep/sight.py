"""What the page of a sweep is made of, beside its trials."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from dlkit.config.sweep.space import Scalar
from dlkit.report.sweep.record import SweepRecord
from dlkit.report.sweep.weights import Weights

Status = Literal["running", "complete", "interrupted", "failed"]


@dataclass(frozen=True)
class Sight:
    """All that is known of a sweep when its page is written.

    Attributes:
        record: All trials.
        weights: How much each parameter mattered.
        status: How far the sweep is.
        base: The values that the file itself has, by parameter; None where they are none
            of those that may be tried.
        section: The section ``sweep`` of the file, as YAML.
        command: What runs the best trial again.
        jobs: How many trials ran at the same time.
        validation_examples: On how many examples an objective was measured; 0: not known.
    """

    record: SweepRecord
    weights: Weights
    status: Status
    base: Mapping[str, Scalar] | None
    section: str
    command: str
    jobs: int
    validation_examples: int = 0
