"""Where settings of the regularization landed, as ``dlkit check`` prints it."""

from __future__ import annotations

from dlkit.config.regularization.landing import Landing
from dlkit.report.landings import format_landings, format_notes


def test_every_setting_says_where_it_landed_and_where_not() -> None:
    landings = (
        Landing("l2", "0.0001", ("dense_1", "dense_3"), (("dense_4", "its own l2"),)),
        Landing("dropout", "0.5", (), ()),
        Landing("batch_normalization", "before", ("dense_1",), ()),
        Landing("weight_decay", "0.01", ("Adam",), ()),
    )
    assert format_landings(landings) == [
        "regularization",
        "  l2 0.0001                   kernels of dense_1, dense_3",
        "                              not dense_4 (its own l2)",
        "  dropout 0.5                 nowhere: no layer takes it",
        "  batch_normalization before  the activation of dense_1",
        "  weight_decay 0.01           by Adam, without biases and normalization",
    ]


def test_many_layers_are_told_by_the_first_and_the_last() -> None:
    names = tuple(f"dense_{number}" for number in range(1, 10))
    kept = tuple((f"conv2d_{number}", "its own kernel_regularizer") for number in range(7))
    assert format_landings([Landing("l1", "0.1", names, kept)]) == [
        "regularization",
        "  l1 0.1  kernels of dense_1 to dense_9 (9 layers)",
        "          not conv2d_0 to conv2d_6 (7 layers) (its own kernel_regularizer)",
    ]


def test_no_line_is_longer_than_80_characters() -> None:
    names = tuple(f"a_block_with_a_long_name_{number}_dense" for number in range(4))
    lines = format_landings([Landing("activity_regularizer", "L1 1e-05", names, ())])
    assert len(lines) > 2
    assert max(map(len, lines)) <= 80


def test_nothing_is_said_of_nothing() -> None:
    assert format_landings(()) == format_notes("initialization", ()) == []


def test_notes_stand_under_their_title() -> None:
    note = "glorot_uniform before relu in dense_1, dense_3: " + "word " * 9
    assert format_notes("initialization", [note]) == [
        "initialization",
        "  glorot_uniform before relu in dense_1, dense_3: word word word word word word",
        "    word word word",
    ]
