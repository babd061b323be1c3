"""A local origin with generated series and injectable faults: for a first look, for the tests, for measuring."""

from __future__ import annotations

from typing import Final

PAGES: Final = "/aniworld-dl-demo/series"
"""Path under which each series and each episode has a page (JSON). No other site has such a path."""
