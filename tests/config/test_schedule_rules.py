from __future__ import annotations

from collections.abc import Callable

import pytest

MINIMAL = """\
dataset: {source: diabetes}
architecture:
  layers:
    - Flatten
    - Dense: 1
loss: mse
"""
"""442 examples: 88 to test on, 35 of the other 354 to validate on, 319 to learn from.

That is 10 steps an epoch of batches of 32, and 100 steps in 10 epochs.
"""

COSINE = "lr_schedule: {CosineDecay: {decay_steps: 5 epochs%s}}\n"


@pytest.mark.parametrize(
    "sections",
    [
        COSINE % "",
        "optimizer: {Adam: 0.1}\n" + COSINE % "",
        "optimizer: Adam\n" + COSINE % ", initial_learning_rate: 0.1",
        "optimizer: {Adam: {learning_rate: {CosineDecay: [0.1, 100]}}}\n",
    ],
    ids=["alone", "rate", "initial", "inside"],
)
def test_learning_rate_may_be_set_by_one_thing(
    faults_of: Callable[..., list[str]], sections: str
) -> None:
    assert faults_of(MINIMAL + sections) == []


@pytest.mark.parametrize(
    ("optimizer", "initial", "said"),
    [
        (
            "0.1",
            ", initial_learning_rate: 0.2",
            (
                "8:52  lr_schedule.CosineDecay.initial_learning_rate: the optimizer's"
                " learning_rate says the same. Keep one of the two."
            ),
        ),
        (
            "{learning_rate: {CosineDecay: [0.1, 100]}}",
            "",
            (
                "8:1  lr_schedule: CosineDecay is set in the optimizer already."
                " Keep one of the two."
            ),
        ),
    ],
    ids=["rate and initial", "two schedules"],
)
def test_learning_rate_is_refused_when_two_things_set_it(
    faults_of: Callable[..., list[str]], optimizer: str, initial: str, said: str
) -> None:
    text = f"{MINIMAL}optimizer: {{Adam: {optimizer}}}\n{COSINE % initial}"
    assert faults_of(text) == [f"x.yaml:{said}"]


@pytest.mark.parametrize(
    ("optimizer", "initial", "said"),
    [
        ("{Adam: {learning_rate: 0.1, zzz: 1}}", ", initial_learning_rate: 0.2", "7:40  "),
        ("{Adam: 0.1}", ", initial_learning_rate: 0.2, zzz: 1", "8:80  "),
    ],
    ids=["optimizer", "schedule"],
)
def test_learning_rate_is_not_judged_when_a_part_is_faulty(
    faults_of: Callable[..., list[str]], optimizer: str, initial: str, said: str
) -> None:
    (problem,) = faults_of(f"{MINIMAL}optimizer: {optimizer}\n{COSINE % initial}")
    assert problem.startswith(f"x.yaml:{said}")
    assert "has no argument 'zzz'" in problem


@pytest.mark.parametrize(
    "schedule",
    [
        "CosineDecay: {decay_steps: 100}",
        "CosineDecay: {decay_steps: 10 epochs}",
        "CosineDecay: {decay_steps: 90}",
        "CosineDecay: {decay_steps: 110}",
        "CosineDecay: {decay_steps: 8 epochs, warmup_steps: 2 epochs, warmup_target: 0.1}",
        "CosineDecay: {decay_steps: 80, warmup_steps: 20, warmup_target: 0.1}",
        "PolynomialDecay: {decay_steps: 100}",
        "PolynomialDecay: {decay_steps: 5, cycle: true}",
        "ExponentialDecay: {decay_steps: 5, decay_rate: 0.9}",
        "CosineDecayRestarts: {first_decay_steps: 5}",
    ],
)
def test_schedule_is_accepted_when_it_lasts_as_long_as_the_training(
    warnings_of: Callable[[str], list[str]], schedule: str
) -> None:
    assert warnings_of(f"{MINIMAL}lr_schedule: {{{schedule}}}\n") == []


@pytest.mark.parametrize(
    ("arguments", "ends", "hint"),
    [
        ("decay_steps: 89", "89", "Write `decay_steps: 10 epochs`."),
        ("decay_steps: 111", "111", "Write `decay_steps: 10 epochs`."),
        ("decay_steps: 5 epochs", "50", "Write `decay_steps: 10 epochs`."),
        ("decay_steps: 1234", "1,234", "Write `decay_steps: 10 epochs`."),
        (
            "decay_steps: 10 epochs, warmup_target: 1, warmup_steps: 2 epochs",
            "120",
            "Write `decay_steps: 8 epochs`.",
        ),
        (
            "decay_steps: 100, warmup_target: 1, warmup_steps: 25",
            "125",
            "Write `decay_steps: 7.5 epochs`.",
        ),
        (
            "decay_steps: 1, warmup_target: 1, warmup_steps: 12 epochs",
            "121",
            "Shorten the warmup.",
        ),
    ],
    ids=["short", "long", "epochs", "thousands", "warmup", "warmup steps", "only warmup"],
)
def test_schedule_of_another_length_is_warned_of(
    warnings_of: Callable[[str], list[str]], arguments: str, ends: str, hint: str
) -> None:
    assert warnings_of(f"{MINIMAL}lr_schedule: {{CosineDecay: {{{arguments}}}}}\n") == [
        (
            f"x.yaml:7:29  warning: lr_schedule.CosineDecay.decay_steps: CosineDecay ends after"
            f" {ends} steps, and training takes 100 (10 epochs of 10). {hint}"
        )
    ]


def test_schedule_inside_the_optimizer_is_judged_too(
    warnings_of: Callable[[str], list[str]],
) -> None:
    schedule = "{PolynomialDecay: [0.1, 50]}"
    text = f"{MINIMAL}optimizer: {{SGD: {{learning_rate: {schedule}}}}}\n"
    assert warnings_of(f"{text}training: {{epochs: 2, batch_size: 4}}\n") == [
        (
            "x.yaml:7:35  warning: optimizer.SGD.learning_rate.PolynomialDecay.decay_steps:"
            " PolynomialDecay ends after 50 steps, and training takes 160 (2 epochs of 80)."
            " Write `decay_steps: 2 epochs`."
        )
    ]


@pytest.mark.parametrize(("steps", "warned"), [(45, 1), (50, 0), (56, 1)])
def test_schedule_is_judged_by_the_steps_of_the_training(
    warnings_of: Callable[[str], list[str]], steps: int, warned: int
) -> None:
    schedule = "lr_schedule: {CosineDecay: {decay_steps: 50}}\n"
    text = f"{MINIMAL}{schedule}training: {{steps: {steps}}}\n"
    assert len(warnings_of(text)) == warned  # 50 / 45 = 1.11, 50 / 56 = 0.89
