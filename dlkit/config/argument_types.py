"""Which types of values an argument takes, by its annotation, its default or what is told.

The types are the catalogue's; an argument that says nothing of them is left open.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator

ANNOTATIONS = {
    "int": "integer",
    "float": "number",
    "bool": "boolean",
    "str": "string",
    **dict.fromkeys(("tuple", "list", "Sequence", "Iterable", "Collection"), "list"),
    **dict.fromkeys(("Tuple", "List"), "list"),
    **dict.fromkeys(("dict", "Mapping", "Dict", "MutableMapping"), "mapping"),
}
"""Types as annotations name them."""

TYPE_WORDS = (
    (r"int|ints|integer|integers", "integer"),
    (r"float|floats|numeric|number(?! of)|scalar|fraction", "number"),
    (r"bool|boolean|booleans|whether", "boolean"),
    (r"str|string|strings|name|one of", "string"),
    (r"tuple|tuples|list|lists|sequence|iterable|array|shape|tensor|pair", "list"),
    (r"dict|dictionary|mapping", "mapping"),
)


def accepted_types(parameter: inspect.Parameter, document: str, kind: str | None) -> list[str]:
    """Return the types a parameter takes, or nothing where its source does not say."""
    default = parameter.default
    if isinstance(default, bool):
        return ["boolean"] if default or "none" not in document.lower() else []
    if kind == "schedules":
        return ["number"]
    if kind:
        return []
    if parameter.name.startswith("num_") or parameter.name.endswith("_dim"):
        return ["integer"]
    sentence = first_sentence(document).lower()
    types = {name for words, name in TYPE_WORDS if re.search(rf"\b({words})\b", sentence)}
    if isinstance(default, float) or (isinstance(default, int) and "integer" not in types):
        types.add("number")
    elif isinstance(default, str):
        types.add("string")
    elif isinstance(default, (tuple, list)):
        types.add("list")
    elif not types & {"integer", "number"}:
        return []
    if "number" in types:
        types.discard("integer")
    return sorted(types)


def annotated_types(parameter: inspect.Parameter) -> list[str]:
    """Return the types that a parameter's annotation names, or nothing where it has others.

    One that may be None is left open, since None is a value beside a default of its own.
    """
    if parameter.annotation is parameter.empty:
        return []
    written = parameter.annotation
    text = written if isinstance(written, str) else inspect.formatannotation(written)
    try:
        names = list(_union(ast.parse(text, mode="eval").body))
    except SyntaxError:
        return []
    if "None" in names and parameter.default is None:
        names.remove("None")
    if not all(name in ANNOTATIONS for name in names):
        return []
    types = {ANNOTATIONS[name] for name in names}
    return sorted(types - {"integer"} if "number" in types else types)


def _union(node: ast.expr) -> Iterator[str]:
    """Yield the names of the types that stand side by side in an annotation."""
    if isinstance(node, ast.BinOp):
        yield from (*_union(node.left), *_union(node.right))
        return
    name = ast.unparse(node.value if isinstance(node, ast.Subscript) else node).split(".")[-1]
    inside = node.slice if isinstance(node, ast.Subscript) else None
    parts = inside.elts if isinstance(inside, ast.Tuple) else [inside] if inside else []
    if name == "Optional":
        yield "None"
    if name in ("Optional", "Union"):
        for part in parts:
            yield from _union(part)
    elif name == "Literal":
        values = [part.value if isinstance(part, ast.Constant) else None for part in parts]
        yield from (type(value).__name__ if value is not None else "None" for value in values)
    else:
        yield name


def first_sentence(text: str) -> str:
    """Return the first sentence of a documentation text, on one line."""
    paragraph = " ".join(text.strip().split("\n\n")[0].split())
    return re.split(r"(?<=[^.][a-z)`\]\"'0-9])\. ", paragraph)[0].rstrip(".")
