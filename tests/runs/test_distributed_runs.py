"""Several devices, or several processes, come to the same as one on the same batches.

Logical devices are made before TensorFlow starts, so these runs have processes of their own.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import dlkit
from dlkit.config.cluster import Place, read_place

pytestmark = pytest.mark.keras

pytest.importorskip("tensorflow")

CONFIG: dict[str, Any] = {
    "name": "shared",
    "dataset": {"source": "iris", "validation": 0.2},
    "architecture": {
        "layers": [
            {
                "Dense": {
                    "units": 8,
                    "activation": "relu",
                    "activity_regularizer": {"L2": 0.001},
                }
            },
            {"Dense": {"units": 3, "activation": "softmax"}},
        ]
    },
    "loss": "sparse_categorical_crossentropy",
    "metrics": ["accuracy"],
    "regularization": {"l2": 0.01, "global_clipnorm": 0.5},
    "optimizer": {
        "Adam": {
            "learning_rate": 0.01,
            "gradient_accumulation_steps": 2,
            "use_ema": True,
            "ema_overwrite_frequency": 3,
        }
    },
    # 96 examples: the last batch has 5, which 2 devices share as 3 and 2.
    "training": {
        "epochs": 3,
        "batch_size": 7,
        "class_weight": {"setosa": 1.0, "versicolor": 0.5, "virginica": 3.0},
    },
}
OTHER_SEED = {"seed": 43}
DRAWN = ("run", "two")
"""The runs that get their pictures; those that they are compared with need none."""

CHILD = """\
import json, sys
import numpy as np
import tensorflow as tf

told = json.loads(sys.argv[1])
if told["devices"] > 1:
    cpu = tf.config.list_physical_devices("CPU")[0]
    pieces = [tf.config.LogicalDeviceConfiguration()] * told["devices"]
    tf.config.set_logical_device_configuration(cpu, pieces)
import dlkit
from dlkit.report import run_page

rows, draw = {}, run_page.draw_pictures
for name, (config, overrides, resume) in told["runs"].items():
    run_page.draw_pictures = draw if name in told["drawn"] else lambda *_: []
    result = dlkit.run(config, overrides, output=told["output"], resume=resume)
    np.savez(f"{told['arrays']}/{name}.npz", *result.model.get_weights())
    rows[name] = result.rows
with open(f"{told['arrays']}/rows.json", "w") as file:
    json.dump(rows, file)
"""


def start(
    folder: Path, runs: Mapping[str, Any], devices: int = 1, **environment: str
) -> subprocess.Popen[str]:
    """Start a process that trains some configs, and keeps weights and histories."""
    folder.mkdir()
    told = {"devices": devices, "runs": runs, "arrays": str(folder), "drawn": DRAWN}
    told["output"] = str(folder.parent / "runs")
    return subprocess.Popen(
        [sys.executable, "-c", CHILD, json.dumps(told)],
        env=os.environ | {"no_proxy": "127.0.0.1"} | environment,  # workers obey proxies, too
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(child: subprocess.Popen[str]) -> str:
    try:
        out, errors = child.communicate(timeout=120)
    finally:
        child.kill()
    assert child.returncode == 0, errors[-3000:]
    return out


def weights(folder: Path, name: str) -> list[np.ndarray]:
    with np.load(folder / f"{name}.npz") as arrays:
        return [arrays[key] for key in arrays.files]


def rows(folder: Path, name: str) -> list[dict[str, float]]:
    return json.loads((folder / "rows.json").read_text())[name]


def apart(some: list[np.ndarray], others: list[np.ndarray]) -> float:
    return max(float(np.abs(a - b).max()) for a, b in zip(some, others, strict=True))


def assert_same_figures(ours: Any, theirs: Any) -> None:
    for our, their in zip(ours, theirs, strict=True):
        for name in our.keys() - {"seconds"}:
            assert our[name] == pytest.approx(their[name], rel=1e-5, abs=1e-6), name


UNEVEN: dict[str, Any] = CONFIG | {
    "architecture": {
        "layers": [
            {"Dense": {"units": 8, "activation": "relu"}},
            {"Dense": {"units": 8, "activation": "tanh"}},
            {"Dense": {"units": 3, "activation": "softmax"}},
        ]
    },
    # 96 examples: the last batch has 1, and one device nothing to do.
    "training": {"epochs": 2, "batch_size": 5, "distribute": "mirrored"},
}
DRAWING: dict[str, Any] = CONFIG | {
    "architecture": {
        "layers": [
            {"Dropout": {"rate": 0.3}},
            {"Dense": {"units": 8, "activation": "relu"}},
            {"BatchNormalization": {}},
            {"Dense": {"units": 3, "activation": "softmax"}},
        ]
    },
    "training": {"epochs": 2, "batch_size": 5, "distribute": "mirrored"},
    "name": "drawing",
}


def test_two_devices_are_as_one(tmp_path: Path) -> None:
    both = {"training.distribute": "mirrored"}
    alone = {"training.distribute": None}
    more = {"training.epochs": 3}
    runs = {
        "one": (CONFIG, {}, False),
        "two": (CONFIG, both, False),
        "one_uneven": (UNEVEN, alone, False),
        "two_uneven": (UNEVEN, {}, False),
        "short": (DRAWING, {}, False),
        "resumed": (DRAWING, more, True),
        "whole": (DRAWING, more, False),
    }
    folder = tmp_path / "mirrored"
    told = finish(start(folder, runs, devices=2))
    assert "several devices share each step" in told
    for name in ("", "_uneven"):
        one, two = (weights(folder, f"{count}{name}") for count in ("one", "two"))
        assert apart(one, two) < 1e-5
        assert_same_figures(rows(folder, f"one{name}"), rows(folder, f"two{name}"))
    assert "BatchNormalization takes the statistics of each device's part" in told
    for ours, theirs in zip(weights(folder, "resumed"), weights(folder, "whole"), strict=True):
        assert ours.tobytes() == theirs.tobytes()
    assert apart(weights(folder, "short"), weights(folder, "whole")) > 1e-4


@pytest.mark.usefixtures("unpictured")
def test_two_workers_are_as_one(tmp_path: Path) -> None:
    addresses = [f"127.0.0.1:{port}" for port in free_ports(2)]
    both = {"training.distribute": "multi_worker"}
    children = []
    for rank in range(2):
        place = {"cluster": {"worker": addresses}, "task": {"type": "worker", "index": rank}}
        runs = {"run": (CONFIG, both, False)}
        folder = tmp_path / f"worker{rank}"
        children.append(start(folder, runs, TF_CONFIG=json.dumps(place)))
    with ThreadPoolExecutor(2) as threads:  # each of them would wait for the other's reader
        told = list(threads.map(finish, children))
    assert "CPU (2 workers)" in told[0]
    assert told[1] == ""
    first, second = (weights(tmp_path / f"worker{rank}", "run") for rank in range(2))
    for ours, theirs in zip(first, second, strict=True):
        assert ours.tobytes() == theirs.tobytes()
    made = [path for path in (tmp_path / "runs" / "shared").iterdir() if not path.is_symlink()]
    assert [path.name for path in made] == ["1"]
    record = json.loads((tmp_path / "runs" / "shared" / "1" / "metrics.json").read_text())
    assert record["devices"] == ["CPU (2 workers)"]

    alone = dlkit.run(CONFIG, output=tmp_path / "alone")
    assert apart(first, alone.model.get_weights()) < 1e-5
    assert_same_figures(rows(tmp_path / "worker0", "run"), alone.rows)
    other = dlkit.run(CONFIG, OTHER_SEED, output=tmp_path / "alone")
    assert apart(first, other.model.get_weights()) > 1e-2


def free_ports(count: int) -> list[int]:
    """Return ports that nobody listened on a moment ago."""
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


@pytest.mark.usefixtures("unpictured")
def test_one_device_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import tensorflow as tf

    if len(tf.config.list_logical_devices("GPU")) > 1:
        pytest.skip("there are several devices")
    both = {"training.distribute": "mirrored", "training.epochs": 1}
    dlkit.run(CONFIG, both, output=tmp_path)
    assert "there is one device, so `mirrored` changes nothing." in capsys.readouterr().out
    assert dlkit.check(CONFIG, {"training.distribute": "multi_worker"}, output=tmp_path)


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ({"training.loop": "fit"}, "training.loop: `multi_worker` needs the `tape` loop"),
        ({"training.xla": True}, "training.xla: XLA does not compile what `multi_worker`"),
        ({"dataset.folds": 3}, "`multi_worker` trains one model, and folds make several."),
    ],
)
def test_what_does_not_go_together(overrides: dict[str, Any], message: str) -> None:
    with pytest.raises(dlkit.ConfigError) as caught:
        dlkit.check(CONFIG, {"training.distribute": "multi_worker", **overrides}, static=True)
    assert message in str(caught.value)
    dlkit.check(CONFIG, {"training.distribute": "multi_worker"}, static=True)


def test_callback_that_wants_batches_is_refused(tmp_path: Path) -> None:
    callback = [{"BackupAndRestore": {"backup_dir": str(tmp_path / "kept")}}]
    given = {"training.distribute": "mirrored", "training.callbacks": callback}
    with pytest.raises(dlkit.ConfigError, match=r"training.callbacks: a callback wants every"):
        dlkit.run(CONFIG, given, output=tmp_path)


TWO = {"worker": ["a:1", "b:1"]}


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ({"cluster": TWO, "task": {"type": "worker", "index": 1}}, Place(1, 2)),
        (
            {"cluster": TWO | {"chief": ["c:1"]}, "task": {"type": "worker", "index": 0}},
            Place(1, 3),
        ),
        (
            {"cluster": TWO | {"chief": ["c:1"]}, "task": {"type": "chief", "index": 0}},
            Place(0, 3),
        ),
        (None, "there is none"),
        ({"cluster": TWO}, "TF_CONFIG cannot be read"),
        ({"cluster": TWO, "task": {"type": "worker", "index": 2}}, "this is worker 2"),
        ({"cluster": TWO, "task": {"type": "evaluator", "index": 0}}, "this is evaluator 0"),
        (
            {"cluster": {"worker": "host:1"}, "task": {"type": "worker", "index": 0}},
            "needs a list of addresses behind 'worker'",
        ),
        ({"cluster": TWO | {"ps": ["c:1"]}, "task": {"type": "worker", "index": 0}}, "'ps'"),
    ],
)
def test_place(monkeypatch: pytest.MonkeyPatch, text: Any, place: Place | str) -> None:
    monkeypatch.delenv("TF_CONFIG", raising=False)
    if text is not None:
        monkeypatch.setenv("TF_CONFIG", json.dumps(text))
    if isinstance(place, Place):
        assert read_place() == place
        return
    with pytest.raises(dlkit.ConfigError, match=place) as caught:
        read_place()
    assert "TF_CONFIG='{" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_no_place_makes_no_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("TF_CONFIG", raising=False)
    with pytest.raises(dlkit.ConfigError, match="needs the environment variable TF_CONFIG"):
        dlkit.run(CONFIG, {"training.distribute": "multi_worker"}, output=tmp_path / "runs")
    assert not (tmp_path / "runs").exists()
