"""Read the Keras objects of a config's sections, layers expanded, wherever they stand."""

from __future__ import annotations

from typing import Any

from dlkit.config.catalogue import Catalogue
from dlkit.config.choices import read_choice
from dlkit.config.data_sources import SOURCES, source_advice
from dlkit.config.expansion import Expansion
from dlkit.config.feature_kinds import FEATURES
from dlkit.config.objects import KerasObject, LayerEntry, ObjectReader
from dlkit.config.own_layers import OWN_LAYERS, find_layer
from dlkit.config.own_schedules import SUPPLIED
from dlkit.config.schema import DEFAULT_OPTIMIZER
from dlkit.config.source import without
from dlkit.config.values import show
from dlkit.errors import Path, Problem

OBJECTS = {"loss": "losses", "optimizer": "optimizers", "lr_schedule": "schedules"}
"""Places of single Keras objects."""

OPTIONAL_OBJECTS: dict[Path, str] = {
    ("regularization", "bias_regularizer"): "regularizers",
    ("regularization", "activity_regularizer"): "regularizers",
}
"""Places of Keras objects below a section, which may be left out."""

STAGE_OBJECTS = {"optimizer": "optimizers", "lr_schedule": "schedules"}
"""Keras objects of a stage of training."""

OBJECT_LISTS: dict[Path, str] = {
    ("metrics",): "metrics",
    ("regularization", "augmentation"): "layers",
    ("training", "callbacks"): "callbacks",
}
"""Places of lists of Keras objects."""


def read_sections(
    data: dict[str, Any], catalogue: Catalogue
) -> tuple[dict[str, Any], list[Problem]]:
    """Read every Keras object.

    Args:
        data: Plain values, references replaced.
        catalogue: What Keras offers.

    Returns:
        The data with ``KerasObject`` and ``LayerEntry`` values, unreadable ones left out,
        and what is wrong.
    """
    reader = ObjectReader(catalogue)
    result = {"optimizer": DEFAULT_OPTIMIZER} | data
    for section, kind in OBJECTS.items():
        nothing = result.get(section) is None and section == "lr_schedule"
        if section not in result or nothing:
            continue
        supplied = SUPPLIED if kind == "schedules" else ()
        found = reader.read(result.pop(section), kind, (section,), supplied)
        if found:
            result[section] = found
    for path, kind in OPTIONAL_OBJECTS.items():
        _read_optional(result, path, kind, reader)
    for path, kind in OBJECT_LISTS.items():
        _read_list(result, path, kind, reader)
    _read_stages(result, reader)
    _read_outputs(result, reader)
    if isinstance(result.get("architecture"), dict):
        result["architecture"] = _read_architecture(result["architecture"], reader)
    problems: list[Problem] = []
    if isinstance(result.get("dataset"), dict):
        result["dataset"], problems = _read_dataset(result["dataset"])
    return result, [*reader.problems, *problems]


def _read_dataset(section: dict[str, Any]) -> tuple[dict[str, Any], list[Problem]]:
    """Return the section with its source and features read, and what is wrong."""
    result = dict(section)
    problems: list[Problem] = []
    if "source" in section:
        path: Path = ("dataset", "source")
        source, problems = read_choice(
            result.pop("source"), SOURCES, "source of data", path, source_advice
        )
        if source:
            result["source"] = source
    if isinstance(section.get("features"), dict):
        result["features"] = {}
        for column, notation in section["features"].items():
            path = ("dataset", "features", column)
            feature, faults = read_choice(notation, FEATURES, "kind of column", path)
            problems += faults
            if feature:
                result["features"][column] = feature
    return result, problems


def _read_list(result: dict[str, Any], path: Path, kind: str, reader: ObjectReader) -> None:
    """Read a list of objects in place; a lone name is a list of one."""
    *parents, key = path
    holder: Any = result
    for parent in parents:
        if not isinstance(holder.get(parent), dict):
            return
        holder[parent] = dict(holder[parent])
        holder = holder[parent]
    entries = [holder[key]] if isinstance(holder.get(key), str) else holder.get(key)
    if isinstance(entries, list):
        found = [reader.read(entry, kind, (*path, i)) for i, entry in enumerate(entries)]
        holder[key] = tuple(entry for entry in found if entry is not None)


def _read_optional(result: dict[str, Any], path: Path, kind: str, reader: ObjectReader) -> None:
    """Read one object in place, if it is there."""
    section, key = map(str, path)
    holder = result.get(section)
    if isinstance(holder, dict) and holder.get(key) is not None:
        result[section] = _with_object(holder, key, kind, path, reader)


def _with_object(
    holder: dict[str, Any], key: str, kind: str, path: Path, reader: ObjectReader
) -> dict[str, Any]:
    """Return a mapping with the object under a key read; left out where it is wrong."""
    supplied = SUPPLIED if kind == "schedules" else ()
    found = reader.read(holder[key], kind, path, supplied)
    return {k: v for k, v in holder.items() if k != key} | ({key: found} if found else {})


def _read_stages(result: dict[str, Any], reader: ObjectReader) -> None:
    """Read the objects of the stages of training in place."""
    training = result.get("training")
    if not isinstance(training, dict) or not isinstance(training.get("stages"), list):
        return
    stages = list(training["stages"])
    for index, stage in enumerate(stages):
        for key, kind in STAGE_OBJECTS.items():
            if isinstance(stage, dict) and stage.get(key) is not None:
                path: Path = ("training", "stages", index, key)
                stage = stages[index] = _with_object(stage, key, kind, path, reader)
    result["training"] = training | {"stages": tuple(stages)}


def _read_outputs(result: dict[str, Any], reader: ObjectReader) -> None:
    """Read loss and metrics of every output in place.

    The first output's are those of the config too: what asks for one loss asks for its.
    """
    outputs = result.get("outputs")
    if not isinstance(outputs, dict):
        return
    if not outputs:
        hint = "Name the layer of each: `outputs: {NAME: {loss: mse}}`, or write a `loss:`."
        reader.problems.append(Problem("there is no output.", ("outputs",), hint))
    read: dict[str, Any] = {}
    for name, output in outputs.items():
        read[name] = output
        if not isinstance(output, dict):
            continue
        path: Path = ("outputs", name)
        if output.get("loss") is not None:
            read[name] = _with_object(output, "loss", "losses", (*path, "loss"), reader)
        metrics = output.get("metrics")
        metrics = [metrics] if isinstance(metrics, str) else metrics
        if isinstance(metrics, list):
            found = [
                reader.read(entry, "metrics", (*path, "metrics", i))
                for i, entry in enumerate(metrics)
            ]
            read[name] = {**read[name], "metrics": tuple(one for one in found if one)}
    result["outputs"] = read
    for section in ("loss", "metrics"):
        if section in result:
            message = "`outputs` says it for each output."
            reader.problems.append(Problem(message, (section,), "Keep one of the two."))
    first = next(iter(read.values()), None)
    if isinstance(first, dict):
        sound = {"loss": KerasObject, "metrics": tuple}
        result |= {k: first[k] for k, kind in sound.items() if isinstance(first.get(k), kind)}


def _read_architecture(section: dict[str, Any], reader: ObjectReader) -> dict[str, Any]:
    """Return the section with its layers read, and without what only shaped them."""
    rest = {k: v for k, v in section.items() if k not in ("layers", "blocks", "defaults")}
    path: Path = ("architecture",)
    if section.get("defaults") is not None:
        reader.read_defaults(section["defaults"], (*path, "defaults"))
    blocks = section.get("blocks") or {}
    if not isinstance(blocks, dict):
        message = f"expected blocks by their names, received {show(blocks)}."
        reader.problems.append(Problem(message, (*path, "blocks")))
        blocks = {}
    misnamed = _misnamed_blocks(blocks, reader.catalogue)
    reader.problems += misnamed
    blocks = without(blocks, {problem.path[2:] for problem in misnamed})
    reader.blocks = blocks
    if not isinstance(section.get("layers"), list):
        return rest | ({"layers": section["layers"]} if "layers" in section else {})
    expansion = Expansion(blocks)
    expansion.expand(section["layers"], (*path, "layers"))
    reader.problems += expansion.problems
    entries = [reader.read_layer(placed) for placed in expansion.layers]
    told = {(problem.path, problem.message): problem for problem in reader.problems[::-1]}
    reader.problems[:] = list(told.values())[::-1]  # a block's own fault not once a use
    return rest | {"layers": tuple(entry for entry in entries if isinstance(entry, LayerEntry))}


def _misnamed_blocks(blocks: dict[str, Any], catalogue: Catalogue) -> list[Problem]:
    """Refuse blocks that take the name of a layer of Keras's."""
    return [
        Problem(
            f"{name!r} is a layer of {'dlkit' if name in OWN_LAYERS else 'Keras'}'s already.",
            ("architecture", "blocks", name),
            "Choose another name for the block.",
        )
        for name in blocks
        if find_layer(catalogue, name)
    ]
