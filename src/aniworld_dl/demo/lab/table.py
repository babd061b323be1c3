"""All faults of the lab."""

from __future__ import annotations

from typing import Final

from aniworld_dl.demo.lab.kinds import LabFault
from aniworld_dl.demo.lab.lasting import LASTING, MANIFESTS
from aniworld_dl.demo.lab.passing import ODD, PASSING
from aniworld_dl.demo.lab.reaching import HANDSHAKES, LOOKUPS

NOTHING: Final = LabFault(name="nothing", what="no fault at all")
FAULTS: Final = (NOTHING, *PASSING, *ODD, *LASTING, *MANIFESTS, *HANDSHAKES, *LOOKUPS)
