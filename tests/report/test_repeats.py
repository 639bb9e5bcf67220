"""Several seeds as one: figures, bands, files and the page."""

from __future__ import annotations

import json
import math
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.collections import PolyCollection

import dlkit
from dlkit.report.figures.bands import Band, draw_bands
from dlkit.report.figures.spread import Scores, draw_score_spread
from dlkit.report.figures.style import to_svg
from dlkit.report.run_folder import RunFolder

HOSTILE = "<script>alert(1)</script>"

CONFIG = """
name: marks
seed: 3
repeat: 3
dataset:
  source: {csv: train.csv}
  test: TEST
  target: kind
  validation: 0.2
architecture:
  layers:
    - Dense: {units: 8, activation: relu}
    - Dense: {units: 3, activation: softmax}
loss: sparse_categorical_crossentropy
metrics: [accuracy]
training: {epochs: 2, batch_size: 10}
"""


def make_table(path: Path, rows: int, seed: int) -> None:
    """Write two numbers, and a class with a name that no page must run."""
    generator = np.random.default_rng(seed)
    numbers = generator.normal(size=(rows, 2)).round(3)
    names = np.array(["=cmd()", HOSTILE, "$x$"])[np.digitize(numbers.sum(1), [-0.7, 0.7])]
    lines = [f'{a},{b},"{name}"' for (a, b), name in zip(numbers, names, strict=True)]
    path.write_text("\n".join(["a,b,kind", *lines]) + "\n", "utf-8")


def repeat(folder: Path, test: str) -> Any:
    """Run three seeds with a test of some kind."""
    from dlkit.backend import import_tensorflow

    import_tensorflow()
    make_table(folder / "train.csv", 60, 0)
    make_table(folder / "test.csv", 30, 1)
    (folder / "marks.yaml").write_text(CONFIG.replace("TEST", test), "utf-8")
    return dlkit.run(folder / "marks.yaml", output=folder / "out")


@pytest.fixture(scope="module")
def alike(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Return three seeds with the same test examples."""
    return repeat(tmp_path_factory.mktemp("alike"), "test.csv")


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Return three seeds with test examples of their own."""
    with pytest.MonkeyPatch.context() as patch:  # those of each seed are looked at above
        patch.setattr("dlkit.report.run_page.draw_pictures", lambda *_: [])
        return repeat(tmp_path_factory.mktemp("drawn"), "0.3")


class Text(HTMLParser):
    """Collects what a page says, the tags that it has, and its links."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: list[str] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links += [value or "" for name, value in attrs if name == "href"]

    def handle_data(self, data: str) -> None:
        self.text += f"{data} "


@pytest.mark.keras
def test_page_has_mean_spread_ensemble_and_links(alike: Any) -> None:
    folder, metrics = alike.folder, alike.metrics
    page = Text(folder.report.read_text("utf-8"))
    mean, spread = (metrics[f"test_accuracy{end}"] for end in ("", "_std"))
    together = metrics["ensemble_test_accuracy"]
    assert (
        f"Test accuracy {mean:.4f} ± {spread:.4f} over 3 seeds of train.csv."
        f" The ensemble comes to {together:.4f}."
    ) in page.text
    for seed in (3, 4, 5):
        link = f"seed_{seed}/report.html"
        assert link in page.links
        assert f"marks/1/seed_{seed}" in (folder.path / link).read_text("utf-8")
    assert "The seeds" in page.text
    assert "script" not in page.tags
    assert HOSTILE in page.text


@pytest.mark.keras
def test_folder_has_pictures_of_the_curves_the_spread_and_the_ensemble(alike: Any) -> None:
    names = {path.name for path in alike.folder.plots.iterdir()}
    assert {"loss.png", "accuracy.png", "seeds.png", "confusion_matrix.png"} <= names
    assert not alike.folder.model.exists()
    assert alike.folder.is_whole


@pytest.mark.keras
def test_notebook_shows_figures_and_curves(alike: Any) -> None:
    shown = Text(alike._repr_html_())
    assert "ensemble_test_accuracy" in shown.text
    assert f"{alike.metrics['ensemble_test_accuracy']:.4f}" in shown.text
    assert "script" not in shown.tags
    assert len(alike.plot().axes) == 2
    assert alike.figure("seeds").get_axes()


@pytest.mark.keras
def test_records_have_every_seed(alike: Any) -> None:
    facts = json.loads(alike.folder.metrics.read_text("utf-8"))
    assert (facts["status"], facts["seed"], facts["test_examples"]) == ("completed", 3, 30)
    for each, run in zip(facts["repeat"], alike.runs, strict=True):
        own = json.loads(run.folder.metrics.read_text("utf-8"))
        assert {name: own[name] for name in each} == each
    assert facts["no_ensemble"] is None
    table = alike.folder.predictions.read_text("utf-8").splitlines()
    assert len(table) == 31
    assert "'=cmd()" in table[0] or "p(=cmd())" in table[0]
    assert not [row for row in table[1:] if row.split(",")[1].startswith("=")]


@pytest.mark.keras
def test_terminal_has_a_line_a_seed_then_mean_and_ensemble(alike: Any) -> None:
    log = alike.folder.log.read_text("utf-8")
    for seed, run in zip((3, 4, 5), alike.runs, strict=True):
        loss, accuracy = (run.metrics[f"test_{name}"] for name in ("loss", "accuracy"))
        assert re.search(rf"seed {seed}  loss {loss:.4f}  accuracy {accuracy:.4f}  ", log)
    mean, spread = (alike.metrics[f"test_loss{end}"] for end in ("", "_std"))
    loss, accuracy = (alike.metrics[f"ensemble_test_{name}"] for name in ("loss", "accuracy"))
    assert "test      mean and standard deviation over 3 seeds\n" in log
    assert f"          loss     {mean:.4f} ± {spread:.4f}\n" in log
    assert f"ensemble  loss {loss:.4f}, accuracy {accuracy:.4f}\n" in log


@pytest.mark.keras
def test_seeds_with_tests_of_their_own_have_no_ensemble(drawn: Any) -> None:
    page = Text(drawn.folder.report.read_text("utf-8"))
    reason = "each seed has test examples of its own, and other models may have learned"
    assert f"none: {reason}" in page.text
    assert "The ensemble comes to" not in page.text
    names = {path.name for path in drawn.folder.plots.iterdir()}
    assert names == {"loss.png", "accuracy.png", "seeds.png"}
    assert not drawn.folder.predictions.exists()
    assert drawn.folder.is_whole


def test_members_of_a_run_are_its_folds_or_seeds_in_order(tmp_path: Path) -> None:
    run = RunFolder(tmp_path / "net" / "1")
    for name in ("seed_10", "seed_9", "seed_x", "plots", "seedling_1"):
        (run.path / name).mkdir(parents=True)
    (run.path / "seed_11").touch()
    assert run.members == (run.seed(9), run.seed(10))
    assert run.seed(9).is_member
    assert run.seed(9).output == tmp_path
    assert not run.is_member
    assert RunFolder(tmp_path / "nowhere").members == ()


def test_band_is_one_deviation_about_the_mean() -> None:
    train = Band([[4.0, 2.0, 1.0], [2.0, 1.0]], [3.0, 1.5], [2**0.5, 0.5**0.5])
    axes = draw_bands("loss", train, None, [2, 3]).axes[0]
    (band,) = (each for each in axes.collections if isinstance(each, PolyCollection))
    corners = {(x, round(y, 6)) for x, y in band.get_paths()[0].vertices.tolist()}
    assert {(1.0, round(3 + 2**0.5, 6)), (2.0, round(1.5 - 0.5**0.5, 6))} <= corners
    mean, rest, best, _ = axes.lines
    assert np.asarray(mean.get_ydata()).tolist() == [3.0, 1.5]
    assert np.asarray(rest.get_xdata()).tolist() == [2, 3]  # the one that went on
    assert np.asarray(rest.get_ydata()).tolist() == [2.0, 1.0]
    assert np.asarray(best.get_xdata()).tolist() == [2, 3]
    assert axes.get_xlim()[1] >= 3


@pytest.mark.parametrize("epochs", [1, 2, 1000])
def test_band_of_any_length_is_drawn(epochs: int) -> None:
    values = [1.0] * epochs
    band = Band([values, values], values, values)
    assert to_svg(draw_bands("$x$ <b>", band, band, [epochs])).startswith("<svg")


def test_band_without_a_finite_value_says_so() -> None:
    nothing = Band([[math.nan], [1.0]], [math.nan], [math.nan])
    figure = draw_bands("loss", nothing, None, [])
    assert "no finite value" in [text.get_text() for text in figure.axes[0].texts]


def test_ensemble_is_a_line_of_its_own_in_the_spread() -> None:
    labels = ["seed 0", "seed 1"]
    plain = Scores("test_loss", [0.5, 0.7], 0.6, 0.1)
    together = Scores("test_loss", [0.5, 0.7], 0.6, 0.1, 0.45)
    lines = [len(draw_score_spread([each], labels).axes[0].lines) for each in (plain, together)]
    assert lines == [2, 3]
    axes = draw_score_spread([together], labels).axes[0]
    assert np.asarray(axes.lines[2].get_xdata()).tolist() == [0.45, 0.45]
    assert "dashes: the ensemble" in axes.get_title(loc="left")
    low, high = axes.get_xlim()
    assert low < 0.45 < high
