"""Bring one's own code in, given by ``--plugin``, and tell its faults as its own.

Importing this module brings in neither TensorFlow nor any of that code.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from dlkit.backend import import_tensorflow, native_stderr_to
from dlkit.config.catalogue import Catalogue, load_catalogue
from dlkit.errors import DlkitError

Plugins = Iterable[str | os.PathLike[str]]
"""Files of one's own code: layers, losses, ..."""


def catalogue_with(plugins: Plugins) -> Catalogue:
    """Return everything that a config may name: Keras's objects, and those of plugins.

    Args:
        plugins: As for ``run``; with one TensorFlow is imported.

    Raises:
        ConfigError: If a plugin is missing, fails, or registers nothing that can be used.
    """
    plugins = tuple(plugins)
    if not plugins:
        return load_catalogue()
    with native_stderr_to(Path(os.devnull)):
        import_tensorflow()
        from dlkit.plugins import load_plugins

        return load_plugins(plugins, load_catalogue())


@contextmanager
def own_faults(kind: type[DlkitError]) -> Iterator[None]:
    """Tell what one's own code raises as a fault of that code, with its line.

    Raises:
        DlkitError: Of the kind, in place of an exception that went through a plugin.
    """
    try:
        yield
    except DlkitError:
        raise
    except Exception as error:  # one's own code raises anything
        from dlkit.model.objects import one_line
        from dlkit.plugins import own_place

        if not own_place(error):
            raise
        raise kind(f"{type(error).__name__}: {one_line(error)}") from error
