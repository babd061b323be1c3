"""Where each segment of a running download stands, for people who look on. Changing one costs next to nothing."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from aniworld_dl.errors import AniworldDlError
from aniworld_dl.media.store.segment_map import STORED, SegmentState, TrackMap, scales_of, track_view

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from aniworld_dl.media.download.plan import PieceKey
    from aniworld_dl.media.store.segment_map import Scale
    from aniworld_dl.model import Media


class SegmentStates:
    """The states of all segments by track and index; init sections (negative indexes) have none. One event loop only.

    What was given up, or was stored and is not good any more, is *repaired* when it comes after all; what came after
    a failure of the same attempt is *retried*.
    """

    def __init__(self) -> None:
        self._states: list[bytearray] = []
        self._earlier: Sequence[bytes] = ()
        self._doubted: set[PieceKey] = set()
        self._asked: Counter[PieceKey] = Counter()
        self._media: Media
        self._scales: tuple[Media, tuple[Scale, ...]] | None = None
        self._revision = 0
        self._view: tuple[int, Sequence[Mapping[str, Any]]] | None = None

    def begin(self, media: Media) -> None:
        """Count the segments of a media; again when a live one has grown, with what is known of those before."""
        known, self._media = self._states, media
        self._states = [bytearray([SegmentState.MISSING]) * len(track.segments) for track in media.tracks]
        for states, before in zip(self._states, known, strict=False):
            states[: len(before)] = before
        self._revision += 1

    def remember(self, earlier: Sequence[TrackMap]) -> None:
        """Take over how segments came in earlier attempts at the same media."""
        self._earlier = [track.states for track in earlier]

    # ------------------------------------------------------------------------------------------------- what happens

    @contextmanager
    def asking(self, key: PieceKey) -> Iterator[None]:
        """Count a segment as running inside the block, and as failed when an error of ours ends it."""
        self.asked(key)
        try:
            yield
        except AniworldDlError:
            self.failed(key)
            raise
        finally:
            self.let_go(key)

    def asked(self, key: PieceKey) -> None:
        """Count one more at work for a segment."""
        self._asked[key] += 1
        self._revision += 1

    def let_go(self, key: PieceKey) -> None:
        """Count one less at work for a segment."""
        self._asked[key] -= 1
        if self._asked[key] <= 0:
            del self._asked[key]
        self._revision += 1

    def failed(self, key: PieceKey) -> None:
        """Note that asking for a segment has failed."""
        if self._state(key) is SegmentState.MISSING:
            self._set(key, SegmentState.FAILED)

    def reused(self, key: PieceKey) -> None:
        """Note that a segment was stored before this attempt, or before the media grew."""
        if self._state(key) not in STORED:
            earlier = self._before(key)
            self._set(key, earlier if earlier in STORED else SegmentState.DONE)

    def stored(self, key: PieceKey) -> None:
        """Note that a segment has been stored."""
        if key in self._doubted or self._before(key) is not SegmentState.MISSING:
            self._set(key, SegmentState.REPAIRED)
        else:
            was_failed = self._state(key) is SegmentState.FAILED
            self._set(key, SegmentState.RETRIED if was_failed else SegmentState.DONE)

    def doubted(self, key: PieceKey) -> None:
        """Note that a stored segment is fetched again, since something seems to be missing in it."""
        self._doubted.add(key)
        self._set(key, SegmentState.MISSING)

    # ------------------------------------------------------------------------------------------------- what is shown

    async def view(self) -> Sequence[Mapping[str, Any]]:
        """Return the public views of all tracks as of now."""
        revision = self._revision
        if self._view is None or self._view[0] != revision:
            self._view = revision, await asyncio.to_thread(self._views, self._media, self._now())
        return self._view[1]

    def maps(self) -> Sequence[TrackMap]:
        """Return what is to be kept: what runs now does not. For threads, when nothing changes any more."""
        return self._maps(self._media, [bytes(states) for states in self._states])

    def _views(self, media: Media, states: Sequence[bytes]) -> Sequence[Mapping[str, Any]]:
        return [track_view(track) for track in self._maps(media, states)]

    def _maps(self, media: Media, states: Sequence[bytes]) -> Sequence[TrackMap]:
        scales = self._scales
        if scales is None or scales[0] is not media:
            scales = self._scales = media, scales_of(media)
        return [TrackMap(scale=scale, states=each) for scale, each in zip(scales[1], states, strict=True)]

    def _now(self) -> Sequence[bytes]:
        now = [states.copy() for states in self._states]
        for track, index in self._asked:
            if index >= 0 and now[track][index] not in STORED:
                now[track][index] = SegmentState.RUNNING
        return [bytes(states) for states in now]

    def _state(self, key: PieceKey) -> SegmentState | None:
        track, index = key
        return SegmentState(self._states[track][index]) if index >= 0 else None

    def _before(self, key: PieceKey) -> SegmentState:
        track, index = key
        known = self._earlier[track] if track < len(self._earlier) else b""
        return SegmentState(known[index]) if index < len(known) else SegmentState.MISSING

    def _set(self, key: PieceKey, state: SegmentState) -> None:
        track, index = key
        self._states[track][index] = state
        self._revision += 1
