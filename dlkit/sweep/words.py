"""What a sweep says before its first trial and after its last."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Sequence

from dlkit.config.sweep.space import Parameter, as_list, format_label, shown_names
from dlkit.report.sweep.folder import SweepFolder
from dlkit.report.sweep.record import SweepRecord, TrialRecord
from dlkit.report.tables import cut_end, fitted, one_line
from dlkit.report.terminal import format_seconds
from dlkit.sweep.live import best_words, count_words, settings_words
from dlkit.sweep.plan import Plan
from dlkit.sweep.study import Study

WIDTH = 80

LONGEST_REASON = 160
"""Characters of why trials failed."""

PRUNERS = {
    "median": "those below the median of the others end early",
    "hyperband": "those that promise least end early",
}


def is_complete(plan: Plan, study: Study) -> bool:
    """Tell whether all trials that are wanted are over."""
    return study.count >= plan.wanted and not study.unfinished()


def opening_lines(folder: SweepFolder, plan: Plan, study: Study) -> str:
    """Say what is about to be swept, or that nothing is left to do."""
    search = plan.search
    aims = ", ".join(f"{one_line(name)} ({mode})" for name, mode in search.objectives.items())
    lines = [
        f"sweep     {folder.path}",
        *_hanging("data", plan.sweep.loaded.config.dataset.source.name),
        *_tries(search.parameters),
        *_hanging("aims at", aims),
        *_hanging("trials", _length(plan, study)),
    ]
    return "\n".join([*lines, ""])


def _length(plan: Plan, study: Study) -> str:
    """Say how many trials there are to be, and how many there are."""
    wanted, over = plan.wanted, study.count - len(study.unfinished())
    if is_complete(plan, study):
        of = f"{over} of {wanted}" if over <= wanted else f"{over}"
        return f"complete: {of} trials; {_how_to_get_more(plan)}"
    search = plan.search
    words = [f"{wanted} by {search.sampler}"]
    if search.pruner in PRUNERS:
        words.append(PRUNERS[search.pruner])
    if (jobs := min(plan.sweep.section.jobs, wanted)) > 1:
        words.append(f"{jobs} at a time")
    if over:
        words.append(f"{over} of them are over already")
    return ", ".join(words)


def _how_to_get_more(plan: Plan) -> str:
    if plan.search.sampler == "grid" and plan.wanted >= len(plan.search.points):
        return "a grid has no more, unless a parameter gets more values."
    return "raise sweep.trials for more."


def _tries(parameters: Sequence[Parameter]) -> list[str]:
    """Say what each parameter may be, a line or two for each."""
    names = shown_names(parameters)
    heads = ["tries", *[""] * len(parameters)]
    return [
        line
        for head, each in zip(heads, parameters, strict=False)
        for line in _hanging(head, f"{names[each.name]}: {_values(each, names)}")
    ]


def _values(parameter: Parameter, names: dict[str, str]) -> str:
    config = parameter.config
    if config.values is not None:
        text = ", ".join(map(format_label, parameter.labels))
    else:
        low, high, step = parameter.bounds
        text = f"{low:.6g} to {high:.6g}"
        text += ", whole numbers" if config.int and not config.step else ""
        text += f", steps of {step:g}" if config.step else ""
        text += ", on a log scale" if config.log else ""
    conditions = [
        f"{names[name]} {' or '.join(map(str, as_list(wanted)))}"
        for name, wanted in (config.when or {}).items()
    ]
    return f"{text} (with {', '.join(conditions)})" if conditions else text


def closing_lines(folder: SweepFolder, record: SweepRecord, seconds: float | None) -> str:
    """Say how it ended.

    Args:
        folder: The sweep's.
        record: All trials.
        seconds: How long it took, now; None where nothing was left to do.
    """
    best = record.best
    lines = [] if seconds is None else [""]
    lines += [*_hanging("trials", count_words(record.over)), *_reasons(record.of("failed"))]
    if best is not None:
        lines += _hanging("best", best_words(record, best))
        lines += _hanging("", settings_words(record, best))
        lines += _front(record)
    if seconds is not None:
        lines.append(f"time      {format_seconds(seconds)}")
    files = {"page": folder.page, "config": folder.best, "table": folder.table}
    lines += [f"{head:<10}{file}" for head, file in files.items() if file.is_file()]
    return "\n".join(lines)


def _reasons(failed: Sequence[TrialRecord]) -> list[str]:
    """Say why trials failed: the commonest reason."""
    if not failed:
        return []
    ((reason, count),) = Counter(one_line(trial.reason) for trial in failed).most_common(1)
    others = len({trial.reason for trial in failed}) - 1
    rest = f" (and {others} other reason{'' if others == 1 else 's'})" if others else ""
    times = f"{count} failed: " if len(failed) > 1 else "it failed: "
    return _hanging("", f"{times}{fitted(reason, LONGEST_REASON, cut_end)}{rest}")


def _front(record: SweepRecord) -> list[str]:
    """Say, of several objectives, which trials none other beats in all of them."""
    if len(record.objectives) < 2 or len(record.front) < 2:
        return []
    numbers = ", ".join(str(trial.number) for trial in record.front[:20])
    more = f" and {len(record.front) - 20} more" if len(record.front) > 20 else ""
    return _hanging("front", f"no trial beats these in every objective: {numbers}{more}")


def _hanging(head: str, text: str) -> list[str]:
    """Wrap a text beside a head."""
    lines = textwrap.wrap(
        one_line(text),
        WIDTH,
        initial_indent=f"{head:<10}",
        subsequent_indent=" " * 10,
        break_on_hyphens=False,
    )
    return lines or [head]
