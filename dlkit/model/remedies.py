"""What to do about a shape that a layer or a loss cannot take."""

from __future__ import annotations

import re

Shape = tuple[int | None, ...]

NEGATIVE = "size would be (?:zero or )?negative|[Nn]egative dimension"


def layer_remedy(layer: str, reason: str, shapes: list[Shape]) -> str:
    """Return a remedy for a layer that refuses its input, or an empty text.

    Args:
        layer: Keras's class name.
        reason: What Keras said.
        shapes: Shapes of the inputs, with None for the batch.
    """
    if re.search(NEGATIVE, reason):
        return "The input is too small by now. Use `padding: same`, or a smaller size."
    if re.search(r"expects 1 input\(s\), but it received", reason):
        return "It reads one: join them before, by `Concatenate` or `Add`."
    if len(shapes) > 1:
        return "Bring them to one shape first, with `Dense` or `Conv2D` of the same width."
    rank = len(shapes[0])
    wanted = re.search(r"expected (?:min_)?ndim=(\d)", reason)
    missing = int(wanted[1]) - rank if wanted else 0
    sizes = [size for size in shapes[0][1:] if size]
    if missing == 1 and layer.startswith(("Conv", "Separable", "Depthwise", "Max", "Average")):
        return f"Give it a channel axis: put `Reshape: {[*sizes, 1]}` before it."
    if missing == -1 and 1 in sizes:
        shape = list(sizes)
        shape.remove(1)
        return f"An axis of 1 is too many: put `Reshape: {shape}` before it."
    if missing > 0 and rank == 2:
        return "It needs more axes than a flat vector has: put it before `Flatten`."
    return ""


def output_remedy(outputs: Shape | None, labels: Shape) -> str:
    """Return a remedy for outputs that do not fit the labels, or an empty text.

    Args:
        outputs: Shape of the model's outputs; None where there are several.
        labels: Shape of the labels.
    """
    if outputs is None or len(outputs) <= max(2, len(labels)):
        return ""
    pooling = {3: "GlobalAveragePooling1D", 4: "GlobalAveragePooling2D"}.get(len(outputs))
    choice = f"`Flatten` or `{pooling}`" if pooling else "`Flatten`"
    return f"Put {choice} before the last `Dense`."
