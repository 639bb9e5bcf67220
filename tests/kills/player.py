"""Plays runs in processes of their own: begins them or goes on with them, and dies where told.

    python -m tests.kills.player < PATHS

Every line names a file of jobs, which are played in a fork of a process that has TensorFlow
imported, and nothing more: each life begins as a new process would, without the seconds that
an import takes. How it ended is told in a line: its exit code, or minus the signal.

A job says which config, in which folder, at which point to die (none: at no point), and
whether to draw. Steps are made one a call, and the state is kept at every opportunity.
"""

from __future__ import annotations

import hashlib
import json
import os
import signal
import sys
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

PHASES = (
    "before step",
    "after step",
    "state half written",
    "state written",
    "validation",
    "history half appended",
    "epoch over",
    "training over",
    "model half written",
    "report",
)
"""Where a run may die; a step and an epoch, where it has them, are counted from 1."""


class DiedError(Exception):
    """Stands for a kill where the process is to live on."""


def kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def fail() -> None:
    raise DiedError


def around(owner: Any, name: str, change: Callable[..., Any]) -> None:
    """Let a function stand between a function and those who call it."""
    call = getattr(owner, name)
    setattr(owner, name, lambda *args, **keywords: change(call, *args, **keywords))


class Death:
    """Dies at one point of a run.

    Args:
        phase: One of ``PHASES``; None: never.
        epoch: The epoch it is in, from 1.
        step: The step, from 1.
        seed: Which of several seeds it is in, from 1.
        die: How.
    """

    def __init__(
        self,
        phase: str | None,
        epoch: int = 0,
        step: int = 0,
        seed: int = 1,
        die: Callable[[], None] = kill,
    ) -> None:
        assert phase is None or phase in PHASES, phase
        self._wanted = (phase, epoch, step, seed)
        self._die = die
        self._epoch = 1
        self._seed = 1

    def at(self, phase: str, epoch: int = 0, step: int = 0) -> None:
        if self._is_at(phase, epoch, step):
            self._die()

    def _is_at(self, phase: str, epoch: int, step: int) -> bool:
        return (phase, epoch, step, self._seed) == self._wanted

    def lie_in_wait(self) -> None:
        """Stand at all points."""
        from dlkit import experiment, several, storage
        from dlkit.report import records, write
        from dlkit.train.course import Course
        from dlkit.train.epochs import Epochs

        around(Course, "_run_epoch", self._run_epoch)
        around(Course, "_on_steps", self._on_steps)
        around(Course, "keep", self._keep)
        around(Epochs, "validate", self._validate)
        around(records, "append_history", self._append)
        around(storage, "_sync", self._sync)
        around(several, "_run_one", self._run_seed)
        around(experiment, "evaluate_model", self._evaluate)
        around(write, "write_model", self._write_model)
        around(write, "render_page", self._render)
        self._keeping = self._writing_model = False
        self._step = 0

    def _run_seed(self, call: Any, *args: Any) -> Any:
        trained = call(*args)
        self._seed += 1
        return trained

    def _run_epoch(self, call: Any, course: Any, *args: Any) -> None:
        self._epoch = len(course.rows) + 1
        self.at("before step", self._epoch, course._done + 1)
        call(course, *args)
        self.at("epoch over", self._epoch)

    def _on_steps(self, call: Any, course: Any, epoch: int, done: int, steps: int) -> None:
        self._step = done
        self.at("after step", epoch + 1, done)
        call(course, epoch, done, steps)
        if done < steps:
            self.at("before step", epoch + 1, done + 1)

    def _keep(self, call: Any, course: Any) -> None:
        self._keeping, self._step = True, course._done
        call(course)
        self._keeping = False
        self.at("state written", self._epoch, self._step)

    def _sync(self, call: Any, path: Path, how: int) -> None:
        if self._keeping and "state-" in path.name:
            self._tear("state half written", path, self._epoch, self._step)
        if self._writing_model:
            self._tear("model half written", path)
        call(path, how)

    def _tear(self, phase: str, path: Path, epoch: int = 0, step: int = 0) -> None:
        """Die when half of a file is on the disk."""
        if self._is_at(phase, epoch, step):
            os.truncate(path, path.stat().st_size // 2)
        self.at(phase, epoch, step)

    def _validate(self, call: Any, epochs: Any) -> Any:
        self.at("validation", self._epoch)
        return call(epochs)

    def _append(self, call: Any, path: Path, row: Mapping[str, float]) -> None:
        phase, epoch = "history half appended", int(row["epoch"])
        if self._is_at(phase, epoch, 0):
            before = path.stat().st_size if path.exists() else 0
            call(path, row)
            os.truncate(path, before + (path.stat().st_size - before) // 2)
            self.at(phase, epoch)
        call(path, row)

    def _evaluate(self, call: Any, *args: Any) -> Any:
        self.at("training over")
        return call(*args)

    def _write_model(self, call: Any, path: Path, model: Any) -> None:
        self._writing_model = True
        call(path, model)
        self._writing_model = False

    def _render(self, call: Any, page: Any) -> str:
        self.at("report")
        return str(call(page))


def often() -> None:
    """Make one step a call, and keep the state whenever that is possible."""
    import dlkit.train.loops.tape
    import dlkit.train.state.keeper

    dlkit.train.loops.tape.SECONDS_PER_CALL = 0.0
    dlkit.train.state.keeper.SHARE = 0


def digest_of_all(result: Any) -> dict[str, Any]:
    """Return the same of each of several seeds, and their figures together."""
    found = {
        f"{what} of {run.folder.path.name}": each
        for run in result.runs
        for what, each in digest(run).items()
    }
    return {**found, "metrics": result.metrics}


def digest(result: Any) -> dict[str, Any]:
    """Return hashes of all that a run came to, but for times and places."""
    import numpy as np

    from dlkit.train.state.store import Store

    weights = hashlib.sha256()
    for variable in [*result.model.variables, *result.model.optimizer.variables]:
        weights.update(np.asarray(variable).tobytes())
    state, damaged = Store(result.folder.checkpoints).newest(with_best=True)
    assert state is not None
    assert not damaged
    arrays = hashlib.sha256()
    for name in sorted(state.arrays):
        arrays.update(repr((name, state.arrays[name].shape)).encode())
        arrays.update(state.arrays[name].tobytes())
    rows = [{n: v for n, v in row.items() if n != "seconds"} for row in result.rows]
    history = result.folder.history.read_text().splitlines()
    place = history[0].split(",").index("seconds")
    lines = [[c for at, c in enumerate(x.split(",")) if at != place] for x in history]
    figures = json.loads(result.folder.metrics.read_text())
    del figures["seconds"]
    predictions = hashlib.sha256(result.folder.predictions.read_bytes()).hexdigest()
    return {
        "weights": weights.hexdigest(),
        "state": arrays.hexdigest(),
        "rows": json.dumps(rows, sort_keys=True),
        "history": lines,
        "metrics": figures,
        "predictions": predictions,
    }


def leftovers(folder: Path) -> list[str]:
    """Return what was left half written in a run's folder."""
    return [str(path) for path in folder.rglob("*") if ".tmp" in path.name]


def play(job: Mapping[str, Any]) -> dict[str, Any]:
    """Play a job that ends, and return what it came to."""
    import dlkit

    output = Path(job["output"])
    began = (output / job["config"]["name"] / "1" / "run.log").is_file()
    result = dlkit.run(job["config"], output=output, resume=began)
    found = digest_of_all(result) if "repeat" in job["config"] else digest(result)
    return {**found, "left": leftovers(output)}  # type: ignore[arg-type]


LONGEST = 300
"""Seconds after which a life ends, by a signal that nobody takes for a kill."""


def play_all(jobs: list[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Play jobs one after another in this process, and return what each came to."""
    import dlkit.report.run_page
    from dlkit.backend import import_tensorflow

    import_tensorflow()
    often()
    draw, found = dlkit.report.run_page.draw_pictures, []
    for job in jobs:
        dlkit.report.run_page.draw_pictures = draw if job["draw"] else lambda *_: []
        if job["die"]:  # and so it is the last of them
            Death(*job["die"]).lie_in_wait()
        found.append(play(job))
    return found


def live(asked: Path) -> int:
    """Play a file's jobs in a fork of this process, and return how that ended."""
    pid = os.fork()
    if pid:
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    code = 1
    try:
        signal.alarm(LONGEST)
        told = os.open(asked.with_suffix(".log"), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        os.dup2(told, 1)
        os.dup2(told, 2)
        found = play_all(json.loads(asked.read_text()))
        asked.with_suffix(".found").write_text(json.dumps(found))
        code = 0
    except BaseException:  # noqa: BLE001 - the fork must end here, whatever it came to
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def main() -> None:
    import dlkit.repeats  # noqa: F401 - which imports all that every life would

    for line in sys.stdin:
        print(live(Path(line.rstrip("\n"))), flush=True)


if __name__ == "__main__":
    main()
