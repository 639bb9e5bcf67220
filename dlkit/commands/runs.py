"""Commands that look at runs that are there: a table of them, and some side by side."""

from __future__ import annotations

from pathlib import Path

import click

from dlkit.config.names import nearest
from dlkit.errors import ConfigError
from dlkit.options import OUTPUT
from dlkit.report.listing import (
    format_runs,
    list_runs,
    main_figure,
    runs_table,
    sorted_runs,
)
from dlkit.report.sweep.folder import SweepFolder
from dlkit.report.sweep.listing import (
    find_sweep,
    format_trials,
    read_trials,
    sorted_trials,
    trials_table,
)
from dlkit.report.tables import Row, csv_text, terminal_width, write_csv

CSV_FILE = click.Path(dir_okay=False, allow_dash=True, path_type=Path)


@click.command("list")
@click.argument("name", default="*", metavar="[NAME]")
@click.option(
    "--sort",
    "figure",
    metavar="FIGURE",
    help="Best first by a figure: test_accuracy, val_loss, seconds, ...",
)
@click.option(
    "--csv",
    "table",
    type=CSV_FILE,
    metavar="FILE",
    help="Write them with all their figures there instead; - prints them.",
)
@OUTPUT
def list_command(name: str, figure: str | None, table: Path | None, output: Path) -> None:
    """List the runs, all or those of experiment NAME, which may hold * and ?.

    A sweep is one line; NAME/3 lists the trials of the sweep of that number.
    """
    if (sweep := find_sweep(name, output)) is not None:
        _list_trials(sweep, figure, table)
        return
    lines = list_runs(output, name)
    if not lines:
        _refuse_unknown(name, output)
        click.echo(f"No runs in {output}. Start one: dlkit run FILE")
        return
    if figure is not None:
        lines = sorted_runs(lines, figure)
    if table is None:
        shown = {"seconds", *(main_figure(line.facts) for line in lines)}
        told = figure is None or figure == "seconds" or shown <= {figure, "seconds", None}
        click.echo(format_runs(lines, None if told else figure, terminal_width()))
    else:
        _write(table, *runs_table(lines), "runs")


def _list_trials(folder: SweepFolder, figure: str | None, table: Path | None) -> None:
    """List the trials of a sweep.

    Raises:
        DlkitError: If its files are damaged, or no trial has the figure.
    """
    sweep, lines = read_trials(folder)
    if figure is not None:
        lines = sorted_trials(sweep, lines, figure)
    if table is not None:
        _write(table, *trials_table(sweep, lines), "trials")
    elif lines:
        click.echo(format_trials(sweep, lines, figure, terminal_width()))
    else:
        click.echo(f"No trial of {folder.run.title} is over yet.")


def _write(table: Path, head: Row, rows: list[list[str | float | None]], what: str) -> None:
    """Write a table as CSV to a file, or print it.

    Raises:
        StorageError: If it cannot be written.
    """
    if str(table) == "-":
        click.echo(csv_text(head, rows), nl=False)
    else:
        write_csv(table, head, rows)
        click.echo(f"{len(rows)} {what} in {table}")


def _refuse_unknown(name: str, output: Path) -> None:
    """Say that there is no such experiment, where there are others.

    Raises:
        ConfigError: If there are.
    """
    names = sorted({line.run.rpartition("/")[0] for line in list_runs(output)})
    if names:
        near = nearest(name, names)
        hint = f"Did you mean {near!r}?" if near else "`dlkit list` shows all."
        raise ConfigError(f"there are no runs of {name!r} in {output}. {hint}")


@click.command()
@click.argument("runs", nargs=-1, required=True, metavar="RUN...")
@click.option(
    "--csv",
    "table",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write the runs, what differs and all their figures as a table.",
)
@click.option(
    "--out",
    "page",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE.html",
    help="The page; else compare.html in the folder that keeps experiments.",
)
@OUTPUT
def compare(runs: tuple[str, ...], table: Path | None, page: Path | None, output: Path) -> None:
    """Lay runs side by side: what differs, what came of it, and whether that is noise.

    RUN is a run's folder or its name: pima/3. An experiment's name, pima, stands for all
    its runs, a sweep for its ten best trials. Runs that differ in nothing but the seed are
    taken together.
    """
    from dlkit.report.comparison.comparing import compare as compare_runs  # draws, so late
    from dlkit.report.comparison.words import format_comparison

    page = page or output / "compare.html"
    comparison = compare_runs(*runs, output=output, page=page, csv=table, warn=_warn)
    click.echo(format_comparison(comparison, terminal_width()))
    click.echo("")
    if table is not None:
        click.echo(f"table     {table}")
    click.echo(f"page      {page}")


def _warn(text: str) -> None:
    click.echo(f"warning: {text}", err=True)
