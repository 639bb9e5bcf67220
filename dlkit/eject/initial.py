"""Begin with what another run has learned, layer by layer, as code."""

from __future__ import annotations

from collections.abc import Mapping

from dlkit.eject.code import call, lay_out, text
from dlkit.errors import ConfigError, Problem
from dlkit.model.initial_weights import SEPARATOR
from dlkit.preparation import Prepared
from dlkit.report.bases import run_models

TAKEN = "taken"
"""What is said of a layer all of whose weights fit."""

MISSING = ": the run has none"
"""What is said of a weight that the layer of the run does not have."""


def taken_names(prepared: Prepared) -> list[str]:
    """Return the layers that take weights from another run.

    Raises:
        ConfigError: If one and that of the run have weights of other names.
    """
    rows = [row for row in prepared.taken if row.count]
    for row in rows:
        if MISSING in row.result:
            message = f"{row.layer} is another kind of layer than that of the run."
            hint = "Let the layer be as the run's, or give it another name."
            raise ConfigError(Problem(message, ("initial_weights",), hint))
    return [row.layer for row in rows]


def initial_lines(
    prepared: Prepared, taken: list[str], variables: Mapping[str, str]
) -> list[str]:
    """Return the lines that load the run, and give layers their weights.

    Args:
        prepared: The experiment.
        taken: The layers by their names; one inside a model is ``model/layer``.
        variables: How the script calls the outermost of them.
    """
    run = prepared.loaded.config.initial_weights
    if run is None:
        return []
    path = text(str(run_models(prepared.loaded.config)[run]))
    loading = call("keras.saving.load_model", path, named={"compile": "False"})
    lines = ["", "# what the run has learned, wherever it fits", *lay_out(loading, "run = ")]
    whole = {row.layer for row in prepared.taken if row.result == TAKEN}
    for name in taken:
        first, *inner = name.split(SEPARATOR)
        own = variables[first] + "".join(f".get_layer({text(one)})" for one in inner)
        other = "run" + "".join(f".get_layer({text(one)})" for one in (first, *inner))
        if name in whole:
            lines += lay_out(call(f"{own}.set_weights", f"{other}.get_weights()"))
            continue
        both = call("zip", f"{own}.weights", f"{other}.weights")
        lines += [
            *lay_out(both, "for weight, learned in ", ":"),
            "    if weight.shape == learned.shape:",
            "        weight.assign(learned)",
        ]
    return lines
