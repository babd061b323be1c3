from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aniworld_dl.media.formats.packed_audio import PackedAudioCheck, demuxer_of, strip_id3
from aniworld_dl.media.formats.spans import StreamSpan
from aniworld_dl.media.store.structure import StructureError, check_for
from aniworld_dl.model import Container
from tests.unit.media.audio_builders import (
    OWNER,
    aac_frame,
    ac3_frame,
    eac3_frame,
    id3_frame,
    id3_tag,
    mp3_frame,
    timestamp_tag,
)
from tests.unit.media.checking import run

PIECES = (1, 7, 100, 100_000)
FRAMES = {"aac": aac_frame(), "mp3": mp3_frame(384), "ac3": ac3_frame(512), "eac3": eac3_frame()}
SAMPLES = {"aac": 1024, "mp3": 1152, "ac3": 1536, "eac3": 1536}


def checked(data: bytes, piece: int = 100_000) -> PackedAudioCheck:
    check = PackedAudioCheck()
    run(check, data, piece)
    return check


@pytest.mark.parametrize("piece", PIECES)
@pytest.mark.parametrize("kind", FRAMES)
def test_whole_segments_say_when_they_play(kind: str, piece: int) -> None:
    check = checked(timestamp_tag(900_000) + FRAMES[kind] * 48, piece)
    duration_us = SAMPLES[kind] * 1000
    assert (check.kind, check.start_ticks, check.duration_us) == (kind, 900_000, duration_us)
    assert check.spans() == (StreamSpan(stream=0, kind="audio", start_us=10_000_000, end_us=10_000_000 + duration_us),)
    assert check.doubts() == ()


@pytest.mark.parametrize("piece", PIECES)
@pytest.mark.parametrize("kind", FRAMES)
@pytest.mark.parametrize("cut", [1, 100, 199])
def test_a_cut_frame_is_found(kind: str, cut: int, piece: int) -> None:
    with pytest.raises(StructureError, match="the last frame is cut short at"):
        checked((FRAMES[kind] * 3)[:-cut], piece)


@pytest.mark.parametrize("piece", PIECES)
@pytest.mark.parametrize("kind", FRAMES)
def test_what_is_between_frames_is_found_with_its_place(kind: str, piece: int) -> None:
    frame = FRAMES[kind]
    with pytest.raises(StructureError, match=f"no frame of audio at offset {2 * len(frame)}$"):
        checked(frame * 2 + b"\0" + frame, piece)


@pytest.mark.parametrize(
    "data", [FRAMES["aac"] + FRAMES["mp3"], FRAMES["ac3"] + FRAMES["eac3"], aac_frame() + aac_frame(rate=4)]
)
def test_audio_that_becomes_another_one_is_refused(data: bytes) -> None:
    with pytest.raises(StructureError, match="becomes another one at offset"):
        checked(data)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "it is empty"),
        (timestamp_tag(0), "there is no frame"),
        (eac3_frame(kind=1), "there is no frame"),
        (b"<html></html>", "a page of text"),
        (b"anything else", "no frame of audio at offset 0"),
        (b"ID3\x04\0\0\xff\xff\xff\xff" + FRAMES["aac"], "no frame of audio at offset 0"),
        (b"\xff", "cut short at 1 bytes"),
        (FRAMES["aac"][:6], "cut short"),
        (timestamp_tag(0)[:-1], "cut short"),
    ],
)
def test_what_is_no_packed_audio_is_refused(data: bytes, words: str) -> None:
    with pytest.raises(StructureError, match=words):
        checked(data)


@pytest.mark.parametrize(
    ("frame", "codec", "samples", "rate"),
    [
        (aac_frame(7), "aac", 1024, 48000),
        (aac_frame(8191, rate=12), "aac", 1024, 7350),
        (aac_frame(blocks=4), "aac", 4096, 48000),
        (mp3_frame(385, padding=1), "mp3", 1152, 48000),
        (mp3_frame(417, rate=0), "mp3", 1152, 44100),
        (mp3_frame(1440, rate=2, bit_rate=14), "mp3", 1152, 32000),
        (mp3_frame(240, version=2), "mp3", 576, 24000),
        (mp3_frame(480, version=0), "mp3", 576, 12000),
        (mp3_frame(72, version=0, rate=2, bit_rate=1), "mp3", 576, 8000),
        (ac3_frame(128, code=0), "ac3", 1536, 48000),
        (ac3_frame(138, rate=1, code=0), "ac3", 1536, 44100),
        (ac3_frame(140, rate=1, code=1), "ac3", 1536, 44100),
        (ac3_frame(3840, rate=2, code=37), "ac3", 1536, 32000),
        (ac3_frame(512, bsid=10), "ac3", 1536, 12000),
        (eac3_frame(4096), "eac3", 1536, 48000),
        (eac3_frame(blocks=0, rate=2), "eac3", 256, 32000),
        (eac3_frame(rate=3, blocks=1), "eac3", 1536, 22050),
        (eac3_frame(kind=2), "eac3", 1536, 48000),
    ],
)
def test_lengths_and_durations_of_frames(frame: bytes, codec: str, samples: int, rate: int) -> None:
    """The size of each frame is that of the standard's tables, so that the next header is found."""
    check = checked(frame * 10)
    assert (check.kind, check.duration_us) == (codec, samples * 10 * 1_000_000 // rate)


@pytest.mark.parametrize(
    "frame",
    [
        aac_frame(rate=13),
        aac_frame(6),
        mp3_frame(384, version=1),
        mp3_frame(384, rate=3),
        mp3_frame(384, bit_rate=0),
        mp3_frame(384, bit_rate=15),
        b"\xff\xfd" + bytes(400),
        ac3_frame(512, rate=3),
        ac3_frame(512, code=38),
        eac3_frame(kind=3),
        eac3_frame(rate=3, blocks=3),
        eac3_frame(6),
        b"\x0b\x77\0\0\0" + bytes([17 << 3]) + bytes(400),
        b"\x0b\x78" + bytes(400),
    ],
)
def test_headers_that_cannot_be_are_refused(frame: bytes) -> None:
    with pytest.raises(StructureError, match="no frame of audio at offset 0"):
        checked(frame)


def test_more_channels_of_a_frame_add_no_time() -> None:
    """ETSI TS 102 366 E.1.3.1: dependent substreams and further programs play with the first one."""
    extra = eac3_frame(kind=1, rate=1) + eac3_frame(substream=1)
    assert checked((FRAMES["eac3"] + extra) * 5).duration_us == 160_000
    check = checked((FRAMES["ac3"] + extra) * 5)
    assert (check.kind, check.duration_us) == ("ac3", 160_000)


UNSYNCHRONISED = OWNER + b"\0" + bytes(5) + b"\xff\x00\xe0\x01"


@pytest.mark.parametrize(
    ("tags", "ticks"),
    [
        (timestamp_tag(2**33 - 1), 2**33 - 1),
        (timestamp_tag(2**33 + 5), 5),
        (id3_tag(id3_frame(b"TIT2", b"x") + timestamp_tag(7)[10:]), 7),
        (id3_tag(timestamp_tag(7)[10:], flags=0x10), 7),
        (id3_tag(id3_frame(b"PRIV", UNSYNCHRONISED), flags=0x80), 0xFFE001),
        (id3_tag(b"") + timestamp_tag(7), 7),
        (timestamp_tag(7) + timestamp_tag(8), 7),
        (id3_tag(b"x" * 5000), None),
        (id3_tag(id3_frame(b"TXXX", OWNER + b"\0" + bytes(8))), None),
        (id3_tag(id3_frame(b"PRIV", OWNER + b"\0" + bytes(7))), None),
        (id3_tag(id3_frame(b"PRIV", OWNER[1:] + b"\0" + bytes(8))), None),
        (id3_tag(bytes(70_000) + timestamp_tag(7)[10:]), None),
        (b"", None),
    ],
)
@pytest.mark.parametrize("piece", PIECES)
def test_timestamps_of_tags(tags: bytes, ticks: int | None, piece: int) -> None:
    check = checked(tags + FRAMES["aac"], piece)
    assert check.start_ticks == ticks
    assert bool(check.spans()) == (ticks is not None)


@pytest.mark.parametrize("piece", PIECES)
def test_tags_among_the_frames_are_stepped_over(piece: int) -> None:
    frame = FRAMES["mp3"]
    check = checked(frame + timestamp_tag(7) + frame + b"TAG" + bytes(125), piece)
    assert (check.start_ticks, check.duration_us) == (None, 48_000)


def test_tags_are_left_out_where_segments_are_joined() -> None:
    tags = timestamp_tag(7) + id3_tag(b"x" * 200, flags=0x10)
    assert strip_id3(tags + FRAMES["aac"]) == len(tags)
    assert strip_id3(FRAMES["aac"]) == strip_id3(b"") == strip_id3(b"ID3") == 0
    assert strip_id3(id3_tag(b"x" * 100_000)[:20]) == 100_010


@pytest.mark.parametrize("kind", FRAMES)
def test_the_demuxer_is_that_of_the_first_frame(kind: str) -> None:
    assert demuxer_of(FRAMES[kind][:7]) == demuxer_of(timestamp_tag(7) + FRAMES[kind]) == kind


@pytest.mark.parametrize("head", [b"", timestamp_tag(7), FRAMES["aac"][:6], b"anything else"])
def test_no_demuxer_for_what_is_no_audio(head: bytes) -> None:
    with pytest.raises(StructureError, match="no frame of audio"):
        demuxer_of(head)


def test_segments_of_packed_audio_are_checked() -> None:
    assert isinstance(check_for(Container.PACKED_AUDIO), PackedAudioCheck)


parts = st.sampled_from([*FRAMES.values(), timestamp_tag(7), b"ID3", b"TAG" + bytes(125), b"\xff\xf1", b"\x0b\x77"])


@given(data=st.one_of(st.binary(max_size=300), st.lists(parts, max_size=6).map(b"".join)), piece=st.integers(1, 300))
def test_any_bytes_are_accepted_or_refused_the_same_in_any_pieces(data: bytes, piece: int) -> None:
    def verdict(size: int) -> tuple[str, int, int | None] | str:
        try:
            check = checked(data, size)
        except StructureError as error:
            return str(error)
        return check.kind, check.duration_us, check.start_ticks

    assert verdict(piece) == verdict(10_000)
