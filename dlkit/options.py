"""Options that several commands of the command line have."""

from __future__ import annotations

from pathlib import Path

import click

OUTPUT = click.option(
    "--output",
    type=click.Path(path_type=Path),
    default="experiments",
    show_default=True,
    help="The folder that keeps experiments.",
)

DEVICE = click.option(
    "--device",
    metavar="cpu|gpu|gpu:N",
    help="What to compute on; else every GPU, or the CPU where there is none.",
)

PLUGINS = click.option(
    "--plugin",
    "plugins",
    multiple=True,
    metavar="FILE.py",
    type=click.Path(path_type=Path),
    help="Your own layers, losses, ...: a Python file that registers them. It is run.",
)
