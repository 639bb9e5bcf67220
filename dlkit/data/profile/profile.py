"""The look at data as a whole: one survey, and everything that is found in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from dlkit.config.choices import Choice
from dlkit.config.made_sources import SYNTHETIC
from dlkit.config.schema import Config
from dlkit.data.dataset import Dataset
from dlkit.data.profile.columns import describe_columns, learned_of
from dlkit.data.profile.duplicates import Row, find_duplicates
from dlkit.data.profile.findings import Column, Finding, Profile
from dlkit.data.profile.leaks import find_leaks
from dlkit.data.profile.survey import Survey
from dlkit.data.profile.suspicious import find_suspicious, is_identifier


def profile(
    found: Survey,
    dataset: Dataset,
    config: Config,
    row: Row,
    features: Mapping[str, Choice],
    left_out: Sequence[Column] = (),
) -> Profile:
    """Say what data is and what looks wrong with it.

    Args:
        found: A survey of the dataset.
        dataset: What was surveyed.
        config: Whether it has folds and weighs classes.
        row: Names an example by its number in the source.
        features: What the config, or a guess, says of a table's columns; else empty.
        left_out: Columns of the table that the model does not see.
    """
    return Profile(
        columns=(*describe_columns(found, dataset), *left_out),
        classes=dict(zip(dataset.class_names, found.counts.tolist(), strict=True)),
        examples=found.total,
        sampled=len(found.y),
        exact=found.exact,
        findings=tuple(_findings(found, dataset, config, row, features)),
    )


def _findings(
    found: Survey,
    dataset: Dataset,
    config: Config,
    row: Row,
    features: Mapping[str, Choice],
) -> Iterator[Finding]:
    """Yield everything that looks wrong.

    What dlkit made by a rule is as it is meant to be: a gate has four different rows.
    """
    if dataset.name in SYNTHETIC:
        return
    telling = tuple(field for field in found.fields if not is_identifier(field))
    alike = replace(found, fields=telling or found.fields)  # two rows never share a name
    yield from find_duplicates(alike, row, folds=config.dataset.folds is not None)
    weighted = config.training.class_weight is not None
    yield from find_suspicious(found, dataset, features, weighted=weighted)
    told: set[str] = set()
    views = list(learned_of(found, dataset)) if dataset.is_labelled else []
    for title, seen, view in views:
        for leak in find_leaks(seen, view, title if len(views) > 1 else "the class"):
            if str(leak) not in told:
                yield leak
            told.add(str(leak))
