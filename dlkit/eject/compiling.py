"""What is known of a training, and how the model is compiled for it, as Keras code."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from dlkit.config.catalogue import Catalogue
from dlkit.config.datasets import Task
from dlkit.config.objects import KerasObject
from dlkit.config.outputs import views
from dlkit.config.regularization.optimizers import decays_by_section
from dlkit.config.schema import Config
from dlkit.config.training_section import StageConfig
from dlkit.eject.code import (
    Expression,
    call,
    lay_out,
    listed,
    literal,
    mapping,
    text,
)
from dlkit.eject.data import DataCode
from dlkit.eject.objects import construct, loss_code, metric_code
from dlkit.errors import ConfigError, Problem
from dlkit.train.rates.optimizer import optimizer_notation as scheduled_optimizer
from dlkit.train.rates.optimizer import undecayed


@dataclass(frozen=True)
class Plan:
    """What is known of the training.

    Attributes:
        config: Regularized: what the section asks for is in its losses and its optimizer.
        catalogue: Knows Keras's defaults.
        tasks: What each output learns, by its name.
        examples: How many training examples there are.
        data: The lines of the data.
        model: As dlkit has built it.
        evaluated: How many examples the larger of validation and test has.
        validated: Whether there are validation examples.
        named_inputs: Whether inputs are a dict.
        augmented: Whether training batches are changed.
        stage_layers: The variable or call of each layer that a stage changes.
        built: The layers that dlkit has built, by their names.
    """

    config: Config
    catalogue: Catalogue
    tasks: Mapping[str, Task]
    examples: int
    data: DataCode
    model: Any
    evaluated: int
    validated: bool
    named_inputs: bool = False
    augmented: bool = False
    stage_layers: Mapping[str, str] = field(default_factory=dict)
    built: Mapping[str, Any] = field(default_factory=dict)

    @property
    def steps_per_epoch(self) -> int:
        """Steps of a whole epoch."""
        return self.config.training.steps_of_epoch(self.examples)

    @property
    def goes_on(self) -> bool:
        """Whether an epoch goes on where the one before it has stopped."""
        return self.config.training.steps_per_epoch is not None

    @property
    def limited(self) -> bool:
        """Whether an epoch ends before all examples were seen, and the next begins anew."""
        whole = self.config.training.steps_of_pass(self.examples)
        return not self.goes_on and self.steps_per_epoch < whole

    @property
    def total_steps(self) -> int:
        """Steps of the whole training."""
        return self.config.training.total_steps(self.steps_per_epoch)

    @property
    def epochs(self) -> int:
        """Epochs of the whole training; the last one may be cut short."""
        return math.ceil(self.total_steps / self.steps_per_epoch)

    @property
    def cut_short(self) -> bool:
        """Whether the last epoch is shorter than the others."""
        return self.total_steps % self.steps_per_epoch != 0


def compile_lines(plan: Plan, stage: StageConfig | None = None) -> list[str]:
    """Return the call that compiles the model, for all of training or for a stage."""
    config, catalogue = plan.config, plan.catalogue
    each = views(config)
    losses: dict[str, Expression] = {
        name: loss_code(one.loss, catalogue) for name, one in each.items()
    }
    metrics: dict[str, Expression] = {
        name: listed(metric_code(m, plan.tasks[name], catalogue) for m in one.metrics)
        for name, one in each.items()
        if one.metrics
    }
    optimizer = optimizer_notation(plan, stage)
    made = construct(optimizer, catalogue)
    spared = spared_names(plan, optimizer)
    named: dict[str, Expression] = {"optimizer": "optimizer" if spared else made}
    named["loss"] = mapping(losses) if config.outputs else losses[""]
    if config.outputs:
        weights = {name: literal(output.weight) for name, output in config.outputs.items()}
        if {*weights.values()} != {"1.0"}:
            named["loss_weights"] = mapping(weights)
    if metrics:
        named["metrics"] = mapping(metrics) if config.outputs else metrics[""]
    named["jit_compile"] = "False"
    whole = call("model.compile", named=named)
    lines = [*_spare(made, spared), "model.compile("]
    for name, item in whole.items:
        lines += lay_out(item, name, ",", 4)
    lines[-1] += "  # XLA would round otherwise"
    return [*lines, ")"]


def optimizer_notation(plan: Plan, stage: StageConfig | None) -> KerasObject:
    """Return the optimizer of all of training or of a stage, its schedule inside it."""
    return scheduled_optimizer(plan.config, plan.steps_per_epoch, plan.catalogue, stage)


def spared_names(plan: Plan, optimizer: KerasObject) -> list[str]:
    """Return the names of the weights that weight decay leaves alone.

    Raises:
        ConfigError: If others have such a name too.
    """
    if not decays_by_section(optimizer):
        return []
    spared = {id(variable) for variable in undecayed(plan.model)}
    trained = plan.model.trainable_variables
    names = {variable.name for variable in trained if id(variable) in spared}
    if any(v.name in names and id(v) not in spared for v in trained):
        message = "which weights decay is more than their names tell."
        hint = "Give the optimizer `weight_decay` itself: it decays all of them."
        raise ConfigError(Problem(message, ("regularization", "weight_decay"), hint))
    return sorted(names)


def _spare(made: Expression, names: list[str]) -> list[str]:
    """Return the lines that make an optimizer whose weight decay spares some weights."""
    if not names:
        return []
    return [
        *lay_out(made, "optimizer = "),
        *lay_out(listed(map(text, names)), "spared = ", "  # biases and normalization"),
        "optimizer.exclude_from_weight_decay(",
        "    var_list=[v for v in model.trainable_variables if v.name in spared]",
        ")",
    ]
