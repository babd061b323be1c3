"""Discontinuity sequences and periods become one timeline: nothing is lost, nothing overlaps, sound keeps its place."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from aniworld_dl.model import Container, TrackKind
from tests.integration.mux_stage import WAYS, Joined, Way, join
from tests.mux_parts import SECONDS, Parts, frames, sounds
from tests.stored_media import stored_track

if TYPE_CHECKING:
    from pathlib import Path

MUXED, VIDEO, AUDIO = TrackKind.MUXED, TrackKind.VIDEO, TrackKind.AUDIO
TS, FMP4, PACKED = Container.MPEG_TS, Container.FMP4, Container.PACKED_AUDIO
FRAMES = SECONDS * 25
AAC_PRIMING_S = 1024 / 48_000


@pytest.fixture(scope="session")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Parts:
    return Parts(tmp_path_factory.mktemp("parts"))


def assert_one_timeline(joined: Joined, *, streams: tuple[str, ...] = ("v:0", "a:0"), parts: int = 2) -> None:
    """Nothing overlaps, no pause is longer than what picture and sound differ in, and the length is the sum."""
    for stream in streams:
        found = joined.packets(stream)
        steps = [right.dts - left.dts for left, right in pairwise(found)]
        assert min(steps) > 0.01
        assert max(steps) < 0.15
        assert found[-1].pts - found[0].pts == pytest.approx(parts * SECONDS, abs=0.2)


def assert_has_parts(joined: Joined, parts: Parts, *names: str) -> None:
    """Every picture and every packet of sound is there, in order."""
    assert joined.frames() == [frame for name in names for frame in frames(parts.whole(name))]
    assert joined.sounds() == [sound for name in names for sound in sounds(parts.whole(name))]


@pytest.mark.parametrize("way", WAYS, ids=str)
@pytest.mark.parametrize(
    "offset_s", [0.0, 1000.0, SECONDS + 0.05, 2**33 / 90_000 - 2], ids=["again", "forward", "on", "wrap"]
)
async def test_sequences_of_mpegts_are_one_timeline(parts: Parts, tmp_path: Path, offset_s: float, way: Way) -> None:
    """The second one's timestamps begin anew, far ahead, where the first ends, or just before they wrap."""
    track = stored_track(MUXED, TS, parts.ts("a"), parts.ts("b", offset_s=offset_s))
    joined = await join(tmp_path, track, way=way)
    assert_one_timeline(joined)
    assert_has_parts(joined, parts, "a", "b")


@pytest.mark.parametrize("way", WAYS, ids=str)
@pytest.mark.parametrize("offset_s", [0.0, 1000.0], ids=["again", "forward"])
async def test_sequences_of_fragments_are_one_timeline(parts: Parts, tmp_path: Path, offset_s: float, way: Way) -> None:
    """Both have the same parameters, so that the second init section is of no use."""
    track = stored_track(MUXED, FMP4, parts.fmp4("a"), parts.fmp4("b", offset_s=offset_s))
    joined = await join(tmp_path, track, way=way)
    assert_one_timeline(joined)
    assert_has_parts(joined, parts, "a", "b")


@pytest.mark.parametrize("way", WAYS, ids=str)
async def test_fragments_whose_parameters_change_are_played(parts: Parts, tmp_path: Path, way: Way) -> None:
    track = stored_track(MUXED, FMP4, parts.fmp4("a"), parts.fmp4("big"), parts.fmp4("b", offset_s=5.0))
    joined = await join(tmp_path, track, way=way)
    assert_one_timeline(joined, parts=3)
    assert len(joined.frames()) == 3 * FRAMES
    assert joined.frames()[:FRAMES] == frames(parts.whole("a"))
    assert joined.sounds() == [sound for name in ("a", "big", "b") for sound in sounds(parts.whole(name))]


@pytest.mark.parametrize("way", WAYS, ids=str)
async def test_mpegts_whose_picture_changes_its_size_is_played(parts: Parts, tmp_path: Path, way: Way) -> None:
    joined = await join(tmp_path, stored_track(MUXED, TS, parts.ts("a"), parts.ts("big")), way=way)
    assert_one_timeline(joined)
    assert len(joined.frames()) == 2 * FRAMES
    assert joined.frames()[:FRAMES] == frames(parts.whole("a"))


@pytest.mark.parametrize("way", WAYS, ids=str)
async def test_streams_that_get_other_pids_go_on(parts: Parts, tmp_path: Path, way: Way) -> None:
    """Also where sound and picture change places."""
    other = parts.ts_file("b", ["-streamid", "0:481", "-streamid", "1:482"])
    swapped = parts.ts_file("a", ["-streamid", "0:257", "-streamid", "1:256", "-mpegts_pmt_start_pid", "512"])
    joined = await join(tmp_path, stored_track(MUXED, TS, parts.ts("a"), other, swapped), way=way)
    assert_one_timeline(joined, parts=3)
    assert_has_parts(joined, parts, "a", "b", "a")


@pytest.mark.parametrize("way", WAYS, ids=str)
async def test_sound_of_its_own_keeps_its_place_over_sequences(parts: Parts, tmp_path: Path, way: Way) -> None:
    video = stored_track(VIDEO, TS, parts.ts("a", "v"), parts.ts("b", "v", offset_s=50))
    audio = stored_track(AUDIO, TS, parts.ts("a", "a"), parts.ts("b", "a", offset_s=50.3))
    joined = await join(tmp_path, video, audio, way=way)
    assert_one_timeline(joined, streams=("v:0",))
    assert_has_parts(joined, parts, "a", "b")
    assert sound_after_picture(joined, 0) == pytest.approx(0.0, abs=0.1)


def sound_after_picture(joined: Joined, part: int) -> float:
    """Return by how much the first packet of a part's sound is later than its first picture."""
    pictures, heard = joined.packets("v:0"), joined.packets("a:0")
    first = min(packet.pts for packet in pictures[part * FRAMES : (part + 1) * FRAMES])
    return heard[part * len(heard) // 2].pts - first


@pytest.mark.parametrize("way", WAYS, ids=str)
async def test_fragments_whose_own_times_jump_are_one_timeline(parts: Parts, tmp_path: Path, way: Way) -> None:
    track = stored_track(MUXED, FMP4, parts.fragments("a", offset_s=7), parts.fragments("b", offset_s=4000))
    joined = await join(tmp_path, track, way=way)
    assert_one_timeline(joined)
    assert_has_parts(joined, parts, "a", "b")


@pytest.mark.parametrize("way", WAYS, ids=str)
async def test_periods_lie_where_the_manifest_says(parts: Parts, tmp_path: Path, way: Way) -> None:
    """Sound begins 0.2 s before each period, pictures are shown 0.08 s into it; times begin at 5 s and at 100 s."""
    cuts = {
        streams: (parts.fragments("a", streams, offset_s=5), parts.fragments("b", streams, offset_s=100))
        for streams in "va"
    }
    video = stored_track(VIDEO, FMP4, *cuts["v"], shifts_s=(-5.0, SECONDS - 100))
    audio = stored_track(AUDIO, FMP4, *cuts["a"], shifts_s=(-5.2, SECONDS - 100.2))
    joined = await join(tmp_path, video, audio, way=way)
    assert_one_timeline(joined, streams=("v:0",))
    assert joined.frames() == frames(parts.whole("a")) + frames(parts.whole("b"))
    assert sound_after_picture(joined, 0) == pytest.approx(-0.28, abs=0.001)
    pictures, heard = joined.packets("v:0"), joined.packets("a:0")
    first = min(packet.pts for packet in pictures[FRAMES:])
    # where it begins, 0.03 s of the sound before are still to come: what follows that is in its place
    after = len(heard) // 2 + 10
    assert heard[after].pts - first == pytest.approx(-0.28 + 10 * 1024 / 48_000, abs=0.001)


@pytest.mark.parametrize("way", WAYS, ids=str)
async def test_packed_audio_lies_where_its_tags_say(parts: Parts, tmp_path: Path, way: Way) -> None:
    """The pictures begin at 1.48 s, then at 61.4 s: the sound is 0.5 s later first, 0.1 s earlier then."""
    video = stored_track(VIDEO, TS, parts.ts("a", "v"), parts.ts("b", "v", offset_s=60))
    audio = stored_track(AUDIO, PACKED, parts.packed("a", offset_s=1.98), parts.packed("b", offset_s=61.3))
    joined = await join(tmp_path, video, audio, way=way)
    assert_has_parts(joined, parts, "a", "b")
    assert sound_after_picture(joined, 0) == pytest.approx(0.5, abs=0.001)
    assert sound_after_picture(joined, 1) == pytest.approx(-0.1, abs=0.001)


@pytest.mark.parametrize("way", WAYS, ids=str)
@pytest.mark.parametrize("container", [TS, FMP4, PACKED])
async def test_sound_keeps_its_distance_to_the_picture(
    parts: Parts, tmp_path: Path, container: Container, way: Way
) -> None:
    late_s = 0.4321
    video = stored_track(VIDEO, TS, parts.ts("a", "v"))
    cut = {
        TS: parts.ts("a", "a", offset_s=late_s),
        FMP4: parts.fragments("a", "a", offset_s=1.48 + late_s),
        PACKED: parts.packed("a", offset_s=1.48 + late_s),
    }[container]
    expected = late_s if container is not TS else 1.4 + late_s - AAC_PRIMING_S - 1.48
    joined = await join(tmp_path, video, stored_track(AUDIO, container, cut), way=way)
    assert sound_after_picture(joined, 0) == pytest.approx(expected, abs=0.001)
