"""Texts about everything a config can name, from the catalogue and from docstrings."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Mapping
from typing import Any, Literal, get_args, get_origin

from pydantic.fields import FieldInfo

from dlkit.config.catalogue import Catalogue, Entry, Parameter
from dlkit.config.data_sources import SOURCES
from dlkit.config.datasets import NAMED_SETS, NamedSet
from dlkit.config.documents import meanings_of, summary_of
from dlkit.config.feature_kinds import FEATURES
from dlkit.config.file_sources import FILES
from dlkit.config.known import known_facts
from dlkit.config.made_sources import SYNTHETIC
from dlkit.config.names import did_you_mean
from dlkit.config.own_layers import KIND, OWN_LAYERS, find_layer
from dlkit.config.section import Flag, Section
from dlkit.config.section_examples import SECTIONS
from dlkit.errors import ConfigError, Mark, Problem

WIDTH = 80
EXAMPLE_INDENT = 4

DATA: dict[str, Mapping[str, object]] = {
    "datasets": NAMED_SETS,
    "made data": SYNTHETIC,
    "data in files": FILES,
    "kinds of columns": FEATURES,
}
"""What dlkit itself has names for, by kind."""

EXAMPLES = {
    "csv": ["source: {csv: houses.csv}", "target: price"],
    "tsv": ["source: {tsv: houses.tsv}", "target: price"],
    "parquet": ["source: {parquet: houses/*.parquet}", "target: price"],
    "arrays": ["source: {arrays: {path: data.npz, inputs: [left, right], outputs: same}}"],
    "images": ["source: {images: {path: pictures, image_size: [64, 64]}}"],
    "text": ["source: {text: reviews}"],
    "timeseries": [
        "source:",
        "  timeseries: {path: weather.csv, width: 24, targets: temperature}",
    ],
    "tfrecord": [
        "source:",
        "  tfrecord:",
        "    path: train-*.tfrecord",
        "    features: {picture: {image: [28, 28, 1]}, label: int64}",
        "target: label",
    ],
    "imdb": ["source: {imdb: {num_words: 10000, maxlen: 200}}"],
    "reuters": ["source: {reuters: {num_words: 10000, maxlen: 200}}"],
    "linear": ["source: {linear: {examples: 500, inputs: 3}}"],
    "moons": ["source: {moons: {examples: 500, noise: 0.2}}"],
    "sequences": ["source: {sequences: {length: 30, rule: parity}}"],
    "spirals": ["source: {spirals: {examples: 600, classes: 3}}"],
}
"""How sources are written; the others by their name alone."""

OWN_EXAMPLES = {
    "Shared": "Shared: {layer: embed, from: right}",
    "Model": "Model: {layers: [{Dense: 64}, {Dense: 32}], name: encoder}",
    "Run": "Run: {path: experiments/digits/3, until: features, trainable: false}",
    "OneCycle": "OneCycle: {max_learning_rate: 0.01}",
    "Power": "Power: {decay_steps: 5 epochs}",
    "WarmUp": "WarmUp: {steps: 1 epochs, schedule: {CosineDecay: {decay_steps: 9 epochs}}}",
    "ExponentialByEpoch": "ExponentialByEpoch: {decay_rate: 0.9}",
    "ReduceLROnPlateau": "ReduceLROnPlateau: {factor: 0.5, patience: 3}",
}
"""How layers and schedules are written that Keras has no name for, and a few that it has."""

COLUMN_EXAMPLES = {
    "numeric": "age: {numeric: {scale: minmax, missing: median}}",
    "categorical": "city: {categorical: embedding}",
    "text": "review: {text: {output_mode: int, max_tokens: 5000}}",
    "date": "sold: date",
    "drop": "id: drop",
}


def describe_all(catalogue: Catalogue, kinds: Mapping[str, str]) -> str:
    """List every name a config can use, by kind."""
    blocks = [_block(title, list(names)) for title, names in DATA.items()]
    blocks += [_block("sections", list(SECTIONS)), _block("own layers", list(OWN_LAYERS))]
    blocks += [_block(kind, catalogue.names(kind)) for kind in kinds]
    end = f"Keras {catalogue.keras_version}. `dlkit describe NAME` shows the arguments of one."
    return "\n\n".join([*blocks, end])


def describe_name(name: str, catalogue: Catalogue) -> str:
    """Describe what goes by a name: meaning, arguments with defaults, an example.

    Raises:
        ConfigError: If nothing does.
    """
    entries = catalogue.find_anywhere(name)
    layer = find_layer(catalogue, name)
    if layer:  # as it stands in a config: with what dlkit adds to it
        entries = [layer, *(entry for entry in entries if entry.kind != layer.kind)]
    texts = [_describe_entry(entry) for entry in entries]
    if name in SOURCES:
        texts.append(_describe_source(name, SOURCES[name]))
    if name in FEATURES:
        texts.append(_describe_column(name, FEATURES[name]))
    if name in SECTIONS:
        texts.append(_describe_section(name))
    if not texts:
        names = {known for kind in catalogue.objects for known in catalogue.all_names(kind)}
        hint = did_you_mean(name, names | {*SOURCES, *FEATURES, *SECTIONS, *OWN_LAYERS})
        homes = [
            section for section, (model, _) in SECTIONS.items() if name in model.model_fields
        ]
        if homes:
            hint = f"It is a key: see `dlkit describe {homes[0]}`."
        message = f"nothing is named {name!r}."
        raise ConfigError(Problem(message, (), hint, Mark("command line")))
    return "\n\n".join(texts)


def _block(title: str, names: list[str]) -> str:
    """Return names under a title, wrapped."""
    lines = textwrap.wrap("  ".join(names), WIDTH - 2, break_on_hyphens=False)
    return "\n".join([f"{title} ({len(names)})", *(f"  {line}" for line in lines)])


def _describe_entry(entry: Entry) -> str:
    """Describe a Keras object."""
    kind = "layers" if entry.kind == KIND else entry.kind
    lines = [f"{entry.name} ({kind})", *_wrapped(entry.summary, 2), ""]
    for parameter in entry.parameters.values():
        lines += [f"  {parameter.name}: {_default(parameter)}"]
        lines += _wrapped(parameter.summary, 6) if parameter.summary else []
    if not entry.parameters:
        lines.append("  takes no arguments")
    return "\n".join([*lines, *_in_yaml(_example(entry))])


def _default(parameter: Parameter) -> str:
    """Say what holds when an argument is not given."""
    return "required" if parameter.required else _shown(parameter.default)


def _shown(default: Any) -> str:
    """Write a default as YAML has it."""
    if isinstance(default, Section):
        given = {key: value for key, value in default if value is not None}
        pairs = ", ".join(f"{key}: {value:g}" for key, value in given.items())
        return f"default {{{pairs}}}" if given else "default none"
    if default is None or isinstance(default, bool):
        return f"default {'none' if default is None else str(default).lower()}"
    return f"default {_word(default)}"


def _word(value: Any) -> str:
    """Write a word, in quotes where it is a mark of punctuation."""
    return json.dumps(value) if value in ("\t", ",", ".") else str(value)


def _example(entry: Entry) -> list[str]:
    """Show how the object is written in a config."""
    values = {"integer": "3", "number": "0.1", "string": "text", "list": "[2, 2]"}
    arguments = ", ".join(
        f"{name}: {values.get((entry.parameters[name].accepts or ('',))[0], '...')}"
        for name in entry.required
    )
    written = f"{entry.name}: {{{arguments}}}" if arguments else entry.name
    written = OWN_EXAMPLES.get(entry.name, written)
    homes = {
        "layers": ["architecture:", "  layers:", f"    - {written}"],
        "applications": ["architecture:", "  layers:", f"    - {written}"],
        KIND: ["architecture:", "  layers:", f"    - {written}"],
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


def _describe_source(name: str, section: type[Section]) -> str:
    """Describe a source of data."""
    facts = known_facts(name, None)
    meaning = _size(facts) if facts else summary_of(section)
    example = ["dataset:", *(f"  {line}" for line in EXAMPLES.get(name, [f"source: {name}"]))]
    kind = "dataset" if name in NAMED_SETS else "source"
    return "\n".join([f"{name} ({kind})", *_about(meaning, section), *_in_yaml(example)])


def _describe_column(name: str, section: type[Section]) -> str:
    """Describe a kind of column."""
    example = ["dataset:", "  features:", f"    {COLUMN_EXAMPLES[name]}"]
    heading = f"{name} (kind of column)"
    return "\n".join([heading, *_about(summary_of(section), section), *_in_yaml(example)])


def _describe_section(name: str) -> str:
    """Describe a section of a config."""
    section, example = SECTIONS[name]
    about = _about(summary_of(section), section)
    return "\n".join([f"{name} (section)", *about, *_in_yaml(example)])


def _size(facts: NamedSet) -> str:
    """Say what a dataset is and how large."""
    split = f"{facts.train:,} training and {facts.test:,} test examples"
    size = split if facts.test else f"{facts.train:,} examples"
    classes = f", {len(facts.classes)} classes" if facts.classes else ", values to predict"
    return f"{facts.summary}: {size} of shape {facts.shape}{classes}"


def _about(meaning: str, section: type[Section]) -> list[str]:
    """Return what something is, and its settings with defaults and meanings."""
    lines = _wrapped(meaning, 2)
    meanings = meanings_of(section)
    if section.model_fields:
        lines.append("")
    for key, field in section.model_fields.items():
        lines += [f"  {key}: {_setting(field)}", *_wrapped(meanings[key], 6)]
    return lines


def _setting(field: FieldInfo) -> str:
    """Say what holds when a setting is not given, and which words it knows."""
    empty = field.default_factory is not None or field.default == ()
    default = _shown(None if empty else field.default)
    default = "required" if field.is_required() else default
    words = _words(field.annotation)
    return f"{default} ({', '.join(words)})" if words else default


def _words(annotation: Any) -> list[str]:
    """Return the words that a type allows, or none where it allows any."""
    if get_origin(annotation) is Literal:
        return [_word(word) for word in get_args(annotation)]
    if get_origin(annotation) is dict:
        return []  # its words are of what is in it
    parts = get_args(annotation)
    words = [word for part in parts for word in _words(part)]
    return ["true", "false", *words] if words and Flag in parts else words


def _in_yaml(lines: list[str]) -> list[str]:
    return ["", "  in YAML:", *(" " * EXAMPLE_INDENT + line for line in lines)]


def _wrapped(text: str, indent: int) -> list[str]:
    return textwrap.wrap(
        text, WIDTH, initial_indent=" " * indent, subsequent_indent=" " * indent
    )
