"""What the YAML says in words, as comments of the script."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from textwrap import wrap

from dlkit.config.load import LoadedConfig
from dlkit.config.source import Source
from dlkit.data.dataset import Dataset
from dlkit.eject.code import WIDTH, comment
from dlkit.eject.ways import left_out
from dlkit.errors import Path as Place

REMARK = re.compile(r"""^(?P<code>(?:[^#'"]|"[^"]*"|'[^']*')*?)(?:^|\s)\#+\s?(?P<words>.*)$""")

COMMANDS = ("dlkit", "$")
"""What lines about running the experiment have in them."""


def opening(loaded: LoadedConfig, file: Path | None) -> list[str]:
    """Return the script's docstring: what the YAML says before its first key.

    Args:
        loaded: The config with its text.
        file: Where the prepared data lies, or None.
    """
    lines = [line.strip() for line in _head(loaded.source.text)]
    said = [line for line in lines if line and not any(word in line for word in COMMANDS)]
    lines = wrap((said or [f"The experiment {loaded.config.name}."])[0], WIDTH - len('"""'))
    lines += ["", *(part for line in said[1:] for part in wrap(line, WIDTH))] * bool(said[1:])
    lines += [
        "",
        "Plain Keras: the same model, the same data in the same order, the same figures.",
    ]
    if file is not None:
        lines.append("The data lies prepared in a file.")
    if without := left_out(loaded.config.training):
        lines += wrap(f"Left out of the training: {without}.", WIDTH)
    lines = [line.replace("\\", "\\\\").replace('"""', "'''") for line in lines]
    return [f'"""{lines[0]}', *lines[1:], '"""']


def _head(text: str) -> Iterator[str]:
    """Yield the comment at the top of a file."""
    for line in text.splitlines():
        if not line.startswith("#"):
            return
        yield line.lstrip("#")


def section(name: str, source: Source, dataset: Dataset, words: str = "") -> list[str]:
    """Return the heading of a part of the script, with what the YAML remarks there.

    Args:
        name: The section of the config.
        source: The config as written.
        dataset: Its data.
        words: What else the heading says.
    """
    heading = f"--- {name}" + (f": {words}" if words else "")
    if name == "dataset":
        parts = {
            "training": dataset.train,
            "validation": dataset.validation,
            "test": dataset.test,
        }
        sizes = ", ".join(
            f"{len(part):,} {part_name}" for part_name, part in parts.items() if part
        )
        heading += f": {dataset.name}, {sizes} examples"
    if name == "optimizer":
        heading = "--- loss, metrics and optimizer"
    lines = [f"# {heading}"]
    names: dict[str, tuple[str, ...]] = {
        "optimizer": ("loss", "metrics", "outputs", "optimizer", "lr_schedule"),
        "training": ("training", "regularization"),
    }
    for remark in _remarks(source, names.get(name, (name,))):
        lines += comment(remark)
    return lines


def _remarks(source: Source, sections: tuple[str, ...]) -> Iterator[str]:
    """Yield the comments in some sections of the YAML; those on layers stand at the layers."""
    current = ""
    for line in source.text.splitlines():
        key = re.match(r"([A-Za-z_]\w*):", line)
        current = key[1] if key else current
        found = REMARK.match(line)
        if current not in sections or not found or not found["words"].strip():
            continue
        code = found["code"].strip()
        if (current == "architecture" and code.startswith("- ")) or code.startswith("offline"):
            continue
        words = found["words"].strip()
        yield f"{code.removeprefix('- ')}  ({words})" if code else words


def layer_notes(source: Source) -> dict[Place, str]:
    """Return what the YAML remarks behind layers, by the paths of the layers."""
    lines = source.text.splitlines()
    main = source.marks.get(())
    found: dict[Place, str] = {}
    for path, mark in source.marks.items():
        ours = main is None or mark.file == main.file
        if "layers" not in path[:3] or not ours or not 0 < mark.line <= len(lines):
            continue
        remark = REMARK.match(lines[mark.line - 1])
        if remark and remark["code"].strip().startswith("-") and remark["words"].strip():
            found[path] = remark["words"].strip()
    return found
