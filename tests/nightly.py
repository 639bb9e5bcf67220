"""What waits for `make nightly`: more forms of proofs that `make test` has in one form."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

import pytest

NIGHTLY = int(os.environ.get("DLKIT_MUTANTS", "200")) >= 2000
"""Whether all is tried, and not a part that would fail as well."""


def by_night(cases: Iterable[str], later: Iterable[str]) -> list[Any]:
    """Return cases as parameters, some of which wait for the night."""
    cases, later = [*cases], {*later}
    assert later < {*cases}, f"these are no cases: {later - {*cases}}"
    return [
        pytest.param(case, id=case, marks=pytest.mark.nightly if case in later else [])
        for case in cases
    ]
