"""A whole run in stages: what it tells, what it leaves, and that it can be repeated."""

from pathlib import Path

import pandas as pd
import pytest

import dlkit

pytestmark = pytest.mark.keras

TEXT = """\
name: staged
dataset: {source: iris, validation: 0.2}
architecture:
  layers:
    - Dense: {name: base, units: 6, activation: relu}
    - Dense: {name: head, units: 3, activation: softmax}
loss: sparse_categorical_crossentropy
metrics: [accuracy]
training:
  stages:
    - {epochs: 2, trainable: {base: false}}
    - {epochs: 2, trainable: {base: true}, optimizer: SGD, learning_rate: 0.05}
"""
BASE, HEAD = 4 * 6 + 6, 6 * 3 + 3


def test_run_in_stages_is_told_kept_and_repeated(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import keras

    (tmp_path / "staged.yaml").write_text(TEXT)
    result = dlkit.run(tmp_path / "staged.yaml", output=tmp_path / "runs")
    told = capsys.readouterr().out
    assert (
        f"stage 1   2 epochs, {HEAD} trainable weights (base frozen), Adam, rate 0.001" in told
    )
    assert f"stage 2   2 epochs, {BASE + HEAD} trainable weights (base trained), SGD" in told
    history = pd.read_csv(result.folder.history)
    assert history["epoch"].tolist() == [1, 2, 3, 4]
    assert history["stage"].tolist() == [1, 1, 2, 2]
    assert history["learning_rate"].tolist() == pytest.approx([0.001, 0.001, 0.05, 0.05])
    assert not [name for name in result.metrics if "stage" in name]
    assert not (result.folder.path / "plots" / "stage.png").exists()
    assert result.metrics["train_loss"] == pytest.approx(history["loss"].iloc[-1])

    model = keras.saving.load_model(result.folder.model)
    assert [layer.trainable for layer in model.layers if layer.weights] == [True, True]
    assert type(model.optimizer).__name__ == "SGD"

    again = dlkit.run(result.folder.resolved, output=tmp_path / "runs")
    pd.testing.assert_frame_equal(
        again.history.drop(columns="seconds"), result.history.drop(columns="seconds")
    )


def test_check_proves_every_stage(tmp_path: Path) -> None:
    from dlkit.checking import check_experiment
    from dlkit.config.load import load_config
    from dlkit.errors import ModelError

    file = tmp_path / "staged.yaml"
    file.write_text(TEXT)
    overview = check_experiment(load_config(file), tmp_path)
    assert [stage.trainable for stage in overview.stages] == [HEAD, BASE + HEAD]
    assert overview.trainable == BASE + HEAD  # as the architecture says it
    file.write_text(TEXT.replace("base: true}", "head: false}"))
    with pytest.raises(ModelError) as caught:
        check_experiment(load_config(file), tmp_path)
    assert str(caught.value) == (
        f"{file}:12:7  training.stages[1]: no layer has weights to train in this stage."
        " Give it a `trainable` with a layer."
    )
