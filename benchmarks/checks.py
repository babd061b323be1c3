"""Targets beside what was measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.table import print_table, verdict

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """Something that is to be at most `limit`, both in the unit that `unit` names (nothing: a ratio)."""

    what: str
    measured: float
    limit: float
    unit: str = ""

    @property
    def met(self) -> bool:
        """Whether it is."""
        return self.measured <= self.limit


def print_checks(checks: Sequence[Check]) -> None:
    """Print them, and in a word whether each was met."""
    rows = [
        [check.what, f"{check.measured:.2f}{check.unit}", f"<= {check.limit:.2f}{check.unit}", verdict(met=check.met)]
        for check in checks
    ]
    print_table(["target", "measured", "allowed", ""], rows)
