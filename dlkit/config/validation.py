"""From plain values to a ``Config``, or to everything that keeps them from being one.

pydantic finds the faults; this module says them in the words of the config, drops those
that only follow from another, and saves what is sound, so that the rules across fields
can still speak.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, get_args, get_origin

from pydantic import TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from dlkit.config.faults import by_place, describe_fault
from dlkit.config.names import MAX_LISTED, did_you_mean, nearest
from dlkit.config.schema import Config
from dlkit.config.section import Section
from dlkit.config.source import Source, without
from dlkit.errors import Mark, Path, Problem

HABITS = {
    "loss_weights": "Write it as the `weight` of each output:"
    " `outputs: {NAME: {loss: mse, weight: 0.3}}`.",
    **dict.fromkeys(
        ("plugin", "plugins"),
        "Code of your own is given on the command line: `--plugin my_layers.py`.",
    ),
}
"""Keys that a person who knows Keras may write, and what they are here."""

SYNONYMS: dict[Path, dict[str, str]] = {
    ("sweep",): {
        "metric": "objective",
        "method": "sampler",
        "algorithm": "sampler",
        "n_trials": "trials",
        "n_jobs": "jobs",
        "workers": "jobs",
    },
    ("sweep", "parameters"): {
        "min": "low",
        "max": "high",
        "choices": "values",
        "options": "values",
        "path": "paths",
        "if": "when",
    },
}
"""Other programs' words for keys of a sweep."""


def rename_misspelt(source: Source) -> tuple[Source, list[Problem]]:
    """Read a misspelt section as the one it was meant to be, and report it.

    What stands inside it is then checked too, so that its own faults are not hidden.
    """
    problems = []
    data, marks = dict(source.data), dict(source.marks)
    for key in source.data:
        meant = nearest(key, Config.model_fields)
        if key in Config.model_fields or key in HABITS or not meant or meant in data:
            continue
        problems.append(_unknown_key((key,), source.mark((key,))))
        data[meant] = data.pop(key)
        marks |= {
            (meant, *path[1:]): mark for path, mark in marks.items() if path[:1] == (key,)
        }
    return Source(data, marks, source.text), problems


def validate(
    data: dict[str, Any], faulty: Iterable[Path]
) -> tuple[Config, list[Problem], set[Path]]:
    """Check data against the schema.

    Args:
        data: With Keras objects read.
        faulty: Paths already known to be wrong.

    Returns:
        The config (where there are problems, only what is sound of it), the problems,
        and all paths that are wrong.
    """
    wrong = set(faulty)
    if "outputs" in data and "loss" not in data:
        wrong.add(("loss",))  # it is said there, or its lack is
    try:
        return Config.model_validate(data), [], wrong
    except ValidationError as error:
        errors = error.errors(include_url=False)
    problems = []
    found = by_place(errors, data).items()
    for path, items in sorted(found, key=lambda one: one[1][0]["type"] != "extra_forbidden"):
        kind = items[0]["type"]
        if kind in {"missing", "too_short", "is_instance_of"} and overlaps(path, wrong):
            continue
        wrong.add(path)
        problems.append(_problem(items, path))
        if kind == "extra_forbidden":
            near = nearest(path[-1], _fields(path[:-1]))
            wrong |= {(*path[:-1], near)} if near else set()
    config, lost = _sound_part(data, wrong)
    return config, problems, wrong | lost


def overlaps(path: Path, others: Iterable[Path]) -> bool:
    """Tell whether a path is, contains or lies inside one of the others."""
    return any(path[: len(other)] == other or other[: len(path)] == path for other in others)


def _sound_part(data: dict[str, Any], wrong: set[Path]) -> tuple[Config, set[Path]]:
    """Build a config of the sections that are sound; the others stay unset.

    A section that needs what is faulty in it is tried without the whole of its entry.

    Returns:
        The config, and the paths of what is missing in it for that reason.
    """
    sections, lost = {}, set()
    entries = {path[:2] for path in wrong}
    for name, field in Config.model_fields.items():
        if name not in data and field.is_required():
            continue
        type_ = TypeAdapter(field.rebuild_annotation())
        default = field.get_default(call_default_factory=True, validated_data={})
        for removed in (wrong, entries):
            value = without(data, removed).get(name, default)
            try:
                sections[name] = type_.validate_python(value)
                break
            except ValidationError:
                lost |= {path for path in entries if path[0] == name}
        else:
            lost.add((name,))
    return Config.model_construct(set(sections), **sections), lost


def _problem(items: list[Any], path: Path) -> Problem:
    """Say pydantic's errors of one value, with an example where the config has one."""
    if items[0]["type"] == "extra_forbidden":
        return _unknown_key(path)
    return describe_fault(items, path, _example(path))


def _unknown_key(path: Path, mark: Mark | None = None) -> Problem:
    """Say that a key does not exist here, and where it may belong."""
    key = path[-1]
    if str(key) in HABITS and len(path) == 1:
        return Problem("unknown key.", path, HABITS[str(key)], mark)
    words = SYNONYMS.get(path[:-1][:2], {})
    near = words.get(str(key)) or nearest(key, _fields(path[:-1]))
    if near:
        return Problem("unknown key.", path, f"Did you mean {near!r}?", mark)
    home = [section for section in Config.model_fields if key in _fields((section,))]
    if home and home[0] not in path:
        return Problem("unknown key.", path, f"It belongs under {home[0]!r}.")
    fields = _fields(path[:-1])
    # The sections are the map of the whole language: they are worth a long line.
    hint = did_you_mean(key, fields, len(fields) if len(path) == 1 else MAX_LISTED)
    if not hint and len(path) == 2:
        hint = f"`dlkit describe {path[0]}` lists its keys."
    return Problem("unknown key.", path, hint)


def _fields(path: Path) -> dict[str, FieldInfo]:
    """Return the fields a path may have below it in the schema."""
    fields = Config.model_fields
    members = False
    for part in path:
        if members:  # the name or the number of a section among several
            members = False
            continue
        field = fields.get(str(part))
        model = section_of(field.annotation) if field else None
        if field is None or model is None:
            return {}
        fields = model.model_fields
        members = get_origin(field.annotation) in (dict, tuple)
    return {} if members else dict(fields)


def section_of(annotation: Any) -> type[Section] | None:
    """Return the section that the type of a field is, or that stands in it."""
    if isinstance(annotation, type) and issubclass(annotation, Section):
        return annotation
    return next((model for part in get_args(annotation) if (model := section_of(part))), None)


def _example(path: Path) -> str:
    """Return how a required key may look."""
    examples: dict[Path, str] = {
        ("dataset",): "`dataset: {source: mnist}`",
        ("dataset", "source"): "`source: mnist`",
        ("dataset", "features"): "`features: {age: numeric}`",
        ("dataset", "target"): "`target: price`",
        ("training", "limit"): "`limit: {train_batches: 10}`",
        ("training", "checkpoint"): "`checkpoint: {epochs: 5}`",
        ("training", "class_weight"): "`class_weight: {ham: 1, spam: 5}`",
        ("architecture",): "`architecture: {layers: [...]}`",
        ("architecture", "layers"): "`layers:` and a list below it",
        ("sweep",): "`sweep: {parameters: {training.batch_size: [16, 32]}}`",
        ("sweep", "parameters"): "`parameters: {optimizer.learning_rate: [1e-3, 1e-2]}`",
        ("loss",): "`loss: sparse_categorical_crossentropy` or another of Keras's losses",
    }
    return examples.get(path, "")
