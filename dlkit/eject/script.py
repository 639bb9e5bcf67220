"""Write an experiment as one plain Keras script, and prove that it is the same experiment.

The script's data and model are run before it is given out: its arrays, its first weights
and what its model answers must be those of dlkit. Who gets a script can rely on that.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from dlkit.config.datasets import Task
from dlkit.config.load import LoadedConfig
from dlkit.config.outputs import views
from dlkit.config.schema import Config
from dlkit.data.dataset import Dataset, Stream, learned
from dlkit.data.load import load_dataset
from dlkit.eject.arrays import array_code, write_arrays
from dlkit.eject.augmentation import augmentation_lines
from dlkit.eject.code import comment, identifier, text
from dlkit.eject.compiling import Plan, compile_lines
from dlkit.eject.data import DataCode, data_code
from dlkit.eject.layers import model_lines
from dlkit.eject.limits import remarks
from dlkit.eject.parts import parts_of
from dlkit.eject.proof import prove
from dlkit.eject.schedules import schedule_lines
from dlkit.eject.sections import opening, section
from dlkit.eject.training import (
    batch_lines,
    constants,
    evaluation_lines,
    fit_lines,
    steps_lines,
)
from dlkit.eject.ways import limit_lines, refuse_ways, whole_data
from dlkit.errors import ConfigError, Problem
from dlkit.preparation import Prepared, data_places, located, prepare
from dlkit.report.run_folder import DEFAULT_OUTPUT

REMEDY = "`dlkit eject FILE --data train.npz` writes them to a file that the script reads."


def eject(
    loaded: LoadedConfig,
    data: Path | None = None,
    output: Path = DEFAULT_OUTPUT,
    plugins: Iterable[str | os.PathLike[str]] = (),
) -> str:
    """Return a script that trains the same model on the same data to the same figures.

    Args:
        loaded: The checked config.
        data: The file that is to hold the prepared data; None: the script reads and
            prepares the data itself.
        output: The folder that keeps experiments: a model may build on one of them.
        plugins: Files of one's own code, which the script imports.

    Raises:
        DlkitError: If the data or the model fails.
        ConfigError: If there is something that no script of Keras's can do as dlkit does.
        StorageError: If the file cannot be written.
    """
    with located(loaded), tempfile.TemporaryDirectory() as cache:
        refuse(loaded.config)
        refuse_ways(loaded.config.training, prepared=data is not None)
        raw = load_dataset(loaded.config, data_places(loaded))
        prepared = prepare(loaded, raw, Path(cache), output)
        dataset = in_memory(prepared.dataset)
        prepared = replace(prepared, dataset=dataset)
        code = array_code(dataset, data) if data else _data_code(raw, prepared)
        if code is None:
            message = "it takes more than a few lines to prepare these data as dlkit does."
            raise ConfigError(Problem(message, ("dataset", "source"), REMEDY))
        if data:
            write_arrays(dataset, data)
        script, foundation = write(prepared, code, data, [Path(plugin) for plugin in plugins])
        prove(foundation, raw, prepared, code)
    return script


def _data_code(raw: Dataset, prepared: Prepared) -> DataCode | None:
    """Return the lines that read and prepare the data, those of a quick try cut short."""
    whole = whole_data(raw, prepared.loaded)
    code = data_code(whole, prepared.dataset, prepared.loaded.config)
    if code is None:
        return None
    return replace(code, lines=[*code.lines, *limit_lines(whole, prepared.dataset)])


def refuse(config: Config) -> None:
    """Refuse what a script cannot do as dlkit does.

    Raises:
        ConfigError: If there is such a thing.
    """
    training = config.training
    if config.dataset.folds:
        message = "a script trains one model, and folds are several."
        hint = "Eject one: `dlkit eject FILE dataset.folds=null`."
        raise ConfigError(Problem(message, ("dataset", "folds"), hint))
    if config.repeat > 1:
        message = f"a script trains one model, and {config.repeat} seeds make several."
        hint = "Eject one: `dlkit eject FILE repeat=1`, and another with `seed=1` as well."
        raise ConfigError(Problem(message, ("repeat",), hint))
    stopping = config.regularization.early_stopping
    if training.stages and (stopping or training.callbacks):
        key = ("regularization", "early_stopping") if stopping else ("training", "callbacks")
        message = "Keras begins anew with every stage, and dlkit remembers the ones before."
        hint = "Leave it out, or write `epochs` instead of `stages`."
        raise ConfigError(Problem(message, key, hint))


def in_memory(dataset: Dataset) -> Dataset:
    """Return a dataset whose parts are arrays.

    Raises:
        ConfigError: If one is streamed: its order is that of blocks on the disk.
    """
    if any(
        isinstance(part, Stream) for part in (dataset.train, dataset.validation, dataset.test)
    ):
        message = "streamed data is read in an order of blocks, which no short script has."
        hint = "Set `stream: false`, where it fits into memory."
        raise ConfigError(Problem(message, ("dataset", "stream"), hint))
    return dataset


def write(
    prepared: Prepared, code: DataCode, file: Path | None, plugins: list[Path]
) -> tuple[str, str]:
    """Return the script, and its beginning up to the model.

    Args:
        prepared: The experiment, ready to be trained.
        code: The lines of its data.
        file: Where the prepared data lies, or None.
        plugins: Files of one's own code.
    """
    loaded = prepared.loaded
    config = prepared.trained
    layers = model_lines(prepared, config, code)
    parts = parts_of(prepared.dataset)
    plan = Plan(
        config=config,
        catalogue=loaded.catalogue,
        tasks=tasks(prepared.dataset, config),
        examples=len(prepared.dataset.train),
        data=code,
        model=prepared.built.core,
        evaluated=max(len(part) for name, part in parts.items() if name != "train"),
        validated="val" in parts,
        named_inputs=isinstance(parts["train"].x, dict),
        augmented=prepared.augmentation is not None,
        stage_layers=layers.variables,
        built=prepared.built.layers,
    )
    source = loaded.source
    foundation = [
        constants(plan),
        [*section("dataset", source, prepared.dataset), *code.lines],
        [*section("architecture", source, prepared.dataset), *layers.lines],
    ]
    stages = bool(config.training.stages)
    steps = [*steps_lines(plan), ""]
    compiled = [] if stages else compile_lines(plan)
    early = any("STEPS_PER_EPOCH" in line for line in compiled)
    heading = section("optimizer", source, prepared.dataset)
    known = comment(remarks(plan.model, config.optimizer))
    blocks = [schedule_lines(config)]
    blocks += [[*heading, *(steps if early else []), *compiled]] if compiled else []
    batches = batch_lines(plan)
    blocks += [
        [
            *section("training", source, prepared.dataset, length(plan)),
            *known,
            *([] if early else steps[:-1]),
        ],
        ["", *augmentation_lines(prepared), ""] if plan.augmented else [],
        ["", *batches, ""],
        fit_lines(plan),
        [*comment("--- evaluation"), *evaluation_lines(plan)],
    ]
    words = together([*foundation, *blocks])
    head = [opening(loaded, file), imports(code, words, plugins)]
    return together([*head, *foundation, *blocks]), together([head[1], *foundation])


def length(plan: Plan) -> str:
    """Say how long training is."""
    stages = len(plan.config.training.stages)
    parts = f"{stages} stages, " if stages else ""
    epochs = f"{plan.epochs} epoch{'' if plan.epochs == 1 else 's'}"
    steps = f"{plan.steps_per_epoch:,} step{'' if plan.steps_per_epoch == 1 else 's'}"
    return f"{parts}{epochs} of {steps}"


def together(blocks: list[list[str]]) -> str:
    """Return blocks of lines as a text, an empty line between them and two around functions."""
    lines: list[str] = []
    for block in blocks:
        lines += [*block, ""] if block else []
    script = "\n".join(lines)
    while "\n\n\n\n" in script:
        script = script.replace("\n\n\n\n", "\n\n\n")
    return script.strip("\n") + "\n"


def tasks(dataset: Dataset, config: Config) -> dict[str, Task]:
    """Return what each output learns, by its name; the only one's is empty without one."""
    return {name: learned(dataset, name).task for name in views(config)}


def imports(code: DataCode, script: str, plugins: list[Path]) -> list[str]:
    """Return the imports: the standard library, what is installed, one's own code.

    Args:
        code: The lines of the data.
        script: What comes behind the imports.
        plugins: Files of one's own code.
    """
    standard = [name for name in ("functools", "importlib", "math") if f"{name}." in script]
    odd = [path for path in plugins if not path.stem.isidentifier()]
    standard += ["importlib"] * bool(odd) + ["sys"] * bool(plugins)
    found = {"import keras", "import numpy as np", *code.imports, "from keras import layers"}
    found |= {"import tensorflow as tf"} if "\ntf." in script else set()
    plain = sorted(one for one in found if one.startswith("import"))
    chosen = sorted(one for one in found if one.startswith("from"))
    lines = [f"import {name}" for name in sorted({*standard})]
    lines += ["", *plain, *chosen] if lines else [*plain, *chosen]
    for path in plugins:
        folder, name = text(str(path.resolve().parent)), identifier(path.stem)
        lines += ["", f"sys.path.insert(0, {folder})"]
        used = "" if f"{name}." in script else "  # noqa: F401 - it registers what it defines"
        own = f"import {name}{used}"
        if path in odd:
            own = f"{name} = importlib.import_module({text(path.stem)})"
        lines.append(own)
    return lines
