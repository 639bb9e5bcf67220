import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from dlkit.cli import main
from dlkit.config.catalogue import KINDS, load_catalogue
from dlkit.config.data_sources import SOURCES
from dlkit.config.feature_kinds import FEATURES
from dlkit.describe import describe_name

ROOT = Path(__file__).parent.parent


def leave(*arguments: str) -> int:
    """Run a command in this process and return its exit code."""
    try:
        main(arguments)
    except SystemExit as leaving:
        return int(str(leaving.code))
    return 0


FAULTY = """\
optimzer: SGD
dataset: {source: iris}
architecture:
  layers:
    - Dense: {unit: 3}
    - Dense: many
loss: mse
metrics: [accuracy]
metrics: [mae]
training: {epochs: ten, batch_size: 1e1}
regularization:
  l2: 1e-3
  early_stopping: {monitor: val_acuracy}
"""


TOLD = """\
bad.yaml:1:1  optimzer: unknown key. Did you mean 'optimizer'?
bad.yaml:5:15  architecture.layers[0].Dense.unit: Dense has no argument 'unit'. Did you mean 'units'?
bad.yaml:6:7  architecture.layers[1].Dense: expected an integer, received 'many' (text).
bad.yaml:9:1  metrics: given twice, first in line 8. Keep one.
bad.yaml:10:12  training.epochs: expected an integer, received 'ten' (text).
bad.yaml:10:25  training.batch_size: expected an integer, received 10.0.
bad.yaml:13:20  regularization.early_stopping.monitor: no metric makes 'val_acuracy'. Did you mean 'val_accuracy'? Made: loss, accuracy, val_loss, val_accuracy.
7 problems. `dlkit describe NAME` lists the arguments of NAME.
"""  # noqa: E501 - as the terminal shows it


def test_every_fault_is_told_in_one_go(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("bad.yaml").write_text(FAULTY)
    assert leave("run", "bad.yaml") == 2
    assert capsys.readouterr().err == TOLD
    assert not Path("experiments").exists()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(None, "here.yaml  no such file.", id="missing"),
        pytest.param("", "here.yaml  the file is empty. Expected `dataset:`, ...", id="empty"),
        pytest.param(
            "just words",
            "here.yaml:1:1  expected `key: value` lines, received plain text.",
            id="plain-text",
        ),
        pytest.param(
            "a: [1, 2\nb: 3",
            "here.yaml:2:2  not valid YAML: expected ',' or ']', but got ':'."
            " Is the bracket opened in line 1 closed?",
            id="not-yaml",
        ),
        pytest.param(
            b"\x89PNG\r\n\xff\xfe", "here.yaml  not a text file in UTF-8 (byte 0).", id="binary"
        ),
    ],
)
def test_file_that_is_no_config_is_one_line(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    content: str | bytes | None,
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    if content is not None:
        data = content if isinstance(content, bytes) else content.encode()
        Path("here.yaml").write_bytes(data)
    assert leave("check", "here.yaml") == 2
    assert capsys.readouterr().err == f"{message}\n"


def test_folder_is_no_config(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert leave("run", str(tmp_path)) == 2
    assert capsys.readouterr().err == f"{tmp_path}  expected a YAML file, received a folder.\n"


def test_wrong_command_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert leave("rnu", "x.yaml") == 2
    assert "No such command 'rnu'" in capsys.readouterr().err


def test_override_without_a_value_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert leave("check", str(ROOT / "configs" / "iris_mlp.yaml"), "training.epochs") == 2
    assert capsys.readouterr().err == (
        "command line  expected path=value, received 'training.epochs'."
        " Example: training.epochs=1\n"
    )


def test_static_check_of_a_good_file(capsys: pytest.CaptureFixture[str]) -> None:
    file = ROOT / "configs" / "iris_mlp.yaml"
    assert leave("check", "--static", str(file)) == 0
    assert capsys.readouterr().out == f"{file}: no problems.\n"


def test_list_of_nothing_says_how_to_start(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert leave("list", "--output", str(tmp_path)) == 0
    assert capsys.readouterr().out == f"No runs in {tmp_path}. Start one: dlkit run FILE\n"


def test_describe_shows_arguments_and_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    assert leave("describe", "Dropout") == 0
    out = capsys.readouterr().out
    assert out.startswith("Dropout (layers)\n")
    assert "  rate: required\n" in out
    assert "    - Dropout: {rate: 0.1}" in out


def test_describe_finds_a_name_in_every_kind(capsys: pytest.CaptureFixture[str]) -> None:
    assert leave("describe", "mse") == 0
    out = capsys.readouterr().out
    assert "MeanSquaredError (losses)" in out
    assert "MeanSquaredError (metrics)" in out


def test_describe_alone_fits_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    assert leave("describe") == 0
    out = capsys.readouterr().out
    assert max(map(len, out.splitlines())) <= 80
    for name in ("mnist", "Conv2D", "VGG16", "AdamW", "CosineDecay", "relu", "EarlyStopping"):
        assert name in out.split()


def test_describe_of_anything_fits_a_terminal() -> None:
    catalogue = load_catalogue()
    for name in {n for kind in KINDS for n in catalogue.names(kind)} | {*SOURCES, *FEATURES}:
        text = describe_name(name, catalogue)
        assert max(map(len, text.splitlines())) <= 80, name


def test_describe_writes_a_long_example_over_lines() -> None:
    text = describe_name("GroupQueryAttention", load_catalogue())
    assert text.endswith(
        "        - GroupQueryAttention:\n            head_dim: 3\n"
        "            num_query_heads: 3\n            num_key_value_heads: 3"
    )


def test_describe_offers_the_nearest_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert leave("describe", "Drpout") == 2
    assert capsys.readouterr().err == (
        "command line  nothing is named 'Drpout'. Did you mean 'Dropout'?\n"
    )


@pytest.mark.parametrize("module", ["dlkit", "dlkit.run"])
def test_modules_are_commands(module: str) -> None:
    result = subprocess.run(
        [sys.executable, "-W", "error", "-m", module, "--help"], capture_output=True, text=True
    )
    assert result.returncode == 0
    assert result.stderr == ""
    assert "Usage: dlkit" in result.stdout


def test_command_module_refuses_to_be_imported() -> None:
    with pytest.raises(ImportError, match=r"in Python call dlkit\.run\(\)"):
        __import__("dlkit.run")


def shell(command: str, folder: Path, **environment: str) -> tuple[int, str]:
    """Run a line of bash and return the exit code of its first command and its stderr."""
    result = subprocess.run(
        ["bash", "-c", f"{command}; exit ${{PIPESTATUS[0]}}"],
        capture_output=True,
        text=True,
        cwd=folder,
        env={**os.environ, **environment},
    )
    return result.returncode, result.stderr


DLKIT = f"{shlex.quote(sys.executable)} -m dlkit"


def test_reader_that_leaves_is_no_fault(tmp_path: Path) -> None:
    _, told = shell(f"{DLKIT} schema | head -c 1 > /dev/null", tmp_path)
    assert told == ""


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("arguments", ["describe", "--help"])
def test_full_disk_behind_the_output_is_told(
    tmp_path: Path, arguments: str, unbuffered: str
) -> None:
    command = f"{DLKIT} {arguments} > /dev/full"
    assert shell(command, tmp_path, PYTHONUNBUFFERED=unbuffered) == (
        5,
        "The output cannot be written (No space left on device).\n",
    )


def test_reader_that_left_and_took_stderr_along_leaves_the_exit_code(tmp_path: Path) -> None:
    code, _ = shell(f"{DLKIT} check gone.yaml 2> /dev/full", tmp_path)
    assert code == 2


def test_path_that_the_terminal_has_no_codes_for_is_no_fault(tmp_path: Path) -> None:
    (tmp_path / "größe.yaml").write_text((ROOT / "configs" / "iris_mlp.yaml").read_text())
    command = f"{DLKIT} check --static größe.yaml > out.txt"
    assert shell(command, tmp_path, PYTHONIOENCODING="ascii") == (0, "")
    assert (tmp_path / "out.txt").read_text().endswith("e.yaml: no problems.\n")


@pytest.mark.keras
@pytest.mark.parametrize(
    ("unbuffered", "target"),
    [
        ("", "| head -1 > /dev/null"),
        ("1", "> /dev/full"),
        pytest.param("1", "| head -1 > /dev/null", marks=pytest.mark.nightly),
        pytest.param("", "> /dev/full", marks=pytest.mark.nightly),
    ],
)
def test_training_goes_on_when_nobody_reads(
    tmp_path: Path, unbuffered: str, target: str
) -> None:
    file = shlex.quote(str(ROOT / "configs" / "iris_mlp.yaml"))
    run = f"{DLKIT} run {file} training.epochs=3"
    assert shell(f"{run} {target}", tmp_path, PYTHONUNBUFFERED=unbuffered) == (0, "")
    (report,) = tmp_path.glob("experiments/*/1/report.html")
    assert report.stat().st_size > 1000
