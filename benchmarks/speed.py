"""dlkit against hand-written Keras: the same model, data and batches, in turn.

    make bench                     three rounds of everything
    make bench ARGS="-n 5 iris_mlp"

Each measurement is a process of its own; the two ways alternate, so that a machine that
slows down slows both. The ratio is the median over rounds of dlkit's seconds an epoch to
those of ``model.fit`` on numpy arrays. A goal that is missed makes the exit code 1.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys

GOALS = {"mnist_mlp": 0.5, "iris_mlp": 0.2, "mnist_cnn": 1.1}
"""The ratio that is at most acceptable."""

EPOCHS = {"mnist_mlp": 3, "iris_mlp": 60, "mnist_cnn": 1}
"""Epochs to measure, after one that compiles."""


def main() -> None:
    """Measure, print the table, compare with the goals."""
    parser = argparse.ArgumentParser(prog="make bench")
    parser.add_argument("-n", type=int, default=3, metavar="ROUNDS", help="default: 3")
    parser.add_argument("names", nargs="*", help=f"default: {' '.join(GOALS)}")
    arguments = parser.parse_args()
    header = ("work", "dlkit s/epoch", "keras s/epoch", "ratio", "(min-max)", "goal")
    print("{:<10}  {:>13}  {:>13}  {:>6}  {:>12}  {:>5}".format(*header), flush=True)
    missed = [name for name in arguments.names or GOALS if not compare(name, arguments.n)]
    if missed:
        sys.exit(f"missed: {', '.join(missed)}")


def compare(name: str, rounds: int) -> bool:
    """Measure one experiment both ways, print its row, tell whether it meets its goal."""
    pairs = [(seconds("dlkit", name), seconds("keras", name)) for _ in range(rounds)]
    ratios = [ours / theirs for ours, theirs in pairs]
    ratio = statistics.median(ratios)
    ours, theirs = (statistics.median(column) for column in zip(*pairs, strict=True))
    spread = f"{min(ratios):.2f}-{max(ratios):.2f}"
    row = f"{name:<10}  {ours:>13.4f}  {theirs:>13.4f}  {ratio:>6.2f}  {spread:>12}"
    print(f"{row}  {GOALS[name]:>5.2f}", flush=True)
    return ratio <= GOALS[name]


def seconds(way: str, name: str) -> float:
    """Measure in a fresh process."""
    command = [sys.executable, "-m", "benchmarks.contender", way, name, str(EPOCHS[name])]
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{result.stderr}")
    return float(result.stdout.splitlines()[-1])


if __name__ == "__main__":
    main()
