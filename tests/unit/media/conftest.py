from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.unit.media.downloading import Download

if TYPE_CHECKING:
    from aniworld_dl.config import Settings


@pytest.fixture
def run(settings: Settings) -> Download:
    """A download that has not been run yet."""
    return Download(settings)
