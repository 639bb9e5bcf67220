from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from dlkit.config.dump import dump_resolved
from dlkit.config.facts import DataFacts, reference_values
from dlkit.config.load import load_config

MINIMAL = """\
dataset: {source: diabetes}
architecture:
  layers:
    - Dense: {name: base, units: 4}
    - Model: {name: body, layers: [Dense: {name: one, units: 4}, Dense: {name: two, units: 4}]}
    - Shared: {name: again, layer: base}
    - Dense: {name: head, units: 1}
loss: mse
"""
"""319 examples to learn from: 10 steps an epoch of batches of 32."""

Faults = Callable[..., list[str]]


def staged(*stages: str, more: str = "") -> str:
    lines = "".join(f"    - {{{stage}}}\n" for stage in stages)
    return f"{MINIMAL}{more}training:\n  stages:\n{lines}"


@pytest.mark.parametrize(
    ("length", "said"),
    [
        ("epochs: 3", "x.yaml:12:3  training.epochs"),
        ("steps: 30", "x.yaml:12:3  training.steps"),
    ],
)
def test_stages_beside_another_length_are_refused(
    faults_of: Faults, length: str, said: str
) -> None:
    text = staged("epochs: 2") + f"  {length}\n"
    assert faults_of(text) == [
        f"{said}: `stages` say how long to train already. Keep one of the two."
    ]


def test_no_stages_at_all_are_refused(faults_of: Faults) -> None:
    (said,) = faults_of(f"{MINIMAL}training: {{stages: []}}\n")
    assert "training.stages: expected at least one entry" in said


@pytest.mark.parametrize(
    ("trainable", "said"),
    [
        ("{bas: true}", "bas: no layer is named 'bas'. Did you mean 'base'?"),
        (
            "{again: true}",
            "again: 'again' is the layer 'base', called once more. Write 'base'.",
        ),
        (
            "{base: {from: one}}",
            "base: 'base' has no layer 'one'. It is one layer: write true or false.",
        ),
        (
            "{body: {from: tow}}",
            "body.from: 'body' has no layer 'tow'. Did you mean 'two'?",
        ),
        (
            "{base: maybe}",
            (
                "base: expected true, false or `{from: name of a layer}`,"
                " received 'maybe' (text)."
            ),
        ),
    ],
    ids=["unknown", "called again", "no parts", "unknown part", "no answer"],
)
def test_stage_names_layers(faults_of: Faults, trainable: str, said: str) -> None:
    (fault,) = faults_of(staged("epochs: 1", f"epochs: 1, trainable: {trainable}"))
    place, message = fault.split("  ", 1)
    assert message == f"training.stages[1].trainable.{said}"
    assert place.startswith("x.yaml:12:")


COSINE = "lr_schedule: {CosineDecay: {decay_steps: 10 epochs}}\n"
STARTED = "lr_schedule: {CosineDecay: {initial_learning_rate: 0.1, decay_steps: 10 epochs}}\n"
STEPWISE = "lr_schedule: {PiecewiseConstantDecay: {boundaries: [9], values: [1, 2]}}\n"
INSIDE = "optimizer: {SGD: {learning_rate: {ExponentialDecay: [0.1, 50, 0.9]}}}"


@pytest.mark.parametrize(
    ("stage", "more", "said"),
    [
        (
            "optimizer: {SGD: {learning_rate: 0.1}}, learning_rate: 0.2",
            "",
            "learning_rate: the stage's optimizer says it already. Keep one of the two.",
        ),
        (
            "learning_rate: 0.2",
            STARTED,
            (
                "learning_rate: the initial_learning_rate of CosineDecay says the same."
                " Keep one of the two."
            ),
        ),
        (
            "learning_rate: 0.2",
            STEPWISE,
            (
                "learning_rate: PiecewiseConstantDecay says every rate itself."
                " Leave it out, or use another `lr_schedule`."
            ),
        ),
        (
            INSIDE,
            COSINE,
            (
                "optimizer.SGD.learning_rate.ExponentialDecay: the rate follows CosineDecay"
                " already, by `lr_schedule`. Keep one of the two."
            ),
        ),
    ],
    ids=["optimizer", "schedule", "stepwise", "inside"],
)
def test_one_thing_sets_the_rate_of_a_stage(
    faults_of: Faults, stage: str, more: str, said: str
) -> None:
    (fault,) = faults_of(staged(f"epochs: 10, {stage}", more=more))
    assert fault.split("  ", 1)[1] == f"training.stages[0].{said}"


@pytest.mark.parametrize(
    ("stage", "more"),
    [
        ("learning_rate: 0.2, optimizer: SGD", ""),
        ("learning_rate: 0.2", COSINE),
        ("learning_rate: 0.2", f"{INSIDE}\n"),
        ("optimizer: {SGD: 0.1}", COSINE),
    ],
    ids=["with an optimizer", "with a schedule", "in place of a schedule", "optimizer"],
)
def test_rate_of_a_stage_may_be_said_once(faults_of: Faults, stage: str, more: str) -> None:
    assert faults_of(staged(f"epochs: 10, {stage}", more=more)) == []


def test_plateau_is_refused_when_the_rate_of_a_stage_follows_a_schedule(
    faults_of: Faults,
) -> None:
    text = staged("epochs: 1", f"epochs: 10, {COSINE.strip()}")
    (fault,) = faults_of(f"{text}  callbacks: [ReduceLROnPlateau]\n")
    assert "training.callbacks[0]: ReduceLROnPlateau cannot change a rate that follows" in fault


@pytest.mark.parametrize(
    ("second", "more", "warned"),
    [
        ("epochs: 2", "", True),
        ("epochs: 2, trainable: {base: true}", "", True),
        ("epochs: 2, trainable: {base: false}", "", False),
        ("epochs: 2, learning_rate: 0.1", "", False),
        ("epochs: 2, optimizer: SGD", "", False),
        ("epochs: 2", "lr_schedule: {CosineDecay: {decay_steps: 2 epochs}}\n", False),
    ],
    ids=["nothing", "no change", "trainable", "rate", "optimizer", "schedule begins again"],
)
def test_stage_that_changes_nothing_is_warned_of(
    warnings_of: Faults, second: str, more: str, warned: bool
) -> None:
    said = warnings_of(staged("epochs: 2", second, more=more))
    warning = (
        "training.stages[1]: it trains the same weights at the same rate as the stage before"
        " it. Give it another `trainable`, `learning_rate` or `optimizer`, or make one of the"
        " two."
    )
    assert [line.split("warning: ")[1] for line in said] == [warning] * warned


def test_patience_is_measured_by_each_stage(warnings_of: Faults) -> None:
    stopping = "regularization: {early_stopping: {patience: 4}}\n"
    said = warnings_of(staged("epochs: 5", "epochs: 4, learning_rate: 0.1", more=stopping))
    assert [line.split("warning: ")[1] for line in said] == [
        "training.stages[1].epochs: with 4 epochs, a patience of 4 never stops stage 2."
    ]


def test_length_of_a_schedule_is_that_of_its_stage(warnings_of: Faults) -> None:
    short = "epochs: 4, lr_schedule: {CosineDecay: {decay_steps: 10 epochs}}"
    said = warnings_of(staged("epochs: 10", short, "epochs: 2", more=COSINE))
    assert [line.split("warning: ")[1] for line in said] == [
        (
            "training.stages[1].lr_schedule.CosineDecay.decay_steps: CosineDecay ends after 100"
            " steps, and stage 2 takes 40 (4 epochs of 10). Write `decay_steps: 4 epochs`."
        ),
        (
            "training.stages[2]: CosineDecay ends after 100 steps, and stage 3 takes 20"
            " (2 epochs of 10). Give it an `lr_schedule` of its own."
        ),
    ]


def test_metric_may_not_be_called_stage(faults_of: Faults) -> None:
    text = staged("epochs: 1", more="metrics: [{MeanAbsoluteError: {name: stage}}]\n")
    (fault,) = faults_of(text)
    assert "'stage' is a column of the history's own. Choose another name." in fault


def test_total_steps_are_those_of_all_stages() -> None:
    facts = DataFacts("made", "regression", 0, 1, (3,), 319)
    data = {"training": {"stages": [{"epochs": 3}, {"epochs": 4}]}}
    assert reference_values(facts, data)["training.total_steps"] == 7 * 10


STAGES = [
    {"epochs": 2, "trainable": {"base": False, "body": {"from": "two"}}},
    {"epochs": 3, "optimizer": "SGD", "learning_rate": 0.2},
    {"epochs": 1, "learning_rate": 1e-5},
    {"epochs": 4, "lr_schedule": {"CosineDecay": {"decay_steps": "4 epochs"}}},
]


def test_stages_are_written_back_and_read_as_they_were(tmp_path: Path) -> None:
    layers = [
        {"Dense": {"name": "base", "units": 4}},
        {"Model": {"name": "body", "layers": [{"Dense": {"name": "two", "units": 4}}]}},
        {"Dense": 1},
    ]
    data = {
        "dataset": {"source": "diabetes"},
        "architecture": {"layers": layers},
        "loss": "mse",
        "training": {"stages": STAGES},
    }
    loaded = load_config(data)
    text = dump_resolved(loaded.config, loaded.catalogue)
    (tmp_path / "resolved.yaml").write_text(text)
    again = load_config(tmp_path / "resolved.yaml")
    assert dump_resolved(again.config, again.catalogue) == text
    for ours, theirs in zip(
        loaded.config.training.stages_in_full(),
        again.config.training.stages_in_full(),
        strict=True,
    ):
        assert (ours.epochs, ours.trainable) == (theirs.epochs, theirs.trainable)
        assert (ours.lr_schedule is None) == (theirs.lr_schedule is None)
    rates = [
        stage.learning_rate or (stage.optimizer and stage.optimizer.arguments["learning_rate"])
        for stage in again.config.training.stages_in_full()
    ]
    assert rates == [None, 0.2, 1e-5, 1e-5]
