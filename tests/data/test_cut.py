"""Data that is cut short for a quick try, in memory and streamed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from dlkit.config.choices import Choice
from dlkit.config.data_sources import Whole
from dlkit.config.dataset_section import DatasetConfig
from dlkit.config.schema import Config
from dlkit.config.training_section import TrainingConfig
from dlkit.data.cut import cut_dataset, some_of_all
from dlkit.data.dataset import Dataset, Examples, Split, Stream

SIZES = {"train": 90, "validation": 30, "test": 40}


def config(training: dict[str, Any]) -> Config:
    source = DatasetConfig(source=Choice("iris", Whole()))
    whole = TrainingConfig.model_validate({"batch_size": 8, **training})
    return Config.model_construct(
        dataset=source,
        training=whole,
        seed=3,
        regularization=Config.model_fields["regularization"].get_default(
            call_default_factory=True
        ),
    )


def split(count: int, start: int) -> Split:
    """Examples that are their own numbers, of three classes one after another."""
    numbers = np.arange(start, start + count)
    return Split(numbers[:, None].astype("float32"), (numbers % 10 // 4).astype(np.int32))


def dataset(part: Any = split) -> Dataset:
    starts = {"train": 0, "validation": 1000, "test": 2000}
    parts = {name: part(count, starts[name]) for name, count in SIZES.items()}
    return Dataset(
        name="made",
        stand_in_for=None,
        origin="here",
        task="classification",
        class_names=("a", "b", "c"),
        feature_names=("n",),
        resolved=DatasetConfig(source=Choice("iris", Whole())),
        rows={name: np.arange(count) + starts[name] for name, count in SIZES.items()},
        notes=("as it is",),
        **parts,
    )


def numbers(examples: Examples | None) -> list[int]:
    assert examples is not None
    return [int(n) for block in examples.blocks() for n in np.asarray(block.x)[:, 0]]


def test_validation_and_test_are_the_first_batches() -> None:
    cut = cut_dataset(
        dataset(), config({"limit": {"validation_batches": 2, "test_batches": 1}})
    )
    assert numbers(cut.train) == [*range(90)]
    assert numbers(cut.validation) == [*range(1000, 1016)]
    assert numbers(cut.test) == [*range(2000, 2008)]
    assert [len(cut.rows[name]) for name in SIZES] == [90, 16, 8]
    assert cut.limited == (
        "validation: the first 16 of 30 examples",
        "test: the first 8 of 40 examples",
    )


def test_what_is_not_cut_is_not_called_limited() -> None:
    most = {"train_batches": 12, "validation_batches": 4, "test_batches": 5}
    cut = cut_dataset(dataset(), config({"limit": most}))
    assert (len(cut.train), len(cut.test), cut.limited) == (90, 40, ())
    whole = dataset()
    assert cut_dataset(whole, config({})) is whole


def test_limited_epochs_draw_from_all_examples() -> None:
    cut = cut_dataset(dataset(), config({"limit": {"train_batches": 2}}))
    assert len(cut.train) == 90
    assert cut.limited == ("training: at most 2 of 12 batches an epoch",)


def test_naive_forecast_is_that_of_the_examples_left() -> None:
    series = replace(dataset(), naive=np.arange(40.0)[:, None], task="regression")
    cut = cut_dataset(series, config({"limit": {"test_batches": 2}}))
    assert cut.naive is not None
    assert cut.naive[:, 0].tolist() == [*range(16)]


def test_examples_to_overfit_are_watched_too() -> None:
    cut = cut_dataset(dataset(), config({"overfit": 9}))
    assert isinstance(cut.train, Split)
    assert cut.validation is cut.train
    assert len(cut.train) == 9
    assert np.bincount(cut.train.y).tolist() == [4, 3, 2]  # 36, 36 and 18 of 90
    assert numbers(cut.test) == [*range(2000, 2040)]
    assert cut.rows["train"].tolist() == numbers(cut.train) == cut.rows["validation"].tolist()
    assert cut.limited == (
        "training: 9 of 90 examples, to be learned by heart",
        "validation: the same examples",
    )
    assert cut.notes == ("as it is",)


def test_choice_follows_the_seed() -> None:
    told = config({"overfit": 9})
    first, again = (numbers(cut_dataset(dataset(), told).train) for _ in range(2))
    other = numbers(cut_dataset(dataset(), told.model_copy(update={"seed": 4})).train)
    assert first == again != other


def test_as_many_are_taken_as_there_are() -> None:
    cut = cut_dataset(dataset(), config({"overfit": 500}))
    assert numbers(cut.train) == [*range(90)]
    assert cut.limited[0] == "training: all 90 examples, to be learned by heart"


@pytest.mark.parametrize(
    ("count", "members"),
    [
        (1, None),
        (2, None),
        (3, [1, 1, 1]),
        (4, [2, 1, 1]),
        (12, [10, 1, 1]),
        (103, [100, 2, 1]),
    ],
)
def test_every_class_has_an_example_if_there_are_enough(
    count: int, members: list[int] | None
) -> None:
    classes = np.repeat([0, 1, 2], [100, 2, 1])
    chosen = some_of_all(classes, count, 7)
    assert len({*chosen.tolist()}) == count
    assert (np.diff(chosen) > 0).all()
    found = np.bincount(classes[chosen], minlength=3)
    assert found.tolist() == members if members else found.max() == 1


class Reading:
    """Streams that note how far they are read."""

    def __init__(self, *, random: bool) -> None:
        self.random = random
        self.seen = 0

    def __call__(self, count: int, start: int) -> Stream:
        whole = split(count, start)

        def blocks() -> Iterator[Split]:
            for at in range(0, count, 7):
                block = whole.take(slice(at, at + 7))
                self.seen += len(block)
                yield block

        def read(rows: np.ndarray) -> Split:
            self.seen += len(rows)
            return whole.take(rows)

        return Stream(count, blocks, read if self.random else None, piece=2, block=16)


@pytest.mark.parametrize("random", [True, False], ids=["any-order", "in-order"])
def test_streams_are_read_no_further_than_needed(random: bool) -> None:
    reading = Reading(random=random)
    limit = {"train_batches": 2, "validation_batches": 1, "test_batches": 2}
    cut = cut_dataset(dataset(reading), config({"epochs": 2, "limit": limit}))
    assert reading.seen <= (24 if random else 35)  # 8 and 16; in blocks of 7
    assert numbers(cut.validation) == [*range(1000, 1008)]
    assert numbers(cut.test) == [*range(2000, 2016)]
    assert isinstance(cut.train, Stream)
    seen = numbers(cut.train)
    assert len({*seen}) == len(cut.train) == 32  # 2 epochs of 2 batches see no more
    assert seen == sorted(seen) == cut.rows["train"].tolist()
    if cut.train.read is not None:
        few = np.array([5, 0, 31])
        assert cut.train.read(few).x[:, 0].tolist() == [seen[5], seen[0], seen[31]]
    assert cut.together is None


@pytest.mark.parametrize("random", [True, False], ids=["any-order", "in-order"])
def test_examples_of_a_stream_are_those_of_memory(random: bool) -> None:
    told, reading = config({"overfit": 9}), Reading(random=random)
    held = cut_dataset(dataset(), told)
    classes = split(90, 0).y
    streamed = cut_dataset(dataset(reading), told, classes)
    assert isinstance(streamed.train, Split)
    assert numbers(streamed.train) == numbers(held.train)
    assert reading.seen <= (9 if random else 90)
    assert numbers(cut_dataset(dataset(reading), told).train) == numbers(held.train)
