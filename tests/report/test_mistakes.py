"""The worst answers are found, and shown as people would recognize them."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from matplotlib.text import Text
from sklearn.metrics import log_loss

from dlkit.config.choices import Choice
from dlkit.config.dataset_section import DatasetConfig
from dlkit.config.section import Section
from dlkit.data.dataset import Dataset, Examples, Split, Stream, Value
from dlkit.evaluate.predictions import Evaluation
from dlkit.report.drawing import Drawn, draw_all
from dlkit.report.figures.mistakes import fit
from dlkit.report.figures.style import to_svg
from dlkit.report.mistakes.drawings import mistake_drawings
from dlkit.report.mistakes.examples import MOST_COLUMNS, cells_of, read_examples
from dlkit.report.mistakes.worst import MOST_SHOWN, worst_answers
from dlkit.report.outputs import Output
from dlkit.report.page import Page, render_page
from dlkit.report.run_folder import RunFolder


def classified(true: Sequence[int], probabilities: Sequence[Sequence[float]]) -> Evaluation:
    given = np.asarray(probabilities, np.float32)
    return Evaluation("classification", given.argmax(axis=1), given, {}, np.asarray(true))


def numbers(true: object, predicted: object) -> Evaluation:
    return Evaluation("regression", np.asarray(predicted), None, {}, np.asarray(true))


def dataset_of(x: Value | Examples, count: int, source: str = "csv", **more: object) -> Dataset:
    test = x if isinstance(x, Stream) else Split(x, np.zeros(count))  # type: ignore[arg-type]
    parts: dict[str, object] = {
        "stand_in_for": None,
        "task": "classification",
        "class_names": (),
        "feature_names": (),
        "train": test,
        "validation": None,
        "test": test,
        "resolved": DatasetConfig(source=Choice(source, Section())),
    }
    return Dataset(name=source, origin="here", **{**parts, **more})  # type: ignore[arg-type]


def drawn_of(output: Output, raw: Dataset) -> Drawn:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        (drawing,) = mistake_drawings([output], raw)
        assert drawing.section == "mistakes"
        return drawing.draw()


def texts_of(drawn: Drawn) -> list[str]:
    assert drawn.figure is not None
    return [text.get_text() for text in drawn.figure.findobj(Text) if isinstance(text, Text)]


def test_surest_mistakes_come_first_and_right_answers_not_at_all() -> None:
    probabilities = [[0.9, 0.1], [0.6, 0.4], [0.0, 1.0], [0.2, 0.8]]
    worst = worst_answers(classified([0, 1, 0, 0], probabilities), ("cat", "dog"))
    assert worst.places.tolist() == [2, 3, 1]
    assert worst.title == "all 3 mistakes, the surest first"
    assert worst.cells == (
        ("cat", "dog", ">99.9%", "0%"),
        ("cat", "dog", "80%", "20%"),
        ("dog", "cat", "60%", "40%"),
    )
    assert worst.captions[1] == ("is cat", "said dog, 80%")


def test_equally_sure_mistakes_are_ordered_by_what_the_truth_was_given() -> None:
    probabilities = [[0.6, 0.3, 0.1], [0.6, 0.1, 0.3], [0.6, 0.2, 0.2]]
    assert worst_answers(classified([1, 1, 1], probabilities), ()).places.tolist() == [1, 2, 0]


def test_where_all_is_right_the_least_sure_answers_are_shown() -> None:
    worst = worst_answers(classified([0, 1, 1], [[0.9, 0.1], [0.4, 0.6], [0.3, 0.7]]), ())
    assert worst.places.tolist() == [1, 2, 0]
    assert worst.title == "no mistakes: the right answers that were least sure"
    assert not worst.wrong


def test_only_the_first_of_many_mistakes_are_shown() -> None:
    worst = worst_answers(classified([0] * 2000, [[0.1, 0.9]] * 2000), ())
    assert len(worst.places) == len(worst.cells) == MOST_SHOWN
    assert worst.title == "the surest of 2,000 mistakes"
    assert worst_answers(classified([0], [[0.1, 0.9]]), ()).title == "the only mistake"


def test_labels_are_ordered_by_their_loss() -> None:
    given = np.array([[0.9, 0.2], [0.3, 0.9], [0.6, 0.6]], np.float32)
    true = np.array([[1, 0], [1, 0], [0, 1]])
    answers = Evaluation("multi_label", (given > 0.5).astype(int), given, {}, true)
    worst = worst_answers(answers, ("red", "blue"))
    assert worst.places.tolist() == [1, 2]
    losses = [np.mean([log_loss([t], [p], labels=[0, 1]) for t, p in zip(*pair, strict=True)])
              for pair in zip(true, given, strict=True)]  # fmt: skip
    assert worst.cells == (
        ("red", "blue", f"{losses[1]:.4f}"),
        ("blue", "red, blue", f"{losses[2]:.4f}"),
    )


def test_impossible_labels_have_a_finite_loss() -> None:
    given = np.array([[0.0, 0.0]], np.float32)
    answers = Evaluation("multi_label", np.zeros((1, 2), int), given, {}, np.ones((1, 2), int))
    (row,) = worst_answers(answers, ()).cells
    assert row == ("unit 0, unit 1", "none", f"{-np.log(1e-7):.4f}")


def test_values_are_ordered_by_their_errors() -> None:
    worst = worst_answers(numbers([1.0, 2.0, 3.0], [1.5, 6.0, 3.0]), ("price",))
    assert worst.heads == ("true", "said", "true minus said")
    assert worst.cells == (("2", "6", "-4"), ("1", "1.5", "-0.5"), ("3", "3", "0"))


def test_several_values_count_by_their_deviations() -> None:
    true = [[0.0, 0.0], [2.0, 2000.0]]  # deviations of 1 and 1000
    worst = worst_answers(numbers(true, [[0.0, 500.0], [0.0, 2000.0]]), ("a", "b"))
    assert worst.places.tolist() == [1, 0]
    assert worst.heads[:4] == ("true a", "said a", "true minus said a", "true b")


def test_caption_tells_the_value_that_was_furthest_off() -> None:
    true = [[1.0, 10.0], [2.0, 20.0], [3.0, 30.0]]
    said = [[1.0, 10.0], [2.0, 4.0], [3.0, 30.0]]
    worst = worst_answers(numbers(true, said), ("near", "f" * 30))
    assert worst.captions[0] == ("f" * 15 + "…: 20", "said 4")
    assert worst.cells[0] == ("2", "2", "0", "20", "4", "16")


def test_of_many_values_the_one_that_was_furthest_off_is_listed() -> None:
    true = np.array([[1.0] * 5, [-1.0] * 5])
    said = true.copy()
    said[1, 3], said[0, 0] = 2.0, 1.5
    worst = worst_answers(numbers(true, said), ("a", "b", "c", "d", "e"))
    assert worst.heads == ("furthest off", "true", "said", "true minus said")
    assert worst.cells == (("d", "-1", "2", "-3"), ("a", "1", "1.5", "-0.5"))
    assert worst.captions[0] == ("d: -1", "said 2")


def test_pictures_fill_whole_rows() -> None:
    pictures = np.zeros((20, 9, 9), np.uint8)
    shapes = {1: (1, 1), 4: (1, 4), 6: (1, 6), 7: (2, 4), 9: (2, 5), 12: (2, 6)}
    for count, (rows, columns) in shapes.items():
        answers = classified([0] * count, [[0.1, 0.9]] * count)
        raw = dataset_of(pictures[:count], count, "mnist")
        figure = drawn_of(Output(answers), raw).figure
        assert figure is not None
        (sheet,) = figure.axes
        captions = [text.get_position() for text in sheet.texts]
        assert len({x for x, _ in captions}) == columns
        assert len({y for _, y in captions}) == 2 * rows


def test_a_table_is_shown_as_it_was_read() -> None:
    x = {
        "size": np.array([7.0, np.nan, 1e-9]),
        "built": np.array(["2020-01-02 00:00:00", "", "2021-05-06 07:08:09"], object),
    }
    raw = dataset_of(x, 3, rows={"test": np.array([70, 80, 90])})
    drawn = drawn_of(Output(numbers([0.0, 0.0, 0.0], [1.0, 3.0, 2.0])), raw)
    assert drawn.figure is None
    assert drawn.columns == ("example", "true", "said", "true minus said", "size", "built")
    assert drawn.rows == (
        ("80", "0", "3", "-3", "", ""),
        ("90", "0", "2", "-2", "1e-09", "2021-05-06 07:08:09"),
        ("70", "0", "1", "-1", "7", "2020-01-02"),
    )


def test_of_many_columns_the_most_unusual_ones_are_shown() -> None:
    rng = np.random.default_rng(0)
    table = rng.normal(size=(500, 20))
    table[:5, [4, 17]] = 40  # what the mistakes have in common
    names = tuple(f"c{number}" for number in range(20))
    raw = dataset_of(table, 500, feature_names=names)
    heads, rows = cells_of(read_examples(raw.test, np.arange(5)), raw)
    assert len(heads) == MOST_COLUMNS
    assert {"c4", "c17"} <= set(heads)
    assert list(heads) == sorted(heads, key=names.index)
    assert {row[heads.index("c4")] for row in rows} == {"40"}


def test_texts_are_shown_as_one_line_and_cut() -> None:
    hostile = "<script>alert(1)</script>\n$x$ =cmd() 😀 " + "y" * 1000
    raw = dataset_of(np.array([hostile], object), 1, "text")
    drawn = drawn_of(Output(classified([0], [[0.1, 0.9]]), ("n" * 300, "a")), raw)
    assert drawn.figure is None
    *_, text = drawn.rows[0]
    assert text.startswith("<script>alert(1)</script> $x$ =cmd() 😀 y")
    assert len(text) == 300
    assert max(map(len, drawn.rows[0][:-1])) <= 40


@pytest.mark.parametrize("shape", [(9, 12), (9, 12, 1), (9, 12, 3), (9, 12, 4), (300, 200, 3)])
@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_pictures_are_one_raster_above_their_captions(
    shape: tuple[int, ...], dtype: type
) -> None:
    pictures = np.random.default_rng(0).integers(0, 200, (20, *shape)).astype(dtype)
    answers = classified([0] * 20, [[0.1, 0.9]] * 20)
    drawn = drawn_of(Output(answers, ("cat", "<b>dog</b>")), dataset_of(pictures, 20, "mnist"))
    assert drawn.figure is not None
    assert len(drawn.figure.axes[0].images) == 1
    assert texts_of(drawn).count("is cat") == MOST_SHOWN
    assert "said <b>dog</b>, 90%" in texts_of(drawn)
    assert len(drawn.rows) == MOST_SHOWN
    assert "<b>" not in to_svg(drawn.figure)


def test_pixels_of_the_raster_are_those_of_the_pictures() -> None:
    picture = np.zeros((1, 8, 8), np.uint8)
    picture[0, 2, 5] = 255
    drawn = drawn_of(Output(classified([0], [[0.1, 0.9]])), dataset_of(picture, 1, "mnist"))
    assert drawn.figure is not None
    raster = np.asarray(drawn.figure.axes[0].images[0].get_array())
    np.testing.assert_array_equal(raster[:8, :8, 0], picture[0] / 255)
    assert (raster[:8, :8, 3] == 1).all()
    assert (raster[8:, :, 3] == 0).all()  # the page shows through where nothing is


def test_large_pictures_are_shrunk_to_the_mean_of_their_squares() -> None:
    picture = np.tile(np.array([0, 200], np.uint8), (2, 224, 112))
    drawn = drawn_of(
        Output(classified([0, 0], [[0.1, 0.9]] * 2)), dataset_of(picture, 2, "mnist")
    )
    assert drawn.figure is not None
    raster = np.asarray(drawn.figure.axes[0].images[0].get_array())
    np.testing.assert_allclose(raster[:112, :112, :3], 100 / 255, rtol=1e-6)


def test_pictures_that_are_not_finite_are_drawn() -> None:
    pictures = np.full((2, 8, 8), np.nan, np.float32)
    pictures[0, 0, 0] = np.inf
    raw = dataset_of(pictures, 2, "mnist")
    drawn = drawn_of(Output(classified([0, 0], [[0.1, 0.9]] * 2)), raw)
    assert drawn.figure is not None


def test_windows_go_on_with_what_came_and_what_was_foretold() -> None:
    windows = np.stack([np.tile(np.arange(6.0), (3, 1)), np.zeros((3, 6))], axis=2)
    naive = np.full((3, 2), 5.0, np.float32)  # the last of the first channel
    answers = numbers(np.full((3, 2), 6.0), np.full((3, 2), 9.0))
    output = Output(answers, ("load +1", "load +2"), naive=naive)
    drawn = drawn_of(output, dataset_of(windows.astype(np.float32), 3, "timeseries"))
    assert drawn.figure is not None
    lines = drawn.figure.axes[0].lines
    assert [len(np.asarray(line.get_xdata())) for line in lines[:3]] == [6, 2, 2]
    past, came, said = (np.asarray(line.get_ydata(), float) for line in lines[:3])
    # Values grow upwards and the sheet downwards: 0 to 9 are mapped to one height.
    step = past[0] - past[1]
    np.testing.assert_allclose([past[0] - came[0], past[0] - said[0]], [6 * step, 9 * step])
    assert drawn.rows[0][:4] == ("0", "6", "9", "-3")
    assert "load +1: 6" in texts_of(drawn)


@pytest.mark.parametrize("shape", [(5, 100), (5, 30, 3)])
def test_lines_without_a_future_are_drawn_alone(shape: tuple[int, ...]) -> None:
    values = np.random.default_rng(0).normal(size=shape)
    values[0] = np.nan
    raw = dataset_of(values, 5, "timeseries")
    drawn = drawn_of(Output(classified([0] * 5, [[0.1, 0.9]] * 5)), raw)
    assert drawn.figure is not None
    channels = 1 if len(shape) == 2 else shape[2]
    assert len(drawn.figure.axes[0].lines) == 5 * channels


@pytest.mark.parametrize("shape", [(2, 40), (2, 4, 8, 8, 3)])
def test_what_cannot_be_drawn_has_its_answers_listed(shape: tuple[int, ...]) -> None:
    values = np.zeros((2, 100), np.int32) if len(shape) == 2 else np.zeros(shape, np.float32)
    drawn = drawn_of(Output(classified([0, 0], [[0.1, 0.9]] * 2)), dataset_of(values, 2))
    assert drawn.figure is None
    assert len(drawn.rows) == 2


def test_pictures_beside_columns_have_them_in_the_table() -> None:
    x = {"photo": np.zeros((2, 8, 8, 3), np.uint8), "age": np.array([30.0, 40.0])}
    raw = dataset_of(x, 2, "arrays")
    drawn = drawn_of(Output(classified([0, 0], [[0.4, 0.6], [0.1, 0.9]])), raw)
    assert drawn.figure is not None
    assert drawn.columns[-1] == "age"
    assert [row[-1] for row in drawn.rows] == ["40", "30"]


def stream_of(x: np.ndarray, *, readable: bool) -> Stream:
    whole = Split(x, np.zeros(len(x)))

    def blocks() -> Iterator[Split]:
        for start in range(0, len(x), 3):
            yield whole.take(slice(start, start + 3))

    return Stream(len(x), blocks, whole.take if readable else None)


@pytest.mark.parametrize("readable", [True, False])
def test_examples_of_a_stream_are_read_in_the_order_asked_for(*, readable: bool) -> None:
    stream = stream_of(np.arange(10.0)[:, None], readable=readable)
    found = read_examples(stream, np.array([7, 0, 8, 2]))
    assert np.asarray(found.x).ravel().tolist() == [7, 0, 8, 2]


def test_a_stream_is_read_no_further_than_needed() -> None:
    def blocks() -> Iterator[Split]:
        yield Split(np.zeros((5, 1)), np.zeros(5))
        raise AssertionError("read on")

    assert len(read_examples(Stream(10, blocks), np.array([4, 1]))) == 2


def test_mistakes_of_a_stream_are_shown() -> None:
    raw = dataset_of(stream_of(np.arange(20.0).reshape(10, 2), readable=False), 10)
    drawn = drawn_of(Output(numbers(np.zeros(10), np.arange(10.0))), raw)
    assert drawn.rows[0] == ("9", "0", "9", "-9", "18", "19")


def test_nothing_is_shown_of_answers_that_diverged_or_do_not_fit() -> None:
    raw = dataset_of(np.zeros((2, 1)), 2)
    lost = numbers([0.0, 0.0], [np.nan, 1.0])
    other = numbers([0.0], [1.0])
    nothing = numbers(np.zeros(0), np.zeros(0))
    assert mistake_drawings([Output(lost), Output(other)], raw) == []
    assert mistake_drawings([Output(nothing)], dataset_of(np.zeros((0, 1)), 0)) == []


def test_outputs_are_told_apart() -> None:
    raw = dataset_of(np.zeros((1, 1)), 1)
    answers = numbers([0.0], [1.0])
    drawings = mistake_drawings([Output(answers, head="a"), Output(answers, head="b")], raw)
    assert [each.name for each in drawings] == ["a_mistakes", "b_mistakes"]
    assert drawings[1].draw().title == "b: the largest errors"


def test_worst_copies_are_drawn_under_their_inputs() -> None:
    inputs = np.zeros((3, 64), np.float32)
    given = np.array([0.0, 0.5, 0.1], np.float32)[:, None] + inputs
    answers = Evaluation("regression", given, None, {}, inputs, is_copy=True)
    raw = dataset_of(inputs.reshape(3, 8, 8), 3, "digits")
    drawn = drawn_of(Output(answers, picture=(8, 8)), raw)
    assert drawn.title == "what is given back worst"
    assert drawn.rows == (("1", "0.2500"), ("2", "0.0100"), ("0", "0.0000"))
    assert {"input", "given back", "0.2500", "0.0100", "0.0000"} <= set(texts_of(drawn))


@pytest.mark.parametrize(
    ("text", "fitted"),
    [
        ("airplane", "airplane"),
        ("a" * 12, "a" * 9 + "…"),
        ("W" * 12, "W" * 5 + "…"),
        ("日" * 12, "日" * 4 + "…"),
        ("", ""),
    ],
)
def test_captions_are_cut_by_their_width(text: str, fitted: str) -> None:
    assert fit(text, 10) == fitted


def test_a_table_alone_has_no_file_and_stands_open_on_the_page(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    folder.plots.mkdir()
    raw = dataset_of(np.array([f"<b>{'so ' * 30}</b>"], object), 1, "text")
    drawings = mistake_drawings([Output(classified([0], [[0.1, 0.9]]), ("good", "bad"))], raw)
    pictures = draw_all(folder, [], drawings)
    assert list(folder.plots.iterdir()) == []
    html = render_page(
        Page("made", "made / 1", "", None, (), (), "", tuple(pictures), (), "", "", ())
    )
    assert '<figure class="listing">' in html
    assert '<td class="long">&lt;b&gt;so so' in html
    assert "<details>" not in html
    assert 'class="drawing"' not in html
