"""Begin with what another run has learned, layer by layer, as code."""

from __future__ import annotations

from collections.abc import Mapping

from dlkit.eject.code import call, lay_out, text
from dlkit.errors import ConfigError, Problem
from dlkit.model.initial_weights import SEPARATOR
from dlkit.preparation import Prepared
from dlkit.report.bases import run_models

TAKEN = "taken"


def taken_names(prepared: Prepared) -> list[str]:
    """Return the layers that take all their weights from another run.

    Raises:
        ConfigError: If one takes only some of them.
    """
    rows = [row for row in prepared.taken if row.count]
    for row in rows:
        if row.result != TAKEN:
            message = f"{row.layer} takes only some of its weights from the run."
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
    for name in taken:
        first, *inner = name.split(SEPARATOR)
        own = variables[first] + "".join(f".get_layer({text(one)})" for one in inner)
        other = "run" + "".join(f".get_layer({text(one)})" for one in (first, *inner))
        lines += lay_out(call(f"{own}.set_weights", f"{other}.get_weights()"))
    return lines
