"""What each worker of a machine gets of it: threads, and a GPU where there are several."""

from __future__ import annotations

from pathlib import Path

import pytest

from dlkit.errors import ConfigError
from dlkit.sweep.machines import environments, threads_of, visible_gpus

LISTED = """GPU 0: NVIDIA H200 (UUID: GPU-11111111-2222-3333-4444-555555555555)
  MIG 1g.18gb     Device  0: (UUID: MIG-11111111-2222-3333-4444-555555555555)
GPU 1: NVIDIA H200 (UUID: GPU-66666666-2222-3333-4444-555555555555)
GPU 2: NVIDIA H200 (UUID: GPU-77777777-2222-3333-4444-555555555555)
"""


def pretend_nvidia_smi(folder: Path, said: str, code: int = 0) -> str:
    """Put a program of that name into a folder, and return what PATH is then."""
    (folder / "said.txt").write_text(said)
    program = folder / "nvidia-smi"
    program.write_text(f'#!/bin/sh\n[ "$1" = -L ] && cat "{folder}/said.txt"\nexit {code}\n')
    program.chmod(0o755)
    return f"{folder}:/bin:/usr/bin"


@pytest.mark.parametrize(
    ("allowed", "said", "expected"),
    [
        (None, LISTED, ["0", "1", "2"]),
        (None, "No devices found.\n", []),
        ("2,0", LISTED, ["2", "0"]),
        ("GPU-11111111", LISTED, ["GPU-11111111"]),
        ("", LISTED, []),
        ("-1", LISTED, []),
    ],
)
def test_gpus_are_those_that_are_there_and_allowed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, allowed: str | None, said: str,
    expected: list[str],
) -> None:  # fmt: skip
    monkeypatch.setenv("PATH", pretend_nvidia_smi(tmp_path, said))
    if allowed is None:
        monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    else:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", allowed)
    assert visible_gpus() == expected


def test_broken_driver_means_no_gpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    said = "Failed to initialize NVML: Driver/library version mismatch\n"
    monkeypatch.setenv("PATH", pretend_nvidia_smi(tmp_path, said, code=18))
    assert visible_gpus() == []
    monkeypatch.setenv("PATH", str(tmp_path / "nowhere"))
    assert visible_gpus() == []


@pytest.mark.parametrize(
    ("jobs", "gpus", "device", "expected"),
    [
        (3, ["0", "1"], None, ["0", "1", "0"]),
        (2, ["4", "GPU-7"], None, ["4", "GPU-7"]),
        (2, ["0"], None, [None, None]),  # they share the one there is
        (1, ["0", "1"], None, [None]),
        (2, [], None, [None, None]),
        (2, ["0", "1"], "cpu", ["-1", "-1"]),
        (2, ["0", "1"], "gpu", ["0", "1"]),
        (2, ["3", "5"], "gpu:1", ["5", "5"]),
    ],
)
def test_each_worker_sees_the_gpu_it_is_to_use(
    jobs: int, gpus: list[str], device: str | None, expected: list[str | None]
) -> None:
    found = environments(jobs, gpus, device)
    assert [each.get("CUDA_VISIBLE_DEVICES") for each in found] == expected


@pytest.mark.parametrize("device", ["gpu:2", "gpu:x", "tpu", "gpu"])
def test_device_that_is_not_there_is_refused(device: str) -> None:
    gpus = [] if device == "gpu" else ["0", "1"]
    there = "cpu" if device == "gpu" else "cpu, gpu:0, gpu:1"
    with pytest.raises(
        ConfigError, match=rf"^'{device}' is no device here\. There is: {there}\.$"
    ):
        environments(2, gpus, device)


def test_threads_are_divided_among_workers() -> None:
    assert [threads_of(jobs, 8) for jobs in (1, 2, 3, 8, 20)] == [8, 4, 2, 1, 1]
