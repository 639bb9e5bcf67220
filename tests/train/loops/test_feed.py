"""What loops are fed: every example once an epoch, in batches, from memory or the disk."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytestmark = pytest.mark.keras

keras = pytest.importorskip("keras")

from dlkit.data.dataset import Examples, Split, Stream  # noqa: E402
from dlkit.data.disk import write_examples  # noqa: E402
from dlkit.errors import DataError  # noqa: E402
from dlkit.train.callbacks import UserCallbacks  # noqa: E402
from dlkit.train.loops.evaluation import EvaluationLoop  # noqa: E402
from dlkit.train.loops.feed import Block, Feed, ahead, tensors  # noqa: E402
from dlkit.train.loops.fit import FitLoop  # noqa: E402
from dlkit.train.loops.tape import TapeLoop  # noqa: E402
from dlkit.train.plan import Stretch  # noqa: E402

EPOCHS = 2


def numbered(count: int) -> Split:
    """Examples that know their number; every seventh counts for nothing."""
    generator = np.random.default_rng(1)
    x = generator.normal(size=(count, 3)).astype("float32")
    x[:, 0] = np.arange(count) / count
    y = (x.sum(axis=1) > 0).astype(np.int32)
    weight = (np.arange(count) % 7 > 0).astype("float32")
    return Split(x, y, weight)


def streamed(split: Split, piece: int, block: int) -> Stream:
    """Give examples out as if they came from a disk of small pieces."""

    def blocks() -> Iterator[Split]:
        for start in range(0, len(split), block):
            yield split.take(slice(start, start + block))

    return Stream(len(split), blocks, split.take, piece, block)


def visited(blocks: Iterator[Block], count: int) -> tuple[list[int], list[int]]:
    """Return the numbers of the examples in the order of use, and the blocks' sizes."""
    numbers: list[int] = []
    sizes = []
    for block in blocks:
        x = np.asarray(block.data[0])[block.rows]
        numbers += np.rint(x[:, 0] * count).astype(int).tolist()
        sizes.append(len(block.rows))
    return numbers, sizes


@given(
    count=st.integers(1, 120),
    piece=st.integers(1, 20),
    block=st.integers(1, 60),
    batch=st.integers(1, 40),
    epoch=st.integers(0, 3),
)
@settings(max_examples=40, deadline=None)
def test_streamed_epoch_uses_every_example_once(
    count: int, piece: int, block: int, batch: int, epoch: int
) -> None:
    feed = Feed(streamed(numbered(count), piece, block), batch)
    numbers, sizes = visited(feed.stretch(0, Stretch(epoch, 0, -(-count // batch))), count)
    assert sorted(numbers) == [*range(count)]
    assert all(size % batch == 0 for size in sizes[:-1])
    assert max(sizes) <= max(block, batch)
    numbers, sizes = visited(feed.in_order(), count)
    assert numbers == [*range(count)]
    assert all(size % batch == 0 for size in sizes[:-1])


@pytest.mark.parametrize("examples", [numbered(50), streamed(numbered(50), 2, 16)])
def test_order_is_a_function_of_seed_and_epoch(examples: Examples) -> None:
    feed = Feed(examples, 8)

    def order(seed: int, epoch: int) -> list[int]:
        return visited(feed.stretch(seed, Stretch(epoch, 0, 7)), 50)[0]

    assert order(0, 0) == order(0, 0)
    assert len({tuple(order(seed, epoch)) for seed in (0, 1) for epoch in (0, 1)}) == 4


@pytest.mark.parametrize(("first", "last"), [(0, 1), (0, 3), (2, 4), (3, 7), (6, 7), (1, 6)])
@pytest.mark.parametrize("examples", [numbered(50), streamed(numbered(50), 2, 16)])
def test_stretch_is_a_part_of_its_pass(examples: Examples, first: int, last: int) -> None:
    whole = visited(Feed(examples, 8).stretch(0, Stretch(0, 0, 7)), 50)[0]
    part = visited(Feed(examples, 8).stretch(0, Stretch(0, first, last)), 50)[0]
    assert part == whole[8 * first : 8 * last]


def test_texts_become_texts_again() -> None:
    # models give bytes; "é" has two of them
    for texts in (["a b", "é"], [b"a b", "é".encode()]):
        x, _, weight = tensors(Split(np.array(texts, object), np.zeros(2)))
        assert [text.numpy().decode() for text in x] == ["a b", "é"]
        assert weight is None


def test_stream_that_was_not_prepared_is_refused() -> None:
    feed = Feed(Stream(3, lambda: iter([numbered(3)])), 2)
    with pytest.raises(DataError, match=r"^the data was not prepared for training\.$"):
        next(feed.stretch(0, Stretch(0, 0, 2)))


def test_work_is_done_one_item_ahead_and_no_further() -> None:
    done: list[int] = []
    ready = threading.Event()

    def work(item: np.ndarray) -> int:
        done.append(int(item[0]))
        ready.set()
        return int(item[0]) ** 2

    results = ahead((np.array([number]) for number in range(5)), work)
    item, square = next(results)
    assert (item.tolist(), square) == ([0], 0)
    assert max(done) <= 1
    assert [square for _, square in results] == [1, 4, 9, 16]


def test_failure_of_the_work_reaches_the_loop() -> None:
    def work(item: np.ndarray) -> None:
        raise DataError(f"row {item[0]} is damaged.")

    with pytest.raises(DataError, match=r"^row 3 is damaged\.$"):
        list(ahead([np.array([3]), np.array([4])], work))


def compiled() -> Any:
    keras.utils.set_random_seed(3)
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((3,)),
            layers.Dense(8, activation="relu"),
            layers.Dropout(0.2),
            layers.Dense(2, activation="softmax"),
        ]
    )
    model.compile(
        optimizer=keras.optimizers.Adam(0.01),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    model.optimizer.build(model.trainable_variables)
    return model


def history(loop: TapeLoop | FitLoop, steps: int) -> list[dict[str, float]]:
    return [
        loop.run_epoch(epoch, [Stretch(epoch, 0, steps)], lambda done: None)
        for epoch in range(EPOCHS)
    ]


@pytest.mark.parametrize(("count", "batch"), [(90, 16), (10, 64)])
def test_tape_fit_and_plain_keras_agree_on_a_stream(
    tmp_path: Path, count: int, batch: int
) -> None:
    split = numbered(count)
    written = write_examples([split], tmp_path / "examples")
    stream = Stream(count, written.blocks, written.read, piece=4, block=32)
    tape, fit, plain = compiled(), compiled(), compiled()
    ours = history(TapeLoop(tape, Feed(stream, batch), batch, 0, None), -(-count // batch))
    callbacks = UserCallbacks((), fit, EPOCHS, 1)
    theirs = history(
        FitLoop(fit, Feed(stream, batch), batch, 0, None, callbacks), -(-count // batch)
    )
    written_down = []
    for epoch in range(EPOCHS):
        numbers, _ = visited(
            Feed(stream, batch).stretch(0, Stretch(epoch, 0, -(-count // batch))), count
        )
        part = split.take(np.array(numbers))
        fitted = plain.fit(
            part.x,
            part.y,
            sample_weight=part.weight,
            batch_size=batch,
            shuffle=False,
            verbose=0,
        )
        written_down.append({name: values[0] for name, values in fitted.history.items()})
    for row, other, keras_s in zip(ours, theirs, written_down, strict=True):
        assert row == pytest.approx(other, abs=1e-5)
        assert row == pytest.approx(keras_s, abs=1e-5)
    for mine, other in zip(tape.get_weights(), fit.get_weights(), strict=True):
        np.testing.assert_allclose(mine, other, atol=1e-5)


def test_weights_act_in_fit_as_in_plain_keras() -> None:
    split = numbered(60)
    model, plain = compiled(), compiled()
    feed, callbacks = Feed(split, 16), UserCallbacks((), model, EPOCHS, 4)
    ours = history(FitLoop(model, feed, 16, 0, None, callbacks), 4)
    for epoch in range(EPOCHS):
        part = split.take(np.array(visited(feed.stretch(0, Stretch(epoch, 0, 4)), 60)[0]))
        fitted = plain.fit(
            part.x, part.y, sample_weight=part.weight, batch_size=16, shuffle=False, verbose=0
        )
        row = {name: values[0] for name, values in fitted.history.items()}
        assert ours[epoch] == pytest.approx(row, abs=1e-5)
    without = history(TapeLoop(compiled(), Feed(Split(split.x, split.y), 16), 16, 0, None), 4)
    assert ours[0]["loss"] != pytest.approx(without[0]["loss"], abs=1e-3)


@pytest.mark.parametrize("count", [5, 256, 600])
def test_stream_is_evaluated_as_the_same_examples_in_memory(count: int) -> None:
    split, model = numbered(count), compiled()
    held = EvaluationLoop(model, split, 16)
    loop = EvaluationLoop(model, streamed(split, 1, 300), 16)
    assert loop.measure() == pytest.approx(held.measure(), abs=1e-6)
    expected = model.evaluate(
        split.x, split.y, sample_weight=split.weight, verbose=0, return_dict=True
    )
    assert loop.measure() == pytest.approx(expected, abs=1e-6)
    outputs = loop.collect()[1]
    np.testing.assert_allclose(outputs, held.collect()[1], atol=1e-6)
    np.testing.assert_allclose(outputs, model.predict(split.x, verbose=0), atol=1e-6)
