"""Repetition: every seed is the run that its seed alone would make, and all go on together."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import accuracy_score, log_loss

pytestmark = [pytest.mark.keras, pytest.mark.usefixtures("unpictured", "bare")]

keras = pytest.importorskip("keras")

import dlkit  # noqa: E402
from dlkit.several import SeveralResult  # noqa: E402
from tests.runs.conftest import answers, kept_state  # noqa: E402

Make = Callable[..., Any]

OFTEN = {"seconds": 1e-9}


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in an empty folder, and draw no picture of all seeds."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("dlkit.report.repeats.page.draw_repeat_pictures", lambda _: [])


@pytest.fixture
def repeated(table: Make, experiment: Make) -> Make:
    """Return a maker of configs that draw: the rows of each part, weights, units to drop."""

    def repeated(repeat: int = 3, **sections: Any) -> dict[str, Any]:
        table()
        config = experiment(**sections)
        config["architecture"]["layers"].insert(1, {"Dropout": 0.3})
        config["training"] = {**config["training"], "checkpoint": OFTEN}
        return {"name": "net", "seed": 5, "repeat": repeat, **config}

    return repeated


@pytest.fixture
def tested_alike(table: Make, repeated: Make) -> Make:
    """Return a maker of configs whose test examples lie in a file."""

    def tested_alike(repeat: int = 3, **sections: Any) -> dict[str, Any]:
        table("test.csv", rows=40, seed=1)
        return repeated(repeat, dataset={"test": "test.csv"}, **sections)

    return tested_alike


def facts_of(result: Any) -> dict[str, Any]:
    return json.loads(result.folder.metrics.read_text("utf-8"))


def test_each_seed_is_the_run_of_that_seed_alone(repeated: Make) -> None:
    together = dlkit.run(repeated())
    assert isinstance(together, SeveralResult)
    drawn = set()
    for seed, one in zip((5, 6, 7), together.runs, strict=True):
        alone = dlkit.run({**repeated(1), "seed": seed}, output="alone")
        assert one.folder.path == together.folder.path / f"seed_{seed}"
        assert one.metrics == alone.metrics
        assert answers(one) == answers(alone)
        assert kept_state(one.folder) == kept_state(alone.folder)
        for file in ("predictions.csv", "resolved.yaml"):
            texts = [(each.folder.path / file).read_text("utf-8") for each in (one, alone)]
            assert texts[0] == texts[1]
        drawn.add(one.folder.predictions.read_text("utf-8"))
    assert len(drawn) == 3


@pytest.mark.parametrize("stream", [False, True])
def test_data_that_no_seed_decides_is_read_once(
    stream: bool, repeated: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dlkit.data import load

    read, opened = load.open_pool, []
    monkeypatch.setattr(load, "open_pool", lambda *args: opened.append(1) or read(*args))
    dlkit.run(repeated(2, dataset={"stream": stream}))
    assert len(opened) == (2 if stream else 1)


def test_made_data_is_made_for_each_seed(repeated: Make) -> None:
    config = repeated(2)
    config["dataset"] = {"source": {"moons": {"examples": 60, "noise": 0.2}}}
    together = dlkit.run(config)
    assert isinstance(together, SeveralResult)
    alone = dlkit.run({**config, "seed": 6, "repeat": 1}, output="alone")
    assert together.runs[1].metrics == alone.metrics
    assert not [name for name in together.metrics if name.startswith("ensemble")]


def test_ensemble_is_the_mean_of_the_probabilities(tested_alike: Make) -> None:
    together = dlkit.run(tested_alike())
    assert isinstance(together, SeveralResult)
    files = [pd.read_csv(run.folder.predictions) for run in together.runs]
    mean = np.mean([file[["p(no)", "p(yes)"]].to_numpy() for file in files], axis=0)
    whole = pd.read_csv(together.folder.predictions)
    assert whole["example"].tolist() == list(range(40))
    np.testing.assert_allclose(whole[["p(no)", "p(yes)"]], mean, rtol=1e-6)
    assert whole["predicted"].tolist() == np.array(["no", "yes"])[mean.argmax(1)].tolist()
    right = accuracy_score(whole["true"], whole["predicted"])
    assert together.metrics["ensemble_test_accuracy"] == pytest.approx(right)
    mean /= mean.sum(axis=1, keepdims=True)  # a file has nine digits
    loss = log_loss(whole["true"], mean, labels=["no", "yes"])
    assert together.metrics["ensemble_test_loss"] == pytest.approx(loss, rel=1e-5)
    facts = facts_of(together)
    assert facts["ensemble_test_loss"] == together.metrics["ensemble_test_loss"]
    assert [each["seed"] for each in facts["repeat"]] == [5, 6, 7]
    each = [run.metrics["test_loss"] for run in together.runs]
    assert facts["test_loss"] == pytest.approx(np.mean(each))
    assert facts["test_loss_std"] == pytest.approx(np.std(each, ddof=1))


def test_no_example_that_one_model_learned_tests_the_ensemble(repeated: Make) -> None:
    together = dlkit.run(repeated(2))
    assert not [name for name in together.metrics if name.startswith("ensemble")]
    assert not together.folder.predictions.exists()
    reason = "each seed has test examples of its own"
    assert facts_of(together)["no_ensemble"].startswith(reason)
    assert f"ensemble  none: {reason}" in together.folder.log.read_text("utf-8")


def test_seed_that_diverges_is_told_when_all_are_summed_up(tested_alike: Make) -> None:
    config = tested_alike(2, optimizer={"SGD": {"learning_rate": 1e30}})
    with pytest.raises(dlkit.TrainingError, match=r"training diverged in epoch 1.*seed_5"):
        dlkit.run(config)
    facts = json.loads(Path("experiments/net/1/metrics.json").read_text("utf-8"))
    assert facts["status"] == "diverged"
    assert facts["no_ensemble"] == "training diverged with seed 5, 6"
    assert [each["status"] for each in facts["repeat"]] == ["diverged", "diverged"]


def test_killed_run_goes_on_to_the_same_bits(tested_alike: Make, killed_at: Make) -> None:
    whole = dlkit.run(tested_alike(), output="whole")
    with killed_at(2, 2, fold=2):
        dlkit.run(tested_alike())
    folder = Path("experiments/net/1")
    assert [path.name for path in sorted(folder.glob("seed_*"))] == ["seed_5", "seed_6"]
    assert not (folder / "metrics.json").exists()
    resumed = dlkit.run(tested_alike(), resume=True)
    told = resumed.folder.log.read_text("utf-8")
    assert "resumed   from epoch 2, step 1 of experiments/net/1/seed_6" in told
    assert resumed.metrics == whole.metrics
    for one, other in zip(resumed.runs, whole.runs, strict=True):
        assert kept_state(one.folder) == kept_state(other.folder)
        assert answers(one) == answers(other)
    texts = [each.folder.predictions.read_text("utf-8") for each in (resumed, whole)]
    assert texts[0] == texts[1]


def test_run_may_get_more_seeds(repeated: Make) -> None:
    whole = dlkit.run(repeated(3), output="whole")
    dlkit.run(repeated(2))
    grown = dlkit.run(repeated(3), resume=True)
    assert grown.folder.path.name == "1"
    assert grown.metrics == whole.metrics


@pytest.mark.nightly
def test_run_may_get_more_epochs(repeated: Make) -> None:
    longer = {"training.epochs": 4}
    whole = dlkit.run(repeated(2), longer, output="whole")
    dlkit.run(repeated(2))
    assert dlkit.run(repeated(2), longer, resume=True).metrics == whole.metrics


def test_complete_run_is_read_again(repeated: Make, capsys: pytest.CaptureFixture[str]) -> None:
    done = dlkit.run(repeated(2))
    before = done.folder.log.read_bytes()
    again = dlkit.run(repeated(2), resume=True)
    assert isinstance(again, SeveralResult)
    assert again.metrics == pytest.approx(done.metrics)
    assert [run.folder for run in again.runs] == [run.folder for run in done.runs]
    assert "is already complete." in capsys.readouterr().out
    assert done.folder.log.read_bytes() == before


def test_other_seeds_are_another_run(repeated: Make) -> None:
    done = dlkit.run(repeated(3))
    before = done.folder.metrics.read_bytes()
    for change, message in (
        ({"repeat": 2}, r"net.1: this run repeats .* 3 seeds were begun, and `repeat` is 2\."),
        ({"repeat": 1}, r"3 seeds were begun, and `repeat` is 1\. Ask for as many or more"),
        ({"seed": 6}, r"another config:\n  seed: was 5, is 6"),
    ):
        with pytest.raises(dlkit.ConfigError, match=message):
            dlkit.run(repeated(3) | change, resume=True)
        assert done.folder.metrics.read_bytes() == before


def test_plain_run_does_not_go_on_with_several_seeds(repeated: Make) -> None:
    dlkit.run(repeated(1))
    with pytest.raises(dlkit.ConfigError, match=r"repeat: was 1, is 3"):
        dlkit.run(repeated(3), resume=True)


def test_one_seed_is_used_by_its_name(repeated: Make) -> None:
    together = dlkit.run(repeated(2))
    score = dlkit.evaluate("net/1/seed_6")
    assert score["accuracy"] == pytest.approx(together.runs[1].metrics["test_accuracy"])
    with pytest.raises(
        dlkit.ConfigError, match=r"for each of 2 seeds: name one of them, .*5 to"
    ):
        dlkit.evaluate("net/1")
    with pytest.raises(dlkit.ConfigError, match=r"one of several seeds: they go on together"):
        dlkit.run(repeated(2), resume="experiments/net/1/seed_5")


def test_other_commands_look_at_the_first_seed(repeated: Make) -> None:
    assert dlkit.check(repeated(3)).parameters == dlkit.check(repeated(1)).parameters
    with pytest.raises(dlkit.ConfigError, match=r"3 seeds make several\..*repeat=1"):
        dlkit.eject(repeated(3))
