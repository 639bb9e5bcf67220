"""The command line. Importing it brings in neither TensorFlow nor what is slow."""

from __future__ import annotations

import io
import json
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

import dlkit
from dlkit.commands.answers import evaluate, predict
from dlkit.commands.report import report_command
from dlkit.commands.runs import compare, list_command
from dlkit.config.catalogue import KINDS
from dlkit.ending import (
    let_go_of_output,
    report,
    tell,
    tell_interruption,
    tell_unexpected,
)
from dlkit.errors import DlkitError, StorageError
from dlkit.options import DEVICE, OUTPUT, PLUGINS
from dlkit.own_code import catalogue_with
from dlkit.report.command import resumed_run
from dlkit.sweeping import refuse_to_resume, run_or_sweep


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(dlkit.__version__, prog_name="dlkit")
@click.option("--debug", is_flag=True, help="Show tracebacks.")
def commands(debug: bool) -> None:
    """Deep-learning experiments on Keras from one YAML file."""
    del debug  # read by main() before anything else can fail


commands.add_command(evaluate)
commands.add_command(predict)
commands.add_command(list_command)
commands.add_command(compare)
commands.add_command(report_command)


@commands.command()
@click.argument("words", nargs=-1, metavar="FILE [PATH=VALUE]...")
@click.option(
    "--resume",
    is_flag=False,
    flag_value="",
    metavar="[RUN]",
    help="Go on with the latest run of FILE, or with RUN: a folder, NAME/3 or NAME.",
)
@click.option("--force", is_flag=True, help="Resume although config or data has changed.")
@click.option("--no-sweep", is_flag=True, help="Leave the `sweep:` of FILE aside.")
@DEVICE
@PLUGINS
@OUTPUT
def run(
    words: tuple[str, ...],
    resume: str | None,
    force: bool,
    no_sweep: bool,
    device: str | None,
    plugins: tuple[Path, ...],
    output: Path,
) -> None:
    """Train the experiment in FILE and write its report; or run its sweep.

    The same command goes on with a sweep that was interrupted.

    PATH=VALUE changes a setting: training.epochs=1, 'architecture.layers[2].Dense.units=64'.
    """
    words, which = resumed_run(words, resume)
    if not (no_sweep or which or force):
        run_or_sweep(words[0], words[1:], output, plugins, device)
        return
    if not no_sweep:
        option = "--resume" if which else "--force"
        refuse_to_resume(words[0], words[1:], plugins, option)
    dlkit.run(
        words[0],
        words[1:],
        output=output,
        plugins=plugins,
        resume=which,
        force=force,
        device=device,
    )


@commands.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.argument("overrides", nargs=-1, metavar="[PATH=VALUE]...")
@click.option("--static", is_flag=True, help="Only what needs neither TensorFlow nor data.")
@click.option("--resolved", is_flag=True, help="Print every value and where it comes from.")
@DEVICE
@PLUGINS
@OUTPUT
def check(
    file: Path,
    overrides: tuple[str, ...],
    static: bool,
    resolved: bool,
    device: str | None,
    plugins: tuple[Path, ...],
    output: Path,
) -> None:
    """Report every fault of FILE, then list its layers; train nothing."""
    from dlkit.report.overview import format_overview, format_taken  # as `check` itself

    if resolved:
        click.echo(dlkit.resolve(file, overrides, plugins=plugins), nl=False)
        return
    overview = dlkit.check(
        file, overrides, static=static, output=output, plugins=plugins, device=device
    )
    for warning in overview.warnings:
        click.echo(str(warning), err=True)
    if overview.layers:
        click.echo(f"{format_overview(overview)}\n")
    if overview.taken:
        click.echo(format_taken(overview.taken))
    for line in overview.sweep:
        click.echo(line)
    count = len(overview.warnings)
    click.echo(f"{file}: {_count(count, 'warning') if count else 'no problems'}.")


@commands.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.argument("overrides", nargs=-1, metavar="[PATH=VALUE]...")
@click.option(
    "--data",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE.npz",
    help="Write the prepared data there; the script reads it.",
)
@PLUGINS
@OUTPUT
def eject(
    file: Path,
    overrides: tuple[str, ...],
    data: Path | None,
    plugins: tuple[Path, ...],
    output: Path,
) -> None:
    """Print FILE as one plain Keras script: the same model, data and figures.

    dlkit eject FILE > train.py
    """
    script = dlkit.eject(file, overrides, data=data, output=output, plugins=plugins)
    click.echo(script, nl=False)


@commands.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.argument("overrides", nargs=-1, metavar="[PATH=VALUE]...")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="The folder of the pictures; else experiments/NAME/data.",
)
@PLUGINS
def data(
    file: Path, overrides: tuple[str, ...], out: Path | None, plugins: tuple[Path, ...]
) -> None:
    """Show what the data of FILE is and what looks wrong with it; draw samples."""
    click.echo(dlkit.describe_data(file, overrides, folder=out, plugins=plugins).text)


@commands.command("lr-find")
@click.argument("file", type=click.Path(path_type=Path))
@click.argument("overrides", nargs=-1, metavar="[PATH=VALUE]...")
@click.option(
    "--out",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="The folder of the picture; else experiments/NAME/learning_rate.",
)
@DEVICE
@PLUGINS
@OUTPUT
def lr_find(file: Path, overrides: tuple[str, ...], **options: Any) -> None:
    """Suggest a learning rate for FILE: try growing ones, and draw what the loss does."""
    click.echo(dlkit.find_learning_rate(file, overrides, **options).text)


@commands.command()
@click.argument("name", required=False)
@PLUGINS
def describe(name: str | None, plugins: tuple[Path, ...]) -> None:
    """Show the arguments of a Keras object or the settings of data, or all there is."""
    from dlkit.describe import describe_all, describe_name  # the sections take pydantic

    catalogue = catalogue_with(plugins)
    if name is None:
        click.echo(describe_all(catalogue, KINDS))
    else:
        click.echo(describe_name(name, catalogue))


@commands.command()
@PLUGINS
def schema(plugins: tuple[Path, ...]) -> None:
    """Print the JSON Schema of experiments, for editors that complete and check YAML."""
    from dlkit.config.json_schema import json_schema  # doubles the time of `dlkit --help`

    click.echo(json.dumps(json_schema(catalogue_with(plugins)), indent=1))


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
        sys.excepthook = tell_unexpected
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
    except (KeyboardInterrupt, click.Abort) as error:
        sys.exit(tell_interruption(error))
    except DlkitError as error:
        if debug:
            traceback.print_exc()
        tell(report(error))
        sys.exit(error.exit_code)
    except OSError as error:
        frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
        if frames[-1].f_code is not click.echo.__code__:
            raise
        tell(f"The output cannot be written ({error.strerror}).")
        sys.exit(StorageError.exit_code)
    finally:
        let_go_of_output()
