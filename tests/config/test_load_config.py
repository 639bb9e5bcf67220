from __future__ import annotations

import copy
import os
from pathlib import Path
from typing import Any

import pytest

import dlkit
from dlkit.config.load import load_config, safe_name
from dlkit.errors import ConfigError

ROOT = Path(dlkit.__file__).parents[1]

TEXT = "dataset: {source: diabetes}\narchitecture: {layers: [{Dense: 1}]}\nloss: mse\n"

DATA: dict[str, Any] = {
    "dataset": {"source": "diabetes"},
    "architecture": {"layers": [{"Dense": 1}]},
    "loss": "mse",
}


def test_shipped_mnist_config_says_what_its_file_says() -> None:
    config = load_config(ROOT / "configs" / "mnist_mlp.yaml").config
    layers = [(entry.name, entry.layer.arguments) for entry in config.architecture.layers]
    assert (config.name, config.dataset.source.name, config.dataset.offline) == (
        *("mnist_mlp", "mnist", "digits"),
    )
    assert [name for name, _ in layers] == ["rescaling_0", "flatten_1", "dense_2", "dense_3"]
    assert (layers[0][1]["scale"], layers[2][1]["units"], layers[3][1]["units"]) == (
        *(pytest.approx(1 / 255), 512, 10),
    )


def test_shipped_mnist_config_trains_as_its_file_says() -> None:
    config = load_config(ROOT / "configs" / "mnist_mlp.yaml").config
    assert (config.loss.name, [metric.name for metric in config.metrics]) == (
        "SparseCategoricalCrossentropy",
        ["accuracy"],
    )
    assert (config.optimizer.name, config.optimizer.arguments) == (
        "RMSprop",
        {"learning_rate": 0.001},
    )
    assert (config.training.epochs, config.training.batch_size) == (5, 128)


def test_defaults_fill_what_a_config_leaves_out() -> None:
    config = load_config(DATA).config
    assert (config.name, config.seed, config.optimizer.name) == ("experiment", 0, "Adam")
    assert (config.dataset.validation, config.dataset.test) == (0.1, None)
    assert (config.lr_schedule, config.metrics, config.regularization.early_stopping) == (
        *(None, (), None),
    )


@pytest.mark.parametrize(
    ("written", "share"), [("0", 0), ("30", 30), ("30.0", 30), ("0.25", 0.25), ("1/4", 0.25)]
)
def test_share_is_a_count_or_a_fraction(tmp_path: Path, written: str, share: float) -> None:
    file = tmp_path / "x.yaml"
    file.write_text(TEXT.replace("diabetes", f"diabetes, test: {written}"))
    test = load_config(file).config.dataset.test
    assert (type(test), test) == (type(share), share)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("my net (2)", "my_net_2"),
        ("mnist_mlp", "mnist_mlp"),
        ("a.b-c", "a.b-c"),
        ("  .hidden ", "hidden"),
        ("größe", "gr_e"),
        ("日本", "experiment"),
        ("", "experiment"),
        ("x" * 200, "x" * 100),
    ],
)
def test_safe_name_is_one_that_a_folder_can_have(text: str, name: str) -> None:
    assert safe_name(text) == name


@pytest.mark.parametrize(
    ("file_name", "name"), [("my net (2).yaml", "my_net_2"), ("a.b.yaml", "a.b")]
)
def test_name_comes_from_the_file_when_it_is_not_given(
    tmp_path: Path, file_name: str, name: str
) -> None:
    file = tmp_path / file_name
    file.write_text(TEXT)
    assert load_config(file).config.name == name
    assert load_config(file, ["name=other"]).config.name == "other"


def test_source_keeps_the_text_of_the_file(tmp_path: Path) -> None:
    file = tmp_path / "x.yaml"
    file.write_text(TEXT)
    assert load_config(str(file)).source.text == TEXT


def test_byte_order_mark_is_no_part_of_a_config(tmp_path: Path) -> None:
    file = tmp_path / "x.yaml"
    file.write_bytes(b"\xef\xbb\xbf" + TEXT.encode())
    loaded = load_config(file)
    assert (loaded.config.dataset.source.name, loaded.source.text) == ("diabetes", TEXT)


def test_dict_is_checked_as_strictly_as_a_file() -> None:
    data = copy.deepcopy(DATA) | {"training": {"epoch": 1}, "seed": -1}
    with pytest.raises(ConfigError, match=r"^dict  training.epoch: unknown key") as error:
        load_config(data)
    assert str(error.value).splitlines() == [
        "dict  training.epoch: unknown key. Did you mean 'epochs'?",
        "dict  seed: expected at least 0, received -1.",
    ]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({5: 6}, r"^dict  \[5\]: expected keys that are text, received 5\.$"),
        (
            {"dataset": {"source": "diabetes", 3: 4}},
            r"^dict  dataset\[3\]: expected keys that are",
        ),
        ({"seed": 10**400}, "^dict  seed: expected "),
    ],
    ids=["key", "inner key", "seed"],
)
def test_dict_is_refused_when_it_holds_what_no_file_could(
    change: dict[Any, Any], said: str
) -> None:
    with pytest.raises(ConfigError, match=said):
        load_config({**DATA, **change})


def test_dict_of_the_caller_is_left_as_it_was() -> None:
    data = copy.deepcopy(DATA) | {"optimizer": "SGD", "trainng": {"epochs": 3}}
    before = copy.deepcopy(data)
    with pytest.raises(ConfigError, match="trainng: unknown key"):
        load_config(
            data, {"optimizer.SGD.learning_rate": 0.5, "architecture.layers[1]": "ReLU"}
        )
    assert data == before


def test_overrides_are_texts_or_a_mapping() -> None:
    by_text = load_config(DATA, ["training.epochs=3", "optimizer.Adam.learning_rate=1e-2"])
    by_mapping = load_config(
        DATA, {"training.epochs": 3, "optimizer": {"Adam": {"learning_rate": 0.01}}}
    )
    assert by_text.config.training.epochs == 3
    assert by_text.config == by_mapping.config


def test_override_of_a_mapping_is_refused_when_its_key_is_no_path() -> None:
    expected = r"expected a path like 'training\.epochs', received 'training\.\.epochs'\.$"
    with pytest.raises(ConfigError, match=expected):
        load_config(DATA, {"seed": 1, "training..epochs": 3})


def test_missing_file_is_told_by_its_name(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.yaml  no such file\.$"):
        load_config(tmp_path / "none.yaml")


def test_folder_is_no_config(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"expected a YAML file, received a folder\.$"):
        load_config(tmp_path)


def test_file_that_is_not_utf_8_is_refused_with_the_byte(tmp_path: Path) -> None:
    file = tmp_path / "x.yaml"
    file.write_bytes(b"name: gr\xf6sse\n")
    with pytest.raises(ConfigError, match=r"x\.yaml  not a text file in UTF-8 \(byte 8\)\.$"):
        load_config(file)


def test_file_that_cannot_be_opened_is_refused_with_the_reason(tmp_path: Path) -> None:
    loop = tmp_path / "x.yaml"
    loop.symlink_to(loop)
    with pytest.raises(ConfigError, match=r"x\.yaml  cannot be read: Too many .*links\.$"):
        load_config(loop)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_file_without_permission_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "x.yaml"
    file.write_text(TEXT)
    file.chmod(0)
    with pytest.raises(ConfigError, match=r"x\.yaml  cannot be read: Permission denied\.$"):
        load_config(file)


def test_faults_are_a_config_error_with_exit_code_2(tmp_path: Path) -> None:
    file = tmp_path / "x.yaml"
    file.write_text(TEXT + "seed: a\n")
    with pytest.raises(ConfigError, match=r"x\.yaml:4:1  seed: expected an integer") as error:
        load_config(file)
    assert error.value.exit_code == 2
