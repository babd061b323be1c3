from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from aniworld_dl.demo.cuts import boundary_before

if TYPE_CHECKING:
    from pathlib import Path

PACKETS = (b"\x47" + bytes(187)) * 10


def box(kind: bytes, size: int) -> bytes:
    return size.to_bytes(4) + kind + bytes(size - 8)


FRAGMENTS = (box(b"moof", 100) + box(b"mdat", 900)) * 3
ONE_FRAGMENT = box(b"styp", 24) + box(b"moof", 100) + box(b"mdat", 900)


@pytest.mark.parametrize(
    ("body", "start", "at", "expected"),
    [
        (PACKETS, 0, 1000, 940),
        (PACKETS, 0, 1880, 1880),
        (PACKETS, 188, 1000, 188 + 4 * 188),
        (FRAGMENTS, 0, 2500, 2000),
        (FRAGMENTS, 0, 2000, 2000),
        (FRAGMENTS, 0, 1999, 1000),
        (FRAGMENTS, 1000, 2999, 2000),
        (ONE_FRAGMENT, 0, 500, 24),
        (ONE_FRAGMENT[24:], 0, 500, 100),
        (FRAGMENTS, 0, 50, 50),
        (b"no structure at all", 0, 5, 5),
        (b"", 0, 0, 0),
    ],
)
def test_the_last_boundary_before(body: bytes, start: int, at: int, expected: int, tmp_path: Path) -> None:
    """Of bytes, and of a file with the same bytes."""
    file = tmp_path / "body"
    file.write_bytes(body)
    assert boundary_before(body, start, at) == boundary_before(file, start, at) == expected


def test_a_large_box_has_its_size_behind_its_type() -> None:
    large = (1).to_bytes(4) + b"mdat" + (1016).to_bytes(8) + bytes(1000)
    assert boundary_before(large + box(b"moof", 100), 0, 1100) == 1016


def test_a_box_that_claims_less_than_its_header_ends_the_search() -> None:
    assert boundary_before(box(b"moof", 100) + bytes(500), 0, 300) == 100
