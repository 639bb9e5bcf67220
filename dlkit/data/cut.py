"""Cut data short for a quick try: fewer batches, or a few examples to learn by heart.

Columns of a table are fitted before, on all training rows: what the model reads is what it
would read of the whole data.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np

from dlkit.config.overfitting import left_out
from dlkit.config.schema import Config
from dlkit.data.dataset import Dataset, Examples, Split, Stream, all_labels, join

_PURPOSE = 0x0F17  # keeps these choices apart from any other use of the same seed


def cut_dataset(dataset: Dataset, config: Config, classes: np.ndarray | None = None) -> Dataset:
    """Return the data of which a quick try makes use; else the same.

    Args:
        dataset: Just loaded.
        config: What ``training.limit`` and ``training.overfit`` say.
        classes: The class of each training example, where that is known without reading
            them; None: not known, or there are none.
    """
    training, limit = config.training, config.training.limit
    if training.overfit is None and limit == type(limit)():
        return dataset
    chosen: dict[str, np.ndarray] = {}
    size = training.batch_size
    if training.overfit is not None:
        chosen["train"] = _to_overfit(dataset, training.overfit, config.seed, classes)
        chosen["validation"] = chosen["train"]
    elif limit.train_batches is not None and isinstance(dataset.train, Stream):
        steps = max(limit.train_batches, training.total_steps(limit.train_batches))
        chosen["train"] = _any(len(dataset.train), steps * size, config.seed)
    if limit.validation_batches and dataset.validation and training.overfit is None:
        chosen["validation"] = _first(dataset.validation, limit.validation_batches * size)
    if limit.test_batches is not None:
        chosen["test"] = _first(dataset.test, limit.test_batches * size)
    limited = tuple(_in_words(dataset, config, chosen))
    cut = _with_parts(dataset, chosen, by_heart=training.overfit is not None)
    without = left_out(config)
    notes = [f"overfit: without {' and without '.join(without)}"] if without else []
    return replace(cut, limited=limited, notes=(*notes, *cut.notes))


def _in_words(
    dataset: Dataset, config: Config, chosen: Mapping[str, np.ndarray]
) -> Iterator[str]:
    """Say which parts are cut short, if any really are."""
    training = config.training
    if training.overfit is not None:
        examples, total = len(chosen["train"]), len(dataset.train)
        which = f"{examples:,} of {total:,}" if examples < total else f"all {total:,}"
        yield f"training: {which} examples, to be learned by heart"
        yield "validation: the same examples"
    most, batches = training.limit.train_batches, training.steps_of_pass(len(dataset.train))
    if most is not None and training.overfit is None and most < batches:
        yield f"training: at most {most:,} of {batches:,} batches an epoch"
    parts = {"validation": dataset.validation, "test": dataset.test}
    for name, part in parts.items():
        first = name in chosen and chosen[name] is not chosen.get("train")
        if first and part is not None and len(chosen[name]) < len(part):
            yield f"{name}: the first {len(chosen[name]):,} of {len(part):,} examples"


def _with_parts(
    dataset: Dataset, chosen: Mapping[str, np.ndarray], *, by_heart: bool
) -> Dataset:
    """Return a dataset that has only some examples of some parts.

    Args:
        dataset: The whole data.
        chosen: Numbers of examples, ascending, by the names of parts.
        by_heart: Whether validation is what is trained on.
    """
    train, validation, test = dataset.train, dataset.validation, dataset.test
    rows = dict(dataset.rows)
    if by_heart:
        train = validation = _taken(train, chosen["train"])
        if "train" in rows:
            rows["validation"] = rows["train"]
    elif "train" in chosen and isinstance(train, Stream):
        train = _narrowed(train, chosen["train"])
    if not by_heart and validation is not None and "validation" in chosen:
        validation = _taken(validation, chosen["validation"])
    naive = dataset.naive
    if "test" in chosen:
        test = _taken(test, chosen["test"])
        naive = None if naive is None else naive[chosen["test"]]
    cut = {name: np.asarray(rows[name])[one] for name, one in chosen.items() if name in rows}
    # One pass over the source would read all of it: each part is read as far as it goes.
    together = None if chosen else dataset.together
    return replace(
        dataset,
        train=train,
        validation=validation,
        test=test,
        rows={**rows, **cut},
        naive=naive,
        together=together,
    )


def _first(examples: Examples, count: int) -> np.ndarray:
    return np.arange(min(count, len(examples)))


def _any(total: int, count: int, seed: int) -> np.ndarray:
    """Return ascending numbers of some examples, drawn at random."""
    if count >= total:
        return np.arange(total)
    return np.sort(np.random.default_rng([seed, _PURPOSE]).choice(total, count, replace=False))


def _to_overfit(
    dataset: Dataset, count: int, seed: int, classes: np.ndarray | None
) -> np.ndarray:
    """Return ascending numbers of training examples, each class in proportion."""
    if dataset.task != "classification":
        return _any(len(dataset.train), count, seed)
    if classes is None:
        classes = all_labels(dataset.train).reshape(-1)
    return some_of_all(classes, count, seed)


def some_of_all(classes: np.ndarray, count: int, seed: int) -> np.ndarray:
    """Return ascending numbers of some examples, in proportion to their classes.

    Every class has one at least, if there may be as many; else some have one.

    Args:
        classes: Of each example, shape ``(examples,)``.
        count: How many are wanted; fewer are returned where there are fewer.
        seed: The same seed chooses the same.
    """
    names, sizes = np.unique(classes, return_counts=True)
    generator = np.random.default_rng([seed, _PURPOSE])
    if count >= len(classes):
        return np.arange(len(classes))
    if count < len(names):
        quotas = np.zeros(len(names), int)
        quotas[generator.choice(len(names), count, replace=False)] = 1
    else:
        exact = (sizes - 1) * ((count - len(names)) / max(1, len(classes) - len(names)))
        quotas = exact.astype(int)
        most = np.argsort(quotas - exact, kind="stable")  # the largest remainders first
        quotas[most[: count - len(names) - quotas.sum()]] += 1
        quotas += 1
    chosen = [
        generator.choice(np.flatnonzero(classes == name), quota, replace=False)
        for name, quota in zip(names, quotas, strict=True)
    ]
    return np.sort(np.concatenate(chosen))


def _taken(examples: Examples, numbers: np.ndarray) -> Split:
    """Return some examples in memory.

    Args:
        examples: Of a part.
        numbers: Which of them, ascending.
    """
    if isinstance(examples, Split):
        return examples.take(numbers)
    if examples.read is not None:
        return examples.read(numbers)
    return join([*_pieces(examples, numbers)])


def _narrowed(stream: Stream, numbers: np.ndarray) -> Stream:
    """Return a stream of some examples of another, which is read no further than to the last.

    Args:
        stream: The whole.
        numbers: Which examples, ascending.
    """
    reader = stream.read
    return replace(
        stream,
        examples=len(numbers),
        blocks=lambda: _pieces(stream, numbers),
        read=None if reader is None else lambda rows: reader(numbers[rows]),
    )


def _pieces(stream: Stream, numbers: np.ndarray) -> Iterator[Split]:
    """Yield some examples of a stream block by block, without reading behind the last one."""
    if stream.read is not None:
        for start in range(0, len(numbers), stream.block):
            yield stream.read(numbers[start : start + stream.block])
        return
    seen = done = 0
    for block in stream.blocks():
        end = int(np.searchsorted(numbers, seen + len(block)))
        if end > done:
            yield block.take(numbers[done:end] - seen)
        done, seen = end, seen + len(block)
        if done == len(numbers):
            return
