"""The command that writes pages of runs that are there."""

from __future__ import annotations

from pathlib import Path

import click

import dlkit
from dlkit.options import OUTPUT, PLUGINS


@click.command("report")
@click.argument("run", metavar="[RUN]", required=False)
@click.option("--all", "everything", is_flag=True, help="Write one page of all experiments.")
@PLUGINS
@OUTPUT
def report_command(
    run: str | None, everything: bool, plugins: tuple[Path, ...], output: Path
) -> None:
    """Draw the pictures and the page of RUN again, or write one page of all runs.

    RUN is a run's folder or its name: pima/3, or pima for the latest. Its data is read and
    its model evaluated once more; nothing is trained, and nothing else of it changes. Of a
    sweep the sweep's page is drawn; pima/3/trial_2 draws that of a trial.
    """
    _check_choice(run, everything=everything)
    if everything:
        click.echo(dlkit.write_index(output))
    elif run is not None:
        click.echo(dlkit.redraw(run, output=output, plugins=plugins))


def _check_choice(run: str | None, *, everything: bool) -> None:
    """Make sure that it is clear which page is wanted.

    Raises:
        UsageError: If it is not.
    """
    if everything == (run is not None):
        problem = "Name a RUN, or say --all; not both." if run else "Name a RUN, or say --all."
        raise click.UsageError(problem, click.get_current_context(silent=True))
