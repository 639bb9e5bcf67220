from pathlib import Path

import pytest

from dlkit.model.summary import Overview, StageRow
from dlkit.report.overview import format_overview
from dlkit.report.run_folder import RunFolder
from dlkit.report.stages import describe_stage, stage_starts
from dlkit.report.terminal import EpochTable, telling

FIRST = StageRow(1, 2, ("vgg16 frozen",), 12_850_698, "Adam", 0.001, "", 400)
SECOND = StageRow(2, 1, (), 330, "SGD", 1e-5, "CosineDecay", 0)


@pytest.mark.parametrize(
    ("stage", "said"),
    [
        (
            FIRST,
            (
                "stage 1   2 epochs, 12,850,698 trainable weights (vgg16 frozen), Adam, rate\n"
                "          0.001"
            ),
        ),
        (SECOND, "stage 2   1 epoch, 330 trainable weights, SGD, rate 1e-05 by CosineDecay"),
    ],
    ids=["wrapped", "one line"],
)
def test_stage_is_told_in_lines_of_80(stage: StageRow, said: str) -> None:
    assert describe_stage(stage) == said


@pytest.mark.parametrize(
    ("stages", "starts"),
    [([1, 1, 2, 3, 3], {2: 3, 3: 4}), ([1, 1], {}), ([], {})],
    ids=["three", "one", "no epoch"],
)
def test_stages_begin_where_their_number_changes(
    stages: list[int], starts: dict[int, int]
) -> None:
    rows = [{"epoch": epoch, "stage": stage} for epoch, stage in enumerate(stages, start=1)]
    assert stage_starts(rows) == starts


def test_history_without_stages_has_no_beginnings() -> None:
    assert stage_starts([{"epoch": 1, "loss": 0.5}, {"epoch": 2, "loss": 0.25}]) == {}


def test_terminal_tells_of_stages_between_epochs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    row = {"loss": 0.5, "learning_rate": 0.001, "seconds": 2.0}
    with telling(tmp_path / "run.log"), EpochTable(RunFolder(tmp_path), 10) as table:
        table.on_stage(SECOND, 10, 0)
        table.on_epoch({"epoch": 1, "stage": 1, **row})
        table.on_epoch({"epoch": 2, "stage": 1, **row})
        table.on_stage(SECOND, 9, 1)
        table.on_epoch({"epoch": 3, "stage": 2, **row})
    assert capsys.readouterr().out.splitlines() == [
        "stage 2   1 epoch, 330 trainable weights, SGD, rate 1e-05 by CosineDecay",
        "epoch      loss     time",
        " 1/10    0.5000    2.0 s",
        " 2/10    0.5000    2.0 s",
        "stage 2   1 epoch, 330 trainable weights, SGD, rate 1e-05 by CosineDecay",
        "          from the weights of epoch 1, the best one so far",
        "  3/9    0.5000    2.0 s",
    ]
    history = (tmp_path / "history.csv").read_text().splitlines()
    assert history[0] == "epoch,stage,loss,learning_rate,seconds"
    assert history[-1] == "3,2,0.5,0.001,2.0"


def test_table_that_is_not_shown_is_silent_of_stages(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with telling(tmp_path / "run.log"):
        EpochTable(RunFolder(tmp_path), 10, shown=False).on_stage(FIRST, 10, 0)
    assert capsys.readouterr().out == ""


def test_check_lists_the_stages() -> None:
    text = format_overview(Overview(warnings=(), stages=(FIRST, SECOND)))
    assert describe_stage(FIRST) in text
    assert describe_stage(SECOND) in text
