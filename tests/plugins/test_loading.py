"""What a file of own code may be, and what is told where it cannot be used."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from dlkit.config.catalogue import KINDS, Catalogue, load_catalogue
from dlkit.errors import ConfigError

pytestmark = pytest.mark.keras

Write = Callable[..., Path]


def load(*paths: Path) -> Catalogue:
    from dlkit.plugins import load_plugins

    return load_plugins(paths, load_catalogue())


def fault(*paths: Path) -> str:
    """Return what is told of plugins, without their folder."""
    with pytest.raises(ConfigError) as caught:
        load(*paths)
    return str(caught.value).replace(f"{paths[0].parent}/", "")


def test_everything_that_is_registered_is_known_by_its_plain_name(code: Path) -> None:
    catalogue = load(code / "my_layers.py")
    plain = load_catalogue()
    added = {kind: [*(catalogue.objects[kind].keys() - plain.objects[kind])] for kind in KINDS}
    assert {kind: sorted(names) for kind, names in added.items() if names} == {
        "layers": ["Net", "Scaled"],
        "optimizers": ["Plain"],
        "schedules": ["Halving"],
        "losses": ["Softer", "surprise"],
        "metrics": ["Sure", "surprise"],
        "activations": ["bent"],
        "initializers": ["Small"],
        "regularizers": ["Nearer"],
        "constraints": ["Below"],
        "callbacks": ["Told"],
    }


def test_catalogue_of_keras_is_left_as_it_is(code: Path) -> None:
    load(code / "my_layers.py")
    assert load_catalogue().find("layers", "Scaled") is None
    assert load_catalogue().plugins == ()


def test_file_is_kept_as_it_was_read(code: Path) -> None:
    import hashlib

    (plugin,) = load(code / "my_layers.py").plugins
    content = (code / "my_layers.py").read_bytes()
    assert (plugin.name, plugin.source) == ("my_layers.py", content)
    assert plugin.sha256 == hashlib.sha256(content).hexdigest()


def test_file_that_was_edited_is_read_anew(plugin: Write) -> None:
    text = "@register\nclass Same(keras.layers.Layer):\n    '''{}.'''\n"
    first = load(plugin(text.format("One"))).find("layers", "Same")
    second = load(plugin(text.format("Two"))).find("layers", "Same")
    assert first
    assert second
    assert [first.summary.rstrip("."), second.summary.rstrip(".")] == ["One", "Two"]


def test_file_that_is_given_twice_counts_once(code: Path) -> None:
    twice = code / ".." / "code" / "my_layers.py"
    assert len(load(code / "my_layers.py", twice).plugins) == 1


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param("x = (\n", "own.py:3:5  is no Python: '(' was never closed.", id="syntax"),
        pytest.param(
            "def f():\n    return 1 / 0\n\nf()\n",
            "own.py:4:1  fails when it is imported: ZeroDivisionError: division by zero.",
            id="raises",
        ),
        pytest.param(
            "import sys\nsys.exit('done')\n",
            "own.py:4:1  fails when it is imported: SystemExit: done.",
            id="leaves",
        ),
        pytest.param(
            "import nowhere_at_all\n",
            "own.py:3:1  fails when it is imported: ModuleNotFoundError: No module named"
            " 'nowhere_at_all'. A plugin is one file: put what it needs into it, or install a"
            " package.",
            id="needs another",
        ),
        pytest.param(
            "class Forgotten(keras.layers.Layer):\n    pass\n",
            "own.py  registers nothing for Keras. Put"
            " `@keras.saving.register_keras_serializable()` before each class.",
            id="unregistered",
        ),
        pytest.param(
            "@register\nclass Dense(keras.layers.Layer):\n    pass\n",
            "own.py:3:1  Keras has the layer 'Dense' itself. Rename this one.",
            id="a name of Keras's",
        ),
        pytest.param(
            "@register\nclass VGG16(keras.Model):\n    pass\n",
            "own.py:3:1  Keras has the layer 'VGG16' itself. Rename this one.",
            id="an application",
        ),
        pytest.param(
            "@register\nclass Shared(keras.layers.Layer):\n    pass\n",
            "own.py:3:1  dlkit has the layer 'Shared' itself. Rename this one.",
            id="a name of ours",
        ),
        pytest.param(
            "@register\ndef mse(y_true, y_pred):\n    return 0\n",
            "own.py:3:1  Keras has the loss 'mse' itself. Rename this one.\n"
            "own.py:3:1  Keras has the metric 'mse' itself. Rename this one.",
            id="a short name of Keras's",
        ),
        pytest.param(
            "@register\nclass Bare(keras.layers.Layer):\n"
            "    def __init__(self, units):\n        super().__init__()\n",
            "own.py:3:1  Bare takes no `name`, and every layer has one. Let __init__ take"
            " **kwargs, and call super().__init__(**kwargs).",
            id="no name",
        ),
        pytest.param(
            "@register\nclass Twice(keras.layers.Layer):\n    pass\n\n"
            "@keras.saving.register_keras_serializable('b')\n"
            "class Twice(keras.layers.Layer):\n    pass\n",
            "own.py:3:1  the layer 'Twice' is in own.py already. Rename this one.",
            id="twice in one file",
        ),
    ],
)
def test_fault_is_told_with_its_line(plugin: Write, text: str, told: str) -> None:
    assert fault(plugin(text)) == told


def test_file_that_is_not_there(tmp_path: Path) -> None:
    told = "own.py  the plugin cannot be read (No such file or directory)."
    assert fault(tmp_path / "own.py") == told


def test_same_name_in_two_files(plugin: Write) -> None:
    text = "@register\nclass Twice(keras.layers.Layer):\n    pass\n"
    told = fault(plugin(text), plugin(text, "other.py"))
    assert told == "other.py:3:1  the layer 'Twice' is in own.py already. Rename this one."


def test_two_files_of_one_name(plugin: Write, tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    first = plugin("@register\nclass One(keras.layers.Layer):\n    pass\n")
    second = plugin("@register\nclass Two(keras.layers.Layer):\n    pass\n", "below/own.py")
    assert fault(first, second) == "below/own.py  there are two plugins 'own.py'. Rename one."


def test_running_a_file_leaves_no_bytecode(plugin: Write, tmp_path: Path) -> None:
    load(plugin("@register\nclass One(keras.layers.Layer):\n    pass\n"))
    assert [path.name for path in tmp_path.iterdir()] == ["own.py"]
