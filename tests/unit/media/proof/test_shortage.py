"""How long a segment may be shorter than announced, and how long all of them play."""

from __future__ import annotations

import pytest

from aniworld_dl.media.proof.continuity import shortage_s, stored_s
from aniworld_dl.model import Segment
from tests.media_builders import hls_track
from tests.unit.media.stored_times import COUNT, KnownLedger, audio, entry, episode, video


@pytest.mark.parametrize(
    ("duration_s", "held_s", "rounded", "last", "short"),
    [
        (6.0, 5.45, False, False, False),
        (6.0, 5.3, False, False, True),
        (6.0, 3.0, False, False, True),
        (20.0, 18.1, False, False, False),
        (20.0, 17.9, False, False, True),
        (6.0, 4.6, True, False, False),
        (6.0, 4.3, True, False, True),
        (6.0, 4.6, False, True, False),
        (6.0, 4.3, False, True, True),
        (None, 1.0, False, False, False),
        (0.0, 1.0, False, False, False),
        (6.0, 0.0, False, False, False),
        (6.0, 7.0, False, False, False),
    ],
)
def test_how_much_shorter_than_announced_a_segment_may_be(
    duration_s: float | None, held_s: float, rounded: bool, last: bool, short: bool
) -> None:
    segment = Segment(index=0, uri="a", duration_s=duration_s)
    lacking = shortage_s(segment, [video(10, 10 + held_s), audio(10, 10 + held_s / 2)], rounded=rounded, last=last)
    assert (lacking > 0) is short
    if short:
        assert lacking == pytest.approx((duration_s or 0) - held_s)


def test_what_is_stored_counts_once() -> None:
    track = hls_track(COUNT)
    assert stored_s(track, 0, KnownLedger(episode())) == pytest.approx(48.0)  # type: ignore[arg-type]
    overlapping = {index: entry(video(4 * index, 4 * index + 4.5)) for index in range(COUNT)}
    assert stored_s(track, 0, KnownLedger(overlapping)) == pytest.approx(48.5)  # type: ignore[arg-type]
    assert stored_s(track, 0, KnownLedger({})) == 0.0  # type: ignore[arg-type]
