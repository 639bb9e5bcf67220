import pytest

from dlkit.model.summary import LayerRow, Overview
from dlkit.report.overview import format_bytes, format_overview


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (2_400_000, "2.4 MB"),
        (5 * 10**12, "5000.0 GB"),
    ],
)
def test_memory_is_written_in_powers_of_1000(count: int, text: str) -> None:
    assert format_bytes(count) == text


def test_overview_lists_layers_totals_memory_and_steps() -> None:
    overview = Overview(
        warnings=(),
        data="iris: 120 training examples",
        layers=(
            LayerRow("normalization_0", "Normalization", (None, 4), 9, 8),
            LayerRow("dense_1", "Dense", (None, 300), 1500, 9),
        ),
        notes=("numeric (numbers): a, b",),
        parameters=1509,
        trainable=1500,
        weight_bytes=6036,
        optimizer_bytes=12_008,
        steps_per_epoch=1024,
    )
    assert format_overview(overview).splitlines() == [
        "layer            type           output shape  parameters  line",
        "normalization_0  Normalization  (None, 4)              9  8",
        "dense_1          Dense          (None, 300)        1,500  9",
        "",
        "1,509 parameters, 1,500 of them trainable",
        "18.0 kB of memory: 6.0 kB of weights, 12.0 kB of optimizer",
        "1,024 steps an epoch",
        "iris: 120 training examples",
        "  numeric (numbers): a, b",
    ]
