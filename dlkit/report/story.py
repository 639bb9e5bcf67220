"""Tell the rules that read a run what it came to."""

from __future__ import annotations

from collections.abc import Mapping

from dlkit.config.regularization.regularize import regularize
from dlkit.reading.story import Story
from dlkit.report.run_record import RunRecord
from dlkit.train.plan import plan_training


def story_of(record: RunRecord, figures: Mapping[str, float]) -> Story:
    """Return a run as the rules read it.

    Args:
        record: The run.
        figures: Its final figures.
    """
    dataset, training = record.dataset, record.training
    config = regularize(record.loaded.config).config
    return Story(
        config=config,
        rows=training.rows,
        status=training.status,
        best_epoch=training.best_epoch,
        figures=figures,
        examples={
            "train": len(dataset.train),
            "validation": len(dataset.validation) if dataset.validation else 0,
            "test": len(dataset.test),
        },
        steps_of_epoch=plan_training(config.training, len(dataset.train)).of_epoch,
        parameters=record.parameters,
    )
