"""dlkit against hand-written Keras: the same model, data and batches, in turn.

    make bench                           five rounds of everything
    make bench ARGS="-n 1 iris_mlp"
    python -m benchmarks.speed --whole   also a loop over batches that is compiled whole

Each measurement is a process of its own; the ways alternate, so that a machine that slows
down slows all of them. A ratio is the median over rounds of dlkit's time to another's in
the same round, with the least and the most. ``command`` is the whole of iris_mlp, from the
shell to the report; ``sweep`` is one of 24 trials, two at a time, from the shell to its page.
A goal that is missed makes the exit code 1.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchmarks.command import IMPORTS, OWN_GOAL, measure_command
from benchmarks.phases import print_phases
from benchmarks.sweeping import GOALS, measure_sweep
from benchmarks.works import WORKS

LOOP_GOAL = 1.1
COMMAND_GOAL = 1.0
COMMAND = "command"
SWEEP = "sweep"
WHOLE = (COMMAND, SWEEP)
"""What is measured from the shell to the end."""


@dataclass(frozen=True)
class Spread:
    """What rounds came to: the ratio of ours to theirs, or seconds.

    Attributes:
        values: A round each.
        goal: What the median may be at most; None where there is none.
    """

    values: Sequence[float]
    goal: float | None = None

    @property
    def is_missed(self) -> bool:
        """Whether the median is above the goal."""
        return self.goal is not None and statistics.median(self.values) > self.goal

    def __str__(self) -> str:
        middle, least, most = statistics.median(self.values), min(self.values), max(self.values)
        goal = f" <= {self.goal:.2f}" if self.goal is not None else ""
        return f"{middle:.3f} ({least:.3f}-{most:.3f}){goal}{' MISSED' * self.is_missed}"


def main() -> None:
    """Measure, print the table, compare with the goals."""
    parser = argparse.ArgumentParser(prog="make bench")
    parser.add_argument("-n", type=rounds, default=5, metavar="ROUNDS", help="default: 5")
    parser.add_argument("--whole", action="store_true", help="compile hand-written loops whole")
    choices = [*WORKS, *WHOLE]
    parser.add_argument("names", nargs="*", help=f"default: {' '.join(choices)}")
    arguments = parser.parse_args()
    unknown = {*arguments.names} - {*choices}
    if unknown:
        parser.error(f"no work is called {', '.join(sorted(unknown))}")
    names = arguments.names or choices
    ways = ("dlkit", "fit", "loop", *(["whole"] if arguments.whole else []))
    if not {*names} <= {*WHOLE}:
        print_row("seconds", *ways, *(f"dlkit / {way}" for way in ways[1:]))
    missed = []
    for name in names:
        if name == COMMAND:
            measured = [measure_command() for _ in range(arguments.n)]
            goals: Mapping[str, float] = {"by hand": COMMAND_GOAL}
            own = [{name: each.pop(name) for name in IMPORTS} for each in measured]
        elif name == SWEEP:
            measured = [measure_sweep() for _ in range(arguments.n)]
            goals = GOALS
        else:
            measured = [measure(name, ways) for _ in range(arguments.n)]
            goals = {"fit": WORKS[name].goal, "loop": LOOP_GOAL}
        missed += [name] if show(name, measured, goals) else []
    if COMMAND in names:
        missed += ["own seconds"] if show_own(own) else []
        print_phases()
    if missed:
        sys.exit(f"missed: {', '.join(missed)}")


def rounds(word: str) -> int:
    """Return how often everything is measured, at least once.

    Raises:
        ValueError: If the word says less, or no number.
    """
    if int(word) < 1:
        raise ValueError(word)
    return int(word)


def measure(name: str, ways: Sequence[str]) -> dict[str, float]:
    """Train a work in each way, each in a fresh process; return the seconds an epoch."""
    measured = {}
    for way in ways:
        command = [sys.executable, "-m", "benchmarks.contender", way, name]
        result = subprocess.run(command, capture_output=True, text=True)
        if result.returncode:
            sys.exit(f"{' '.join(command)} failed:\n{result.stdout}\n{result.stderr}")
        measured[way] = float(result.stdout.splitlines()[-1])
    return measured


def show(name: str, rounds: Sequence[Mapping[str, float]], goals: Mapping[str, float]) -> bool:
    """Print a row of the table, and tell whether a goal is missed."""
    first, *others = rounds[0]
    medians = [statistics.median(each[way] for each in rounds) for way in rounds[0]]
    ratios = [
        Spread([each[first] / each[way] for each in rounds], goals.get(way)) for way in others
    ]
    if name in WHOLE:
        print_row("", *rounds[0], *(f"{first} / {way}" for way in others))
    print_row(name, *(f"{median:.4f}" for median in medians), *map(str, ratios))
    return any(ratio.is_missed for ratio in ratios)


def show_own(rounds: Sequence[Mapping[str, float]]) -> bool:
    """Print what a command takes beside TensorFlow and training; tell if it is too much."""
    plain, faster = ([each[name] for each in rounds] for name in IMPORTS)
    own = Spread(plain, OWN_GOAL)
    print(
        "\ndlkit's own seconds in `command`, beyond training and"
        f"\n  `import tensorflow`                {own}"
        f"\n  importing it as dlkit does, faster {Spread(faster)}"
    )
    return own.is_missed


def print_row(first: str, *cells: str) -> None:
    """Print a row: narrow columns for seconds, wide ones for ratios."""
    widths = [9 if len(cell) < 9 else 30 for cell in cells]
    padded = (f"{cell:>{width}}" for cell, width in zip(cells, widths, strict=True))
    print(f"{first:<10}", *padded, flush=True)


if __name__ == "__main__":
    main()
