"""The architecture of an experiment as code, from its inputs to the model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import keras

from dlkit.config.expansion import INPUT
from dlkit.config.feature_kinds import CategoricalFeature
from dlkit.config.objects import LayerEntry
from dlkit.config.schema import Config
from dlkit.data.tables.fitted import FittedColumn
from dlkit.eject.code import Expression, call, lay_out, mapping, text
from dlkit.eject.data import DataCode
from dlkit.eject.initial import initial_lines, taken_names
from dlkit.eject.model import (
    Graph,
    Start,
    adapts,
    called_again,
    write_chain,
    write_graph,
)
from dlkit.eject.parts import parts_of
from dlkit.eject.sections import layer_notes
from dlkit.eject.ways import in_precision, policy_lines
from dlkit.eject.wholes import write_whole
from dlkit.errors import ConfigError, Problem
from dlkit.model.calls import takes_one
from dlkit.model.initial_weights import SEPARATOR
from dlkit.model.layers import is_chain
from dlkit.model.words import embedding_length
from dlkit.preparation import Prepared
from dlkit.report.bases import run_models


@dataclass(frozen=True)
class ModelCode:
    """The lines of the model.

    Attributes:
        lines: They define ``model``.
        variables: How the script calls each layer that a stage changes.
    """

    lines: list[str]
    variables: Mapping[str, str]


def model_lines(prepared: Prepared, config: Config, code: DataCode) -> ModelCode:
    """Write the model that the script trains.

    Args:
        prepared: The experiment, ready to be trained.
        config: Regularized.
        code: The lines of the data, which say in which form the model reads them.
    """
    built, loaded = prepared.built, prepared.loaded
    staged = {name for stage in config.training.stages for name in stage.trainable}
    taken = taken_names(prepared)
    staged |= {name.partition(SEPARATOR)[0] for name in taken}
    entries = in_precision(config.architecture.layers, config)
    graph = Graph(
        loaded.catalogue,
        built.layers,
        run_models(loaded.config),
        layer_notes(loaded.source),
        called_again(entries) | staged,
        write_whole,
    )
    starts = _starts(prepared, code)
    ahead = code.prepared and built.once is not None
    once = {id(layer) for layer in built.once.layers} if ahead and built.once else set()
    left = tuple(e for e in entries if id(built.layers.get(e.name)) not in once)
    if _is_sequential(prepared, left, starts, config):
        start = next(iter(starts.values()))
        graph.lines += policy_lines(config.training)
        write_chain(graph, start, left)
        variables = {name: f"model.get_layer({text(name)})" for name in staged}
        return ModelCode([*graph.lines, *initial_lines(prepared, taken, variables)], variables)
    _write_starts(graph, starts)
    _write_entrance(graph, prepared, starts)
    graph.lines += policy_lines(config.training)  # what reads raw data has 32 bits
    previous = INPUT if INPUT in graph.tensors else next(iter(starts))
    for entry in entries:  # what is computed ahead is what it reads
        if entry not in left:
            graph.tensors[entry.name] = graph.tensors[(entry.inputs or (previous,))[0]]
            previous = entry.name
    if left and left[0].inputs is None and previous != INPUT:
        graph.tensors[INPUT] = graph.tensors[previous]
    last = write_graph(graph, left, starts, config.outputs)
    end: Expression = last
    if config.outputs:
        end = mapping({name: graph.tensors[name] for name in config.outputs})
    inputs: Expression = mapping(graph.inputs)
    if not isinstance(parts_of(prepared.dataset)["train"].x, dict):
        inputs = graph.inputs[next(iter(starts))]
    graph.lines += lay_out(call("keras.Model", inputs, end), "model = ")
    variables = {name: graph.layers[name] for name in staged}
    return ModelCode([*graph.lines, *initial_lines(prepared, taken, variables)], variables)


def _is_sequential(
    prepared: Prepared,
    entries: tuple[LayerEntry, ...],
    starts: Mapping[str, Start],
    config: Config,
) -> bool:
    """Tell whether a model is a chain that only its first layer adapts."""
    layers = prepared.built.layers
    plain = len(starts) == 1 and not config.outputs and bool(entries)
    plain = plain and not isinstance(parts_of(prepared.dataset)["train"].x, dict)
    if not plain or not is_chain(entries):
        return False
    made = [layers[entry.name] for entry in entries]
    learning = [adapts(e.layer, layer) for e, layer in zip(entries, made, strict=True)]
    return all(map(takes_one, made)) and not any(learning[1:])


def _starts(prepared: Prepared, code: DataCode) -> dict[str, Start]:
    """Return the inputs of the model by the keys of the data.

    Raises:
        ConfigError: If a trained layer reads texts.
    """
    core = prepared.built.core if code.prepared or prepared.dataset.columns else None
    model: keras.Model = core or prepared.built.model
    x = parts_of(prepared.dataset)["train"].x
    if any(tensor.dtype == "string" for tensor in model.inputs):
        message = "a layer that is trained reads texts, and a script reads their numbers."
        hint = "Give TextVectorization an `output_sequence_length`."
        raise ConfigError(Problem(message, ("architecture", "layers"), hint))
    if not isinstance(x, dict):
        tensor = model.inputs[0]
        return {INPUT: Start(INPUT, tuple(tensor.shape[1:]), tensor.dtype)}
    tensors = model.input
    return {
        name: Start(
            name, tuple(tensors[name].shape[1:]), tensors[name].dtype, f"x_train[{text(name)}]"
        )
        for name in x
    }


def _write_starts(graph: Graph, starts: Mapping[str, Start]) -> None:
    """Write the inputs."""
    for name, start in starts.items():
        variable = graph.name("inputs" if len(starts) == 1 or name == INPUT else name)
        graph.tensors[name] = graph.inputs[name] = variable
        graph.lines += lay_out(start.code(named=len(starts) > 1), f"{variable} = ")


def _write_entrance(graph: Graph, prepared: Prepared, starts: Mapping[str, Start]) -> None:
    """Write the embeddings of a table's names, and put its columns side by side."""
    columns = sorted(prepared.dataset.columns, key=lambda column: column.name)
    vector = [graph.tensors[INPUT]] if INPUT in starts and columns else []
    embedded = [column for column in columns if _is_embedded(column)]
    keys = dict(
        zip([c.name for c in columns if _has_key(c, starts)], _keys(starts), strict=False)
    )
    for column in columns:
        key = keys.get(column.name)
        if key is None:
            continue
        if column not in embedded:
            graph.tensors[column.name] = graph.tensors[key]
            continue
        settings = column.feature.settings
        given = settings.output_dim if isinstance(settings, CategoricalFeature) else None
        length = given or embedding_length(len(column.vocabulary))
        variable = graph.name(f"{key}_embedding")
        made = f"layers.Embedding({len(column.vocabulary) + 1}, {length})({graph.tensors[key]})"
        graph.lines += [f"{variable} = layers.Flatten()({made})"]
        vector.append(variable)
    if embedded:
        features = graph.name("features")
        joined = f"layers.Concatenate()({_flat(vector)})" if len(vector) > 1 else vector[0]
        graph.lines.append(f"{features} = {joined}")
        graph.tensors[INPUT] = features
    elif columns and INPUT not in starts and len(starts) == 1:
        graph.tensors[INPUT] = graph.tensors[next(iter(starts))]


def _flat(variables: list[str]) -> str:
    return f"[{', '.join(variables)}]"


def _keys(starts: Mapping[str, Start]) -> list[str]:
    return [name for name in starts if name != INPUT]


def _is_embedded(column: FittedColumn) -> bool:
    settings = column.feature.settings
    return isinstance(settings, CategoricalFeature) and settings.encoding == "embedding"


def _has_key(column: FittedColumn, starts: Mapping[str, Start]) -> bool:
    """Tell whether a column enters the trained model by itself."""
    mode = getattr(column.feature.settings, "output_mode", None)
    return _is_embedded(column) or mode in ("int", "raw")
