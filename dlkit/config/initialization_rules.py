"""Whether initial weights fit the activation behind them: rules as in ``rules``.

What a layer gives shall vary as much as what it reads, or deep networks learn slowly or not
at all; how large the weights must be for that depends on the activation:

- ``glorot_*`` is made for activations that are linear around 0, such as tanh (Glorot and
  Bengio 2010, "Understanding the difficulty of training deep feedforward neural networks").
- ``he_*`` is twice as large in variance, since relu sets half of what it reads to 0 (He et
  al. 2015, "Delving deep into rectifiers").
- ``lecun_*`` keeps mean and variance with selu, and AlphaDropout keeps them in dropout
  (Klambauer et al. 2017, "Self-normalizing neural networks").
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from dlkit.config.expansion import INPUT
from dlkit.config.objects import KerasObject
from dlkit.config.regularization.calls import HiddenCall, graphs, hidden_calls
from dlkit.config.regularization.kinds import is_activation, unwrapped
from dlkit.config.regularization.reading import Graph
from dlkit.config.regularization.regularize import ends_of
from dlkit.config.schema import Config
from dlkit.config.shown_names import shown_names
from dlkit.errors import Path, Problem

CONSTANT = frozenset({"Zeros", "Ones", "Constant"})

HE = frozenset({"HeNormal", "HeUniform"})

GLOROT = frozenset({"GlorotNormal", "GlorotUniform"})

RECTIFIERS = frozenset({"relu", "relu6", "leaky_relu", "ReLU", "LeakyReLU", "PReLU"})

SATURATING = frozenset({"tanh", "sigmoid"})

KERNELS = ("kernel_initializer", "depthwise_initializer", "pointwise_initializer")


@dataclass(frozen=True)
class Start:
    """How the weights of a hidden layer begin.

    Attributes:
        name: The layer's name.
        initializer: Keras's class name; empty where it is none of Keras's own.
        written: The name in the config, or that of Keras's default.
        place: Where it is written; None for the default.
        activation: Keras's name of the activation behind it; ``linear`` for none.
        activation_path: Where that is written.
        dropout: The layer of plain dropout behind it, or None.
    """

    name: str
    initializer: str
    written: str
    place: Path | None
    activation: str
    activation_path: Path
    dropout: KerasObject | None


def starts(config: Config) -> Iterator[Start]:
    """Yield how the weights of every hidden layer begin, once a layer."""
    ends = ends_of(config)
    whole = Graph(config.architecture.layers, INPUT, ends, ends)
    for prefix, graph in graphs(whole):
        for call in hidden_calls(graph):
            if call.name == call.layer.name and call.role != "recurrent":
                yield from _starts_of(call, graph, prefix)


def _starts_of(call: HiddenCall, graph: Graph, prefix: str) -> Iterator[Start]:
    """Yield how each kernel of a hidden layer begins."""
    layer = unwrapped(call.layer.layer)
    activation = call.activation or _behind(call, graph)
    for argument in KERNELS:
        known = layer.entry.parameters.get(argument) if layer.entry else None
        if known is None:
            continue
        given = layer.arguments.get(argument)
        default = _class_name(known.default) if isinstance(known.default, str) else ""
        own = given if isinstance(given, KerasObject) else None
        yield Start(
            name=f"{prefix}{call.name}",
            initializer=own.name if own else default,
            written=own.written if own else str(known.default),
            place=layer.places.get(argument, own.path) if own else None,
            activation=activation.name if activation else "linear",
            activation_path=activation.path if activation else layer.path,
            dropout=_plain_dropout(call, graph),
        )


def _class_name(name: str) -> str:
    """Return the class that a snake-case name means: ``glorot_uniform``."""
    return "".join(part.capitalize() for part in name.split("_"))


def _behind(call: HiddenCall, graph: Graph) -> KerasObject | None:
    """Return the activation of the layer behind a linear one."""
    if call.activation_layer is None:
        return None
    layer = unwrapped(graph.layer(call.activation_layer))
    given = layer.arguments.get("activation") if is_activation(layer) else None
    return given if isinstance(given, KerasObject) else layer


def _plain_dropout(call: HiddenCall, graph: Graph) -> KerasObject | None:
    """Return the Dropout that follows a layer at once, or None."""
    reader = graph.only_reader(call.end)
    layer = graph.layer(reader) if reader else None
    return layer if layer and layer.name == "Dropout" else None


def check_constant_kernels(config: Config) -> Iterator[Problem]:
    """The units of a hidden layer begin with different weights."""
    for place, group in _by_place(s for s in starts(config) if s.initializer in CONSTANT):
        names = shown_names([start.name for start in group])
        message = f"all units of {names} begin alike, and so learn the same."
        yield Problem(message, place, "Use glorot_uniform or he_normal.", warning=True)


def check_he(config: Config) -> Iterator[Problem]:
    """He's initializers are for relu and its like."""
    wrong = (s for s in starts(config) if s.initializer in HE and s.activation in SATURATING)
    for place, group in _by_place(wrong):
        one = group[0]
        names = shown_names([start.name for start in group])
        message = f"{one.written} is made for relu, and {names} applies {one.activation}."
        if len(group) > 1:
            message = f"{one.written} is made for relu, and {names} apply {one.activation}."
        yield Problem(message, place, "Use glorot_uniform.", warning=True)


def check_selu(config: Config) -> Iterator[Problem]:
    """Selu normalizes by itself, from LeCun's weights on and with its own dropout."""
    selu = [start for start in starts(config) if start.activation == "selu"]
    for start in selu:
        if start.initializer in GLOROT | HE:
            path = start.place or start.activation_path
            message = f"selu keeps its variance with lecun_normal, and this is {start.written}."
            hint = "Write `kernel_initializer: lecun_normal`."
            yield Problem(message, path, hint, warning=True)
        if start.dropout:
            message = "Dropout breaks the mean and variance that selu keeps."
            yield Problem(message, start.dropout.path, "Use AlphaDropout.", warning=True)
    if selu and config.regularization.dropout:
        message = "Dropout breaks the mean and variance that selu keeps."
        hint = "Put AlphaDropout behind the layers with selu."
        path = ("regularization", "dropout")
        if not all(start.dropout for start in selu):
            yield Problem(message, path, hint, warning=True)


def _by_place(found: Iterator[Start]) -> Iterator[tuple[Path, list[Start]]]:
    """Gather starts that are written in one place: ``defaults`` are for many layers."""
    places: dict[Path, list[Start]] = {}
    for start in found:
        if start.place is not None:
            places.setdefault(start.place, []).append(start)
    yield from places.items()


def initialization_notes(config: Config) -> tuple[str, ...]:
    """Say which layers begin smaller than they might: of use to know, and no fault."""
    found: dict[str, list[str]] = {}
    for start in starts(config):
        if start.initializer in GLOROT and start.activation in RECTIFIERS:
            found.setdefault(start.written, []).append(start.name)
    return tuple(
        f"{written} before relu in {shown_names(list(dict.fromkeys(names)))}:"
        " he_normal keeps the variance of relu layers"
        for written, names in found.items()
    )


_PARTS: tuple[Path, ...] = (("architecture",), ("outputs",))

INITIALIZATION_RULES: dict[Callable[[Config], Iterator[Problem]], tuple[Path, ...]] = {
    check_constant_kernels: _PARTS,
    check_he: _PARTS,
    check_selu: (*_PARTS, ("regularization", "dropout")),
}
"""Every such rule, and the parts of a config it reads."""
