"""The page of all experiments lists every run, shows names as text, and loads nothing."""

from __future__ import annotations

import base64
import hashlib
import json
import math
import os
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from dlkit.errors import ConfigError
from dlkit.report.index.curves import Course, draw_course, read_course, spread
from dlkit.report.index.page import write_index
from dlkit.report.index.rows import read_experiments
from dlkit.report.run_folder import RunFolder

FACTS = {
    "train_loss": 0.1,
    "test_loss": 0.25,
    "test_accuracy": 0.975,
    "status": "completed",
    "dataset": "mnist",
    "stand_in_for": None,
    "seconds": 9.5,
    "epochs": 2,
    "test_examples": 10,
}
HISTORY = "epoch,loss,accuracy,val_loss,val_accuracy\n1,2,0.25,2,0.25\n2,1,0.75,1,0.5\n"
HOSTILE = ["<script>alert(1)<\\script>", "$x$ & =cmd() #?%20", "\N{GRINNING FACE}", "n" * 200]


def lay(output: Path, run: str, facts: dict[str, Any] | None, history: str = HISTORY) -> Path:
    folder = output / run
    folder.mkdir(parents=True)
    (folder / "history.csv").write_text(history)
    if facts is not None:
        (folder / "metrics.json").write_text(json.dumps(facts))
        (folder / "report.html").write_text("<p>page</p>")
    return folder


class Reader(HTMLParser):
    """Reads texts, links, tables and scripts of a page."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.texts: list[tuple[str, str]] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while self._open.pop() != tag:  # elements without an end, such as <meta>
            pass

    def handle_data(self, data: str) -> None:
        self.texts.append((self._open[-1] if self._open else "", data))

    def having(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]


def page_of(output: Path) -> str:
    return write_index(output).read_text("utf-8")


def cells_of(output: Path) -> list[list[str]]:
    (experiment,) = read_experiments(output)
    return [[cell.text for cell in row.cells] for row in experiment.rows]


def test_runs_stand_with_their_figures_the_newest_first(tmp_path: Path) -> None:
    lay(tmp_path, "net/1", FACTS)
    lay(tmp_path, "net/2", {**FACTS, "test_accuracy": 0.5, "limited": ["100 of 60,000"]})
    lay(tmp_path, "net/10", None)
    (experiment,) = read_experiments(tmp_path)
    heads = ("status", "course", "test_accuracy", "test_loss", "dataset", "epochs", "time")
    assert experiment.heads[:-1] == heads
    assert [row.number for row in experiment.rows] == ["10", "2", "1"]
    assert [row.link for row in experiment.rows] == [
        "",
        "net/2/report.html",
        "net/1/report.html",
    ]
    without_dates = [row[:-1] for row in cells_of(tmp_path)]
    assert without_dates == [
        ["unfinished", "", "", "", "", "2", ""],
        ["completed", "", "0.5000", "0.2500", "mnist, a quick try", "2", "9.5 s"],
        ["completed", "", "0.9750", "0.2500", "mnist", "2", "9.5 s"],
    ]


def test_mean_of_folds_has_its_deviation(tmp_path: Path) -> None:
    facts = {**FACTS, "test_accuracy_std": 0.0125, "test_loss_std": 0.5, "folds": [{}, {}]}
    lay(tmp_path, "net/1", facts)
    (experiment,) = read_experiments(tmp_path)
    assert "test_accuracy_std" not in experiment.heads
    assert cells_of(tmp_path)[0][2] == "0.9750 ± 0.0125"


@pytest.mark.parametrize("name", ["epochs", "seconds", "test_accuracy"])
@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_number_that_is_not_finite_costs_no_page(
    tmp_path: Path, name: str, value: float
) -> None:
    lay(tmp_path, "net/1", FACTS | {name: value})
    lay(tmp_path, "net/2", FACTS)
    page = write_index(tmp_path).read_text("utf-8")
    assert "net/1/report.html" in page
    assert "net/2/report.html" in page


def test_experiment_that_was_last_at_work_is_first(tmp_path: Path) -> None:
    for number, name in enumerate(["a", "c", "b"]):
        file = lay(tmp_path, f"{name}/1", FACTS) / "metrics.json"
        os.utime(file, (1.7e9 + 60 * number, 1.7e9 + 60 * number))
    assert [each.name for each in read_experiments(tmp_path)] == ["b", "c", "a"]


@pytest.mark.parametrize("name", HOSTILE, ids=["script", "signs", "emoji", "long"])
def test_hostile_names_are_text_and_links_lead_to_their_folders(
    tmp_path: Path, name: str
) -> None:
    lay(tmp_path, f"{name}/1", {**FACTS, "dataset": name, f"test_{name}": 0.5})
    page = Reader(page_of(tmp_path))
    (link,) = [a["href"] for a in page.having("a") if not a["href"].startswith("#")]
    assert re.fullmatch(r"[A-Za-z0-9%._~/-]+", link)
    assert (tmp_path / unquote(link)).is_file()
    assert ("h2", f"{name} ") in page.texts
    assert ("td", name) in page.texts
    assert len(page.having("script")) == 1


def test_policy_allows_the_one_script_and_nothing_else(tmp_path: Path) -> None:
    lay(tmp_path, "net/1", FACTS)
    page = Reader(page_of(tmp_path))
    (policy,) = [each["content"] for each in page.having("meta") if "http-equiv" in each]
    script = "".join(text for tag, text in page.texts if tag == "script")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'; img-src data:")
    assert f"script-src 'sha256-{digest}'" in policy
    assert not [a for tag, a in page.elements for name in a if name in ("src", "onclick")]


def test_two_thousand_runs_take_a_moment_and_little_room(tmp_path: Path) -> None:
    for number in range(1, 2001):
        lay(tmp_path, f"net/{number}", FACTS)
    page = page_of(tmp_path)
    assert len(page) < 3_000_000
    assert page.count("<svg") == 2000


def test_no_runs_are_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"there are no runs in .*Start one with"):
        write_index(tmp_path)


def test_course_is_the_main_figure_of_validation(tmp_path: Path) -> None:
    folder = RunFolder(lay(tmp_path, "net/1", FACTS))
    wanted = ("val_accuracy", "val_loss", "accuracy", "loss")
    assert read_course(folder, wanted) == Course("val_accuracy", (0.25, 0.5))
    assert read_course(folder, ("loss",)) == Course("loss", (2.0, 1.0))
    assert read_course(folder, ("other",)).name == ""


@pytest.mark.parametrize("text", ["", "epoch\x00", "\udcff"], ids=["empty", "nul", "bytes"])
def test_damaged_history_has_no_course(tmp_path: Path, text: str) -> None:
    folder = RunFolder(lay(tmp_path, "net/1", FACTS))
    folder.history.write_bytes(text.encode("utf-8", "surrogateescape"))
    assert not draw_course(read_course(folder, ("loss",)))


def test_drawn_course_rises_to_the_right() -> None:
    svg = str(draw_course(Course("val_<b>", (0.0, math.nan, 1.0))))
    assert 'points="3,21 93,3"' in svg  # a row of 96 by 24 with a margin of 3
    assert 'aria-label="val_&lt;b&gt; over 3 epochs: from 0.0000 to 1.0000"' in svg


@pytest.mark.parametrize("values", [(), (1.0,), (math.nan, math.nan, 1.0)])
def test_less_than_two_points_make_no_line(values: tuple[float, ...]) -> None:
    assert not draw_course(Course("loss", values))


@pytest.mark.parametrize("count", [1, 40, 41, 1000])
def test_places_are_spread_with_first_and_last(count: int) -> None:
    places = spread(count)
    assert (places[0], places[-1]) == (0, count - 1)
    assert len(places) == min(count, 40)
    assert places == sorted(set(places))


SORT = """
<script>
const log = [];
for (const name of ["test_accuracy", "test_accuracy", "status", "time"]) {
  const head = [...document.querySelectorAll("th")].find((th) => th.textContent === name);
  head.querySelector("button").click();
  const rows = [...document.querySelectorAll("tbody tr")];
  const numbers = rows.map((row) => row.cells[0].textContent).join(",");
  log.push(`${name} ${head.getAttribute("aria-sort")} ${numbers}`);
}
const sorted = document.querySelectorAll("[aria-sort]").length;
const shown = document.createElement("pre");
shown.textContent = `LOG ${log.join("; ")}; ${sorted} sorted`;
document.body.append(shown);
</script>
"""


def dom_of(page: Path) -> str:
    """Return what chromium makes of a page, its scripts included."""
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("chromium is not here")
    command = [
        *(chromium, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic"),
        *("--no-first-run", "--disable-background-networking", "--disable-component-update"),
        *("--disable-sync", f"--user-data-dir={page.parent / 'profile'}", "--dump-dom"),
        page.as_uri(),
    ]
    return subprocess.run(
        command, capture_output=True, text=True, check=True, timeout=120
    ).stdout


def test_heads_sort_in_a_browser_under_the_page_s_own_policy(tmp_path: Path) -> None:
    output = tmp_path / "runs"
    for number, (accuracy, status, seconds) in enumerate(
        [(0.5, "diverged", 100), (0.75, "completed", 9), (0.9, "completed", 20)], start=1
    ):
        facts = {"test_accuracy": accuracy, "status": status, "seconds": seconds}
        lay(output, f"net/{number}", {**FACTS, **facts})
    lay(output, "net/4", None)
    page = write_index(output)
    assert dom_of(page).count("<button type=") == 8  # the script ran, and all but `course` sort
    text = page.read_text("utf-8")
    free = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", text)
    copy = tmp_path / "copy.html"
    copy.write_text(free.replace("</body>", f"{SORT}</body>"), "utf-8")
    found = re.search(r"<pre>LOG ([^<]*)", dom_of(copy))
    assert found
    assert found[1].split("; ") == [
        "test_accuracy descending 3,2,1,4",
        "test_accuracy ascending 1,2,3,4",
        "status ascending 2,3,1,4",  # the unfinished last, those alike as they stood
        "time descending 1,3,2,4",
        "1 sorted",
    ]


def test_command_writes_the_page_without_tensorflow(tmp_path: Path) -> None:
    lay(tmp_path, "net/1", FACTS)
    code = (
        "import sys; from dlkit.cli import main\n"
        "try: main(['report', '--all', '--output', sys.argv[1]])\n"
        "except SystemExit as leaving: assert not leaving.code\n"
        "print(*({'tensorflow', 'keras', 'pandas', 'matplotlib'} & set(sys.modules)))"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    assert result.stdout.splitlines() == [str(tmp_path / "index.html"), ""]


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ([], "Name a RUN, or say --all."),
        (["net", "--all"], "Name a RUN, or say --all; not both."),
    ],
    ids=["none", "both"],
)
def test_command_wants_one_thing(arguments: list[str], text: str) -> None:
    command = [sys.executable, "-m", "dlkit", "report", *arguments]
    result = subprocess.run(command, capture_output=True, text=True)
    assert result.returncode == 2
    assert text in result.stderr
