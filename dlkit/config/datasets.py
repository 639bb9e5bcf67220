"""What is known of the named datasets before anything is loaded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Task = Literal["classification", "multi_label", "regression"]


@dataclass(frozen=True)
class NamedSet:
    """Facts of one dataset, named or made.

    Attributes:
        origin: Whose loader reads it, or ``made``.
        summary: One line for people.
        shape: Shape of one example.
        train: Examples in its training split.
        test: Examples in its test split; 0 where it has none.
        classes: Names of the classes in the order of their labels; empty for regression.
        features: Names of a table's columns, where its loader does not say them.
        target: What a regression foretells; empty for classification.
        members: Training examples of each class, where that is known.
        test_members: Test examples of each class; empty where there are none.
    """

    origin: Literal["keras", "sklearn", "made"]
    summary: str
    shape: tuple[int, ...]
    train: int
    test: int
    classes: tuple[str, ...] = ()
    features: tuple[str, ...] = ()
    target: str = ""
    members: tuple[int, ...] = ()
    test_members: tuple[int, ...] = ()

    @property
    def task(self) -> Task:
        """What is learned from it."""
        return "classification" if self.classes else "regression"

    @property
    def is_image(self) -> bool:
        """Whether one example is a picture of (height, width[, channels])."""
        return len(self.shape) > 1 and self.origin != "made"  # made ones are (length, 1)

    @property
    def likeness(self) -> tuple[object, ...]:
        """What another dataset must share to stand in for this one."""
        return self.task, len(self.classes), self.is_image or self.shape


_DIGITS = tuple(str(digit) for digit in range(10))

_CLOTHES = (
    *("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat"),
    *("Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
)

_CIFAR10 = (
    *("airplane", "automobile", "bird", "cat", "deer"),
    *("dog", "frog", "horse", "ship", "truck"),
)

_MNIST = (5_923, 6_742, 5_958, 6_131, 5_842, 5_421, 5_918, 6_265, 5_851, 5_949)
_MNIST_TEST = (980, 1_135, 1_032, 1_010, 982, 892, 958, 1_028, 974, 1_009)

_REUTERS = (
    *(55, 432, 74, 3_159, 1_949, 17, 48, 16, 139, 101, 124, 390, 49, 172, 26, 20),
    *(444, 39, 66, 549, 269, 100, 15, 41, 62, 92, 24, 15, 48, 19, 45, 39),
    *(32, 11, 50, 10, 49, 19, 19, 24, 36, 30, 13, 21, 12, 18),
)
_REUTERS_TEST = (
    *(12, 105, 20, 813, 474, 5, 14, 3, 38, 25, 30, 83, 13, 37, 2, 9),
    *(99, 12, 20, 133, 70, 27, 7, 12, 19, 31, 8, 4, 10, 4, 12, 13),
    *(10, 5, 7, 6, 11, 2, 3, 5, 10, 8, 3, 6, 5, 1),
)

_TOPICS = (
    *("cocoa", "grain", "veg-oil", "earn", "acq", "wheat"),
    *("copper", "housing", "money-supply", "coffee", "sugar", "trade"),
    *("reserves", "ship", "cotton", "carcass", "crude", "nat-gas"),
    *("cpi", "money-fx", "interest", "gnp", "meal-feed", "alum"),
    *("oilseed", "gold", "tin", "strategic-metal", "livestock", "retail"),
    *("ipi", "iron-steel", "rubber", "heat", "jobs", "lei"),
    *("bop", "zinc", "orange", "pet-chem", "dlr", "gas"),
    *("silver", "wpi", "hog", "lead"),
)

_CALIFORNIA = (
    *("MedInc", "HouseAge", "AveRooms", "AveBedrms"),
    *("Population", "AveOccup", "Latitude", "Longitude"),
)

_BOSTON = (
    *("CRIM", "ZN", "INDUS", "CHAS", "NOX", "RM", "AGE"),
    *("DIS", "RAD", "TAX", "PTRATIO", "B", "LSTAT"),
)

NAMED_SETS = {
    "mnist": NamedSet(
        "keras",
        "handwritten digits, 28x28 gray",
        (28, 28),
        60_000,
        10_000,
        _DIGITS,
        members=_MNIST,
        test_members=_MNIST_TEST,
    ),
    "fashion_mnist": NamedSet(
        "keras",
        "articles of clothing, 28x28 gray",
        (28, 28),
        60_000,
        10_000,
        _CLOTHES,
        members=(6_000,) * 10,
        test_members=(1_000,) * 10,
    ),
    "cifar10": NamedSet(
        "keras",
        "small photographs, 32x32 color",
        (32, 32, 3),
        50_000,
        10_000,
        _CIFAR10,
        members=(5_000,) * 10,
        test_members=(1_000,) * 10,
    ),
    "cifar100": NamedSet(
        "keras",
        "small photographs of 100 things, 32x32 color",
        (32, 32, 3),
        50_000,
        10_000,
        tuple(f"class {label}" for label in range(100)),
        members=(500,) * 100,
        test_members=(100,) * 100,
    ),
    "imdb": NamedSet(
        "keras",
        "film reviews as word numbers",
        (200,),
        25_000,
        25_000,
        ("negative", "positive"),
        members=(12_500,) * 2,
        test_members=(12_500,) * 2,
    ),
    "reuters": NamedSet(
        "keras",
        "newswires on 46 topics as word numbers",
        (200,),
        8_982,
        2_246,
        _TOPICS,
        members=_REUTERS,
        test_members=_REUTERS_TEST,
    ),
    "california_housing": NamedSet(
        "keras",
        "median price of houses in dollars by 8 facts of the block",
        (8,),
        16_512,
        4_128,
        features=_CALIFORNIA,
        target="price",
    ),
    "boston_housing": NamedSet(
        "keras",
        "median price of houses in 1000 dollars by 13 facts of the suburb",
        (13,),
        404,
        102,
        features=_BOSTON,
        target="price",
    ),
    "digits": NamedSet(
        "sklearn",
        "handwritten digits, 8x8 gray",
        (8, 8),
        1_797,
        0,
        _DIGITS,
        members=(178, 182, 177, 183, 181, 182, 181, 179, 174, 180),
    ),
    "iris": NamedSet(
        "sklearn",
        "flowers by 4 lengths",
        (4,),
        150,
        0,
        ("setosa", "versicolor", "virginica"),
        members=(50, 50, 50),
    ),
    "wine": NamedSet(
        "sklearn",
        "wines by 13 measurements",
        (13,),
        178,
        0,
        ("class_0", "class_1", "class_2"),
        members=(59, 71, 48),
    ),
    "breast_cancer": NamedSet(
        "sklearn",
        "tumors by 30 measurements",
        (30,),
        569,
        0,
        ("malignant", "benign"),
        members=(212, 357),
    ),
    "diabetes": NamedSet(
        "sklearn",
        "progression of the disease by 10 measurements",
        (10,),
        442,
        0,
        target="progression",
    ),
}
"""Every dataset a config can name, in the order they are listed.

Sequences of words have the shape that their default settings give; ``known_facts`` knows
that of others.
"""
