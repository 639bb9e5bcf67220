"""Everything a comparison comes to, as values: what terminal, page and CSV all show."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from dlkit.report.comparison.groups import Group, group_runs, same_seeds
from dlkit.report.comparison.noise import Noise, confidence_of, judge
from dlkit.report.comparison.objective import objective_of
from dlkit.report.comparison.runs import ComparedRun
from dlkit.report.comparison.settings import (
    NOT_SET,
    Difference,
    differing_settings,
    short_paths,
)
from dlkit.report.direction import (
    DEVIATION,
    best_first,
    declared_metrics,
    is_rising,
    metric_of,
)
from dlkit.report.figures.comparison import LABEL_CHARACTERS
from dlkit.report.listing import is_spread, main_figure

ORDER = ("test_", "ensemble_", "naive_", "val_", "train_")
"""Figures by what they say of new data."""


FOLLOWING_DATA = (
    *("dataset.source", "dataset.target", "dataset.features", "dataset.columns"),
    "dataset.offline",
)
"""Settings that are not the same where the data is not."""


@dataclass(frozen=True)
class Comparison:
    """Runs side by side.

    Attributes:
        runs: In the order they were named.
        left_out: Runs of a named experiment that are not over.
        groups: The runs, those together that differ in nothing but chance.
        differences: What differs between the groups, a value for each.
        figures: The final figures that all runs have, the main one first.
        main: The figure by which groups are ranked; None where there is none.
        rising: Whether more of it is better.
        best: The group with the best mean of it, by its index; None where there is none:
            with other data, for one.
        noises: Of how the best differs in it from each other group, by that one's index.
        confidence: Of each interval.
        notes: What must be known before a figure is laid beside another, a sentence each.
    """

    runs: tuple[ComparedRun, ...]
    left_out: tuple[str, ...]
    groups: tuple[Group, ...]
    differences: tuple[Difference, ...]
    figures: tuple[str, ...]
    main: str | None
    rising: bool
    best: int | None
    noises: dict[int, Noise]
    confidence: float
    notes: tuple[str, ...]

    @property
    def labels(self) -> tuple[str, ...]:
        """What tells each group from the others, in words: ``units 64, rate 0.1``."""
        heads = short_paths([each.path for each in self.differences])
        labels = [
            ", ".join(
                _said(head, each.values[index])
                for head, each in zip(heads, self.differences, strict=True)
            )
            for index in range(len(self.groups))
        ]
        seen = [label[: LABEL_CHARACTERS - 1] for label in labels]
        return tuple(
            label
            if label and seen.count(label[: LABEL_CHARACTERS - 1]) == 1
            else f"{group.title} {label}".rstrip()
            for label, group in zip(labels, self.groups, strict=True)
        )


def _said(head: str, value: str) -> str:
    """Say a setting in a label, so shortly that the next one has room as well."""
    if value == NOT_SET:
        return f"no {head}"
    return f"{head} {value if len(value) <= 18 else f'{value[:17]}…'}"


def lay_side_by_side(
    runs: Sequence[ComparedRun], left_out: Sequence[str] = (), notes: Sequence[str] = ()
) -> Comparison:
    """Compare runs.

    Args:
        runs: Two or more.
        left_out: What else was meant and is not over.
        notes: What must be known of the choice, a sentence each.
    """
    groups = group_runs(runs)
    differences = _differences(groups)
    losses_differ = len({objective_of(run.config) for run in runs}) > 1
    figures = _common_figures(runs, ranked_losses=not losses_differ)
    main = figures[0] if figures and figures[0].startswith("test_") else None
    rising = main is not None and is_rising(main, declared_metrics(runs[0].config))
    same_data = len({run.data for run in runs}) == 1
    best = _best_of(groups, main, rising=rising) if same_data else None
    comparisons = len(list(combinations(groups, 2)))
    confidence = confidence_of(comparisons)
    noises = {
        index: judge(groups[best], group, main, confidence)
        for index, group in enumerate(groups)
        if best is not None and main is not None and index != best
    }
    return Comparison(
        runs=tuple(runs),
        left_out=tuple(left_out),
        groups=groups,
        differences=differences,
        figures=figures,
        main=main,
        rising=rising,
        best=best,
        noises=noises,
        confidence=confidence,
        notes=(*notes, *_notes(runs, groups, figures, losses_differ=losses_differ)),
    )


def _differences(groups: Sequence[Group]) -> tuple[Difference, ...]:
    """Return what differs; of other data neither the place nor the columns are told."""
    found = differing_settings([group.runs[0].config for group in groups])
    titles = tuple(group.runs[0].data[0] for group in groups)
    if len({*titles}) == 1:
        return tuple(found)
    rest = (each for each in found if not each.path.startswith(FOLLOWING_DATA))
    return (Difference("data", titles), *rest)


def _common_figures(runs: Sequence[ComparedRun], *, ranked_losses: bool) -> tuple[str, ...]:
    """Return the figures that all runs have, the main one first."""
    names = [
        name
        for name in runs[0].figures
        if all(name in run.figures for run in runs)
        and not any(_is_deviation(name, run) for run in runs)
        and (ranked_losses or not name.endswith("_loss"))
    ]
    main = main_figure(dict.fromkeys(names))
    names.sort(key=lambda name: (name != main, _place(name)))
    return tuple(names)


def _is_deviation(name: str, run: ComparedRun) -> bool:
    base = name.removesuffix(DEVIATION)
    return base != name and base in run.figures and is_spread(run.facts)


def _place(name: str) -> tuple[int, bool]:
    split = next((i for i, start in enumerate(ORDER) if name.startswith(start)), len(ORDER))
    return split, metric_of(name).endswith("loss")


def _best_of(groups: Sequence[Group], main: str | None, *, rising: bool) -> int | None:
    """Return the group with the best mean; None where none is finite, or all are one."""
    if main is None or len(groups) < 2:
        return None
    means = [group.spread(main).mean for group in groups]
    if not any(map(math.isfinite, means)):
        return None
    return min(range(len(means)), key=lambda index: best_first(means[index], rising=rising))


def _notes(
    runs: Sequence[ComparedRun],
    groups: Sequence[Group],
    figures: Sequence[str],
    *,
    losses_differ: bool,
) -> tuple[str, ...]:
    """Say what must be known before a figure is laid beside another."""
    notes = []
    if len({run.data for run in runs}) > 1:
        titles = ", ".join(dict.fromkeys(run.data[0] for run in runs))
        notes.append(f"Not the same data ({titles}): the figures cannot be ranked.")
    if len({str(run.facts.get("test_examples")) for run in runs}) > 1:
        notes.append("The numbers of test examples differ.")
    if losses_differ:
        notes.append("The losses are not the same function, so no loss is compared.")
    limited = [run.title for run in runs if run.facts.get("limited")]
    if limited:
        notes.append(f"Cut short for a quick try: {_listed(limited)}.")
    diverged = [run.title for run in runs if run.status == "diverged"]
    if diverged:
        notes.append(f"Diverged: {_listed(diverged)}.")
    notes += [
        f"The same settings and the same seed: {_listed(same)}. Each seed counts once."
        for group in groups
        if (same := same_seeds(group))
    ]
    if not figures:
        notes.append("No figure is in all of these runs.")
    return tuple(notes)


def _listed(titles: Sequence[str], most: int = 8) -> str:
    """Write titles, the first of many."""
    rest = f" and {len(titles) - most} more" if len(titles) > most else ""
    return ", ".join(titles[:most]) + rest
