"""The command line. Importing it brings in neither TensorFlow nor what is slow."""

from __future__ import annotations

import contextlib
import io
import json
import logging
import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

import click

import dlkit
from dlkit.config.catalogue import KINDS, load_catalogue
from dlkit.describe import describe_all, describe_name
from dlkit.errors import ConfigError, DlkitError, StorageError
from dlkit.report.listing import format_table, list_runs
from dlkit.report.overview import format_overview

OUTPUT = click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    default="experiments",
    show_default=True,
    help="The folder that keeps experiments.",
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(dlkit.__version__, prog_name="dlkit")
@click.option("--debug", is_flag=True, help="Show tracebacks.")
def commands(debug: bool) -> None:
    """Deep-learning experiments on Keras from one YAML file."""
    del debug  # read by main() before anything else can fail


@commands.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.argument("overrides", nargs=-1, metavar="[PATH=VALUE]...")
@OUTPUT
def run(file: Path, overrides: tuple[str, ...], output: Path) -> None:
    """Train the experiment in FILE and write its report.

    PATH=VALUE changes a setting: training.epochs=1, 'architecture.layers[2].Dense.units=64'.
    """
    dlkit.run(file, overrides, output=output)


@commands.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.argument("overrides", nargs=-1, metavar="[PATH=VALUE]...")
@click.option("--static", is_flag=True, help="Only what needs neither TensorFlow nor data.")
@click.option("--resolved", is_flag=True, help="Print every value and where it comes from.")
def check(file: Path, overrides: tuple[str, ...], static: bool, resolved: bool) -> None:
    """Report every fault of FILE, then list its layers; train nothing."""
    if resolved:
        click.echo(dlkit.resolve(file, overrides), nl=False)
        return
    overview = dlkit.check(file, overrides, static=static)
    for warning in overview.warnings:
        click.echo(str(warning), err=True)
    if overview.layers:
        click.echo(f"{format_overview(overview)}\n")
    count = len(overview.warnings)
    click.echo(f"{file}: {_count(count, 'warning') if count else 'no problems'}.")


@commands.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.argument("overrides", nargs=-1, metavar="[PATH=VALUE]...")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="The folder of the pictures; else experiments/NAME/data.",
)
def data(file: Path, overrides: tuple[str, ...], out: Path | None) -> None:
    """Show what the data of FILE is and what looks wrong with it; draw samples."""
    click.echo(dlkit.describe_data(file, overrides, folder=out).text)


@commands.command()
@click.argument("run", metavar="RUN")
@click.argument("data", metavar="[DATA]", required=False)
@OUTPUT
def evaluate(run: str, data: str | None, output: Path) -> None:
    """Compute loss and metrics of RUN on its own test split, or on DATA.

    RUN is a run's folder or its name: pima/3, or pima for the latest.
    """
    from dlkit.launch import score  # as late as what it needs

    result = score(run, data, _warn, output=output)
    figures = ", ".join(f"{name} {value:.6g}" for name, value in result.metrics.items())
    click.echo(f"data      {result.origin}: {_count(result.examples, 'example')}")
    click.echo(f"test      {figures}")


@commands.command()
@click.argument("run", metavar="RUN")
@click.argument("data", metavar="DATA")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="The CSV file to write; without it answers are printed.",
)
@OUTPUT
def predict(run: str, data: str, out: Path | None, output: Path) -> None:
    """Let the model of RUN answer for DATA: classes and probabilities, or values.

    RUN is a run's folder or its name: pima/3, or pima for the latest. DATA is of the kind
    that the run learned from, and needs no labels: a table, pictures, texts, arrays.
    """
    from dlkit.launch import write_predictions  # as late as what it needs

    write = out or (lambda text: click.echo(text, nl=False))
    count = write_predictions(run, data, write, _warn, output=output)
    if out:
        click.echo(f"{_count(count, 'example')} answered in {out}")


@commands.command("list")
@click.argument("name", default="*", metavar="[NAME]")
@OUTPUT
def list_command(name: str, output: Path) -> None:
    """List the runs, all or those of experiment NAME."""
    lines = list_runs(output, name)
    if not lines:
        click.echo(f"No runs in {output}. Start one: dlkit run FILE")
        return
    header = ("run", "status", "score", "dataset", "seconds")
    rows = [
        (
            line.run,
            line.status,
            line.score,
            line.dataset,
            "" if line.seconds is None else f"{line.seconds:.1f}",
        )
        for line in lines
    ]
    click.echo(format_table(header, rows))


@commands.command()
@click.argument("name", required=False)
def describe(name: str | None) -> None:
    """Show the arguments of a Keras object or the settings of data, or all there is."""
    catalogue = load_catalogue()
    if name is None:
        click.echo(describe_all(catalogue, KINDS))
    else:
        click.echo(describe_name(name, catalogue))


@commands.command()
def schema() -> None:
    """Print the JSON Schema of experiments, for editors that complete and check YAML."""
    from dlkit.config.json_schema import json_schema  # doubles the time of `dlkit --help`

    click.echo(json.dumps(json_schema(load_catalogue()), indent=1))


def _warn(text: str) -> None:
    click.echo(f"warning: {text}", err=True)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command and leave the process with its exit code.

    Codes: 0 done, 2 config or usage, 3 data, 4 training, 5 storage, 130 interrupted.

    Raises:
        OSError: If something else fails than what is printed; a fault of dlkit's own.
    """
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    debug = "--debug" in arguments
    if not debug:
        sys.excepthook = _tell_unexpected
    if isinstance(sys.stdout, io.TextIOWrapper) and sys.stdout.errors == "strict":
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        commands.main(
            [argument for argument in arguments if argument != "--debug"],
            prog_name="dlkit",
            standalone_mode=False,
        )
    except click.exceptions.Exit as error:
        sys.exit(error.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except (KeyboardInterrupt, click.Abort):
        _tell("Interrupted.")
        sys.exit(130)
    except DlkitError as error:
        if debug:
            traceback.print_exc()
        _tell(_report(error))
        sys.exit(error.exit_code)
    except OSError as error:
        frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
        if frames[-1].f_code is not click.echo.__code__:
            raise
        _tell(f"The output cannot be written ({error.strerror}).")
        sys.exit(StorageError.exit_code)
    finally:
        _let_go_of_output()


def _let_go_of_output() -> None:
    """Send what is printed, and where nobody takes it drop it.

    Python would try again when it ends, and complain of what no longer matters.
    """
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def _report(error: DlkitError) -> str:
    """Return the problems, and for a config their number."""
    lines = str(error)
    count = len(error.problems)
    if isinstance(error, ConfigError) and count > 1:
        lines += f"\n{count} problems. `dlkit describe NAME` lists the arguments of NAME."
    return lines


def _tell(text: str) -> None:
    """Write to stderr, if anybody reads it."""
    with contextlib.suppress(OSError):
        click.echo(text, err=True)


def _tell_unexpected(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    """Tell a fault of dlkit's own in one line; its traceback goes to the log."""
    logging.getLogger("dlkit").debug("unexpected", exc_info=(kind, error, trace))
    summary = " ".join(str(error).split())[:200]
    click.echo(
        f"dlkit failed unexpectedly: {kind.__name__}: {summary}\n"
        "This is a fault of dlkit. Run it again with --debug for the traceback.",
        err=True,
    )
