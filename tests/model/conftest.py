from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from dlkit.config.choices import Choice
from dlkit.config.feature_kinds import FEATURES
from dlkit.data.tables.fitting import Columns, FittedColumn, fit_columns


def as_columns(values: Mapping[str, Any]) -> dict[str, np.ndarray]:
    return {
        name: np.asarray(column, object if isinstance(column[0], str) else float)
        for name, column in values.items()
    }


@dataclass(frozen=True)
class Encoded:
    """A table's encoding, fitted on its rows."""

    columns: tuple[FittedColumn, ...]
    encoding: Any

    def __call__(self, output: Any = None, **values: Any) -> np.ndarray:
        """Compute the vector, or another output, of other rows."""
        return self.on(values, output)

    def on(self, values: Mapping[str, Any], output: Any = None) -> Any:
        import keras

        from dlkit.model.preprocessing import raw_tensors

        output = self.encoding.features["input"] if output is None else output
        model = keras.Model(self.encoding.inputs, output)
        result = model(raw_tensors(self.columns, as_columns(values)))
        return (
            {k: v.numpy() for k, v in result.items()}
            if isinstance(result, dict)
            else result.numpy()
        )


@pytest.fixture
def encoded() -> Callable[..., Encoded]:
    """Return a function that fits and encodes ``{column: (kind, settings, values)}``."""

    def encode(table: Mapping[str, tuple[str, dict[str, Any], Any]], **told: Any) -> Encoded:
        from dlkit.model.preprocessing import encode_columns

        features = {
            name: Choice(kind, FEATURES[kind](**settings))
            for name, (kind, settings, _) in table.items()
        }
        block: Columns = as_columns({name: values for name, (_, _, values) in table.items()})
        columns = fit_columns(features, lambda: iter([block]), 0)
        return Encoded(columns, encode_columns(columns, lambda c: iter([block[c]]), **told))

    return encode
