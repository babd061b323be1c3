"""What is tried: a fault, a medium and a speed; and what came of it."""

from __future__ import annotations

import random
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from aniworld_dl.demo.lab.kinds import LabFault, Medium
from aniworld_dl.demo.lab.table import FAULTS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aniworld_dl.demo.faults import Fault

SLOW_BYTES_PER_S: Final = 2_000_000


class Verdict(StrEnum):
    """What became of an episode."""

    PROVEN = "proven"
    """Completed, with the streams that it has without a fault."""
    FAILED = "failed"
    WRONG = "wrong"
    """Completed, with other streams: the worst there is."""
    HUNG = "hung"
    """It had not ended when its time was over."""
    UNMET = "unmet"
    """It never came to the fault."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A fault for one episode; `extra` are further rules."""

    fault: LabFault
    medium: Medium
    slow: bool = False
    """Whether all connections together get 2 MB/s."""
    extra: tuple[Fault, ...] = ()

    @property
    def speed(self) -> str:
        """The speed in words."""
        return "2 MB/s" if self.slow else "fast"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a trial led to. `struck` counts the answers that its fault struck."""

    trial: Trial
    verdict: Verdict
    seconds: float
    code: str | None = None
    text: str = ""
    struck: int = 0

    @property
    def right(self) -> bool:
        """Whether this is what may come of it."""
        if self.verdict not in {Verdict.PROVEN, Verdict.FAILED}:
            return False
        return self.trial.fault.accepts(self.trial.medium, self.code)

    def view(self) -> dict[str, Any]:
        """Return it for `--json`."""
        return {
            "fault": self.trial.fault.name,
            "medium": self.trial.medium.value,
            "speed": self.trial.speed,
            "verdict": self.verdict.value,
            "code": self.code,
            "text": self.text,
            "struck": self.struck,
            "seconds": round(self.seconds, 2),
            "right": self.right,
        }


def all_trials() -> list[Trial]:
    """Return every fault for every medium it makes sense for, at both speeds."""
    return [
        Trial(fault=fault, medium=medium, slow=slow)
        for fault in FAULTS
        for medium in Medium
        if medium in fault.media
        for slow in (False, True)
    ]


def some_trials(seed: int) -> Sequence[Trial]:
    """Return every fault once, the medium and the speed drawn by `seed`."""
    lots = random.Random(seed)  # noqa: S311 - a selection, not a secret
    return [
        Trial(fault=fault, medium=lots.choice(sorted(fault.media)), slow=lots.random() < _SLOW_SHARE)
        for fault in FAULTS
    ]


_SLOW_SHARE: Final = 0.25
