from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import dlkit
from dlkit.config.catalogue import KINDS, load_catalogue

ROOT = Path(dlkit.__file__).parents[1]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_objects(kind: str) -> None:
    catalogue = load_catalogue()
    assert catalogue.names(kind)
    assert {*catalogue.names(kind)} <= {*catalogue.all_names(kind)}


@pytest.mark.parametrize("kind", KINDS)
def test_every_alias_means_an_object_of_its_kind(kind: str) -> None:
    catalogue = load_catalogue()
    strays = {
        a: n for a, n in catalogue.aliases[kind].items() if n not in catalogue.objects[kind]
    }
    assert strays == {}


@pytest.mark.parametrize(
    ("kind", "name", "canonical"),
    [
        ("layers", "Dense", "Dense"),
        ("layers", "MaxPool2D", "MaxPooling2D"),
        ("optimizers", "adam", "Adam"),
        ("losses", "mse", "MeanSquaredError"),
        ("regularizers", "l1_l2", "L1L2"),
        ("metrics", "acc", "accuracy"),
    ],
)
def test_find_returns_an_object_by_any_of_its_names(
    kind: str, name: str, canonical: str
) -> None:
    entry = load_catalogue().find(kind, name)
    assert entry is not None
    assert (entry.kind, entry.name) == (kind, canonical)


@pytest.mark.parametrize(
    ("kind", "name"),
    [("layers", "dense"), ("layers", "Layer"), ("losses", "Adam"), ("callbacks", "Callback")],
)
def test_find_returns_nothing_for_another_name(kind: str, name: str) -> None:
    assert load_catalogue().find(kind, name) is None


def test_find_anywhere_returns_every_kind_that_knows_a_name() -> None:
    found = load_catalogue().find_anywhere("mse")
    assert [(entry.kind, entry.name) for entry in found] == [
        ("losses", "MeanSquaredError"),
        ("metrics", "MeanSquaredError"),
    ]


@pytest.mark.parametrize(
    ("kind", "name", "required"),
    [
        ("layers", "Dense", ["units"]),
        ("layers", "Conv2D", ["filters", "kernel_size"]),
        ("layers", "Flatten", []),
        ("layers", "Embedding", ["input_dim", "output_dim"]),
        ("optimizers", "Adam", []),
        (
            "schedules",
            "ExponentialDecay",
            ["initial_learning_rate", "decay_steps", "decay_rate"],
        ),
    ],
)
def test_required_lists_the_arguments_without_a_default(
    kind: str, name: str, required: list[str]
) -> None:
    entry = load_catalogue().find(kind, name)
    assert entry is not None
    assert entry.required == required


def test_names_are_sorted() -> None:
    names = load_catalogue().all_names("initializers")
    assert names == sorted(names)
    assert {"HeNormal", "he_normal"} <= {*names}


def test_checking_a_config_imports_neither_keras_nor_scikit_learn() -> None:
    program = (
        "import sys; from dlkit.config.load import load_config;"
        "load_config('configs/mnist_mlp.yaml');"
        "print([m for m in ('keras', 'tensorflow', 'sklearn', 'scipy') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"


@pytest.mark.parametrize(
    ("variable", "folder"), [("XDG_CACHE_HOME", ""), ("HOME", ".cache")], ids=["xdg", "home"]
)
def test_catalogue_of_another_keras_is_taken_from_the_user_s_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str, folder: str
) -> None:
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv(variable, str(tmp_path))
    monkeypatch.setattr("importlib.metadata.version", lambda name: f"99.0 of {name}")
    cached = tmp_path / folder / "dlkit" / "keras-99.0 of keras.json"
    cached.parent.mkdir(parents=True)
    objects = {"layers": {"Future": {"summary": "To come", "parameters": {}}}}
    cached.write_text(
        json.dumps({"keras": "99.0", "objects": objects, "aliases": {"layers": {}}})
    )
    catalogue = load_catalogue.__wrapped__()
    assert catalogue.keras_version == "99.0"
    assert catalogue.names("layers") == ["Future"]
