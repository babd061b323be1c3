from __future__ import annotations

import importlib
import sys
import zlib
from typing import TYPE_CHECKING

from aniworld_dl.media import checksum

if TYPE_CHECKING:
    import pytest


def test_it_is_the_checksum_of_zlib() -> None:
    assert checksum.crc32(b"segment") == zlib.crc32(b"segment")
    assert checksum.crc32(b"ment", checksum.crc32(b"seg")) == zlib.crc32(b"segment")


def test_it_is_there_without_the_fast_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Some machines have no wheel of it."""
    monkeypatch.setitem(sys.modules, "isal.isal_zlib", None)
    assert importlib.reload(checksum).crc32 is zlib.crc32
    monkeypatch.undo()
    importlib.reload(checksum)
