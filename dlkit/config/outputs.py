"""A config of several outputs, seen as one experiment for each of them."""

from __future__ import annotations

from dataclasses import replace

from dlkit.config.dataset_section import TargetConfig
from dlkit.config.expansion import INPUT
from dlkit.config.objects import LayerEntry
from dlkit.config.regularization.reading import Graph
from dlkit.config.schema import Config


def views(config: Config) -> dict[str, Config]:
    """Return the config of each output as if there were no other, by its name.

    A config that names no outputs has one view, itself, under an empty name.
    """
    if not config.outputs:
        return {"": config}
    return {name: view(config, name) for name in config.outputs}


def view(config: Config, name: str) -> Config:
    """Return a config with one output: its loss, its metrics, and the layers that lead to it.

    Args:
        config: The whole.
        name: Of the output; empty for the only one of a config that names none.
    """
    if not name:
        return config
    output = config.outputs[name]
    dataset = config.dataset
    if isinstance(output.target, TargetConfig):
        dataset = dataset.model_copy(update={"target": output.target})
    layers = leading_to(config.architecture.layers, name)
    architecture = config.architecture.model_copy(
        update={"layers": layers or config.architecture.layers}
    )
    return config.model_copy(
        update={
            "outputs": {},
            "loss": output.loss,
            "metrics": output.metrics,
            "dataset": dataset,
            "architecture": architecture,
        }
    )


def leading_to(entries: tuple[LayerEntry, ...], name: str) -> tuple[LayerEntry, ...]:
    """Return the layers that an output is computed by, in their order, itself the last.

    Where one is left out between a layer and what it reads, the layer names what it reads.
    One that is called again may be left out too, so that its layer stands in its calls.
    """
    graph = Graph(entries, INPUT, frozenset({name}), frozenset({name}))
    reads = graph.reads
    wanted = {name}
    for entry in reversed(entries):
        if wanted & {entry.name, *entry.also}:
            wanted.update(reads[entry.name])
    kept = [entry for entry in entries if wanted & {entry.name, *entry.also}]
    found = []
    previous = INPUT
    for entry in kept:
        same = entry.inputs is None and reads[entry.name] == (previous,)
        inputs = entry.inputs if same else reads[entry.name]
        found.append(replace(entry, layer=graph.layer(entry.name), inputs=inputs))
        previous = entry.name
    return tuple(found)
