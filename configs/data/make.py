"""Make the small tables that configs of the gallery learn from; the same ones every time.

Run it as ``python configs/data/make.py``.
"""

from __future__ import annotations

import csv
from datetime import date, timedelta
from pathlib import Path

import numpy as np

HOMES = 600
DAYS = 1200

DISTRICTS = {"harbor": 1.3, "old town": 1.5, "hillside": 1.1, "north": 0.8, "mills": 0.9}
HEATING = {"gas": 1.0, "district": 1.05, "heat pump": 1.1, "oil": 0.95}
PRAISE = {"bright": 15, "balcony": 20, "garden": 30, "view": 25, "quiet": 10}
BLAME = {"renovation": -40, "noisy": -25, "dark": -15, "steep": -10}
FILLER = ("flat with", "home with", "rooms,", "close to the tram", "and", "near the park")


def homes(generator: np.random.Generator) -> list[list[object]]:
    """Return homes with gaps: numbers, names, a date, a text, and the price in thousands."""
    rows: list[list[object]] = []
    for _ in range(HOMES):
        size = float(np.round(generator.gamma(9, 9) + 20, 1))
        rooms = int(np.clip(round(size / 25 + generator.normal(0, 0.7)), 1, 9))
        district = str(generator.choice(list(DISTRICTS), p=[0.2, 0.15, 0.25, 0.25, 0.15]))
        heating = str(generator.choice(list(HEATING)))
        built = date(1900, 1, 1) + timedelta(days=int(generator.integers(0, 44_000)))
        words = list(generator.choice(list(PRAISE | BLAME), 2, replace=False))
        start, joint = generator.choice(FILLER[:2]), generator.choice(FILLER[2:])
        text = f"{start} {words[0]} {joint} {words[1]}"
        taste = sum((PRAISE | BLAME)[word] for word in words)
        age = (date(2021, 1, 1) - built).days / 365.25
        price = 4.2 * size * DISTRICTS[district] * HEATING[heating] - 0.6 * age + taste
        price += generator.normal(0, 12)
        rows.append(
            [
                "" if generator.random() < 0.06 else size,
                rooms,
                district,
                "" if generator.random() < 0.04 else heating,
                built.isoformat(),
                text,
                f"{max(price, 20):.1f}",
            ]
        )
    return rows


def tides(generator: np.random.Generator) -> list[list[object]]:
    """Return a series of a level that swings, with memory (autoregressive) and noise."""
    swing, rows = 0.0, []
    start = date(2020, 1, 1)
    for day in range(DAYS):
        swing = 0.8 * swing + float(generator.normal(0, 0.05))
        turns = 2 * np.pi * day
        level = 2 * np.sin(turns / 14.77) + 0.6 * np.sin(turns / 29.5) + swing
        rows.append([(start + timedelta(days=day)).isoformat(), f"{level:.4f}"])
    return rows


def write(name: str, header: list[str], rows: list[list[object]]) -> None:
    """Write a table beside this file."""
    path = Path(__file__).parent / name
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


if __name__ == "__main__":
    columns = ["size", "rooms", "district", "heating", "built", "description", "price"]
    write("homes.csv", columns, homes(np.random.default_rng(7)))
    write("tides.csv", ["day", "level"], tides(np.random.default_rng(11)))
