"""How large an episode will be, by its manifest, and how often it is on the disk meanwhile."""

from __future__ import annotations

from dataclasses import replace

import pytest

from aniworld_dl.media.assemble import copies_on_disk
from aniworld_dl.media.download.progress import estimated_bytes
from aniworld_dl.media.source.sniff import Kind
from tests import builders


def test_announced_sizes_count_before_bandwidths() -> None:
    media = builders.media(4, duration_s=2.0)
    (track,) = media.tracks
    slow = replace(track, bandwidth_bps=80_000, size_bytes=None)
    sized = replace(track, bandwidth_bps=80_000, size_bytes=7)
    assert estimated_bytes(replace(media, tracks=(slow,))) == 80_000
    assert estimated_bytes(replace(media, tracks=(slow, sized))) == 80_007
    assert estimated_bytes(replace(media, tracks=(replace(slow, bandwidth_bps=None),))) is None
    average = replace(slow, average_bandwidth_bps=40_000)
    assert estimated_bytes(replace(media, tracks=(average,))) == 40_000


@pytest.mark.parametrize(
    ("kind", "container", "pipes", "copies"),
    [
        (None, "mkv", True, 2),
        (None, "mkv", False, 3),
        (Kind.MATROSKA, "mkv", True, 1),
        (Kind.MP4, "mkv", True, 2),
        (Kind.MP4, "mkv", False, 2),
        (Kind.MP4, "mp4", False, 1),
    ],
)
def test_copies(kind: Kind | None, container: str, pipes: bool, copies: int) -> None:
    assert copies_on_disk(kind, container, pipes=pipes) == copies
