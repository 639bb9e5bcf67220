"""The models of ``keras.applications`` as layers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from dlkit.config.objects import KerasObject
from dlkit.model.objects import build_object


@dataclass(frozen=True)
class Application:
    """An application, called on raw pixels.

    Attributes:
        layer: The model itself.
    """

    layer: Any

    def __call__(self, inputs: Any) -> Any:
        """Return its output for pixels from 0 to 255."""
        return self.layer(inputs)


def build_application(notation: KerasObject, name: str, inputs: list[Any]) -> Application:
    """Build an application for inputs of a tensor's shape.

    Raises:
        ModelError: If Keras refuses its arguments.
    """
    extra: dict[str, Any] = {"name": name}
    if not notation.arguments.get("include_top", True):
        extra["input_shape"] = tuple(inputs[0].shape[1:])
    arguments = {k: v for k, v in notation.arguments.items() if k != "trainable"}
    return Application(build_object(replace(notation, arguments=arguments), extra=extra))
