from __future__ import annotations

import inspect
import json
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

import dlkit
from dlkit.config.catalogue import KINDS, load_catalogue
from dlkit.config.own_schedules import with_own_schedules

pytestmark = pytest.mark.keras

PACKAGED = json.loads(
    resources.files("dlkit.config").joinpath("keras_catalogue.json").read_text("utf-8")
)

NAMED = [
    (kind, name)
    for kind in (
        *("losses", "metrics", "optimizers", "initializers"),
        *("regularizers", "constraints", "activations"),
    )
    for name in sorted({*PACKAGED["objects"][kind], *PACKAGED["aliases"][kind]})
    if (kind, name) not in {("metrics", n) for n in ("accuracy", "crossentropy", "acc", "ce")}
]


def module_of(kind: str) -> Any:
    import keras

    return keras.optimizers.schedules if kind == "schedules" else getattr(keras, kind)


def test_packaged_catalogue_is_that_of_the_installed_keras() -> None:
    from dlkit.config.keras_signatures import read_signatures

    assert json.loads(json.dumps(read_signatures())) == PACKAGED


def test_catalogue_is_read_again_once_when_another_keras_is_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.chdir(Path(dlkit.__file__).parents[1])
    monkeypatch.setattr("importlib.metadata.version", lambda name: "99.0")
    catalogue = load_catalogue.__wrapped__()
    objects = with_own_schedules(PACKAGED["objects"])
    assert (catalogue.objects, catalogue.aliases) == (objects, PACKAGED["aliases"])
    assert "Reading the arguments of Keras 99.0, once ...\n" in capfd.readouterr().err
    assert [path.name for path in (tmp_path / "dlkit").iterdir()] == ["keras-99.0.json"]


@pytest.mark.parametrize(
    ("kind", "base", "count"),
    [
        ("layers", "Layer", 142),
        ("optimizers", "Optimizer", 16),
        ("schedules", "LearningRateSchedule", 6),
        ("regularizers", "Regularizer", 4),
        ("constraints", "Constraint", 4),
        ("initializers", "Initializer", 16),
        ("losses", "Loss", 22),
    ],
)
def test_catalogue_has_every_public_class_of_keras(kind: str, base: str, count: int) -> None:
    module = module_of(kind)
    parent = getattr(module, base)
    public = {thing for thing in vars(module).values() if inspect.isclass(thing)}
    classes = {thing for thing in public if issubclass(thing, parent)} - {parent}
    names = PACKAGED["objects"][kind]
    assert {getattr(module, name) for name in names} == classes
    assert len(names) == count


@pytest.mark.parametrize("kind", KINDS)
def test_every_object_is_exported_by_keras_under_its_name(kind: str) -> None:
    module = module_of(kind)
    names = {*PACKAGED["objects"][kind]} - {"accuracy", "crossentropy"}
    assert [name for name in names if not callable(getattr(module, name, None))] == []


def test_every_other_name_of_a_layer_is_the_same_class_in_keras() -> None:
    import keras

    for alias, name in load_catalogue().aliases["layers"].items():
        assert getattr(keras.layers, alias) is getattr(keras.layers, name)


def test_arguments_of_dense_are_those_of_its_signature_and_of_its_base() -> None:
    import keras

    entry = load_catalogue().find("layers", "Dense")
    assert entry is not None
    own = [*inspect.signature(keras.layers.Dense.__init__).parameters][1:]
    own.remove("kwargs")
    assert [*entry.parameters][: len(own)] == own
    # From Layer.__init__, which takes them by name behind its `*`.
    assert {*entry.parameters} - {*own} == {"trainable", "dtype", "autocast", "name"}


@pytest.mark.parametrize(
    ("name", "argument"),
    [("Conv1D", "rank"), ("Conv2D", "rank"), ("Conv3D", "rank"), ("MaxPooling2D", "pool_mode")],
)
def test_argument_that_a_layer_hands_to_its_base_is_not_the_user_s(
    name: str, argument: str
) -> None:
    import keras

    entry = load_catalogue().find("layers", name)
    assert entry is not None
    assert argument not in entry.parameters
    with pytest.raises(
        TypeError, match=f"multiple values for (keyword )?argument '{argument}'"
    ):
        getattr(keras.layers, name)(*[1] * len(entry.required), **{argument: 2})


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("layers", "Dense"),
        ("layers", "Conv2D"),
        ("layers", "LSTM"),
        ("optimizers", "Adam"),
        ("optimizers", "SGD"),
        ("schedules", "CosineDecay"),
        ("losses", "Huber"),
        ("initializers", "TruncatedNormal"),
    ],
)
def test_defaults_are_those_of_the_signature(kind: str, name: str) -> None:
    entry = load_catalogue().find(kind, name)
    assert entry is not None
    signature = inspect.signature(getattr(module_of(kind), name))
    for parameter in signature.parameters.values():
        if parameter.kind == parameter.VAR_KEYWORD:
            continue
        described = entry.parameters[parameter.name]
        default = parameter.default
        assert described.required == (default is inspect.Parameter.empty)
        if not described.required:
            assert described.default == (
                list(default) if isinstance(default, tuple) else default
            )


@pytest.mark.parametrize(("kind", "name"), NAMED, ids=lambda value: value)
def test_name_is_one_that_keras_itself_resolves_to_the_same(kind: str, name: str) -> None:
    module = module_of(kind)
    entry = load_catalogue().find(kind, name)
    assert entry is not None
    found = getattr(module, name) if hasattr(module, name) else module.get(name)
    own = found.__name__ if hasattr(found, "__name__") else type(found).__name__
    meant = {entry.name, entry.name.lower()}
    assert own in meant or own.replace("_", "") in meant


DOCUMENT = """Does something.

    Example:

```python
layer = Layer(factor=0.1)
```

    Args:
        factor: A single float or a tuple of two floats.
    """


def test_arguments_are_read_behind_an_example_at_the_margin() -> None:
    from dlkit.config.keras_signatures import argument_documents

    documented = type("Layer", (), {"__doc__": DOCUMENT})
    documents = argument_documents(documented)
    assert documents["factor"] == "A single float or a tuple of two floats."


@pytest.mark.parametrize("name", ["CutMix", "RandomErasing", "RandomInvert"])
def test_factor_of_an_augmentation_is_a_number_or_two(name: str) -> None:
    entry = load_catalogue().find("layers", name)
    assert entry is not None
    assert entry.parameters["factor"].accepts == ("list", "number")


@pytest.mark.parametrize("name", ["MaxNorm", "MinMaxNorm", "UnitNorm"])
def test_norm_of_a_constraint_is_over_one_axis_or_several(name: str) -> None:
    """Keras's own example for a kernel of Conv2D is ``axis=[0, 1, 2]``."""
    entry = load_catalogue().find("constraints", name)
    assert entry is not None
    assert entry.parameters["axis"].accepts == ("integer", "list")
