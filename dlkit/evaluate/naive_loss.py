"""What a loss comes to where nothing was learned: one and the same best answer for all.

Closed forms. For a loss of logarithms that answer is the shares of the classes, and the loss
their entropy; for squares it is the mean, and the loss the variance; for absolute errors the
median.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from dlkit.config.objects import KerasObject

MOST = 20_000
"""Examples that are looked at: enough for three digits."""


def naive_loss(loss: KerasObject, labels: np.ndarray) -> tuple[float, float] | None:
    """Return what the best same answer for every example comes to, and the best of all.

    Args:
        loss: As it is trained, with its smoothing of labels.
        labels: Numbers of classes, a column a class, or values: ``(examples, ...)``.

    Returns:
        Both losses, the second more than 0 where labels are no certainties; None where no
        formula is known for the loss.
    """
    form = FORMS.get(loss.name)
    if form is None or (labels.ndim > 2 and form is _entropy_of_numbers):
        return None
    few = labels[:: max(1, len(labels) // MOST)]
    smoothing = loss.arguments.get("label_smoothing") or 0.0
    smooth = float(smoothing) if isinstance(smoothing, (int, float)) else 0.0
    flat = few.reshape(len(few), -1)
    return form(flat, smooth)


def _entropy_of_numbers(labels: np.ndarray, _: float) -> tuple[float, float]:
    counts = np.unique(labels[:, 0], return_counts=True)[1]
    shares = counts / counts.sum()
    return float(-(shares * np.log(shares)).sum()), 0.0


def _entropy_of_columns(labels: np.ndarray, smoothing: float) -> tuple[float, float]:
    smooth = labels * (1 - smoothing) + smoothing / labels.shape[1]
    return _entropy(smooth.mean(axis=0)), float(np.mean([_entropy(row) for row in smooth]))


def _entropy_of_bits(labels: np.ndarray, smoothing: float) -> tuple[float, float]:
    smooth = labels.astype(np.float64) * (1 - smoothing) + smoothing / 2
    return float(_bits(smooth.mean(axis=0)).mean()), float(_bits(smooth).mean())


def _squares(values: np.ndarray, _: float) -> tuple[float, float]:
    return float(values.astype(np.float64).var(axis=0).mean()), 0.0


def _absolutes(values: np.ndarray, _: float) -> tuple[float, float]:
    middle = np.median(values, axis=0)
    return float(np.abs(values - middle).mean(dtype=np.float64)), 0.0


def _entropy(shares: np.ndarray) -> float:
    there = shares[shares > 0].astype(np.float64)
    return float(-(there * np.log(there)).sum())


def _bits(shares: np.ndarray) -> np.ndarray:
    """Return the entropy of each share and its rest."""
    inside = np.clip(shares, 1e-12, 1 - 1e-12)
    return np.asarray(-(inside * np.log(inside) + (1 - inside) * np.log(1 - inside)))


Form = Callable[[np.ndarray, float], tuple[float, float]]

FORMS: dict[str, Form] = {
    "SparseCategoricalCrossentropy": _entropy_of_numbers,
    "CategoricalCrossentropy": _entropy_of_columns,
    "BinaryCrossentropy": _entropy_of_bits,
    "MeanSquaredError": _squares,
    "MeanAbsoluteError": _absolutes,
}
"""Losses by Keras's names."""
