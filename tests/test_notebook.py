"""What results show of themselves: as HTML, as curves, as figures by their names."""

from __future__ import annotations

import pickle
import shutil
from collections.abc import Sequence
from functools import partial
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure

from dlkit.errors import ConfigError
from dlkit.reading.finding import Finding
from dlkit.report.drawing import Drawing, Drawn
from dlkit.report.figures.curves import draw_metric
from dlkit.report.figures.overview import Panel, draw_overview
from dlkit.report.figures.style import save_png
from dlkit.report.inline import named_figure
from dlkit.report.notebook import Shown, plot_curves, result_html
from dlkit.report.run_folder import RunFolder

HOSTILE = '<script>alert(1)</script> $x$ "quoted" \N{GRINNING FACE}'

ROWS = tuple(
    {"epoch": epoch, "loss": 1 / epoch, "val_loss": 2 / epoch, "accuracy": 0.5, "seconds": 1.0}
    for epoch in (1, 2, 3)
)


class Reader(HTMLParser):
    """Reads the elements, attributes and texts of a piece of HTML."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: dict[str, str] = {}
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= {name: value or "" for name, value in attrs}

    def handle_data(self, data: str) -> None:
        self.text += data


def curve(rows: Sequence[dict[str, float]], name: str) -> Drawn:
    values = [row[name] for row in rows]
    figure = draw_metric(name, [1, 2, 3], values, None, 3)
    return Drawn(name, figure, name, (), ())


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    """A run's folder with a page and one picture."""
    folder = RunFolder(tmp_path / "net" / "1")
    folder.plots.mkdir(parents=True)
    folder.report.write_text("page")
    save_png(
        draw_metric("accuracy", [1, 2], [0.5, 0.75], None, 2), folder.plots / "accuracy.png"
    )
    return folder


def lines_of(figure: Figure) -> list[list[list[float]]]:
    """Return the values of the lines of each panel, by the axes."""
    return [
        [np.asarray(line.get_ydata()).tolist() for line in axes.lines] for axes in figure.axes
    ]


def test_html_says_all_there_is_as_text(folder: RunFolder) -> None:
    finding = Finding("rate", f"A title {HOSTILE}.", "Evidence 0.25.")
    shown = Shown(f"Verdict {HOSTILE}.", (finding,), 2)
    metrics = {"train_loss": 0.5, "test_accuracy": 0.75, "test_accuracy_std": 0.125}
    page = Reader(result_html(folder, metrics, [ROWS], shown))
    assert not {"script", "style", "link", "img"} & {*page.tags}
    for text in ("net/1", f"Verdict {HOSTILE}.", f"A title {HOSTILE}.", "Evidence 0.25."):
        assert text in page.text
    assert page.text.index("test_accuracy") < page.text.index("train_loss")
    assert "0.7500 ± 0.1250" in page.text
    assert "test_accuracy_std" not in page.text
    assert page.tags.count("svg") == 1
    assert (Path.cwd() / page.attributes["href"]).resolve() == folder.report.resolve()


def test_html_is_small(folder: RunFolder) -> None:
    rows = [{**ROWS[0], "epoch": epoch} for epoch in range(1, 101)]
    assert len(result_html(folder, {"test_loss": 1.0}, [rows], Shown())) < 60_000


@pytest.mark.parametrize("rows", [(), ROWS], ids=["no epochs", "epochs"])
def test_html_never_fails_also_without_its_folder(
    folder: RunFolder, rows: tuple[dict[str, float], ...]
) -> None:
    shutil.rmtree(folder.path)
    page = Reader(result_html(folder, {"test_loss": float("nan")}, [rows], Shown()))
    assert "a" not in page.tags
    assert "net/1" in page.text


def test_plot_has_a_panel_for_loss_and_the_first_metrics() -> None:
    figure = plot_curves([ROWS], 2)
    assert [axes.get_ylabel() for axes in figure.axes] == ["loss", "accuracy"]
    loss, accuracy = lines_of(figure)
    assert loss[:2] == [[1, 1 / 2, 1 / 3], [2, 1, 2 / 3]]
    assert accuracy[0] == [0.5, 0.5, 0.5]


def test_plot_of_folds_has_every_history_in_one_color_a_kind() -> None:
    (axes,) = draw_overview([Panel("loss", [[1, 2], [3]], [[4, 5], [6]])], None).axes
    assert [np.asarray(line.get_ydata()).tolist() for line in axes.lines] == [
        *([1, 2], [3], [4, 5], [6])
    ]
    assert len({line.get_color() for line in axes.lines}) == 2
    legend = axes.get_legend()
    assert legend
    assert [text.get_text() for text in legend.get_texts()] == ["train", "validation"]


def test_plot_without_epochs_is_refused() -> None:
    with pytest.raises(ConfigError, match="history has no epoch"):
        plot_curves([()], None)


def test_figure_is_drawn_anew_where_it_can_be(folder: RunFolder) -> None:
    drawing = Drawing("loss", partial(curve, ROWS, "loss"))
    figure = named_figure("loss", folder, [drawing])
    assert lines_of(figure)[0][0] == [1, 1 / 2, 1 / 3]


def test_other_figure_is_the_picture_in_the_folder(folder: RunFolder) -> None:
    from matplotlib.image import imread

    pixels = imread(folder.plots / "accuracy.png")
    (axes,) = named_figure("accuracy", folder).axes
    (image,) = axes.images
    assert np.array_equal(np.asarray(image.get_array()), pixels)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("acuracy", "there is no figure 'acuracy'. Did you mean 'accuracy'?"),
        ("nonsense", "there is no figure 'nonsense'. Expected one of: accuracy, loss."),
    ],
)
def test_unknown_figure_gets_the_names_there_are(
    folder: RunFolder, name: str, text: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        named_figure(name, folder, [Drawing("loss", partial(curve, ROWS, "loss"))])
    assert str(caught.value).endswith(text)


def test_broken_picture_is_told(folder: RunFolder) -> None:
    (folder.plots / "accuracy.png").write_bytes(b"no picture")
    with pytest.raises(ConfigError, match=r"accuracy\.png: cannot be read"):
        named_figure("accuracy", folder)


def test_figure_shows_itself_and_pyplot_knows_nothing_of_it() -> None:
    import matplotlib.pyplot as plt

    figure: Any = plot_curves([ROWS], 1)
    assert figure._repr_png_().startswith(b"\x89PNG")
    assert not plt.get_fignums()
    assert pickle.loads(pickle.dumps(figure)).axes  # noqa: S301


def test_what_is_shown_can_be_pickled_without_what_draws() -> None:
    shown = Shown("Verdict.", (), 2, (Drawing("loss", lambda: curve(ROWS, "loss")),))
    assert pickle.loads(pickle.dumps(shown)) == Shown("Verdict.", (), 2, ())  # noqa: S301


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Any]:
    """A run and a run in folds, on three flowers."""
    import dlkit

    layers = [{"Dense": {"units": 3, "activation": "softmax"}}]
    config = {
        "name": "flowers",
        "dataset": {"source": "iris", "validation": 0.2},
        "architecture": {"layers": layers},
        "loss": "sparse_categorical_crossentropy",
        "metrics": ["accuracy"],
        "training": {"epochs": 2},
    }
    output = tmp_path_factory.mktemp("shown")
    folds = {**config, "name": "folds", "dataset": {"source": "iris", "folds": 2}}
    return dlkit.run(config, output=output), dlkit.run(folds, output=output)


@pytest.mark.keras
def test_result_of_a_run_shows_itself(results: tuple[Any, Any]) -> None:
    result, _ = results
    page = Reader(result._repr_html_())
    assert f"Test accuracy {result.metrics['test_accuracy']:.4f} on iris" in page.text
    assert page.attributes["href"].endswith("flowers/1/report.html")
    loss = lines_of(result.plot())[0]
    assert loss[0] == result.history["loss"].tolist()
    assert loss[1] == result.history["val_loss"].tolist()


@pytest.mark.keras
def test_result_has_every_picture_of_its_folder_as_a_figure(results: tuple[Any, Any]) -> None:
    result, _ = results
    names = [path.stem for path in result.folder.plots.glob("*.png")]
    assert {"loss", "accuracy", "confusion_matrix"} <= {*names}
    for name in names:
        assert isinstance(result.figure(name), Figure)
    drawn = {drawing.name for drawing in result.shown.drawings}
    assert {"loss", "accuracy", "confusion_matrix"} <= drawn


@pytest.mark.keras
def test_result_holds_no_data(results: tuple[Any, Any]) -> None:
    """What its drawings hold on to is small, whatever the data was."""
    import gc

    from dlkit.data.dataset import Dataset, Split

    result, _ = results
    seen: set[int] = set()
    waiting: list[Any] = [result.shown]
    while waiting:
        thing = waiting.pop()
        if (
            id(thing) in seen
            or isinstance(thing, type)
            or (
                callable(thing)
                and not (isinstance(thing, partial) or getattr(thing, "__closure__", None))
            )
        ):
            continue
        seen.add(id(thing))
        assert not isinstance(thing, (Dataset, Split))
        parts = getattr(thing, "__closure__", None)
        waiting += [cell.cell_contents for cell in parts] if parts else gc.get_referents(thing)


@pytest.mark.keras
def test_result_of_folds_shows_itself(results: tuple[Any, Any]) -> None:
    _, result = results
    page = Reader(result._repr_html_())
    assert f"{result.metrics['test_accuracy']:.4f} ± " in page.text
    panels = lines_of(result.plot())
    assert panels[0][:2] == [list(fold.history["loss"]) for fold in result.runs]
    assert isinstance(result.figure("confusion_matrix"), Figure)


@pytest.mark.keras
def test_result_that_is_read_again_shows_itself(results: tuple[Any, Any]) -> None:
    from dlkit.experiment import read_result

    result = read_result(results[0].folder)
    assert Reader(result._repr_html_()).tags.count("svg") == 1
    assert isinstance(result.figure("confusion_matrix"), Figure)
    with pytest.raises(ConfigError, match="Did you mean 'confusion_matrix'"):
        result.figure("confusion_matix")
