from __future__ import annotations

import copy
import os
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

import dlkit
from dlkit.config.load import load_config
from dlkit.config.source import lookup, walk
from dlkit.config.yaml_reader import read_yaml
from dlkit.errors import ConfigError

FILES = [
    file
    for file in sorted((Path(dlkit.__file__).parents[1] / "configs").rglob("*.yaml"))
    if "\nbase:" not in file.read_text("utf-8")  # a mutant stands alone, in another folder
]

ORIGINALS = {file.stem: read_yaml(file.read_text(), file.name)[0].data for file in FILES}

MUTANTS = int(os.environ.get("DLKIT_MUTANTS", "200"))
"""How many mutants are tried; `make nightly` tries 2,000."""

WORDS = ["relu", "Dense", "mnist", "mse", "Adam", "1/255", "5 epochs", "yes", "", "a/b", "<<"]

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.integers(),
    st.floats(),
    st.sampled_from(WORDS),
    st.text(max_size=5),
)

VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from([*WORDS, "from", "name", "units"]) | st.text(max_size=5),
            inner,
            max_size=3,
        )
    ),
    max_leaves=5,
)


def misspell(draw: st.DrawFn, key: str) -> str:
    place = draw(st.integers(0, len(key)))
    return key[:place] + draw(st.sampled_from(["", "x", "_", "S"])) + key[place + 1 :]


def mutate(draw: st.DrawFn, data: dict[str, Any]) -> None:
    """Drop, rename, retype, repeat or reorder one thing anywhere in the data."""
    path = draw(st.sampled_from([path for path, _ in walk(data) if path]))
    holder, key = lookup(data, path[:-1]), path[-1]
    change = draw(st.sampled_from(["drop", "rename", "retype", "repeat", "reorder"]))
    if change == "drop":
        del holder[key]
    elif change == "retype":
        holder[key] = draw(VALUES)
    elif change == "reorder":
        turned = holder[::-1] if isinstance(holder, list) else dict([*holder.items()][::-1])
        holder.clear()
        holder.extend(turned) if isinstance(holder, list) else holder.update(turned)
    elif isinstance(key, int):
        holder.insert(key, copy.deepcopy(holder[key]))
    else:
        value = copy.deepcopy(holder[key])
        if change == "rename":
            del holder[key]
        holder[misspell(draw, key)] = value


@st.composite
def mutants(draw: st.DrawFn) -> str:
    data = copy.deepcopy(ORIGINALS[draw(st.sampled_from(sorted(ORIGINALS)))])
    for _ in range(draw(st.integers(1, 4))):
        if data:
            mutate(draw, data)
    text = yaml.safe_dump(data, sort_keys=False, allow_unicode=True)
    lines = text.splitlines(keepends=True)
    if draw(st.booleans()):
        place = draw(st.integers(0, len(lines) - 1))
        lines.insert(place, lines[place])
    return "".join(lines)


@settings(max_examples=MUTANTS, deadline=None)
@given(text=mutants())
def test_mutated_config_loads_or_is_refused_with_places(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    file = tmp_path_factory.getbasetemp() / "mutant.yaml"
    file.write_text(text, encoding="utf-8", newline="")
    try:
        load_config(file)
    except ConfigError as error:
        marks = [problem.mark.file if problem.mark else "" for problem in error.problems]
    else:
        marks = [str(file)]
    assert {*marks} == {str(file)}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_config_that_is_mutated_loads_before(file: Path) -> None:
    assert load_config(ORIGINALS[file.stem]).config == load_config(file).config
