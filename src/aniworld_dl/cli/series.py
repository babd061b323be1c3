"""The demo series: their origin, and the jobs that ask for them."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from aniworld_dl.demo.origin import Origin
from aniworld_dl.demo.series import Catalogue
from aniworld_dl.model import EpisodeRef, JobRequest

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from aniworld_dl.engine import Engine

DEMO_RATE_BYTES_PER_S: Final = 400_000
"""What the demo origin gives each connection, so that there is something to see; a usual hoster gives 1-2 MB/s."""
