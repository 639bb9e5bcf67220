"""How good a finished run is, on its own test split or on new data."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import keras
import numpy as np
import tensorflow as tf

from dlkit.config.columns import figure_names
from dlkit.config.regularization.regularize import regularize
from dlkit.data.dataset import Dataset, Split, Stream, join, learned
from dlkit.data.files import search_places
from dlkit.data.load import load_dataset, load_folds
from dlkit.data.unseen.known import Unseen
from dlkit.data.unseen.opening import open_unseen
from dlkit.errors import DataError
from dlkit.inference.predicting import Tell
from dlkit.inference.reading import FinishedRun, quiet
from dlkit.model.compiled import compiled
from dlkit.model.copies import with_copies
from dlkit.preparation import data_places, located
from dlkit.report.finished import fold_number
from dlkit.train.assembly import compile_model
from dlkit.train.labels import shape_labels
from dlkit.train.loops.feed import labels_of
from dlkit.train.loops.figures import read_and_reset
from dlkit.train.loops.step import evaluation_step

SAME = 1e-5
"""Relative difference up to which figures are the same: machines round differently."""


@dataclass(frozen=True)
class Score:
    """How good a model is on some data.

    Attributes:
        origin: Where the data comes from, in words for people.
        examples: How many of them have a label that the run knows.
        metrics: Loss and metrics, by name.
    """

    origin: str
    examples: int
    metrics: dict[str, float]


def evaluate_again(run: FinishedRun, tell: Tell) -> Score:
    """Evaluate a run on its own test split, read anew.

    Args:
        run: The finished run.
        tell: Told where its data has changed since.

    Raises:
        DataError: If the data is gone, damaged, or has other classes now.
    """
    dataset = _own_data(run)
    dataset = replace(dataset, train=dataset.test, validation=None)  # the test is all it takes
    with quiet():
        dataset = with_copies(dataset, run.model, run.copies)
    for name, target in run.targets.items():
        found = learned(dataset, name).class_names
        if found != target.class_names:
            raise DataError(
                f"{dataset.origin}: the data has changed since the run: the classes are"
                f" {', '.join(found)}, and were {', '.join(target.class_names)}."
            )
    examples = shape_labels(dataset, run.model, regularize(run.config).config).test
    score = _score(run, examples.blocks(), dataset.origin)
    for warning in _changes(run, dataset, score):
        tell(warning)
    return score


def evaluate_new(run: FinishedRun, data: str, tell: Tell) -> Score:
    """Evaluate a run on new data that has labels.

    Args:
        run: The finished run.
        data: A file, a folder or a pattern.
        tell: Told what a person should know.

    Raises:
        DataError: If the data is not there, not what the model takes, or has no label that
            the run knows.
    """
    unseen = open_unseen(run.known, data, search_places(None), labelled=True)
    blocks = _shaped(run, unseen).blocks()
    score = _score(run, blocks, unseen.origin)
    for warning in unseen.findings.warnings():
        tell(warning)
    if not score.examples:
        raise DataError(f"{unseen.origin}: no example has a label that the run knows.")
    return score


def _own_data(run: FinishedRun) -> Dataset:
    """Load a run's data as it did.

    Raises:
        DataError: If there are fewer folds than there were.
    """
    loaded = run.record.loaded
    places = data_places(loaded)
    with located(loaded):
        if not loaded.config.dataset.folds:
            return load_dataset(loaded.config, places)
        number = fold_number(run.record.folder) or 1
        folds = load_folds(loaded.config, places)
        found = next(itertools.islice(folds, number - 1, None), None)
    if found is None:
        raise DataError(f"{run.record.folder.path}: there is no fold {number} any more.")
    return found


def _shaped(run: FinishedRun, unseen: Unseen) -> Stream:
    """Return new examples whose labels the run knows, in the form that the loss compares."""
    known = run.known

    def blocks() -> Iterator[Split]:
        for split in unseen.blocks():
            split = split.take(_known_rows(run, split))
            if len(split):
                yield split

    stream = Stream(0, blocks)  # how many there are shows when they are read
    dataset = Dataset(
        name=known.config.source.name,
        stand_in_for=None,
        origin=unseen.origin,
        task=known.task,
        class_names=known.class_names,
        feature_names=(),
        train=stream,
        validation=None,
        test=stream,
        resolved=known.config,
        outputs=run.targets if run.config.outputs else {},
        columns=run.columns,
    )
    dataset = with_copies(dataset, run.model, run.copies)
    config = regularize(run.record.loaded.config).config
    shaped = shape_labels(dataset, run.model, config).test
    assert isinstance(shaped, Stream)  # noqa: S101  # a stream stays one
    return shaped


def _known_rows(run: FinishedRun, split: Split) -> np.ndarray:
    """Tell of which examples the run knows every class: bool ``(examples,)``."""
    known = np.ones(len(split), bool)
    for name, target in run.targets.items():
        if target.task == "classification":
            known &= split.targets.get(name, split.y).reshape(-1) >= 0
    return known


def _score(run: FinishedRun, blocks: Iterator[Split], origin: str) -> Score:
    """Compute loss and metrics in one pass, as the run itself does."""
    model = run.model
    loss = keras.metrics.Mean(name="loss")
    config = regularize(run.config).config
    tasks = {name: target.task for name, target in run.targets.items()}
    compile_model(model, None, config, tasks)

    def measure(x: object, y: object, weight: tf.Tensor | None) -> None:
        evaluation_step(model, loss, x, y, weight)

    # Not `reduce_retracing`: Keras weighs an output's loss by the size of its batch where the
    # graph knows it. There are two sizes.
    step = compiled(measure)
    examples = 0
    for split in _even(blocks, run.batch):
        examples += len(split)
        for x, piece in run.batches(split):
            labels = tf.nest.map_structure(tf.constant, labels_of(piece))
            weight = None if piece.weight is None else tf.constant(piece.weight)
            with quiet():
                step(x, labels, weight)
    if not examples:
        return Score(origin, 0, {})
    results = {name: float(value) for name, value in read_and_reset(model, loss).items()}
    names = [*figure_names(config), *results]
    return Score(origin, examples, {name: results[name] for name in names if name in results})


def _even(blocks: Iterable[Split], size: int) -> Iterator[Split]:
    """Yield the same examples in blocks that are multiples of a size, but for the last."""
    rest: list[Split] = []
    for block in blocks:
        whole = join([*rest, block])
        full = len(whole) // size * size
        if full:
            yield whole.take(slice(0, full))
        rest = [whole.take(slice(full, None))] if full < len(whole) else []
    yield from rest


def _changes(run: FinishedRun, dataset: Dataset, score: Score) -> Iterator[str]:
    """Say what is not as it was in the run."""
    record = run.record
    if dataset.name != record.facts.get("name"):
        yield f"the run used {record.facts.get('name')}, and this is {dataset.name}."
    if record.folder.splits.is_file() and "test" in dataset.rows:
        with np.load(record.folder.splits) as rows:
            same = np.array_equal(rows["test"], dataset.rows["test"])
        if not same:
            yield "the test split has other rows than in the run: the data has changed since."
    pairs = {
        name: (value, record.metrics.get(f"test_{name}"))
        for name, value in score.metrics.items()
    }
    differences = [
        f"{name} is {value:.6g} and was {before:.6g}"
        for name, (value, before) in pairs.items()
        if before is not None and not math.isclose(value, before, rel_tol=SAME, abs_tol=SAME)
    ]
    if differences:
        yield (
            f"{', '.join(differences)} in the run: the data has changed since, or another"
            " machine computes otherwise."
        )
