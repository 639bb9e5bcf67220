"""What must hold where an experiment is repeated with other seeds."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from dlkit.config.schema import Config
from dlkit.errors import Path, Problem

LARGEST_SEED = 2**31 - 1
"""What libraries that take a seed take at most."""


def check_repeat(config: Config) -> Iterator[Problem]:
    """Each of several seeds is one run, of one model, on one machine."""
    path: Path = ("repeat",)
    if config.repeat == 1:
        return
    last = config.seed + config.repeat - 1
    if last > LARGEST_SEED:
        message = f"the last of {config.repeat} seeds would be {last}."
        yield Problem(message, path, f"Seeds go up to {LARGEST_SEED}: give a smaller `seed`.")
    if config.dataset.folds:
        message = (
            f"every one of {config.repeat} seeds would train {config.dataset.folds} folds, and"
            " their figures would mix two kinds of spread."
        )
        hint = "Keep one of the two: `repeat: 1`, or no `dataset.folds`."
        yield Problem(message, path, hint)
    if config.training.distribute == "multi_worker":
        message = "`multi_worker` trains one model, and seeds make several."
        yield Problem(message, path, "Leave one of the two out.")
    if config.training.overfit is not None:
        message = f"every one of {config.repeat} seeds would be tried."
        yield Problem(message, path, "Once is enough: `repeat=1`.", warning=True)


REPEAT_RULES: dict[Callable[[Config], Iterator[Problem]], tuple[Path, ...]] = {
    check_repeat: (
        ("repeat",),
        ("seed",),
        ("training",),
        ("dataset", "source"),
        ("dataset", "folds"),
    ),
}
"""Every rule, and the parts of a config it reads."""
