"""What a person waits for when nothing is trained: no heavy library is imported."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
HEAVY = (
    *("tensorflow", "keras", "pandas", "matplotlib", "sklearn", "scipy", "optuna", "jinja2"),
    *("PIL", "pyarrow", "numpy", "ray"),
)

COMMANDS = [
    ["--help"],
    ["run", "--help"],
    ["check", "--static", str(ROOT / "configs" / "mnist_mlp.yaml")],
    ["check", "--static", str(ROOT / "configs" / "homes_table.yaml")],
    ["check", "--resolved", str(ROOT / "configs" / "homes_table.yaml")],
    ["check", "--static", str(ROOT / "configs" / "transfer" / "mnist_scratch.yaml")],
    ["list", "--output", "nowhere"],
    ["compare", "--help"],
    ["describe"],
    ["describe", "Conv2D"],
    ["describe", "csv"],
    ["schema"],
]

PROBE = """
import sys
from dlkit.cli import main
try:
    main(sys.argv[1:])
except SystemExit as leaving:
    assert not leaving.code, leaving.code
print("HEAVY", *(name for name in {heavy!r} if name in sys.modules))
"""


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_command_imports_nothing_heavy(arguments: list[str], tmp_path: Path) -> None:
    result = subprocess.run(
        [sys.executable, "-c", PROBE.format(heavy=HEAVY), *arguments],
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout.splitlines()[-1] == "HEAVY"


def test_package_itself_imports_nothing_but_the_standard_library(tmp_path: Path) -> None:
    code = "import dlkit, sys; print({'click', 'pydantic', 'yaml'} & set(sys.modules))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert result.stdout == "set()\n"


def test_public_names_are_those_that_are_there() -> None:
    import dlkit

    assert all(hasattr(dlkit, name) for name in dlkit.__all__)
    with pytest.raises(AttributeError, match="has no attribute 'nonsense'"):
        _ = dlkit.nonsense
