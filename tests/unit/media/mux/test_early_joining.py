"""What can be joined before all of it is stored. That it is, is shown in tests/integration."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from aniworld_dl.media.assemble import _can_begin_early
from aniworld_dl.media.store.work import open_work
from aniworld_dl.model import Container, TrackKind
from tests.media_builders import file_track, hls_track, media_of
from tests.stored_media import TARGET

if TYPE_CHECKING:
    from pathlib import Path

    from aniworld_dl.model import Track


@pytest.mark.parametrize(
    ("tracks", "expected"),
    [
        ((hls_track(2),), True),
        ((hls_track(2), hls_track(2, kind=TrackKind.TEXT, container=Container.WEBVTT)), True),
        ((file_track(14, 7),), False),
    ],
)
async def test_a_plain_file_must_be_whole(tmp_path: Path, tracks: tuple[Track, ...], expected: bool) -> None:
    async with open_work(tmp_path, TARGET, media_of(*tracks)) as work:
        assert _can_begin_early(work) is expected


async def test_what_depends_on_the_whole_is_not_begun_early(tmp_path: Path) -> None:
    """Subtitles want to know every jump of the timeline; what has a gap will never be whole."""
    text = hls_track(2, kind=TrackKind.TEXT, container=Container.WEBVTT)
    first, second = hls_track(2).segments
    jumping = hls_track(2, segments=(first, replace(second, discontinuity=True)))
    period = hls_track(2, segments=(first, replace(second, discontinuity=True, shift_s=5.0)))
    lacking = hls_track(2, segments=(first, replace(second, gap=True)))
    for tracks, expected in (
        ((jumping,), True),
        ((jumping, text), False),
        ((period, text), True),
        ((lacking,), False),
    ):
        async with open_work(tmp_path, TARGET, media_of(*tracks)) as work:
            assert _can_begin_early(work) is expected
