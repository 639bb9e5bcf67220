"""What folds and seeds leave alike beside their own runs: facts, the data, the page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from dlkit.config.schema import Config
from dlkit.data.dataset import Dataset
from dlkit.report.data.record import data_facts
from dlkit.report.data.section import data_title
from dlkit.report.drawing import spared
from dlkit.report.finished import read_values
from dlkit.report.page import Page, render_page
from dlkit.report.quick_tries import quick_facts
from dlkit.report.records import write_json, write_text
from dlkit.report.run_folder import RunFolder
from dlkit.report.together.member import Member
from dlkit.train.devices import device_names


def common_facts(
    config: Config, dataset: Dataset, members: Sequence[Member], parameters: int, tested: int
) -> dict[str, Any]:
    """Return what ``metrics.json`` says of all members beside their figures.

    Args:
        config: That of all.
        dataset: That of the last.
        members: In their order.
        parameters: Of one model.
        tested: How many examples were tested.
    """
    return {
        "dataset": data_title(dataset),
        "stand_in_for": dataset.stand_in_for,
        **quick_facts(dataset),
        "seconds": round(sum(member.training.seconds for member in members), 3),
        "loop": members[0].training.method.loop,
        "devices": device_names(config.training),
        "seed": config.seed,
        "parameters": parameters,
        "test_examples": tested,
    }


def write_common_data(folder: RunFolder, dataset: Dataset) -> None:
    """Write what is known of the data of all members.

    What was fitted on training rows differs from one to the next, and stands in each.

    Raises:
        StorageError: If the disk does not take it.
    """
    known = data_facts(dataset)
    columns = {name: {"kind": facts["kind"]} for name, facts in known["columns"].items()}
    write_json(folder.data, {**known, "columns": columns})


def write_common_page(folder: RunFolder, gather: Callable[[dict[str, Any]], Page]) -> None:
    """Draw the pictures and the page of all members together.

    Args:
        folder: The folder around theirs.
        gather: Draws, and gathers the page's values, from what is known of the machine.

    Raises:
        StorageError: If the disk does not take them.
    """
    environment = read_values(folder.environment)
    with spared("the page"):
        write_text(folder.report, render_page(gather(environment)))
