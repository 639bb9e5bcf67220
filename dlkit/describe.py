"""Texts about everything a config can name, from the catalogue alone."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping

from dlkit.config.catalogue import Catalogue, Entry, Parameter
from dlkit.config.datasets import NamedSet
from dlkit.config.names import did_you_mean
from dlkit.errors import ConfigError, Mark, Problem

WIDTH = 80
EXAMPLE_INDENT = 4


def describe_all(
    catalogue: Catalogue, kinds: Mapping[str, str], datasets: Mapping[str, NamedSet]
) -> str:
    """List every name a config can use, by kind."""
    blocks = [_block("datasets", list(datasets))]
    blocks += [_block(kind, catalogue.names(kind)) for kind in kinds]
    end = f"Keras {catalogue.keras_version}. `dlkit describe NAME` shows the arguments of one."
    return "\n\n".join([*blocks, end])


def describe_name(name: str, catalogue: Catalogue, datasets: Mapping[str, NamedSet]) -> str:
    """Describe what goes by a name: meaning, arguments with defaults, an example.

    Raises:
        ConfigError: If nothing does.
    """
    texts = [_describe_entry(entry) for entry in catalogue.find_anywhere(name)]
    if name in datasets:
        texts.append(_describe_dataset(name, datasets[name]))
    if not texts:
        names = {known for kind in catalogue.objects for known in catalogue.all_names(kind)}
        hint = did_you_mean(name, names | set(datasets))
        message = f"nothing is named {name!r}."
        raise ConfigError(Problem(message, (), hint, Mark("command line")))
    return "\n\n".join(texts)


def _block(title: str, names: list[str]) -> str:
    """Return names under a title, wrapped."""
    lines = textwrap.wrap("  ".join(names), WIDTH - 2, break_on_hyphens=False)
    return "\n".join([f"{title} ({len(names)})", *(f"  {line}" for line in lines)])


def _describe_entry(entry: Entry) -> str:
    """Describe a Keras object."""
    lines = [f"{entry.name} ({entry.kind})", *_wrapped(entry.summary, 2), ""]
    for parameter in entry.parameters.values():
        lines += [f"  {parameter.name}: {_default(parameter)}"]
        lines += _wrapped(parameter.summary, 6) if parameter.summary else []
    if not entry.parameters:
        lines.append("  takes no arguments")
    indent = " " * EXAMPLE_INDENT
    return "\n".join([*lines, "", "  in YAML:", *(indent + line for line in _example(entry))])


def _default(parameter: Parameter) -> str:
    """Say what holds when an argument is not given."""
    if parameter.required:
        return "required"
    shown = {None: "none", True: "true", False: "false"}
    if parameter.default is None or isinstance(parameter.default, bool):
        return f"default {shown[parameter.default]}"
    return f"default {parameter.default}"


def _example(entry: Entry) -> list[str]:
    """Show how the object is written in a config."""
    values = {"integer": "3", "number": "0.1", "string": "text", "list": "[2, 2]"}
    arguments = ", ".join(
        f"{name}: {values.get((entry.parameters[name].accepts or ('',))[0], '...')}"
        for name in entry.required
    )
    written = f"{entry.name}: {{{arguments}}}" if arguments else entry.name
    homes = {
        "layers": ["architecture:", "  layers:", f"    - {written}"],
        "applications": ["architecture:", "  layers:", f"    - {written}"],
        "optimizers": [f"optimizer: {written}"],
        "schedules": ["lr_schedule:", f"  {written}"],
        "losses": [f"loss: {written}"],
        "metrics": [f"metrics: [{written}]"],
        "activations": [f"- Dense: {{units: 64, activation: {entry.name}}}"],
        "initializers": [f"- Dense: {{units: 64, kernel_initializer: {written}}}"],
        "regularizers": [f"- Dense: {{units: 64, kernel_regularizer: {written}}}"],
        "constraints": [f"- Dense: {{units: 64, kernel_constraint: {written}}}"],
        "callbacks": ["training:", f"  callbacks: [{written}]"],
    }
    lines = homes[entry.kind]
    if arguments and len(lines) == 1 and entry.kind in {"optimizers", "losses"}:
        key, value = lines[0].split(": ", 1)
        lines = [f"{key}:", f"  {value}"]
    if len(lines[-1]) + EXAMPLE_INDENT > WIDTH and lines[-1].endswith("}"):
        return [*lines[:-1], *_in_block_style(lines[-1])]
    return lines


def _in_block_style(line: str) -> list[str]:
    """Write ``Name: {a: 1, b: 2}`` over several lines, ``- `` before it or not."""
    name, arguments = line.removesuffix("}").split(": {", 1)
    indent = " " * (len(name) - len(name.lstrip(" -")) + 2)
    return [f"{name}:", *(f"{indent}{argument}" for argument in arguments.split(", "))]


def _describe_dataset(name: str, facts: NamedSet) -> str:
    """Describe a named dataset."""
    split = f"{facts.train:,} training and {facts.test:,} test examples"
    size = split if facts.test else f"{facts.train:,} examples"
    classes = f", {len(facts.classes)} classes" if facts.classes else ", values to predict"
    return "\n".join(
        [
            f"{name} (dataset)",
            *_wrapped(f"{facts.summary}: {size} of shape {facts.shape}{classes}", 2),
            "",
            "  in YAML:",
            "    dataset:",
            f"      source: {name}",
        ]
    )


def _wrapped(text: str, indent: int) -> list[str]:
    return textwrap.wrap(
        text, WIDTH, initial_indent=" " * indent, subsequent_indent=" " * indent
    )
