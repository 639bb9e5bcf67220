"""A process ends at once, and yet all is done that others wait for."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import atexit, sys, threading, time, types, weakref
from concurrent.futures import ThreadPoolExecutor
from dlkit.ending import leave_behind

class Untidy:
    def __del__(self):
        print("taken apart", flush=True)

class Odd:
    @property
    def __class__(self):
        raise SystemError("never ask it")

def late():
    time.sleep(0.2)
    print("thread done")

def command():
    if "LARGE" in sys.argv:
        sys.modules["tensorflow"] = types.ModuleType("tensorflow")
    global held, gone
    held = Untidy(), Odd(), open(sys.argv[1], "w"), open(sys.argv[2], "wb")
    gone = weakref.proxy(Odd())
    held[2].write("text")
    held[3].write(b"bytes")
    atexit.register(print, "registered")
    threading.Thread(target=late).start()
    pool.submit(int).result()
    END

pool = ThreadPoolExecutor(1)
leave_behind(command)
"""


def run(
    folder: Path, end: str, *words: str, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run the program in a process of its own, which ends its command by a statement."""
    files = str(folder / "text"), str(folder / "bytes")
    command = [sys.executable, "-c", PROGRAM.replace("END", end), *files, *words]
    settings = {"PYTHONPATH": str(Path(__file__).parent.parent), **environment}
    return subprocess.run(command, capture_output=True, text=True, timeout=60, env=settings)


@pytest.mark.parametrize(
    ("end", "code"), [("pass", 0), ("sys.exit()", 0), ("sys.exit(0)", 0), ("sys.exit(3)", 3)]
)
def test_all_is_done_but_tidying_up(tmp_path: Path, end: str, code: int) -> None:
    done = run(tmp_path, end, "LARGE")
    assert (done.returncode, done.stderr) == (code, "")
    assert done.stdout.splitlines() == ["thread done", "registered"]
    assert (tmp_path / "text").read_text() == "text"
    assert (tmp_path / "bytes").read_text() == "bytes"


def test_python_ends_as_ever_without_tensorflow(tmp_path: Path) -> None:
    done = run(tmp_path, "sys.exit(4)")
    assert done.returncode == 4
    assert done.stdout.splitlines() == ["thread done", "registered", "taken apart"]


def test_python_ends_as_ever_where_processes_train_together(tmp_path: Path) -> None:
    done = run(tmp_path, "sys.exit(4)", "LARGE", TF_CONFIG="{}")
    assert done.returncode == 4
    assert "taken apart" in done.stdout


@pytest.mark.parametrize("end", ["raise ValueError('odd')", "sys.exit('odd')"])
def test_python_ends_as_ever_where_a_command_fails(tmp_path: Path, end: str) -> None:
    done = run(tmp_path, end, "LARGE")
    assert done.returncode == 1
    assert done.stderr.rstrip().endswith("odd")
    assert "taken apart" in done.stdout
