"""A table of 2 GB beside one of 20 MB: peak memory, and rows a second.

    python -m benchmarks.memory
    python -m benchmarks.memory --large 500 --keep /tmp/tables

Both tables have 20 columns of numbers and a label, and are made here. Each is trained on
in a process of its own. Goals: the large one takes at most 400 MB more memory at its peak
than the small one, and an epoch reads at least 300,000 rows a second. Beside them stands
what the whole run takes, reading, fitting and encoding included.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

COLUMNS = 20
BLOCK_ROWS = 100_000

MOST_MEGABYTES = 400
LEAST_ROWS_A_SECOND = 300_000

CONFIG = {
    "name": "memory",
    "dataset": {
        "source": {"csv": "table.csv"},
        "target": "y",
        "test": 0.05,
        "validation": 0.05,
    },
    "architecture": {
        "layers": [
            {"Dense": {"units": 32, "activation": "relu"}},
            {"Dense": {"units": 1, "activation": "sigmoid"}},
        ]
    },
    "loss": "binary_crossentropy",
    "metrics": ["accuracy"],
    "training": {"epochs": 2, "batch_size": 1024},
}


def main() -> None:
    """Make the tables, train on both, compare with the goals."""
    if sys.argv[1:2] == ["train"]:
        train(Path(sys.argv[2]))
        return
    parser = argparse.ArgumentParser(prog="python -m benchmarks.memory")
    parser.add_argument("--small", type=int, default=20, metavar="MB")
    parser.add_argument("--large", type=int, default=2000, metavar="MB")
    parser.add_argument("--keep", type=Path, help="make the tables here, and leave them")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        place = arguments.keep or Path(folder)
        results = []
        for megabytes in (arguments.small, arguments.large):
            table = place / f"table_{megabytes}.csv"
            if not table.exists():
                make_table(table, megabytes)
            results.append(measure(table))
            print(describe(megabytes, results[-1]), flush=True)
    judge(*results)


def make_table(path: Path, megabytes: int) -> None:
    """Write a table: one block of rows is made and repeated, each time with other labels."""
    path.parent.mkdir(parents=True, exist_ok=True)
    generator = np.random.default_rng(0)
    names = [f"x{number}" for number in range(COLUMNS)]
    weights = generator.normal(size=COLUMNS)
    with path.open("w") as file:
        file.write(",".join([*names, "y"]) + "\n")
        while file.tell() < megabytes * 1_000_000:
            if file.tell() < 50_000_000:
                x = generator.normal(size=(BLOCK_ROWS, COLUMNS))
                y = x @ weights > 0
                text = "\n".join(
                    ",".join(map("{:.6f}".format, row)) + f",{int(label)}"
                    for row, label in zip(x.tolist(), y.tolist(), strict=True)
                )
            file.write(text + "\n")


def measure(table: Path) -> dict[str, float]:
    """Train in a fresh process."""
    command = [sys.executable, "-m", "benchmarks.memory", "train", str(table)]
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{result.stdout}\n{result.stderr}")
    return dict(json.loads(result.stdout.splitlines()[-1]))


def train(table: Path) -> None:
    """Train on a table, and print what it took as JSON."""
    import dlkit

    config = json.loads(json.dumps(CONFIG))
    config["dataset"]["source"] = {"csv": str(table)}
    started = time.perf_counter()
    with tempfile.TemporaryDirectory(dir=table.parent) as output:
        result = dlkit.run(config, output=output)
        facts = json.loads(result.folder.metrics.read_text("utf-8"))
    rows = sum(facts[f"{part}_examples"] for part in ("train", "validation", "test"))
    print(
        json.dumps(
            {
                "rows": rows,
                "epoch_rows_a_second": facts["train_examples"] / result.rows[1]["seconds"],
                "seconds": time.perf_counter() - started,
                "peak_megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
                "accuracy": facts["test_accuracy"],
            }
        )
    )


def describe(megabytes: int, result: dict[str, float]) -> str:
    """Say what one table took."""
    return (
        f"{megabytes:>5} MB  {result['rows']:>12,.0f} rows"
        f"  {result['peak_megabytes']:>6.0f} MB at the peak"
        f"  {result['epoch_rows_a_second']:>10,.0f} rows/s in an epoch"
        f"  {result['seconds']:>6.1f} s in all  accuracy {result['accuracy']:.3f}"
    )


def judge(small: dict[str, float], large: dict[str, float]) -> None:
    """Compare with the goals; a goal that is missed makes the exit code 1."""
    more = large["peak_megabytes"] - small["peak_megabytes"]
    speed = large["epoch_rows_a_second"]
    whole = 2 * large["rows"] / large["seconds"]
    print(f"{more:.0f} MB more memory (goal: at most {MOST_MEGABYTES})")
    print(f"{speed:,.0f} rows/s in an epoch (goal: at least {LEAST_ROWS_A_SECOND:,})")
    print(f"{whole:,.0f} rows/s over the whole run of 2 epochs")
    if more > MOST_MEGABYTES or speed < LEAST_ROWS_A_SECOND:
        sys.exit("missed")


if __name__ == "__main__":
    main()
