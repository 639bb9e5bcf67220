"""What sampler and pruner of a sweep are worth: the same sweep by each of them, seed by seed.

    python -m benchmarks.search                     half an hour on 2 cores
    python -m benchmarks.search --output DIR        goes on there if it is interrupted
    python -m benchmarks.search --seeds 0 1 --trials 20

``tpe`` and ``random`` run every trial to its end, ``median`` is TPE with trials pruned. All
see the same data and begin with the same weights; a seed of the experiment makes a split,
weights and draws of its own. What counts is the best validation accuracy, the mean over the
seeds. A goal that is missed makes the exit code 1.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CONFIG = Path(__file__).parent.parent / "configs" / "sweeps" / "mnist_mlp.yaml"

WAYS: dict[str, dict[str, str]] = {
    "tpe": {"sweep.sampler": "tpe", "sweep.pruner": "none"},
    "random": {"sweep.sampler": "random", "sweep.pruner": "none"},
    "median": {"sweep.sampler": "tpe", "sweep.pruner": "median"},
}
"""How a sweep is searched."""

LEAST_SAVED = 1 / 3
"""Share of the epochs that pruning has to save."""

MOST_LOST = 0.002
"""Accuracy that pruning may cost."""


@dataclass(frozen=True)
class Searched:
    """What a sweep came to.

    Attributes:
        best: The best validation accuracy after each trial.
        epochs: How many were trained in all.
        seconds: How long it took.
    """

    best: Sequence[float]
    epochs: int
    seconds: float


def main() -> None:
    """Search, print the table, compare with the goals."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.search")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2], metavar="N")
    parser.add_argument("--trials", type=int, default=40, metavar="N", help="default: 40")
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="default: 2")
    parser.add_argument("--output", type=Path, metavar="DIR", help="default: thrown away")
    arguments = parser.parse_args()
    with contextlib.ExitStack() as stack:
        output = arguments.output
        if output is None:
            output = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        common = {"sweep.trials": arguments.trials, "sweep.jobs": arguments.jobs}
        quarters = [max(1, arguments.trials * part // 4) for part in (1, 2, 3, 4)]
        print_row("way", "seed", *(f"after {count}" for count in quarters), "epochs", "seconds")
        found: dict[str, list[Searched]] = {way: [] for way in WAYS}
        for seed, way in itertools.product(arguments.seeds, WAYS):
            found[way].append(search(way, seed, common, quarters, output))
    sys.exit(judge(found))


def search(
    way: str, seed: int, common: Mapping[str, Any], quarters: Sequence[int], output: Path
) -> Searched:
    """Run one sweep, and print what it came to.

    Args:
        way: How it is searched.
        seed: Of the experiment.
        common: Overrides that hold for all sweeps.
        quarters: After how many trials the best is printed.
        output: Where its folder goes.
    """
    import dlkit

    began = time.perf_counter()
    settings = {**common, **WAYS[way], "seed": seed}
    with Path(os.devnull).open("w") as nowhere, contextlib.redirect_stdout(nowhere):
        result = dlkit.sweep(CONFIG, settings, output=output / way)
    trials = result.record.trials
    searched = Searched(
        best=best_so_far([trial.values[:1] for trial in trials]),
        epochs=sum(int(trial.facts.get("epochs", 0)) for trial in trials),
        seconds=time.perf_counter() - began,
    )
    bests = (f"{searched.best[count - 1]:.4f}" for count in quarters)
    print_row(way, str(seed), *bests, str(searched.epochs), f"{searched.seconds:.0f}")
    return searched


def best_so_far(values: Sequence[Sequence[float]]) -> list[float]:
    """Return the best value after each trial; a trial that came to none changes nothing."""
    best, found = float("-inf"), []
    for each in values:
        best = max(best, *each, best)
        found.append(best)
    return found


def judge(found: Mapping[str, Sequence[Searched]]) -> int:
    """Print the means and the goals, and return the exit code."""
    best = {way: statistics.mean(each.best[-1] for each in found[way]) for way in found}
    epochs = {way: sum(each.epochs for each in found[way]) for way in found}
    saved = 1 - epochs["median"] / epochs["tpe"]
    gain, lost = best["tpe"] - best["random"], best["tpe"] - best["median"]
    goals = {
        f"tpe's best less random's: {gain:+.4f} >= 0": gain >= 0,
        f"epochs saved by pruning: {saved:.0%} >= {LEAST_SAVED:.0%}": saved >= LEAST_SAVED,
        f"accuracy lost by pruning: {lost:+.4f} <= {MOST_LOST:.4f}": lost <= MOST_LOST,
    }
    print()
    print("mean best: " + ", ".join(f"{way} {value:.4f}" for way, value in best.items()))
    for text, is_met in goals.items():
        print(text + " MISSED" * (not is_met))
    return 0 if all(goals.values()) else 1


def print_row(*cells: str) -> None:
    """Print cells in columns."""
    print("".join(f"{cell:<12}" for cell in cells).rstrip(), flush=True)


if __name__ == "__main__":
    main()
