"""The shape of the code is law: one direction of imports, small files, small functions."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "dlkit"

LAYERS = [
    {"errors", "backend", "storage"},
    {"config"},
    {"plugins"},
    {"data"},
    {"model"},
    {"train"},
    {"evaluate"},
    {"reading"},
    {"report", "describe"},
    {"preparation", "result"},
    {"experiment"},
    {"several"},
    {
        "folds",
        "repeats",
        "inference",
        "explore",
        "eject",
        "checking",
        "rate_finding",
        "redrawing",
    },
    {"own_code", "machine"},
    {"sweep", "proving"},
    {"launch", "answering", "finding", "pages"},
    {"sweeping"},
    {"__init__"},
    {"ending", "options"},
    {"commands"},
    {"cli"},
    {"run", "__main__"},
]
"""From the bottom up: a module imports from its own layer or from below."""

MODULES = sorted(PACKAGE.rglob("*.py"))


def layer_of(name: str) -> int:
    return next(index for index, names in enumerate(LAYERS) if name in names)


def own_imports(path: Path) -> set[str]:
    """Return which top-level parts of dlkit a module imports, late imports included."""
    parts: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("dlkit."):
            parts.add(str(node.module).split(".")[1])
        elif isinstance(node, ast.Import) and any(a.name == "dlkit" for a in node.names):
            parts.add("__init__")
    return parts


def part_of(path: Path) -> str:
    inside = path.relative_to(PACKAGE)
    return inside.parts[0] if len(inside.parts) > 1 else inside.stem


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_go_down(path: Path) -> None:
    own = layer_of(part_of(path))
    late = {
        "launch": {
            "experiment",
            "folds",
            "repeats",
            "inference",
            "explore",
            "eject",
        },
        "__init__": {"launch", "answering", "errors", "finding"},
    }
    above = {
        part
        for part in own_imports(path)
        if layer_of(part) > own and part not in late.get(part_of(path), set())
    }
    assert not above


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_file_and_functions_are_small(path: Path) -> None:
    text = path.read_text("utf-8")
    assert text.count("\n") <= 300
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            documented = ast.get_docstring(node) is not None
            first = node.body[1] if documented and len(node.body) > 1 else node.body[0]
            assert int(node.end_lineno or 0) - first.lineno + 1 <= 50, node.name


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_module_says_why_it_exists(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text("utf-8")))


FORBIDDEN = ("import pickle", "allow_pickle=True", "shell=True", " eval(", "yaml.safe_load(")


ALLOWED = {("import pickle", "sweep/pipes.py")}
"""Pipes between processes of one program carry pickles; files and networks never do."""


@pytest.mark.parametrize("text", FORBIDDEN)
def test_dangerous_calls_are_nowhere(text: str) -> None:
    found = {
        (text, p.relative_to(PACKAGE).as_posix())
        for p in MODULES
        if text in p.read_text("utf-8")
    }
    assert not found - ALLOWED
