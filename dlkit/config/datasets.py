"""What is known of the named datasets before anything is loaded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Task = Literal["classification", "regression"]


@dataclass(frozen=True)
class NamedSet:
    """Facts of one named dataset.

    Attributes:
        origin: Whose loader reads it.
        summary: One line for people.
        shape: Shape of one example.
        train: Examples in its training split.
        test: Examples in its test split; 0 where it has none.
        classes: Names of the classes in the order of their labels; empty for regression.
    """

    origin: Literal["keras", "sklearn"]
    summary: str
    shape: tuple[int, ...]
    train: int
    test: int
    classes: tuple[str, ...] = ()

    @property
    def task(self) -> Task:
        """What is learned from it."""
        return "classification" if self.classes else "regression"

    @property
    def is_image(self) -> bool:
        """Whether one example is a picture of (height, width[, channels])."""
        return len(self.shape) > 1


_DIGITS = tuple(str(digit) for digit in range(10))

_CLOTHES = (
    *("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat"),
    *("Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
)

_CIFAR10 = (
    *("airplane", "automobile", "bird", "cat", "deer"),
    *("dog", "frog", "horse", "ship", "truck"),
)

NAMED_SETS = {
    "mnist": NamedSet(
        "keras", "handwritten digits, 28x28 gray", (28, 28), 60_000, 10_000, _DIGITS
    ),
    "fashion_mnist": NamedSet(
        "keras", "articles of clothing, 28x28 gray", (28, 28), 60_000, 10_000, _CLOTHES
    ),
    "cifar10": NamedSet(
        "keras", "small photographs, 32x32 color", (32, 32, 3), 50_000, 10_000, _CIFAR10
    ),
    "cifar100": NamedSet(
        "keras",
        "small photographs of 100 things, 32x32 color",
        (32, 32, 3),
        50_000,
        10_000,
        tuple(f"class {label}" for label in range(100)),
    ),
    "digits": NamedSet("sklearn", "handwritten digits, 8x8 gray", (8, 8), 1_797, 0, _DIGITS),
    "iris": NamedSet(
        "sklearn",
        "flowers by 4 lengths",
        (4,),
        150,
        0,
        ("setosa", "versicolor", "virginica"),
    ),
    "wine": NamedSet(
        "sklearn",
        "wines by 13 measurements",
        (13,),
        178,
        0,
        ("class_0", "class_1", "class_2"),
    ),
    "breast_cancer": NamedSet(
        "sklearn", "tumors by 30 measurements", (30,), 569, 0, ("malignant", "benign")
    ),
    "diabetes": NamedSet(
        "sklearn", "progression of the disease by 10 measurements", (10,), 442, 0
    ),
}
"""Every dataset a config can name, in the order they are listed."""
