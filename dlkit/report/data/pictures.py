"""Which pictures of data are drawn, and the examples and numbers behind each of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from dlkit.data.dataset import Dataset
from dlkit.data.profile.columns import learned_of, present
from dlkit.data.profile.series import Series
from dlkit.data.profile.survey import Field, Survey
from dlkit.report.drawing import spared
from dlkit.report.figures.columns import MOST_PANELS, Panel, draw_columns
from dlkit.report.figures.samples import draw_picture_rows, draw_points, draw_series
from dlkit.report.figures.style import save_png
from dlkit.report.records import writing
from dlkit.train.augmentation import Augmentation

Drawing = tuple[str, Callable[[], Figure]]
"""The name of a file, and what draws it."""

ORIGINALS = 8
VARIANTS = 5
MOST_CLASSES = 12
PICTURES_A_CLASS = 8

MOST_POINTS = 4000
MOST_VALUES = 50_000


def save_drawings(folder: Path, drawings: Iterator[Drawing]) -> tuple[Path, ...]:
    """Draw everything into a folder, which is made.

    Returns:
        The files; one whose picture cannot be drawn is left out and told.

    Raises:
        StorageError: If the disk does not take them.
    """
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
    files = []
    for name, draw in drawings:
        with spared(f"the picture {name!r}"):
            figure = draw()
            with writing(folder / name):
                save_png(figure, folder / name)
            files.append(folder / name)
    return tuple(files)


def data_drawings(
    found: Survey, dataset: Dataset, augmentation: Augmentation | None, seed: int
) -> Iterator[Drawing]:
    """Yield what can be drawn of a dataset.

    Args:
        found: A survey of it; examples are shown from its sample.
        dataset: Names classes and values.
        augmentation: Changes training pictures, or None.
        seed: Chooses the examples.
    """
    generator = np.random.default_rng([seed, 0x91C7])
    pictures = [field for field in found.fields if field.kind == "pictures"]
    if pictures and augmentation and len(found.fields) == 1:
        yield "samples.png", partial(_augmented, found, dataset, augmentation, generator)
    elif pictures:
        yield "samples.png", partial(_gallery, found, pictures[0], dataset, generator)
    elif plane := _plane(found, dataset):
        yield "samples.png", partial(_points, *plane, dataset, generator)
    if not pictures:
        yield "columns.png", partial(_columns, found, dataset, generator)


def series_drawings(series: Series, dataset: Dataset, width: int) -> Iterator[Drawing]:
    """Yield the drawing of a series with its parts.

    Args:
        series: All of its rows.
        dataset: What was cut from them.
        width: Rows of a window.
    """
    places = np.argsort(series.numbers)  # where a row of the table stands in order of time
    starts = {
        part: int(places[rows[0]]) - width + 1
        for part, rows in dataset.rows.items()
        if len(rows)
    }
    ordered = sorted(starts.items(), key=lambda item: item[1])
    ends = [*(start for _, start in ordered[1:]), len(series.values)]
    parts = {p: (start, end) for (p, start), end in zip(ordered, ends, strict=True)}
    columns = dict(zip(series.names, series.values.T, strict=True))
    times: np.ndarray = np.arange(len(series.values))
    if series.time:
        times = series.times
        if not _are_numbers(series.written):
            times = (times * 1e6).astype("datetime64[us]")
    yield "samples.png", partial(draw_series, times, columns, parts, series.time or "row")


def _are_numbers(written: object) -> bool:
    """Tell whether times are written as numbers, and not as dates."""
    try:
        float(written[0])  # type: ignore[index]
    except (ValueError, TypeError):
        return False
    return True


def _class_of(found: Survey, dataset: Dataset) -> np.ndarray | None:
    """Return the class of each example of the sample, or None where it has none or many."""
    return found.y if dataset.task == "classification" else None


def _chosen(found: Survey, dataset: Dataset, generator: np.random.Generator) -> list[int]:
    """Choose originals among the training examples, of every class in turn."""
    train = generator.permutation(np.flatnonzero(found.parts == 0))
    labels = _class_of(found, dataset)
    if labels is None:
        return [int(one) for one in train[:ORIGINALS]]
    queues = [list(train[labels[train] == c]) for c in np.unique(labels[train])]
    chosen: list[int] = []
    while len(chosen) < ORIGINALS and any(queues):
        chosen += [int(queue.pop()) for queue in queues if queue]
    return sorted(chosen[:ORIGINALS], key=lambda one: int(labels[one]))


def _value_range(values: np.ndarray) -> tuple[float, float]:
    """Return what is black and what is white in pictures."""
    if values.dtype == np.uint8:
        return 0.0, 255.0
    return min(0.0, float(values.min())), float(values.max())


def _example_name(found: Survey, dataset: Dataset, place: int) -> str:
    """Say what is learned of an example: its class, its labels, its values."""
    y = found.y[place]
    if dataset.task == "classification":
        return dataset.class_names[int(y)]
    if dataset.task == "multi_label":
        return ", ".join(dataset.class_names[i] for i in np.flatnonzero(y)) or "none"
    return ", ".join(f"{value:.4g}" for value in np.ravel(y)[:2])


def _augmented(
    found: Survey,
    dataset: Dataset,
    augmentation: Augmentation,
    generator: np.random.Generator,
) -> Figure:
    """Draw some pictures, and beside each what training may see instead."""
    values = found.fields[0].values
    chosen = _chosen(found, dataset, generator)
    variants = augmentation.preview(values[chosen], VARIANTS)
    rows = [
        (_example_name(found, dataset, place), [values[place], *variants[number]])
        for number, place in enumerate(chosen)
    ]
    heads = ["original", *(f"augmented {number}" for number in range(1, VARIANTS + 1))]
    return draw_picture_rows(rows, _value_range(values), heads)


def _gallery(
    found: Survey, field: Field, dataset: Dataset, generator: np.random.Generator
) -> Figure:
    """Draw some pictures of each class, a row a class."""
    train = generator.permutation(np.flatnonzero(found.parts == 0))
    labels = _class_of(found, dataset)
    rows = []
    if labels is None:
        shown = np.sort(train[:ORIGINALS])
        rows = [(_example_name(found, dataset, int(o)), [field.values[o]]) for o in shown]
    else:
        for label in np.unique(labels[train])[:MOST_CLASSES]:
            members = np.sort(train[labels[train] == label][:PICTURES_A_CLASS])
            rows.append((dataset.class_names[label], list(field.values[members])))
    return draw_picture_rows(rows, _value_range(field.values))


Plane = tuple[np.ndarray, tuple[str, str], np.ndarray | None]


def _plane(found: Survey, dataset: Dataset) -> Plane | None:
    """Return examples as points, where two numbers are all there is."""
    numeric = [f for f in found.fields if f.kind == "numeric"]
    if len(numeric) != len(found.fields):
        return None
    if len(numeric) == 2 and dataset.task == "classification":
        points = np.stack([field.values for field in numeric], axis=1)
        return points, (numeric[0].name, numeric[1].name), found.y
    if len(numeric) == 1 and len(dataset.target_names) == 1:
        points = np.stack([numeric[0].values, found.y.reshape(-1)], axis=1)
        return points, (numeric[0].name, dataset.target_names[0]), None
    return None


def _points(
    points: np.ndarray,
    names: tuple[str, str],
    labels: np.ndarray | None,
    dataset: Dataset,
    generator: np.random.Generator,
) -> Figure:
    """Draw points, some thousands of them at most."""
    shown = _few(len(points), MOST_POINTS, generator)
    shown = shown[~np.isnan(points[shown]).any(axis=1)]
    return draw_points(
        points[shown], names, None if labels is None else labels[shown], dataset.class_names
    )


def _few(count: int, most: int, generator: np.random.Generator) -> np.ndarray:
    """Return the numbers of examples to draw, ascending."""
    if count <= most:
        return np.arange(count)
    return np.sort(generator.choice(count, most, replace=False))


def _columns(found: Survey, dataset: Dataset, generator: np.random.Generator) -> Figure:
    """Draw each column; of very many rows a part."""
    shown = _few(len(found.y), MOST_VALUES, generator)
    labels = _class_of(found, dataset)
    panels = [_panel(field, shown, labels) for field in found.fields]
    panels = [panel for panel in panels if len(panel.values)]
    targets = list(_target_panels(found, dataset))[:MOST_PANELS]
    return draw_columns([*panels[: MOST_PANELS - len(targets)], *targets], dataset.class_names)


def _panel(field: Field, shown: np.ndarray, labels: np.ndarray | None) -> Panel:
    """Return how a column is drawn."""
    values = field.values[shown]
    labels = None if labels is None else labels[shown]
    if values.ndim > 1:
        flat = values.reshape(len(values), -1)
        step = max(1, flat.size // MOST_VALUES)
        return Panel(
            f"{field.name}: all values", "numbers", flat.reshape(-1)[::step].astype(float)
        )
    there = values != "" if values.dtype.kind == "O" else ~np.isnan(values)
    labels = None if labels is None else labels[there]
    kept, note = present(values), f"{field.tally.missing:,} missing"
    note = note if field.tally.missing else ""
    if field.kind == "text":
        words = np.array([len(text.split()) for text in kept], np.float64)
        return Panel(f"{field.name}: words", "numbers", words, labels, note)
    if field.kind == "date":
        days = kept.astype("U19").astype("datetime64[s]")
        return Panel(field.name, "dates", days, labels, note)
    kind = "numbers" if field.kind == "numeric" else "names"
    return Panel(field.name, kind, kept, labels, note)  # type: ignore[arg-type]


def _target_panels(found: Survey, dataset: Dataset) -> Iterator[Panel]:
    """Yield how all that is learned is drawn; classes in the colors of the dataset's own."""
    for title, seen, view in learned_of(found, dataset):
        yield from _panels_of(seen, view, title, colored=view is dataset)


def _panels_of(
    found: Survey, dataset: Dataset, title: str, *, colored: bool
) -> Iterator[Panel]:
    """Yield how one thing that is learned is drawn."""
    if dataset.task == "regression":
        values = found.y.reshape(len(found.y), -1).astype(np.float64)
        for place, name in enumerate(dataset.target_names):
            yield Panel(f"{name} (target)", "numbers", values[:, place])
        return
    names = np.array(dataset.class_names, object)
    head = f"{title} (target)"
    if dataset.task == "classification":
        classes = found.y.reshape(-1)
        yield Panel(head, "names", names[classes], classes if colored else None)
    else:
        labels = np.nonzero(found.y)[1]
        yield Panel(head, "names", names[labels])
