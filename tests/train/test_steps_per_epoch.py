"""Epochs of so many steps, and limited ones, against Keras's own fit on the same batches."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count, islice
from typing import Any

import numpy as np
import pytest

pytestmark = pytest.mark.keras

keras = pytest.importorskip("keras")

from dlkit.config.training_section import TrainingConfig  # noqa: E402
from dlkit.data.dataset import Split, Stream  # noqa: E402
from dlkit.data.order import block_orders, epoch_order  # noqa: E402
from dlkit.train.callbacks import UserCallbacks  # noqa: E402
from dlkit.train.loops.feed import Feed  # noqa: E402
from dlkit.train.loops.fit import FitLoop  # noqa: E402
from dlkit.train.loops.tape import TapeLoop  # noqa: E402
from dlkit.train.plan import Plan, plan_training  # noqa: E402

BATCH, EXAMPLES = 8, 43  # a pass is 5 full batches, and one of 3


def points(*, several: bool = False) -> Split:
    generator = np.random.default_rng(3)
    x = generator.normal(size=(EXAMPLES, 3)).astype("float32")
    y = (x @ [[1.0], [-2.0], [0.5]]).astype("float32")
    sign = (y > 0).astype("float32")
    return Split(x, y, targets={"value": y, "sign": sign} if several else {})


def streamed(split: Split) -> Stream:
    """The same examples, two blocks of two batches at a time."""

    def blocks() -> Iterator[Split]:
        yield split

    return Stream(EXAMPLES, blocks, split.take, piece=3, block=2 * BATCH)


def model(*, several: bool) -> Any:
    keras.utils.set_random_seed(5)
    inputs = keras.Input((3,))
    hidden = keras.layers.Dropout(0.2)(keras.layers.Dense(6, activation="tanh")(inputs))
    value = keras.layers.Dense(1, name="value")(hidden)
    sign = keras.layers.Dense(1, activation="sigmoid", name="sign")(hidden)
    made = keras.Model(inputs, {"value": value, "sign": sign} if several else value)
    made.compile(
        keras.optimizers.Adam(0.01),
        loss={"value": "mse", "sign": "binary_crossentropy"} if several else "mse",
        metrics={"value": ["mae"], "sign": ["accuracy"]} if several else ["mae"],
    )
    made.optimizer.build(made.trainable_variables)
    return made


def plan(training: dict[str, Any]) -> Plan:
    whole = TrainingConfig.model_validate({"batch_size": BATCH, **training})
    return plan_training(whole, EXAMPLES)


def ours(loop: Any, plan: Plan) -> list[dict[str, float]]:
    return [
        loop.run_epoch(epoch, plan.stretches(epoch), lambda done: None)
        for epoch in range(plan.epochs)
    ]


def plain(examples: Any, split: Split, plan: Plan) -> Any:
    """Let Keras train on passes, one after another or, where limited, each cut short."""

    def order(number: int) -> np.ndarray:
        if isinstance(examples, Split):
            return epoch_order(EXAMPLES, 0, number)
        orders = block_orders(EXAMPLES, examples.piece, examples.block, 0, number)
        return np.concatenate([*orders])

    def batches() -> Iterator[Any]:
        for number in count():
            rows = order(number)
            rows = rows if plan.goes_on else rows[: plan.of_epoch * BATCH]
            for start in range(0, len(rows), BATCH):
                few = split.take(rows[start : start + BATCH])
                yield few.x, (dict(few.targets) or few.y)

    made, history = model(several=bool(split.targets)), []
    everything = batches()
    for epoch in range(plan.epochs):
        # What Keras reads ahead of a generator is lost to its next fit.
        own = [*islice(everything, plan.steps(epoch))]
        fitted = made.fit(
            (batch for batch in own),
            steps_per_epoch=len(own),
            initial_epoch=epoch,
            epochs=epoch + 1,
            shuffle=False,
            verbose=0,
        )
        history.append({name: values[0] for name, values in fitted.history.items()})
    return made, history


LENGTHS = {
    "shorter": {"epochs": 3, "steps_per_epoch": 4},
    "longer-and-cut": {"steps": 22, "steps_per_epoch": 8},
    "limited": {"epochs": 3, "limit": {"train_batches": 2}},
}
ALWAYS = {
    *("shorter-held-tape", "shorter-streamed-fit"),
    *("longer-and-cut-held-fit", "longer-and-cut-streamed-tape"),
    *("limited-held-tape", "limited-streamed-fit"),
}
"""Each length with each loop and each place of the examples, and each of these with each."""


@pytest.mark.parametrize(
    ("training", "stream", "kind"),
    [
        pytest.param(
            LENGTHS[length],
            place == "streamed",
            kind,
            id=f"{length}-{place}-{kind}",
            marks=[] if f"{length}-{place}-{kind}" in ALWAYS else pytest.mark.nightly,
        )
        for length in LENGTHS
        for place in ("held", "streamed")
        for kind in ("tape", "fit")
    ],
)
def test_loops_train_as_keras_does(kind: str, stream: bool, training: dict[str, Any]) -> None:
    split, made = points(), model(several=False)
    examples = streamed(split) if stream else split
    feed, wanted = Feed(examples, BATCH), plan(training)
    if kind == "tape":
        loop: Any = TapeLoop(made, feed, BATCH, 0, None)
    else:
        loop = FitLoop(made, feed, BATCH, 0, None, UserCallbacks((), made, 3, 4))
    found = ours(loop, wanted)
    other, history = plain(examples, split, wanted)
    assert int(made.optimizer.iterations.numpy()) == wanted.total
    for row, theirs in zip(found, history, strict=True):
        assert row == pytest.approx(theirs, abs=1e-5)
    for left, right in zip(made.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_allclose(left, right, atol=1e-5)


def test_small_batches_in_the_middle_of_an_epoch_count_by_their_examples() -> None:
    """Keras counts them like whole ones in the losses of several outputs."""
    split, wanted = points(several=True), plan({"epochs": 2, "steps_per_epoch": 14})
    first, second = model(several=True), model(several=True)
    tape = ours(TapeLoop(first, Feed(split, BATCH), BATCH, 0, None), wanted)
    hooks = UserCallbacks((), second, 2, 14)
    fit = ours(FitLoop(second, Feed(split, BATCH), BATCH, 0, None, hooks), wanted)
    _, history = plain(split, split, wanted)
    for one, other, theirs in zip(tape, fit, history, strict=True):
        assert one == pytest.approx(other, abs=1e-5)
        assert one["loss"] == pytest.approx(one["value_loss"] + one["sign_loss"], abs=1e-5)
        assert theirs["loss"] != pytest.approx(
            theirs["value_loss"] + theirs["sign_loss"], abs=1e-5
        )


def test_next_epoch_does_not_begin_anew() -> None:
    """The negative control: were every epoch the start of a pass, Keras would differ."""
    split = points()
    wanted = plan({"epochs": 3, "steps_per_epoch": 4})
    anew = Plan(wanted.of_pass, wanted.of_epoch, wanted.total, goes_on=False)
    first, second = model(several=False), model(several=False)
    right = ours(TapeLoop(first, Feed(split, BATCH), BATCH, 0, None), wanted)
    wrong = ours(TapeLoop(second, Feed(split, BATCH), BATCH, 0, None), anew)
    assert right[0] == pytest.approx(wrong[0], abs=1e-6)
    assert right[1] != pytest.approx(wrong[1], abs=1e-4)
