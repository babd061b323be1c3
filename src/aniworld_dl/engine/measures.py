"""What the running service can be measured by: plain numbers, for whoever draws curves of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aniworld_dl.model import Status
    from aniworld_dl.net.host import HostFigures
    from aniworld_dl.net.hosts import Traffic
    from aniworld_dl.queue.tally import Tally


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """A moment of the service. What `tally`, `traffic` and `failures` count began with the process."""

    ffmpeg: str
    healthy: bool
    episodes: Mapping[Status, int]
    """Episodes in the queue and the history, by status."""
    running: int
    slots: int
    queue_paused: bool
    speed_bytes_per_s: float
    tally: Tally
    traffic: Traffic
    failures: Mapping[str, int]
    """Requests that failed, by the code of their error."""
    hosts: Sequence[HostFigures]
    disks: Sequence[Mapping[str, int | str | None]]
    """Those of `GET /api/status`."""
    database_bytes: int
    notices: int
    providers_broken: int
