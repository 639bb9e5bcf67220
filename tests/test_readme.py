"""What the README says is true: its YAML loads, its commands and files exist."""

import json
import re
import shutil
from pathlib import Path

import pytest

from dlkit.cli import commands
from dlkit.config.load import load_config

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


PARTS_OF = [
    *("", "", "", ""),
    *("mnist_mlp", "mnist_mlp", "mnist_mlp"),
    *("homes_table", "digits_geometric"),
]
"""The config that each block of YAML is a part of; empty for a whole one."""


@pytest.mark.parametrize(("text", "base"), list(zip(blocks("yaml"), PARTS_OF, strict=True)))
def test_yaml_in_the_readme_is_a_right_config(tmp_path: Path, text: str, base: str) -> None:
    shutil.copytree(ROOT / "configs", tmp_path, dirs_exist_ok=True)
    file = tmp_path / "readme.yaml"
    file.write_text(f"base: {base}.yaml\n{text}" if base else text)
    loaded = load_config(file)
    assert loaded.config.name in {"mnist_mlp", "mnist_residual", "readme", base}
    assert loaded.warnings == ()


def test_commands_in_the_readme_are_those_there_are() -> None:
    named = set(re.findall(r"\| `dlkit ([a-z-]+)", README))
    assert named == set(commands.commands)


def test_make_targets_in_the_readme_exist() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = set(re.findall(r"make ([a-z]+)", README))
    assert {"run", "test"} <= targets
    for target in targets:
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\((?!http)([^)#]+)\)", README))))
def test_linked_file_exists(link: str) -> None:
    assert (ROOT / link).is_file()


def test_every_config_of_the_gallery_is_listed() -> None:
    for path in (ROOT / "configs").rglob("*.yaml"):
        assert f"({path.relative_to(ROOT).as_posix()})" in README


@pytest.mark.keras
def test_python_in_the_readme_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (code,) = blocks("python")
    (tmp_path / "configs").symlink_to(ROOT / "configs")
    monkeypatch.chdir(tmp_path)
    exec(compile(code, "README.md", "exec"), {})  # noqa: S102 - our own README
    accuracy = float(capsys.readouterr().out.splitlines()[-1])
    facts = json.loads((tmp_path / "experiments/iris_mlp/latest/metrics.json").read_text())
    assert accuracy == facts["test_accuracy"]
    assert facts["epochs"] == 5


def test_overrides_in_the_readme_are_right() -> None:
    (command,) = re.findall(r"mnist_mlp\.yaml (training\.epochs=1 .*?)```", README, re.DOTALL)
    words = [word.strip("'") for word in command.replace("\\\n", " ").split()]
    loaded = load_config(ROOT / "configs" / "mnist_mlp.yaml", words).config
    assert loaded.training.epochs == 1
    assert loaded.architecture.layers[2].layer.arguments["units"] == 256
