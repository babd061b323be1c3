"""All faults of the lab."""

from __future__ import annotations

from typing import Final

from aniworld_dl.demo.faults import Fault, FaultKind
from aniworld_dl.demo.lab.kinds import REFUSING, LabFault, Medium, Part
from aniworld_dl.demo.lab.lasting import LASTING, MANIFESTS
from aniworld_dl.demo.lab.passing import ODD, PASSING
from aniworld_dl.demo.lab.reaching import HANDSHAKES, LOOKUPS

NOTHING: Final = LabFault(name="nothing", what="no fault at all")
LESSER: Final = LabFault(
    name="lesser",
    what="the playlist of the better of two variants is lacking",
    fault=Fault(kind=FaultKind.STATUS, times=None, status=404),
    part=Part.MANIFEST,
    media=frozenset({Medium.HLS}),
    codes=REFUSING,
)
FAULTS: Final = (NOTHING, LESSER, *PASSING, *ODD, *LASTING, *MANIFESTS, *HANDSHAKES, *LOOKUPS)
