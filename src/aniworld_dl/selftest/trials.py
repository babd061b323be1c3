"""What is tried: a fault, a medium and a speed; and what came of it."""

from __future__ import annotations

import itertools
import random
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from aniworld_dl.demo.lab.kinds import DAMAGED, LabFault, Medium, Part, Right
from aniworld_dl.demo.lab.table import FAULTS

if TYPE_CHECKING:
    from collections.abc import Iterator

SLOW_BYTES_PER_S: Final = 2_000_000

_SLOW_SHARE: Final = 0.25
_SINGLE_SHARE: Final = 0.25
_MOST_MIXED: Final = 3
_CHANCES: Final = (0.02, 0.15)


class Verdict(StrEnum):
    """What became of an episode."""

    PROVEN = "proven"
    """Completed, with the streams that it has without a fault."""
    FAILED = "failed"
    WRONG = "wrong"
    """Completed, with other streams: the worst there is."""
    HUNG = "hung"
    """It had not ended when its time was over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A fault for one episode; of `extra` only the rules count."""

    fault: LabFault
    medium: Medium
    slow: bool = False
    """Whether all connections together get 2 MB/s."""
    extra: tuple[LabFault, ...] = ()

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
    def met(self) -> bool:
        """Whether the fault was there to be met; one that strikes by chance need not be."""
        fault = self.trial.fault.fault
        return fault is None or fault.chance < 1 or self.struck > 0

    @property
    def right(self) -> bool:
        """Whether this is what may come of it."""
        if self.verdict not in {Verdict.PROVEN, Verdict.FAILED} or not self.met:
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


def some_trials(seed: int) -> list[Trial]:
    """Return every fault once, the medium and the speed drawn by `seed`; those that take long come first."""
    lots = random.Random(seed)  # noqa: S311 - a selection, not a secret
    trials = [
        Trial(fault=fault, medium=lots.choice(sorted(fault.media - fault.lengthy)), slow=lots.random() < _SLOW_SHARE)
        for fault in FAULTS
    ]
    return sorted(trials, key=lambda trial: "stalled" not in trial.fault.codes or trial.fault.right is not Right.FAILED)


def endless_trials(seed: int) -> Iterator[Trial]:
    """Yield trials for ever, the same for the same seed: of four, three with some faults that strike by chance."""
    lots = random.Random(seed)  # noqa: S311 - a selection, not a secret
    for number in itertools.count():
        medium, slow = lots.choice(list(Medium)), lots.random() < _SLOW_SHARE
        fitting = [fault for fault in FAULTS if medium in fault.media]
        if lots.random() < _SINGLE_SHARE:
            yield Trial(fault=lots.choice(fitting), medium=medium, slow=slow)
        else:
            mixable = [fault for fault in fitting if _strikes_by_rule(fault)]
            chosen = lots.sample(mixable, lots.randint(1, _MOST_MIXED))
            first, *rest = [_by_chance(fault, lots.uniform(*_CHANCES), seed + number) for fault in chosen]
            codes = frozenset[str]().union(*(_true_by_chance(fault, medium) for fault in chosen))
            mixed = replace(first, name="+".join(fault.name for fault in chosen), right=Right.EITHER, codes=codes)
            yield Trial(fault=mixed, medium=medium, slow=slow, extra=tuple(rest))


def _strikes_by_rule(fault: LabFault) -> bool:
    return fault.fault is not None and fault.certificate is None and len(fault.answers) == 1


def _true_by_chance(fault: LabFault, medium: Medium) -> frozenset[str]:
    """Return what may be true when any answer may be struck: a plain file has no manifest, its later answers change."""
    changed = medium is Medium.FILE and fault.part in {Part.MANIFEST, Part.MANIFESTS}
    return fault.codes | DAMAGED if changed else fault.codes


def _by_chance(fault: LabFault, chance: float, seed: int) -> LabFault:
    """Return a fault that strikes a share of all answers of its kind of address."""
    assert fault.fault is not None
    part = Part.SEGMENTS if fault.part is Part.SEGMENT else fault.part
    return replace(
        fault, part=part, unlike=frozenset(), fault=replace(fault.fault, times=None, chance=chance, seed=seed)
    )
