"""The public shape of what tunes itself: `tuning` and `hosts` among the figures of the whole queue."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aniworld_dl.climbing import Verdict
from aniworld_dl.net.host import HostReason
from aniworld_dl.queue.tuner import Sample, SlotReason
from aniworld_dl.queue.views import time_view

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from aniworld_dl.net.host import HostFigures
    from aniworld_dl.queue.tuner import Tuner
    from aniworld_dl.queue.views import View

SLOT_SENTENCES: Final = {
    Verdict.STARTED: "nothing is measured yet",
    Verdict.TRYING_MORE: "one more is tried",
    Verdict.PAYS: "the last one more brought more",
    Verdict.NO_GAIN: "one more brought hardly anything",
    Verdict.TRYING_FEWER: "one fewer is tried",
    Verdict.FEWER_SUFFICE: "one fewer brings the same",
    Verdict.NEEDED: "one fewer brought less",
    Verdict.NOT_IN_USE: "not every slot is in use",
    Verdict.AT_MOST: "more are not tried",
    Verdict.MORE_REFUSED: "more were refused",
    Verdict.LOWERED: "it gave way and waits before it tries more",
    SlotReason.QUEUE_PAUSED: "the whole queue is paused",
    SlotReason.FEW_WAITING: "only {waiting} episodes wait",
    SlotReason.BANDWIDTH_LIMIT: "the bandwidth limit of {bytes_per_s} bytes per second is reached",
    SlotReason.OWN_LOAD: "the processors are {busy_percent} % busy, mostly with these downloads",
    SlotReason.OTHERS_LOAD: "other programs need {others_percent} % of the processors, which are {busy_percent} % busy",
    SlotReason.MEMORY: "only {free_bytes} bytes of memory are free",
    SlotReason.DISK_SPACE: "only {free_bytes} bytes are free on the disk",
    SlotReason.DISK_WAIT: "the processors wait for the disk {waiting_percent} % of the time",
    SlotReason.TROUBLES: "{troubles} of the last {requests} requests were refused, stalled or broke",
}
"""Why there are so many slots: the code and the sentence for people."""

HOST_SENTENCES: Final = {
    Verdict.STARTED: "nothing is measured yet",
    Verdict.TRYING_MORE: "{connections} connections are tried",
    Verdict.PAYS: "{connections} connections bring more than fewer do",
    Verdict.NO_GAIN: "more than {connections} connections bring hardly more",
    Verdict.TRYING_FEWER: "{connections} connections are tried, which are fewer",
    Verdict.FEWER_SUFFICE: "{connections} connections bring as much as more do",
    Verdict.NEEDED: "fewer than {connections} connections bring less",
    Verdict.NOT_IN_USE: "not all of {connections} connections are needed",
    Verdict.AT_MOST: "more than {connections} connections are not allowed by the settings",
    Verdict.MORE_REFUSED: "more than {connections} connections were refused",
    HostReason.REFUSED: "it answered {status}: {connections} connections from then on",
    HostReason.STALLED: "several connections were silent: {connections} from then on",
    HostReason.BROKEN: "several connections broke: {connections} from then on",
    HostReason.UNREACHABLE: "it could not be connected to {failures} times in a row",
}
"""The same of the connections to one host."""


def tuning_view(tuner: Tuner, shown: Callable[[float], float]) -> View | None:
    """Return the reasoning of `auto`, None when the number is set. `shown` makes a sample's time one to show."""
    decision = tuner.decision
    if decision is None:
        return None
    return {
        "slots": decision.slots,
        "reason": decision.reason.value,
        "reason_text": SLOT_SENTENCES[decision.reason].format_map(decision.params),
        "reason_params": dict(decision.params),
        "samples": [_sample_view(sample, shown(sample.at)) for sample in tuner.samples],
    }


def hosts_view(hosts: Iterable[HostFigures]) -> list[View]:
    """Return the hosts that are in use or cooling."""
    return [
        {
            "host": host.host,
            "connections": host.connections,
            "level": host.level,
            "cooling_until": time_view(host.cooling_until),
            "reason": host.reason.value,
            "reason_text": HOST_SENTENCES[host.reason].format_map(host.params),
            "reason_params": dict(host.params),
        }
        for host in hosts
    ]


def _sample_view(sample: Sample, at: float) -> View:
    load = sample.load
    return {
        "at": time_view(at),
        "slots": sample.slots,
        "running": sample.running,
        "waiting": sample.waiting,
        "speed_bytes_per_s": round(sample.speed_bytes_per_s),
        "busy_percent": round(load.busy * 100),
        "others_percent": round(load.by_others * 100),
        "disk_wait_percent": round(load.disk_wait * 100),
        "free_memory_bytes": load.free_memory_bytes,
        "free_disk_bytes": load.free_disk_bytes,
    }
