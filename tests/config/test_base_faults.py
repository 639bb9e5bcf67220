from __future__ import annotations

from pathlib import Path

import pytest

from dlkit.config.composition import MAX_BASES, read_composed
from dlkit.config.load import load_config
from dlkit.errors import ConfigError

MINIMAL = """\
dataset: {source: diabetes}
architecture: {layers: [Dense: 1]}
loss: mse
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, which the test works in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(files: dict[str, str]) -> None:
    for name, text in files.items():
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(text, encoding="utf-8")


def faults(files: dict[str, str], *overrides: str, name: str = "x.yaml") -> list[str]:
    write(files)
    try:
        load_config(name, overrides)
    except ConfigError as error:
        return [str(problem) for problem in error.problems]
    return []


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"x.yaml": "base: none.yaml\n"}, ["none.yaml  no such file."]),
        (
            {"x.yaml": "base: [no.yaml, b/nor.yaml]\n"},
            ["no.yaml  no such file.", "b/nor.yaml  no such file."],
        ),
        (
            {"x.yaml": "base: b/a.yaml\nloss: mse\nloss: mae\n", "b/a.yaml": "base: c.yaml\n"},
            ["x.yaml:3:1  loss: given twice, first in line 2. Keep one.", "b/c.yaml  no such"],
        ),
        ({"x.yaml": "base: .\n"}, [".  expected a YAML file, received a folder."]),
        (
            {"x.yaml": "base: a.yaml\n", "a.yaml": "- 1\n"},
            ["a.yaml:1:1  expected `key: value` lines, received a list."],
        ),
        (
            {"x.yaml": "base: 5\n"},
            ["x.yaml:1:1  base: expected the name of a file, received 5."],
        ),
        (
            {"x.yaml": "base: {a: b}\n"},
            ["x.yaml:1:1  base: expected the name of a file, received a mapping {'a': 'b'}."],
        ),
        (
            {"x.yaml": "base: [a.yaml, 5, '']\n", "a.yaml": MINIMAL},
            [
                "x.yaml:1:16  base[1]: expected the name of a file, received 5.",
                "x.yaml:1:19  base[2]: expected the name of a file, received '' (text).",
            ],
        ),
        (
            {"x.yaml": 'base: "a\\0b"\n'},
            ["x.yaml:1:1  base: expected the name of a file, received 'a\\x00b' (text)."],
        ),
    ],
    ids=["missing", "two", "nested", "folder", "list", "number", "mapping", "items", "nul"],
)
def test_base_is_refused_alone_when_it_cannot_be_read(
    here: Path, files: dict[str, str], said: list[str]
) -> None:
    for text, start in zip(faults(files), said, strict=True):
        assert text.startswith(start)


def test_base_is_refused_when_it_is_a_link_to_itself(here: Path) -> None:
    Path("loop.yaml").symlink_to("loop.yaml")
    (said,) = faults({"x.yaml": "base: loop.yaml\n"})
    assert said.startswith("loop.yaml  cannot be read: Too many")


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"x.yaml": "base: x.yaml\n"}, "x.yaml:1:1  base: x.yaml"),
        ({"x.yaml": "seed: 1\nbase: ./b/../x.yaml\n"}, "x.yaml:2:1  base: ./b/../x.yaml"),
        (
            {"x.yaml": "base: b/a.yaml\n", "b/a.yaml": "base: [../x.yaml]\n"},
            "b/a.yaml:1:8  base[0]: ../x.yaml",
        ),
    ],
    ids=["itself", "another way", "two files"],
)
def test_base_is_refused_when_it_builds_on_the_file(
    here: Path, files: dict[str, str], said: str
) -> None:
    write({"b/unused.yaml": "seed: 1\n"})
    assert faults(files) == [f"{said} builds on this file itself."]


def test_bases_are_refused_when_they_lie_too_deep(here: Path) -> None:
    chain = {f"{i}.yaml": f"base: {i + 1}.yaml\n" for i in range(MAX_BASES + 1)}
    last = f"{MAX_BASES}.yaml"
    write(chain | {last: "seed: 1\n"})
    assert read_composed("0.yaml")[0].data == {"seed": 1}
    assert faults({last: f"base: {MAX_BASES + 1}.yaml\n"}, name="0.yaml") == [
        f"{last}:1:1  base: expected at most 20 files below one another."
    ]
