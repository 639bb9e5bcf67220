from __future__ import annotations

from collections.abc import Callable

import pytest

from dlkit.config.load import load_config

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

STOPPING = "regularization: {early_stopping: {%s}}\n"


@pytest.mark.parametrize(
    ("stopping", "dataset", "said"),
    [
        (
            "monitor: loss",
            "",
            (
                "35  warning: regularization.early_stopping.monitor: 'loss' is measured on what"
                " is learned, and tends to improve for ever. Use val_loss."
            ),
        ),
        (
            "monitor: mae",
            "",
            (
                "35  warning: regularization.early_stopping.monitor: 'mae' is measured on what"
                " is learned, and tends to improve for ever. Use val_mae."
            ),
        ),
        (
            "monitor: loss",
            ", validation: 0",
            (
                "35  warning: regularization.early_stopping.monitor: 'loss' is measured on what"
                " is learned, and tends to improve for ever. Give dataset.validation a share of"
                " the data."
            ),
        ),
        ("monitor: val_loss", "", ""),
        ("mode: min", "", ""),
    ],
    ids=["loss", "metric", "no validation", "validation loss", "default"],
)
def test_stopping_on_what_is_learned_is_warned_of(
    warnings_of: Callable[[str], list[str]], stopping: str, dataset: str, said: str
) -> None:
    text = MINIMAL.replace("diabetes", f"diabetes{dataset}")
    assert warnings_of(f"{text}{STOPPING % stopping}metrics: [mae]\n") == (
        [f"x.yaml:7:{said}"] if said else []
    )


@pytest.mark.parametrize("training", ["epochs: 3", "steps: 3", "batch_size: 8"])
def test_length_of_the_training_may_be_said_in_one_way(
    faults_of: Callable[..., list[str]], training: str
) -> None:
    assert faults_of(f"{MINIMAL}training: {{{training}}}\n") == []


def test_length_of_the_training_is_refused_when_it_is_said_twice(
    faults_of: Callable[..., list[str]],
) -> None:
    assert faults_of(f"{MINIMAL}training: {{epochs: 3, steps: 30}}\n") == [
        (
            "x.yaml:7:23  training.steps: `epochs` says how long to train already."
            " Keep one of the two."
        )
    ]


@pytest.mark.parametrize(
    ("epochs", "stopping", "said"),
    [
        (5, "patience: 5", "7:35  warning: {0}.patience: with 5 epochs, a patience of 5"),
        (5, "patience: 9", "7:35  warning: {0}.patience: with 5 epochs, a patience of 9"),
        (3, "mode: min", "7:18  warning: {0}.patience: with 3 epochs, a patience of 3"),
        (5, "patience: 4", ""),
        (4, "mode: min", ""),
    ],
    ids=["as long", "longer", "default", "shorter", "default shorter"],
)
def test_patience_that_never_ends_is_warned_of(
    warnings_of: Callable[[str], list[str]], epochs: int, stopping: str, said: str
) -> None:
    text = f"{MINIMAL}{STOPPING % stopping}training: {{epochs: {epochs}}}\n"
    place = said.format("regularization.early_stopping")
    assert warnings_of(text) == ([f"x.yaml:{place} never stops."] if said else [])


INSIDE = "optimizer: {SGD: {learning_rate: {ExponentialDecay: [0.1, 50, 0.9]}}}\n"
OUTSIDE = "lr_schedule: {ExponentialDecay: {decay_steps: 50, decay_rate: 0.9}}\n"


@pytest.mark.parametrize("schedule", [INSIDE, OUTSIDE], ids=["inside", "outside"])
@pytest.mark.parametrize(
    ("callback", "place"),
    [
        ("ReduceLROnPlateau", "8:33  training.callbacks[1]"),
        (
            "ReduceLROnPlateau: {patience: 2}",
            "8:33  training.callbacks[1].ReduceLROnPlateau",
        ),
    ],
    ids=["lone", "arguments"],
)
def test_plateau_is_refused_when_the_rate_follows_a_schedule(
    faults_of: Callable[..., list[str]], schedule: str, callback: str, place: str
) -> None:
    callbacks = "training: {callbacks: [History, %s]}\n"
    said = faults_of(f"{MINIMAL}{schedule}{callbacks % callback}")
    assert said == [
        (
            f"x.yaml:{place}: ReduceLROnPlateau cannot change a rate that follows"
            " ExponentialDecay. Keep one of the two."
        )
    ]


def test_second_keeper_of_the_state_is_warned_of(
    warnings_of: Callable[[str], list[str]],
) -> None:
    callbacks = "training: {callbacks: [{BackupAndRestore: {backup_dir: here}}]}\n"
    assert warnings_of(MINIMAL + callbacks) == [
        (
            "x.yaml:7:25  warning: training.callbacks[0].BackupAndRestore: the state of"
            " training is kept already, and `--resume` goes on from it; BackupAndRestore would"
            " put older weights in its place. Remove it; `training.checkpoint` says how often."
        )
    ]
    assert warnings_of(f"{MINIMAL}training: {{callbacks: [TerminateOnNaN]}}\n") == []


@pytest.mark.parametrize(
    "sections",
    [
        "training: {callbacks: [ReduceLROnPlateau]}\n",
        "optimizer: {SGD: 0.1}\ntraining: {callbacks: [ReduceLROnPlateau]}\n",
        f"{INSIDE}training: {{callbacks: [TerminateOnNaN]}}\n",
        OUTSIDE,
    ],
    ids=["no schedule", "a rate", "another callback", "no callback"],
)
def test_rate_may_be_changed_by_one_thing(
    faults_of: Callable[..., list[str]], sections: str
) -> None:
    assert faults_of(MINIMAL + sections) == []


@pytest.mark.parametrize(
    ("training", "said"),
    [
        (
            "batch_size: 320",
            [
                (
                    "x.yaml:7:12  warning: training.batch_size: a batch of 320 is more than the"
                    " 319 training examples. Each epoch will be one step."
                )
            ],
        ),
        ("batch_size: 319", []),
    ],
    ids=["more", "all"],
)
def test_batch_of_more_than_all_examples_is_warned_of(
    warnings_of: Callable[[str], list[str]], training: str, said: list[str]
) -> None:
    assert warnings_of(f"{MINIMAL}training: {{{training}}}\n") == said


@pytest.mark.parametrize("dataset", ["source: diabetis", "source: 5", "validation: 0.1"])
@pytest.mark.parametrize(
    "section",
    [
        STOPPING % "monitor: loss",
        "lr_schedule: {CosineDecay: {decay_steps: 5}}\n",
        "training: {batch_size: 5000}\n",
    ],
    ids=["stopping", "schedule", "batch"],
)
def test_training_is_not_judged_when_the_dataset_is_unknown(
    faults_of: Callable[..., list[str]], dataset: str, section: str
) -> None:
    (said,) = faults_of(MINIMAL.replace("source: diabetes", dataset) + section)
    assert said.startswith("x.yaml:1:")
    assert "dataset.source: " in said


def test_every_warning_is_told() -> None:
    data = {
        "dataset": {"source": "diabetes"},
        "training": {"epochs": 2, "batch_size": 5000},
        "architecture": {"layers": [{"Dense": 1}]},
        "loss": "mse",
        "regularization": {"early_stopping": {"monitor": "loss"}},
    }
    warnings = load_config(data).warnings
    assert {".".join(map(str, warning.path)) for warning in warnings} == {
        "training.batch_size",
        "regularization.early_stopping.monitor",
        "regularization.early_stopping.patience",
    }
    assert all(warning.warning and str(warning.mark) == "dict" for warning in warnings)


@pytest.mark.parametrize(
    ("training", "said"),
    [
        (
            "{xla: true, loop: fit}",
            (
                "7:12  training.xla: Keras's loop goes without it, and `loop: fit` asks for"
                " that loop. Leave `loop` or `xla` out."
            ),
        ),
        (
            "{precision: float16}",
            (
                "7:12  training.precision: expected 'float32', 'mixed_float16' or"
                " 'mixed_bfloat16', received 'float16' (text). Did you mean 'mixed_float16'?"
            ),
        ),
        (
            "{limit: 10}",
            (
                "7:12  training.limit: expected a mapping of keys, received 10. Example:"
                " `limit: {train_batches: 10}`."
            ),
        ),
    ],
)
def test_way_of_training_is_answered(
    faults_of: Callable[..., list[str]], training: str, said: str
) -> None:
    assert faults_of(f"{MINIMAL}training: {training}\n") == [f"x.yaml:{said}"]
