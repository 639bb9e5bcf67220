"""The page of all experiments: static, and sortable where scripts may run.

Its script is ours, stands in the page and is allowed by its hash; without it everything can
be read all the same.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from importlib import resources
from pathlib import Path

from dlkit.errors import ConfigError
from dlkit.report.index.rows import Experiment, read_experiments
from dlkit.report.page import render
from dlkit.report.records import write_text

FILE = "index.html"
"""What the page is called, in the folder that keeps experiments."""


def write_index(output: Path) -> Path:
    """Write the page of all experiments.

    Args:
        output: The folder that keeps experiments.

    Returns:
        The page.

    Raises:
        ConfigError: If there is no run.
        StorageError: If the disk does not take it.
    """
    experiments = read_experiments(output)
    if not experiments:
        raise ConfigError(
            f"there are no runs in {output}. Start one with `dlkit run FILE`, or name the"
            " folder that keeps them with --output."
        )
    page = output / FILE
    write_text(page, render_index(experiments, output.resolve().name))
    return page


def render_index(experiments: Sequence[Experiment], title: str) -> str:
    """Write the page as HTML.

    Args:
        experiments: In the order in which they are shown.
        title: Names the folder that keeps them.
    """
    script = sorting_script()
    return render(
        "index.html",
        title=title,
        experiments=experiments,
        runs=sum(len(each.rows) for each in experiments),
        script=script,
        script_hash=hash_of(script),
    )


def sorting_script() -> str:
    """Return the script that sorts tables, as it stands in the page."""
    templates = resources.files("dlkit.report") / "templates"
    return (templates / "sorting.js").read_text("utf-8")


def hash_of(script: str) -> str:
    """Return what a content security policy calls a script: ``sha256-...``, in base64."""
    digest = hashlib.sha256(script.encode("utf-8")).digest()
    return f"sha256-{base64.b64encode(digest).decode('ascii')}"
