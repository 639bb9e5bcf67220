"""What a page says repeats its run is a command that does."""

from __future__ import annotations

from pathlib import Path

import pytest

from dlkit.config.catalogue import PluginFile
from dlkit.report.command import kept_line, repeating_line
from dlkit.report.run_folder import RunFolder

OWN = (PluginFile("own.py", "", b""),)


@pytest.mark.parametrize(
    ("run", "typed", "line"),
    [
        ("net/1", "run net.yaml", "dlkit run net.yaml"),
        ("net/1/fold_2", "run net.yaml", "dlkit run net.yaml"),
        ("net/1/seed_6", "run net.yaml", "dlkit run net.yaml seed=6 repeat=1"),
        (
            "net/1/seed_6",
            "run net.yaml repeat=3",
            "dlkit run net.yaml repeat=3 seed=6 repeat=1",
        ),
        # What goes on does not begin anew.
        ("net/1", "run net.yaml --resume", "dlkit run net/1/resolved.yaml"),
        ("net/1", "run net.yaml --resume=net/1", "dlkit run net/1/resolved.yaml"),
        ("net/1/seed_6", "run net.yaml --resume", "dlkit run net/1/seed_6/resolved.yaml"),
        # The config of a fold has been filled in with what that fold's data says.
        ("net/1/fold_2", "run net.yaml --resume", "dlkit run net/1/resolved.yaml"),
    ],
)
def test_command_repeats_the_run(
    run: str, typed: str, line: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["/bin/dlkit", *typed.split()])
    assert repeating_line(RunFolder(Path(run)), ()) == line


def test_kept_config_is_run_with_the_kept_plugins() -> None:
    line = "dlkit run net/1/resolved.yaml --plugin net/1/plugins/own.py"
    assert kept_line(RunFolder(Path("net/1")), OWN) == line
    assert kept_line(RunFolder(Path("net/1/fold_2")), OWN) == line
