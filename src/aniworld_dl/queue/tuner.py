"""`auto`: finds how many episodes are to download at a time, and says why.

The number follows what each further episode brings (`climbing.py`), and gives way to whoever else needs the machine and
to servers that have enough. `SlotRule` decides from samples alone; `Tuner` takes them and sets the limiter.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Protocol

from aniworld_dl.climbing import Climber, Pace, Verdict
from aniworld_dl.config import DEFAULT_MAX_CONCURRENT_DOWNLOADS
from aniworld_dl.setting_values import AUTO

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from aniworld_dl.clock import Clock
    from aniworld_dl.limits import Limiter
    from aniworld_dl.machine import Load
    from aniworld_dl.net.hosts import Traffic
    from aniworld_dl.queue.announcer import Announcer
    from aniworld_dl.queue.throttles import Throttles

MOST_SLOTS: Final = 16
SAMPLE_EVERY_S: Final = 2.0
SAMPLES_SHOWN: Final = 10

_PACE: Final = Pace(least=1, settle_s=4.0, measure_s=6.0, hold_s=30.0, forget_s=180.0, doubles=False)
_PRESSURE_SAMPLES: Final = 3
"""So many samples in a row must show a pressure before it is yielded to."""
_BUSY: Final = 0.9
_BUSY_WITH_OTHERS: Final = 0.3
_DISK_WAIT: Final = 0.4
_LEAST_MEMORY: Final = 0.08
_LEAST_MEMORY_BYTES: Final = 200_000_000
_LEAST_DISK_BYTES: Final = 1_000_000_000
_MOST_TROUBLES: Final = 0.1
_FEW_TROUBLES: Final = 3
_AT_LIMIT: Final = 0.9


class SlotReason(StrEnum):
    """What decides besides the verdicts on what further episodes bring."""

    QUEUE_PAUSED = "queue_paused"
    FEW_WAITING = "few_waiting"
    """Fewer episodes wait than there are slots. Params: waiting."""
    BANDWIDTH_LIMIT = "bandwidth_limit"
    """The limit that was set is reached. Params: bytes_per_s."""
    OWN_LOAD = "own_load"
    """We use all processors ourselves: more would not help. Params: busy_percent."""
    OTHERS_LOAD = "others_load"
    """Other programs need the processors. Params: busy_percent, others_percent."""
    MEMORY = "memory"
    """Params: free_bytes."""
    DISK_SPACE = "disk_space"
    """Params: free_bytes."""
    DISK_WAIT = "disk_wait"
    """Params: waiting_percent."""
    TROUBLES = "troubles"
    """Servers refuse, stall or break off. Params: troubles, requests."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What was seen at one moment. Traffic is counted from the start."""

    at: float
    """Seconds on any clock that never goes back."""
    slots: int
    running: int
    waiting: int
    traffic: Traffic
    speed_bytes_per_s: float
    load: Load
    limit_bytes_per_s: float | None = None
    queue_paused: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """How many slots there are to be, and why."""

    slots: int
    reason: Verdict | SlotReason
    params: Mapping[str, int] = field(default_factory=dict)


class SlotRule:
    """The same samples give the same decisions: nothing else is looked at."""

    def __init__(self, slots: int, *, now: float) -> None:
        self._climber = Climber(_PACE, min(slots, MOST_SLOTS), now=now)
        self._samples: deque[Sample] = deque(maxlen=_PRESSURE_SAMPLES)
        self._last_at = now
        self._worked_s = 0.0

    def decide(self, sample: Sample) -> Decision:
        """Take one more sample into account."""
        self._worked_s += (sample.at - self._last_at) * sample.running
        self._last_at = sample.at
        self._samples.append(sample)
        if (idle := self._nothing_to_do(sample)) is not None:
            self._climber.interrupt(sample.at)
            return idle
        if (pressure := self._pressure()) is not None:
            return self._give_way(sample, pressure)
        self._climber.look(
            sample.at,
            fetched=sample.traffic.received_bytes,
            worked=self._worked_s,
            most=MOST_SLOTS,
            wanted=sample.running + sample.waiting,
        )
        return Decision(slots=self._climber.level, reason=self._climber.verdict)

    def _nothing_to_do(self, sample: Sample) -> Decision | None:
        slots, limit = self._climber.level, sample.limit_bytes_per_s
        if sample.queue_paused:
            return Decision(slots=slots, reason=SlotReason.QUEUE_PAUSED)
        if sample.waiting < slots:
            return Decision(slots=slots, reason=SlotReason.FEW_WAITING, params={"waiting": sample.waiting})
        if limit is not None and sample.speed_bytes_per_s >= _AT_LIMIT * limit:
            return Decision(slots=slots, reason=SlotReason.BANDWIDTH_LIMIT, params={"bytes_per_s": round(limit)})
        return None

    def _give_way(self, sample: Sample, pressure: tuple[SlotReason, dict[str, int]]) -> Decision:
        reason, params = pressure
        if reason is SlotReason.OWN_LOAD:
            self._climber.interrupt(sample.at)
        elif sample.running <= self._climber.level:  # else what was given up before has yet to show
            self._climber.lower(max(self._climber.level - 1, 1), sample.at)
            self._samples.clear()
        return Decision(slots=self._climber.level, reason=reason, params=params)

    def _pressure(self) -> tuple[SlotReason, dict[str, int]] | None:
        """Return what the last samples together say against more, and what against as many as now."""
        if len(self._samples) < _PRESSURE_SAMPLES:
            return None
        loads = [sample.load for sample in self._samples]
        scarce = [_scarcity(load) for load in loads]
        return (scarce[-1] if all(scarce) else None) or self._troubles() or _congestion(loads)

    def _troubles(self) -> tuple[SlotReason, dict[str, int]] | None:
        first, last = self._samples[0].traffic, self._samples[-1].traffic
        troubles, requests = last.troubles - first.troubles, last.requests - first.requests
        if troubles < max(_FEW_TROUBLES, _MOST_TROUBLES * requests):
            return None
        return SlotReason.TROUBLES, {"troubles": troubles, "requests": requests}


def _scarcity(load: Load) -> tuple[SlotReason, dict[str, int]] | None:
    if load.free_memory < _LEAST_MEMORY or load.free_memory_bytes < _LEAST_MEMORY_BYTES:
        return SlotReason.MEMORY, {"free_bytes": load.free_memory_bytes}
    if load.free_disk_bytes is not None and load.free_disk_bytes < _LEAST_DISK_BYTES:
        return SlotReason.DISK_SPACE, {"free_bytes": load.free_disk_bytes}
    return None


def _congestion(loads: Sequence[Load]) -> tuple[SlotReason, dict[str, int]] | None:
    waiting, busy = sum(load.disk_wait for load in loads) / len(loads), sum(load.busy for load in loads) / len(loads)
    others = sum(load.by_others for load in loads) / len(loads)
    if waiting >= _DISK_WAIT:
        return SlotReason.DISK_WAIT, {"waiting_percent": round(waiting * 100)}
    if busy < _BUSY:
        return None
    if others >= _BUSY_WITH_OTHERS:
        return SlotReason.OTHERS_LOAD, {"busy_percent": round(busy * 100), "others_percent": round(others * 100)}
    return SlotReason.OWN_LOAD, {"busy_percent": round(busy * 100)}


class LoadMeter(Protocol):
    """Reads the machine's load since the last time, and may block for some milliseconds."""

    def load(self) -> Load:
        """Return it."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueFigures:
    """What the tuner needs to know of the queue."""

    running: int
    waiting: int
    speed_bytes_per_s: float
    queue_paused: bool
    limit_bytes_per_s: float | None


def queue_figures(announcer: Announcer, throttles: Throttles) -> QueueFigures:
    """Return what the tuner needs to know, as it is now."""
    stats = announcer.stats()
    return QueueFigures(
        running=stats["running"],
        waiting=stats["queued"],
        speed_bytes_per_s=stats["speed_bytes_per_s"],
        queue_paused=stats["queue_paused"],
        limit_bytes_per_s=throttles.whole.bytes_per_s,
    )


class Tuner:
    """Sets the number of slots: the number of the settings, or with `auto` the one that it finds.

    Nothing that runs is stopped when the number gets lower. `machine` is asked for a meter when one is needed first.
    """

    def __init__(
        self,
        *,
        slots: Limiter,
        clock: Clock,
        machine: Callable[[], LoadMeter],
        traffic: Callable[[], Traffic],
        queue: Callable[[], QueueFigures],
    ) -> None:
        self.samples: deque[Sample] = deque(maxlen=SAMPLES_SHOWN)
        self.decision: Decision | None = None
        """Of `auto`, None when the number is set."""
        self._slots = slots
        self._clock = clock
        self._machine = machine
        self._meter: LoadMeter | None = None
        self._traffic = traffic
        self._queue = queue
        self._rule: SlotRule | None = None
        self._automatic = asyncio.Event()

    def apply(self, wanted: int | str) -> None:
        """Take over the setting: a number at once; `auto` goes on from the number there is."""
        if wanted != AUTO:
            self._rule = self.decision = None
            self.samples.clear()
            self._automatic.clear()
            self._slots.resize(int(wanted))
        elif self._rule is None:
            slots = min(self._slots.slots or DEFAULT_MAX_CONCURRENT_DOWNLOADS, MOST_SLOTS)
            self._rule = SlotRule(slots, now=self._clock.monotonic())
            self._set(Decision(slots=slots, reason=Verdict.STARTED))
            self._automatic.set()

    async def run(self) -> None:
        """Sample and decide while the setting is `auto`, until cancelled."""
        while True:
            await self._automatic.wait()
            if self._meter is None:
                self._meter = await asyncio.to_thread(self._machine)
            await self._clock.sleep(SAMPLE_EVERY_S)
            load = await asyncio.to_thread(self._meter.load)
            if self._rule is not None:
                sample = self._sample(load)
                self.samples.append(sample)
                self._set(self._rule.decide(sample))

    def _sample(self, load: Load) -> Sample:
        queue = self._queue()
        return Sample(
            at=self._clock.monotonic(),
            slots=self._slots.slots,
            running=queue.running,
            waiting=queue.waiting,
            traffic=self._traffic(),
            speed_bytes_per_s=queue.speed_bytes_per_s,
            load=load,
            limit_bytes_per_s=queue.limit_bytes_per_s,
            queue_paused=queue.queue_paused,
        )

    def _set(self, decision: Decision) -> None:
        self.decision = decision
        if decision.slots != self._slots.slots:
            self._slots.resize(decision.slots)
