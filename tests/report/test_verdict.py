"""What a page says of a run in one sentence."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

pytest.importorskip("keras")

from dlkit.report.run_page import verdict_of

pytestmark = pytest.mark.keras


@pytest.mark.parametrize(
    ("count", "said"), [(1, "1 example."), (2, "2 examples."), (1000, "1,000 examples.")]
)
def test_examples_are_counted_in_words(count: int, said: str) -> None:
    config = SimpleNamespace(outputs={}, metrics=[])
    record = SimpleNamespace(
        training=SimpleNamespace(status="completed"),
        by_heart=None,
        loaded=SimpleNamespace(config=config),
        dataset=SimpleNamespace(name="iris", origin="somewhere", test=range(count)),
    )
    verdict = verdict_of(cast("Any", record), {"test_loss": 0.5})
    assert verdict == f"Test loss 0.5000 on iris, {said}"
