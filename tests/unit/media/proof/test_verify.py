"""Which streams of a result belong to which track, and what is asked of its subtitles."""

from __future__ import annotations

from pathlib import Path

import pytest

from aniworld_dl.errors import IncompleteError
from aniworld_dl.ffmpeg import Ffmpeg
from aniworld_dl.media.formats.packets import StreamPackets
from aniworld_dl.media.proof.verify import _check_texts, _check_track, _shared_out
from aniworld_dl.media.store.ledger import Ledger
from aniworld_dl.media.store.work import WorkFolder
from aniworld_dl.model import TrackKind
from tests.media_builders import hls_track, media_of

MUXED, VIDEO, AUDIO, TEXT = TrackKind.MUXED, TrackKind.VIDEO, TrackKind.AUDIO, TrackKind.TEXT


def stream(name: str) -> StreamPackets:
    kind = {"v": "video", "a": "audio"}[name[0]]
    return StreamPackets(kind=kind, codec=name, packets=1, start_s=0.0, end_s=1.0, gaps=())


@pytest.mark.parametrize(
    ("kinds", "streams", "shares"),
    [
        ([MUXED], "v1 a1", [["v1", "a1"]]),
        ([MUXED], "v1 a1 a2", [["v1", "a1", "a2"]]),
        ([MUXED], "a1", [["a1"]]),
        ([VIDEO, AUDIO, AUDIO], "v1 a1 a2", [["v1"], ["a1"], ["a2"]]),
        ([VIDEO, AUDIO, TEXT], "v1 a1", [["v1"], ["a1"], []]),
        ([MUXED, AUDIO, AUDIO], "v1 a1 a2 a3", [["v1", "a1"], ["a2"], ["a3"]]),
        ([MUXED, AUDIO], "v1 a1", [["v1"], ["a1"]]),
        ([VIDEO, AUDIO, AUDIO], "v1 a1", [["v1"], ["a1"], []]),
        ([AUDIO, VIDEO], "v1 a1", [["a1"], ["v1"]]),
        ([VIDEO, AUDIO], "", [[], []]),
    ],
)
def test_streams_keep_the_order_of_their_tracks(kinds: list[TrackKind], streams: str, shares: list[list[str]]) -> None:
    media = media_of(*(hls_track(kind=kind) for kind in kinds))
    shared = _shared_out(media, [stream(name) for name in streams.split()])
    assert [[item.codec for item in share] for share in shared] == shares


def test_subtitles_are_counted() -> None:
    media = media_of(hls_track(), hls_track(kind=TEXT), hls_track(kind=TEXT))
    _check_texts(media, ["video", "subtitle", "subtitle"])
    with pytest.raises(IncompleteError, match="it has 1 of 2 subtitles"):
        _check_texts(media, ["video", "audio", "subtitle"])


async def test_of_texts_no_time_is_asked() -> None:
    """Nobody speaks all the time."""
    media = media_of(hls_track(kind=TEXT))
    work = WorkFolder(path=Path(), ledger=Ledger(Path(), media), media=media)
    await _check_track(Ffmpeg(path=Path("none"), version=(5, 1)), work, 0, [])
