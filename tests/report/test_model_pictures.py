"""What is drawn of a model is what it is: its layers, its calls, its first weights."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import Any

import numpy as np
import pytest

from dlkit.report.figures.graph import Box, draw_graph
from dlkit.report.figures.style import shorten, to_svg

pytestmark = pytest.mark.keras


def test_calls_of_a_functional_model_are_boxes_with_their_edges() -> None:
    from keras import Input, Model, Sequential, layers

    from dlkit.report.model_graph import graph_of

    left, right = Input((8,), name="left"), Input((8,), name="right")
    shared = layers.Dense(4, name="shared")
    joined = layers.Concatenate(name="joined")([shared(left), shared(right)])
    inner = Sequential([Input((8,)), layers.Dense(3), layers.Dense(2)], name="inner")
    frozen = layers.Dense(1, name="frozen", trainable=False)
    model = Model([left, right], [inner(joined), frozen(joined)])

    graph = graph_of(model)
    assert graph is not None
    boxes, edges = graph
    named = {(boxes[start].name, boxes[end].name) for start, end in edges}
    assert named == {
        ("left", "shared"),
        ("right", "shared"),
        ("shared", "joined"),
        ("joined", "inner"),
        ("joined", "frozen"),
    }
    assert all(start < end for start, end in edges)
    by_name = {box.name: box for box in reversed(boxes)}
    assert [b.type for b in boxes if b.name == "shared"] == ["Dense", "Dense, again"]
    assert by_name["inner"] == Box("inner", "Sequential", "2", 8 * 3 + 3 + 3 * 2 + 2, True)
    assert by_name["frozen"] == Box("frozen", "Dense", "1", 9, learns=False)
    assert by_name["left"] == Box("left", "input", "8")
    assert sum(box.parameters for box in boxes) == model.count_params()


def test_layers_that_wrap_others_and_several_results_are_named() -> None:
    from keras import Input, Sequential, layers

    from dlkit.report.model_graph import graph_of

    model = Sequential([Input((5, 3)), layers.Bidirectional(layers.GRU(4), name="both")])
    graph = graph_of(model)
    assert graph is not None
    assert [(box.name, box.type, box.shape) for box in graph[0]][1:] == [
        ("both", "Bidirectional(GRU)", "8")
    ]
    assert graph[0][0].shape == "5 × 3"  # noqa: RUF001


def chain(count: int) -> tuple[list[Box], list[tuple[int, int]]]:
    boxes = [Box(f"layer_{n}", "Dense", "4", 20, learns=True) for n in range(count)]
    return boxes, [(n, n + 1) for n in range(count - 1)]


@pytest.mark.parametrize("count", [40, 41, 160])
def test_middle_of_a_long_model_is_one_box(count: int) -> None:
    from dlkit.report.model_graph import shorten_graph

    boxes, edges = shorten_graph(chain(count))
    assert len(boxes) == 40
    assert sum(box.parameters for box in boxes) == 20 * count
    assert edges == [(n, n + 1) for n in range(39)]
    assert (boxes[0].name, boxes[-1].name) == ("layer_0", f"layer_{count - 1}")
    left_out = [box.name for box in boxes if "more layers" in box.name]
    assert left_out == ([] if count == 40 else [f"… {count - 39} more layers"])


def test_many_inputs_of_one_kind_are_one_box() -> None:
    from dlkit.report.model_graph import shorten_graph

    boxes = [Box(f"column_{n}", "input", "1") for n in range(30)]
    boxes += [Box("joined", "Concatenate", "30"), Box("answer", "Dense", "1", 31, learns=True)]
    edges = [*((n, 30) for n in range(30)), (30, 31)]
    shown, led = shorten_graph((boxes, edges))
    assert [(box.name, box.type) for box in shown] == [
        ("column_0, …", "30 × input"),  # noqa: RUF001
        ("joined", "Concatenate"),
        ("answer", "Dense"),
    ]
    assert led == [(0, 1), (1, 2)]


def test_names_are_shown_as_they_are_written() -> None:
    boxes = [Box("<script>alert(1)</script>", "$x$", "?"), Box("x" * 300, "=cmd()", "2")]
    root = ET.fromstring(to_svg(draw_graph(boxes, [(0, 1)])))  # noqa: S314  our own text
    texts = ["".join(t.itertext()) for t in root.iter("{http://www.w3.org/2000/svg}text")]
    expected = [shorten("<script>alert(1)</script>", 22), "$x$", "?"]
    assert texts == [*expected, "x" * 21 + "…", "=cmd()", "2"]


def conv_model(channels: int, filters: int) -> Any:
    from keras import Input, Sequential, layers

    return Sequential(
        [
            Input((12, 12, channels)),
            layers.Rescaling(0.5),
            layers.BatchNormalization(),
            layers.Conv2D(filters, (3, 5), name="conv"),
            layers.Conv2D(2, 3),
        ]
    )


@pytest.mark.parametrize(("channels", "filters"), [(1, 6), (3, 70), (5, 4)])
def test_kernels_of_the_first_convolution_are_shown(channels: int, filters: int) -> None:
    from dlkit.report.model_pictures import first_filters

    model = conv_model(channels, filters)
    found = first_filters(model, ())
    assert found is not None
    kernel = model.get_layer("conv").get_weights()[0]
    assert (found.layer, found.count, found.channels) == ("conv", filters, channels)
    assert found.numbers == tuple(range(min(64, filters)))
    for number, shown in zip(found.numbers, found.weights, strict=True):
        expected = kernel[..., number] if channels == 3 else kernel[:, :, 0, number]
        np.testing.assert_array_equal(shown, expected)


def test_units_with_the_largest_weights_are_shown_of_a_dense_layer() -> None:
    from keras import Input, Sequential, layers

    from dlkit.report.model_pictures import first_filters, picture_shape

    model = Sequential([Input((8, 10)), layers.Flatten(), layers.Dense(20, name="dense")])
    weights = np.ones((80, 20), np.float32) * np.arange(20)
    weights[:, 0] = np.arange(80)
    model.get_layer("dense").set_weights([weights, np.zeros(20)])
    found = first_filters(model, picture_shape(model))
    assert found is not None
    assert found.numbers == (0, *range(5, 20))
    np.testing.assert_array_equal(found.weights[0], np.arange(80).reshape(8, 10))


@pytest.mark.parametrize("kind", ["table", "diverged", "recurrent", "no weights"])
def test_nothing_is_shown_of_layers_that_do_not_look_at_pictures(kind: str) -> None:
    from keras import Input, Sequential, layers

    from dlkit.report.model_pictures import first_filters, picture_shape

    models = {
        "table": lambda: Sequential([Input((64,)), layers.Dense(2)]),
        "diverged": lambda: conv_model(1, 2),
        "recurrent": lambda: Sequential([Input((9, 9)), layers.GRU(2)]),
        "no weights": lambda: Sequential([Input((9, 9)), layers.Flatten()]),
    }
    model = models[kind]()
    if kind == "diverged":
        model.get_layer("conv").set_weights([np.full((3, 5, 1, 2), np.nan), np.zeros(2)])
    assert first_filters(model, picture_shape(model)) is None


def test_drawings_of_a_model_name_what_they_show() -> None:
    from dlkit.report.model_pictures import model_drawings

    model = conv_model(5, 4)
    graph, filters = (drawing.draw() for drawing in model_drawings(model, model))
    assert "Graph of the 5 layers" in graph.alt
    assert f"{model.count_params():,} parameters" in graph.alt
    names = [name for name, _ in graph.rows]
    assert [reads for _, reads in graph.rows] == ["", *names[:-1]]
    assert names[1:] == [layer.name for layer in model.layers]
    assert filters.title == "what conv looks for: its 4 filters, the first of 5 channels"
    assert [row[0] for row in filters.rows] == ["0", "1", "2", "3"]
