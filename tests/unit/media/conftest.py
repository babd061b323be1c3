from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.unit.media.downloading import Download
from tests.unit.media.reading import Read

if TYPE_CHECKING:
    from pathlib import Path

    from aniworld_dl.config import Settings


@pytest.fixture
def run(settings: Settings) -> Download:
    """A download that has not been run yet."""
    return Download(settings)


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """A reader of Matroska files made by hand."""
    return Read(tmp_path / "file.mkv")
