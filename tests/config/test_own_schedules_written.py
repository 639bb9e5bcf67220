"""Schedules of dlkit's own in a config: what is refused and warned of, and where."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

MINIMAL = """\
dataset: {source: diabetes}
architecture: {layers: [{Dense: 1}]}
loss: mse
"""
"""319 examples to learn from: 10 steps an epoch of batches of 32, 100 steps in 10 epochs."""

Faults = Callable[..., list[str]]


@pytest.mark.parametrize(
    "sections",
    [
        "lr_schedule: OneCycle",
        "lr_schedule: {OneCycle: 0.1}",
        "lr_schedule: {OneCycle: {total_steps: 10 epochs, pct_start: 1/4}}",
        "lr_schedule: {Power: 2 epochs}",
        "lr_schedule: {WarmUp: 1 epochs}",
        "lr_schedule: {WarmUp: {steps: 2 epochs, schedule: {CosineDecay: 8 epochs}}}",
        "lr_schedule: {WarmUp: {steps: 20, schedule: 0.1, start: 1/100}}",
        "lr_schedule: {WarmUp: {steps: 20, schedule: OneCycle}}",
        "lr_schedule: {WarmUp: {steps: 20, schedule: {OneCycle: {total_steps: 8 epochs}}}}",
        "lr_schedule: {ExponentialByEpoch: 0.9}",
        "lr_schedule: {ReduceLROnPlateau: {patience: 3, monitor: loss}}",
        "optimizer: {SGD: {learning_rate: {OneCycle: 0.1}}}",
        "optimizer: {SGD: {learning_rate: {WarmUp: {steps: 9, schedule: 0.1}}}}",
        "optimizer: {SGD: {learning_rate: {Power: [0.1, 2 epochs]}}}",
        "lr_schedule: {OneCycle: {total_steps: '${training.total_steps}'}}",
    ],
)
def test_schedule_is_accepted(faults_of: Faults, warnings_of: Faults, sections: str) -> None:
    assert faults_of(f"{MINIMAL}{sections}\n") == []
    assert warnings_of(f"{MINIMAL}{sections}\n") == []


@pytest.mark.parametrize(
    ("sections", "said"),
    [
        (
            "lr_schedule: OnCycle",
            (
                "4:1  lr_schedule: Keras has no learning-rate schedule 'OnCycle'."
                " Did you mean 'OneCycle'?"
            ),
        ),
        (
            "lr_schedule: {OneCycle: {max_lerning_rate: 0.1}}",
            (
                "4:26  lr_schedule.OneCycle.max_lerning_rate: OneCycle has no argument"
                " 'max_lerning_rate'. Did you mean 'max_learning_rate'?"
            ),
        ),
        (
            "lr_schedule: {OneCycle: {pct_start: 1.5}}",
            (
                "4:26  lr_schedule.OneCycle.pct_start: expected a number between 0 and 1,"
                " received 1.5."
            ),
        ),
        (
            "lr_schedule: {OneCycle: -0.1}",
            "4:15  lr_schedule.OneCycle: expected a number above 0, received -0.1.",
        ),
        ("lr_schedule: Power", "4:1  lr_schedule: Power needs 'decay_steps'."),
        (
            "lr_schedule: {Power: {decay_steps: 0}}",
            "4:23  lr_schedule.Power.decay_steps: expected an integer from 1 on, received 0.",
        ),
        ("lr_schedule: WarmUp", "4:1  lr_schedule: WarmUp needs 'steps'."),
        (
            "lr_schedule: {WarmUp: {steps: 1 epochs, schedule: {Cosine: 9}}}",
            (
                "4:52  lr_schedule.WarmUp.schedule.Cosine: Keras has no learning-rate schedule"
                " 'Cosine'. Did you mean 'CosineDecay'?"
            ),
        ),
        (
            "lr_schedule: {WarmUp: {steps: 9, schedule: ReduceLROnPlateau}}",
            (
                "4:34  lr_schedule.WarmUp.schedule: ReduceLROnPlateau has no steps that could"
                " follow a warm-up. Use another schedule here."
            ),
        ),
        (
            "optimizer: {SGD: {learning_rate: OneCycle}}",
            (
                "4:19  optimizer.SGD.learning_rate: OneCycle needs 'max_learning_rate'."
                " Or write the schedule under `lr_schedule`: the optimizer's counts."
            ),
        ),
        (
            "optimizer: {SGD: {learning_rate: {WarmUp: {steps: 9, schedule: {Power: 9}}}}}",
            (
                "4:65  optimizer.SGD.learning_rate.WarmUp.schedule.Power: Power needs"
                " 'initial_learning_rate'. Or write the schedule under `lr_schedule`: the"
                " optimizer's counts."
            ),
        ),
        (
            "optimizer: {SGD: {learning_rate: ReduceLROnPlateau}}",
            (
                "4:19  optimizer.SGD.learning_rate: ReduceLROnPlateau lowers a rate, and is"
                " none itself. Write it under `lr_schedule`, and a number here."
            ),
        ),
        (
            "optimizer: {SGD: 0.1}\nlr_schedule: {OneCycle: 0.2}",
            (
                "5:15  lr_schedule.OneCycle: the optimizer's learning_rate says the"
                " same. Keep one of the two."
            ),
        ),
        (
            "optimizer: {SGD: 0.1}\nlr_schedule: {WarmUp: {steps: 9, schedule: 0.2}}",
            (
                "5:34  lr_schedule.WarmUp.schedule: the optimizer's learning_rate says the"
                " same. Keep one of the two."
            ),
        ),
    ],
)
def test_schedule_is_refused(faults_of: Faults, sections: str, said: str) -> None:
    assert faults_of(f"{MINIMAL}{sections}\n") == [f"x.yaml:{said}"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            "monitor: val_los",
            (
                "4:35  lr_schedule.ReduceLROnPlateau.monitor: no metric makes 'val_los'."
                " Did you mean 'val_loss'? Made: loss, val_loss."
            ),
        ),
        (
            "factor: 1",
            (
                "4:35  lr_schedule.ReduceLROnPlateau.factor: expected a number between 0 and 1,"
                " received 1."
            ),
        ),
        (
            "mode: mx",
            (
                "4:35  lr_schedule.ReduceLROnPlateau.mode: expected one of auto, min, max,"
                " received 'mx' (text). Did you mean 'max'?"
            ),
        ),
        (
            "verbose: 1",
            (
                "4:35  lr_schedule.ReduceLROnPlateau.verbose: ReduceLROnPlateau has no argument"
                " 'verbose'. Expected one of: cooldown, factor, min_delta, min_lr, mode,"
                " monitor, patience."
            ),
        ),
    ],
)
def test_plateau_is_refused(faults_of: Faults, arguments: str, said: str) -> None:
    text = f"{MINIMAL}lr_schedule: {{ReduceLROnPlateau: {{{arguments}, patience: 2}}}}\n"
    assert faults_of(text) == [f"x.yaml:{said}"]


def test_plateau_of_the_validation_needs_one(faults_of: Faults) -> None:
    text = MINIMAL.replace("diabetes}", "diabetes, validation: 0}")
    assert faults_of(f"{text}lr_schedule: {{ReduceLROnPlateau: {{patience: 2}}}}\n") == [
        (
            "x.yaml:4:15  lr_schedule.ReduceLROnPlateau.monitor: 'val_loss' needs validation"
            " data, and dataset.validation is 0. Expected one of: loss."
        )
    ]


@pytest.mark.parametrize("rate", ["ReduceLROnPlateau: {patience: 2}", "OneCycle: 0.1"])
def test_two_things_cannot_change_the_rate(faults_of: Faults, rate: str) -> None:
    callbacks = "training: {callbacks: [{ReduceLROnPlateau: {patience: 2}}]}\n"
    (problem,) = faults_of(f"{MINIMAL}lr_schedule: {{{rate}}}\n{callbacks}")
    assert problem.startswith("x.yaml:5:25  training.callbacks[0].ReduceLROnPlateau: ")
    assert problem.endswith(" Keep one of the two.")
    assert faults_of(MINIMAL + callbacks) == []


@pytest.mark.parametrize(
    ("schedule", "said"),
    [
        (
            "OneCycle: {total_steps: 5 epochs}",
            (
                "4:26  warning: lr_schedule.OneCycle.total_steps: OneCycle ends after 50 steps,"
                " and training takes 100 (10 epochs of 10). Leave it out."
            ),
        ),
        (
            "WarmUp: {steps: 2 epochs, schedule: {CosineDecay: {decay_steps: 10 epochs}}}",
            (
                "4:66  warning: lr_schedule.WarmUp.schedule.CosineDecay.decay_steps:"
                " CosineDecay ends after 120 steps, and training takes 100 (10 epochs of 10)."
                " Write `decay_steps: 8 epochs`."
            ),
        ),
        (
            "WarmUp: {steps: 12 epochs}",
            (
                "4:24  warning: lr_schedule.WarmUp.steps: the rate rises for 120 steps, and"
                " training takes 100 (10 epochs of 10). It never gets to its top."
            ),
        ),
        (
            "ReduceLROnPlateau: {patience: 9}",
            (
                "4:35  warning: lr_schedule.ReduceLROnPlateau.patience: with 10 epochs, a"
                " patience of 9 never lowers the rate of training."
            ),
        ),
    ],
)
def test_schedule_is_warned_of(warnings_of: Faults, schedule: str, said: str) -> None:
    assert warnings_of(f"{MINIMAL}lr_schedule: {{{schedule}}}\n") == [f"x.yaml:{said}"]


def test_plateau_has_time_with_a_patience_of_eight(warnings_of: Faults) -> None:
    # Epoch 1 is the best; 2 to 9 are no better; epoch 10 has the lower rate.
    assert warnings_of(f"{MINIMAL}lr_schedule: {{ReduceLROnPlateau: {{patience: 8}}}}\n") == []


def test_cycle_is_as_long_as_its_stage(warnings_of: Faults, faults_of: Faults) -> None:
    stages = "training: {stages: [{epochs: 2}, {epochs: 4, learning_rate: %s}]}\n"
    assert warnings_of(f"{MINIMAL}lr_schedule: OneCycle\n{stages % 0.1}") == []
    fixed = f"{MINIMAL}lr_schedule: {{OneCycle: {{total_steps: 2 epochs}}}}\n{stages % 0.1}"
    (warning,) = warnings_of(fixed)
    assert "stage 2 takes 40 (4 epochs of 10). Give it an `lr_schedule` of its own." in warning
    (problem,) = faults_of(f"{MINIMAL}lr_schedule: {{OneCycle: 0.2}}\n{stages % 0.1}")
    assert "the max_learning_rate of OneCycle says the same. Keep one of the two." in problem


@pytest.mark.parametrize(
    "rate", ["OneCycle: 0.2", "WarmUp: {steps: 9, schedule: 0.2}", "Power: 9"]
)
def test_resolved_config_says_one_rate_and_can_be_read(rate: str, tmp_path: Path) -> None:
    from dlkit.config.catalogue import load_catalogue
    from dlkit.config.dump import dump_resolved
    from dlkit.config.load import load_config

    (tmp_path / "x.yaml").write_text(f"{MINIMAL}optimizer: SGD\nlr_schedule: {{{rate}}}\n")
    config = load_config(tmp_path / "x.yaml").config
    text = dump_resolved(config, load_catalogue())
    assert text.count("learning_rate: ") == (0 if "WarmUp" in rate else 1)
    (tmp_path / "x.yaml").write_text(text)
    again = load_config(tmp_path / "x.yaml").config
    assert dump_resolved(again, load_catalogue()) == text
