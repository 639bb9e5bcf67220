"""Commands that ask the model of a finished run: how good it is, and what it answers."""

from __future__ import annotations

from pathlib import Path

import click

from dlkit.options import OUTPUT, PLUGINS


@click.command()
@click.argument("run", metavar="RUN")
@click.argument("data", metavar="[DATA]", required=False)
@PLUGINS
@OUTPUT
def evaluate(run: str, data: str | None, plugins: tuple[Path, ...], output: Path) -> None:
    """Compute loss and metrics of RUN on its own test split, or on DATA.

    RUN is a run's folder or its name: pima/3, or pima for the latest; of a sweep its best
    trial is taken, or pima/3/trial_2.
    """
    from dlkit.answering import score  # as late as what it needs

    result = score(run, data, _warn, output=output, plugins=plugins)
    from dlkit.report.opening import listed_figures  # behind TensorFlow, which comes quietly

    figures = (f"{name} {value:.6g}" for name, value in result.metrics.items())
    click.echo(f"data      {result.origin}: {_count(result.examples)}")
    click.echo("\n".join(listed_figures("test", figures)))


@click.command()
@click.argument("run", metavar="RUN")
@click.argument("data", metavar="DATA")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="The CSV file to write; without it answers are printed.",
)
@PLUGINS
@OUTPUT
def predict(
    run: str, data: str, out: Path | None, plugins: tuple[Path, ...], output: Path
) -> None:
    """Let the model of RUN answer for DATA: classes and probabilities, or values.

    RUN is a run's folder or its name: pima/3, or pima for the latest; of a sweep its best
    trial is taken, or pima/3/trial_2. DATA is of the kind that the run learned from, and
    needs no labels: a table, pictures, texts, arrays.
    """
    from dlkit.answering import write_predictions  # as late as what it needs

    write = out or (lambda text: click.echo(text, nl=False))
    count = write_predictions(run, data, write, _warn, output=output, plugins=plugins)
    if out:
        click.echo(f"{_count(count)} answered in {out}")


def _warn(text: str) -> None:
    click.echo(f"warning: {text}", err=True)


def _count(number: int) -> str:
    return f"{number} example{'' if number == 1 else 's'}"
