"""Load a config: read, override, check everything, report all faults in one go."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path as FilePath
from typing import Any

from dlkit.config.catalogue import Catalogue, load_catalogue
from dlkit.config.composition import read_composed
from dlkit.config.facts import DataFacts, expected_data, reference_values
from dlkit.config.interpolation import interpolate
from dlkit.config.outputs import views
from dlkit.config.overrides import apply_overrides, parse_overrides
from dlkit.config.rules import DATA_RULES, OUTPUT_DATA_RULES, OUTPUT_RULES, RULES
from dlkit.config.schema import Config, default_values
from dlkit.config.sections import read_sections
from dlkit.config.source import Source, lookup, walk
from dlkit.config.validation import overlaps, rename_misspelt, validate
from dlkit.errors import ConfigError, Mark, Path, Problem


@dataclass(frozen=True)
class LoadedConfig:
    """A checked config and the text it came from.

    Attributes:
        config: The checked values.
        source: What was written, composed and overridden, references not yet replaced.
        warnings: What may be meant, and may be a mistake.
        catalogue: What it was checked against: Keras, and the plugins' own objects.
    """

    config: Config
    source: Source
    warnings: tuple[Problem, ...] = ()
    catalogue: Catalogue = field(default_factory=load_catalogue)


def load_config(
    config: str | os.PathLike[str] | Mapping[str, Any],
    overrides: Mapping[str, Any] | Iterable[str] = (),
    *,
    catalogue: Catalogue | None = None,
) -> LoadedConfig:
    """Load and check an experiment.

    Args:
        config: A YAML file, or the same as nested dicts and lists.
        overrides: ``path=value`` texts, or a mapping of paths to values.
        catalogue: What may be named; None: what Keras offers.

    Raises:
        ConfigError: With every fault, each at its place, in reading order.
    """
    if isinstance(config, Mapping):
        data = dict(config)
        source = Source(data, {path: Mark("dict") for path, _ in walk(data)})
        problems: list[Problem] = []
        default_name = "experiment"
    else:
        source, problems = read_composed(config)
        default_name = FilePath(config).stem
    changes, unreadable = parse_overrides(overrides)
    source, misfits = apply_overrides(source, changes)
    source, misspelt = rename_misspelt(source)
    source.data.setdefault("name", safe_name(default_name))
    found = [*problems, *unreadable, *misfits, *misspelt]
    return check_source(source, found, catalogue=catalogue)


def check_source(
    source: Source,
    problems: Iterable[Problem] = (),
    facts: DataFacts | None = None,
    *,
    catalogue: Catalogue | None = None,
) -> LoadedConfig:
    """Check what was written.

    Args:
        source: Composed and overridden values with their places.
        problems: What is known to be wrong already.
        facts: Facts of the data; None takes those expected of the named dataset.
        catalogue: What may be named; None: what Keras offers.

    Raises:
        ConfigError: With every fault, each at its place, in reading order.
    """
    if facts is None:
        known = reference_values(expected_data(source.data), source.data)
        plain, _ = interpolate(source.data, default_values() | known)
        facts = expected_data(plain)  # a setting of the dataset may be a reference itself
        known = reference_values(facts, plain)
    else:
        plain, _ = interpolate(source.data, default_values())
        known = reference_values(facts, plain)
    data, broken = interpolate(source.data, default_values() | known)
    catalogue = catalogue or load_catalogue()
    config, faults = check_data(data, facts, broken, catalogue=catalogue)
    found = source.locate([*problems, *faults])
    if any(not problem.warning for problem in found):
        raise ConfigError(problem for problem in found if not problem.warning)
    return LoadedConfig(config, source, tuple(found), catalogue)


def check_data(
    data: dict[str, Any],
    facts: DataFacts | None,
    broken: Iterable[Problem] = (),
    *,
    catalogue: Catalogue | None = None,
) -> tuple[Config, list[Problem]]:
    """Check plain values; the config is whole where there are no problems.

    Args:
        data: Plain values.
        facts: What is known of the data.
        broken: What is known to be wrong of them already.
        catalogue: What may be named; None: what Keras offers.
    """
    broken = list(broken)
    objects, problems = read_sections(data, catalogue or load_catalogue())
    problems = [*broken, *problems]
    faulty = {problem.path for problem in problems}
    if overlaps(("architecture", "blocks"), faulty):
        faulty.add(("architecture", "layers"))  # these are made of the blocks
    config, faults, wrong = validate(objects, faulty)
    problems += faults
    if broken:
        problems = [p for p in problems if p in broken or not _is_reference(data, p.path)]
    if overlaps(("outputs",), wrong):
        wrong |= {("loss",), ("metrics",)}  # the first output's
    for rule, parts in _rules(config, facts):
        if not any(overlaps(part, wrong) for part in parts):
            found = [problem for problem in rule() if problem not in problems]
            problems += found
            wrong |= {problem.path for problem in found if not problem.warning}
    return config, problems


def _rules(
    config: Config, facts: DataFacts | None
) -> Iterator[tuple[Callable[[], Iterable[Problem]], tuple[Path, ...]]]:
    """Yield every rule that can be asked, and the parts of the config that it reads."""
    for rule, parts in RULES.items():
        if rule not in OUTPUT_RULES:
            yield partial(rule, config), parts
            continue
        for name, one in _views(config).items():
            yield partial(rule, one), (*parts, ("outputs", name))
    if facts is None:
        return
    for data_rule, parts in DATA_RULES.items():
        if data_rule not in OUTPUT_DATA_RULES:
            yield partial(data_rule, config, facts), parts
            continue
        for name, one in _views(config).items():
            known = _facts_of(facts, config, name)
            if known is not None:
                yield partial(data_rule, one, known), (*parts, ("outputs", name))


def _views(config: Config) -> dict[str, Config]:
    """Return the views of a config, of which parts may be missing: see ``validate``."""
    whole = {"architecture", "dataset", "loss"} <= config.model_fields_set
    return views(config) if whole else {"": config}


def _facts_of(facts: DataFacts, config: Config, name: str) -> DataFacts | None:
    """Return what is known of what an output learns, or None."""
    own = config.outputs[name].target if name else None
    return facts if own is None else facts.outputs.get(name)


def _is_reference(data: dict[str, Any], path: Path) -> bool:
    """Tell whether what stands at a path is a reference that was left as it is."""
    if path[:2] == ("architecture", "blocks"):
        return False  # what stands there is a parameter
    try:
        value = lookup(data, path)
    except KeyError:
        return False
    return isinstance(value, str) and "${" in value


def safe_name(text: str) -> str:
    """Make a run's name of a file's: ``my net (2)`` becomes ``my_net_2``."""
    name = re.sub(r"[^A-Za-z0-9._-]+", "_", text).strip("._-")
    return name[:100] or "experiment"
