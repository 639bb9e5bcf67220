"""Whether the settings of ``regularization`` fit each other and what they land on.

Rules as in ``rules``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from dlkit.config.outputs import views
from dlkit.config.regularization.landing import landings
from dlkit.config.regularization.losses import SETTING, takes_smoothing
from dlkit.config.regularization.optimizers import CLIPPING, regularize_optimizer
from dlkit.config.regularization.regularize import ends_of, regularize_layers, used
from dlkit.config.schema import Config
from dlkit.config.semantics import SPARSE
from dlkit.errors import Path, Problem

HIDDEN = "It is for hidden layers: all but those that give the outputs."

TAKERS = {
    "l1": "It is for layers with a kernel, such as Dense.",
    "l2": "It is for layers with a kernel, such as Dense.",
    "l1_l2": "It is for layers with a kernel, such as Dense.",
    "max_norm": "It is for layers with a kernel, such as Dense.",
    "bias_regularizer": "It is for layers with a bias, such as Dense.",
    "activity_regularizer": HIDDEN,
    "dropout": HIDDEN,
    "spatial_dropout": "It is for convolutions before the last layer; `dropout` is for all.",
    "batch_normalization": f"{HIDDEN} Recurrent ones take none.",
    "gaussian_noise": "It is for numbers that the first layer reads.",
}
"""Which layers a setting is for."""


def check_penalties(config: Config) -> Iterator[Problem]:
    """Penalties on kernels are written in one way."""
    section = config.regularization
    if section.l1_l2 is None:
        return
    for name in ("l1", "l2"):
        if getattr(section, name):
            message = f"`l1_l2` says what {name} is already."
            yield Problem(message, ("regularization", name), "Keep one of the two.")


def check_clipping(config: Config) -> Iterator[Problem]:
    """Gradients are clipped in one way."""
    given = [name for name in CLIPPING if getattr(config.regularization, name) is not None]
    for name in given[1:]:
        message = f"gradients are clipped in one way, and `{given[0]}` is one."
        yield Problem(message, ("regularization", name), "Keep one of them.")


def check_optimizer_settings(config: Config) -> Iterator[Problem]:
    """Every optimizer takes what the section asks of it."""
    stages = (stage.optimizer for stage in config.training.stages)
    for optimizer in (config.optimizer, *(one for one in stages if one is not None)):
        _, places = regularize_optimizer(optimizer, config.regularization)
        for place in places:
            if place.kept == "takes none":
                message = f"{place.name} has no argument {place.setting!r}."
                hint = "Give it to the optimizers inside it."
                yield Problem(message, ("regularization", place.setting), hint)


def check_label_smoothing(config: Config) -> Iterator[Problem]:
    """There is a loss whose labels can be smoothed."""
    if not config.regularization.label_smoothing:
        return
    losses = [view.loss for view in views(config).values()]
    if any(SETTING in loss.arguments or takes_smoothing(loss) for loss in losses):
        return
    path: Path = ("regularization", SETTING)
    loss = losses[0]
    if loss.name in SPARSE:
        message = f"{loss.name} with `ignore_class` cannot smooth its labels."
        yield Problem(message, path, "Leave out one of the two.")
        return
    names = " and ".join(dict.fromkeys(loss.name for loss in losses))
    verb = "takes" if len(losses) == 1 else "take"
    hint = "It is for classes: categorical_crossentropy, binary_crossentropy, ..."
    yield Problem(f"{names} {verb} no label smoothing.", path, hint)


def check_landing(config: Config) -> Iterator[Problem]:
    """Every setting for layers finds a layer."""
    section = config.regularization
    wanted = [name for name in used(section) if name in TAKERS]
    if not wanted:
        return
    _, places = regularize_layers(config.architecture.layers, section, ends_of(config))
    for landing in landings(section, wanted, places):
        if not landing.names and not landing.kept:
            path: Path = ("regularization", landing.setting)
            hint = TAKERS[landing.setting]
            yield Problem("no layer takes it.", path, hint, warning=True)


REGULARIZATION_RULES: dict[Callable[[Config], Iterator[Problem]], tuple[Path, ...]] = {
    check_penalties: tuple(("regularization", key) for key in ("l1", "l2", "l1_l2")),
    check_clipping: tuple(("regularization", key) for key in CLIPPING),
    check_optimizer_settings: (("regularization",), ("optimizer",), ("training", "stages")),
    check_label_smoothing: (
        *(("regularization",), ("dataset",), ("loss",)),
        *(("outputs",), ("architecture",)),
    ),
    check_landing: (("regularization",), ("architecture",), ("outputs",)),
}
"""Every such rule, and the parts of a config it reads."""
