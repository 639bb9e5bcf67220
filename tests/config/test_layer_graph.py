from __future__ import annotations

from collections.abc import Callable

import pytest


def layers(*entries: str) -> str:
    lines = "".join(f"    - {entry}\n" for entry in entries)
    return f"dataset: {{source: diabetes}}\nloss: mse\narchitecture:\n  layers:\n{lines}"


def test_layer_that_nothing_reads_is_told(faults_of: Callable[..., list[str]]) -> None:
    entries = ("Dense: {units: 3, name: a}", "Dense: {units: 4, from: input}", "Dense: 1")
    (said,) = faults_of(layers(*entries))
    assert said.startswith("x.yaml:5:7  architecture.layers[0].Dense: nothing reads 'a', so")
    assert said.endswith("Name it in a `from:` below, or remove it.")


def test_last_layer_need_not_be_read(faults_of: Callable[..., list[str]]) -> None:
    assert faults_of(layers("Dense: 3", "Dense: {units: 1}")) == []


@pytest.mark.parametrize(
    "entries",
    [
        ("Dense: {units: 3, name: a}", "Add: {from: [a, a]}"),
        ("Dense: {units: 3, from: input}", "Dense: 1"),
        ("Dense: 3", "Dense: {units: 1, from: dense_0}"),
        ("Flatten", "Add: {from: [input, flatten_0], name: sum}"),
    ],
    ids=["named", "input", "by place", "both"],
)
def test_layer_may_read_any_layer_before_it(
    faults_of: Callable[..., list[str]], entries: tuple[str, ...]
) -> None:
    assert faults_of(layers(*entries)) == []


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        (
            ("Dense: {units: 3, name: a}", "Dense: {units: 3, name: a}"),
            "6:25  architecture.layers[1].Dense.name: there is a layer 'a' already.",
        ),
        (
            ("Dense: {units: 3, name: dense_1}", "Dense: 3"),
            "6:7  architecture.layers[1].Dense.name: there is a layer 'dense_1' already.",
        ),
        (
            ("Dense: {units: 3, name: input}",),
            "5:25  architecture.layers[0].Dense.name: there is a layer 'input' already.",
        ),
        (
            ("Dense: {units: 3, from: dense_1}", "Dense: 3"),
            (
                "5:25  architecture.layers[0].Dense.from: no layer before this one is named"
                " 'dense_1'. Expected one of: input."
            ),
        ),
        (
            ("Dense: {units: 3, name: first}", "Add: {from: [first, frist]}"),
            (
                "6:13  architecture.layers[1].Add.from: no layer before this one is"
                " named 'frist'."
                " Did you mean 'first'?"
            ),
        ),
    ],
    ids=["twice", "by place", "input", "later", "misspelt"],
)
def test_layer_graph_is_refused_when_names_clash_or_lead_nowhere(
    faults_of: Callable[..., list[str]], entries: tuple[str, ...], said: str
) -> None:
    assert faults_of(layers(*entries)) == [f"x.yaml:{said}"]


def test_layer_graph_is_not_judged_when_a_layer_is_faulty(
    faults_of: Callable[..., list[str]],
) -> None:
    (said,) = faults_of(layers("Dens: {units: 3, name: a}", "Dense: {units: 3, from: a}"))
    assert said.startswith("x.yaml:5:7  architecture.layers[0].Dens: Keras has no layer")
