"""The demo series: their origin, and the jobs that ask for them."""

from __future__ import annotations

from typing import Final

DEMO_RATE_BYTES_PER_S: Final = 400_000
"""What the demo origin gives each connection, so that there is something to see; a usual hoster gives 1-2 MB/s."""
