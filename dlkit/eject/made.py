"""Data that is made by a rule, as the few lines of numpy that make it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dlkit.config.choices import Choice
from dlkit.config.made_sources import GATES
from dlkit.data.named.synthetic import GATE_OUTPUTS
from dlkit.eject.code import call, lay_out

GENERATOR = "rng = np.random.default_rng([SEED, 0x3ADE])"


def made_lines(source: Choice) -> list[str] | None:
    """Return the lines that make ``x`` and ``y``, of gates ``x_test`` and ``y_test`` too.

    Returns:
        The lines; None for rules that take more than a few of them.
    """
    if source.name in GATES:
        return _gate(source.name, source.settings)
    maker = MAKERS.get(source.name)
    return maker(source.settings) if maker else None


def _gate(name: str, settings: Any) -> list[str]:
    outputs = ", ".join(map(str, GATE_OUTPUTS[name]))
    lines = [
        'x_test = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], "float32")',
        f"y_test = np.array([{outputs}])",
    ]
    if not settings.noise and settings.examples == len(GATE_OUTPUTS[name]):
        return [*lines, "x, y = x_test, y_test  # the truth table is all there is"]
    lines.append(f"rows = np.arange({settings.examples}) % 4")
    if not settings.noise:
        return [*lines, "x, y = x_test[rows], y_test[rows]"]
    noise = f"rng.normal(scale={settings.noise}, size=({settings.examples}, 2))"
    return [*lines, GENERATOR, f"x, y = x_test[rows] + {noise}, y_test[rows]"]


def _rounds(function: str, **further: str) -> Callable[[Any], list[str]]:
    def lines(settings: Any) -> list[str]:
        named = {"noise": str(settings.noise), "random_state": "SEED", **further}
        return lay_out(call(function, str(settings.examples), named=named), "x, y = ")

    return lines


def _blobs(settings: Any) -> list[str]:
    named = {"centers": "centers", "cluster_std": str(settings.noise), "random_state": "SEED"}
    return [
        f"angles = 2 * np.pi * np.arange({settings.classes}) / {settings.classes}",
        f"radius = max(1, 0.5 / np.sin(np.pi / {settings.classes}))",
        "centers = radius * np.stack([np.cos(angles), np.sin(angles)], axis=1)",
        *lay_out(call("make_blobs", str(settings.examples), named=named), "x, y = "),
    ]


def _spirals(settings: Any) -> list[str]:
    total, arms = settings.examples, settings.classes
    return [
        GENERATOR,
        f"y = np.arange({total}) % {arms}",
        (
            f"share = (np.arange({total}) // {arms} + 1) / {-(-total // arms)}"
            "  # of the way along an arm"
        ),
        f"radius, angle = share * {arms} / 2, 2 * np.pi * (share + y / {arms})",
        "x = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)",
        f"rows = rng.permutation({total})",
        f"x, y = x[rows] + rng.normal(scale={settings.noise}, size=x.shape), y[rows]",
    ]


def _line(settings: Any) -> list[str]:
    total, inputs = settings.examples, settings.inputs
    return [
        GENERATOR,
        f"x = rng.standard_normal(({total}, {inputs}))",
        (
            f"weights = np.arange(1, {inputs + 1}) * (-1.0) ** np.arange({inputs})"
            "  # 1, -2, 3, ..."
        ),
        f"y = x @ weights + 0.5 + rng.normal(scale={settings.noise}, size={total})",
    ]


def _sine(settings: Any) -> list[str]:
    total = settings.examples
    return [
        GENERATOR,
        f"x = rng.uniform(-1, 1, ({total}, 1))",
        f"y = np.sin(np.pi * {settings.periods} * x[:, 0])",
        f"y += rng.normal(scale={settings.noise}, size={total})",
    ]


def _sequences(settings: Any) -> list[str] | None:
    rules = {
        "first": ["x[:, 0] = y"],
        "parity": ["x[:, -1] = (x[:, :-1].sum(axis=1) + y) % 2"],
    }
    if settings.rule not in rules:
        return None
    size = f"({settings.examples}, {settings.length})"
    return [
        GENERATOR,
        f"y = rng.permutation(np.arange({settings.examples}) % 2)",
        f'x = rng.integers(0, 2, {size}, dtype="int8")',
        *rules[settings.rule],
        "x = x[:, :, None]",
    ]


MAKERS: dict[str, Callable[[Any], list[str] | None]] = {
    "moons": _rounds("make_moons"),
    "circles": _rounds("make_circles", factor="0.5"),
    "blobs": _blobs,
    "spirals": _spirals,
    "linear": _line,
    "sine": _sine,
    "sequences": _sequences,
}
"""What makes each kind of data but the gates."""
