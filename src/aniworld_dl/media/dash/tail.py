"""The one segment more that a manifest of equal durations may forget.

How many segments a `SegmentTemplate@duration` stands for follows from the period's duration alone (ISO/IEC 23009-1
5.3.9.5.3). Packagers cut that to tenths of a second, and cut sound a little before each picture, so that its last
samples come in a segment behind the last one of the picture (ffmpeg's `-use_timeline 0` does both). What is not fetched
then is the end of the episode, and nothing in the file would tell. So the server is asked for the one that would be
next. It counts when it is a fragment whose time goes on after the last one's: not an error page, nor the last again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aniworld_dl.errors import HttpStatusError, MediaError
from aniworld_dl.media.dash.segments import segment_after
from aniworld_dl.media.formats.sidx import SidxError, file_boxes
from aniworld_dl.model import ByteRange

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aniworld_dl.media.dash.segments import Addressing
    from aniworld_dl.media.dash.timeline import Window
    from aniworld_dl.model import Segment
    from aniworld_dl.net.client import HttpClient

_HEAD: Final = ByteRange(start=0, stop=4096)
_VERSION_BYTES: Final = 4
_TIME_BYTES: Final = (4, 8)


async def forgotten_segment(
    http: HttpClient, addressing: Addressing, window: Window, segments: list[Segment], headers: Mapping[str, str]
) -> Segment | None:
    """Return the segment that follows the last one of a period in fragmented MP4, None when the server has none.

    Raises:
        NetError: the server could not be asked; an error that it answers is an answer.
    """
    following = segment_after(addressing, window, len(segments))
    if following is None:
        return None
    try:
        beginning = await _head(http, following.uri, headers)
        if (time := decode_time(beginning)) is None:
            return None
        before = decode_time(await _head(http, segments[-1].uri, headers))
    except (HttpStatusError, MediaError):  # whatever that is, it is no segment
        return None
    return following if before is not None and before < time else None


async def _head(http: HttpClient, uri: str, headers: Mapping[str, str]) -> bytes:
    fetched = await http.get_bytes(uri, headers=headers, byte_range=_HEAD, limit_bytes=_HEAD.length)
    return fetched.body


def decode_time(head: bytes) -> int | None:
    """Return the decode time of the first fragment (`moof/traf/tfdt`, ISO/IEC 14496-12 8.8.12), None where it is not.

    In the ticks of its track; `head` may end anywhere.
    """
    inside = head
    try:
        for name in ("moof", "traf", "tfdt"):
            box = next((box for box in file_boxes(inside) if box.name == name), None)
            if box is None:
                return None
            inside = inside[box.content : box.stop]
    except SidxError:
        return None
    size = _TIME_BYTES[inside[:1] == b"\x01"]
    value = inside[_VERSION_BYTES : _VERSION_BYTES + size]
    return int.from_bytes(value) if len(value) == size else None
