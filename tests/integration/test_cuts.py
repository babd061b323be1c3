"""A finished file is cut for the player: every packet is in a part, several sounds and subtitles are apart."""

from __future__ import annotations

import asyncio
import re
import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from aniworld_dl.errors import NotWatchableError
from aniworld_dl.ffmpeg import find_ffmpeg
from aniworld_dl.media.formats.matroska_index import MatroskaIndex, TrackEntry, read_index
from aniworld_dl.media.watch.finished import cut_part, cuts_of, split_init
from aniworld_dl.model import TrackKind
from tests.media_samples import ffmpeg

if TYPE_CHECKING:
    from pathlib import Path

SECONDS = 20


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Picture with B-frames and a key frame every second, two sounds, subtitles."""
    folder = tmp_path_factory.mktemp("film")
    (folder / "text.srt").write_text("1\n00:00:12,000 --> 00:00:14,000\nGuten Tag\n")
    sounds = [f"sine=frequency={hertz}:sample_rate=48000:duration={SECONDS}" for hertz in (440, 880)]
    inputs = ["-f", "lavfi", "-i", f"testsrc2=size=160x90:rate=25:duration={SECONDS}"]
    inputs += [argument for sound in sounds for argument in ("-f", "lavfi", "-i", sound)]
    video = ["-c:v", "libx264", "-preset", "superfast", "-pix_fmt", "yuv420p", "-bf", "2", "-g", "25"]
    names = ["-metadata:s:a:0", "language=ger", "-metadata:s:a:1", "language=jpn", "-metadata:s:a:1", "title=Original"]
    maps = [argument for number in range(4) for argument in ("-map", str(number))]
    ffmpeg(
        [*inputs, "-i", "text.srt", *maps, *video, "-c:a", "aac", *names, "-disposition:a:1", "0", "film.mkv"], folder
    )
    return folder / "film.mkv"


def test_a_file_tells_its_tracks_and_where_it_can_be_cut(film: Path) -> None:
    index = read_index(film)
    assert index is not None
    assert index.duration_s == pytest.approx(SECONDS, abs=0.1)
    assert [(track.kind, track.codec, track.language, track.name, track.default) for track in index.tracks] == [
        ("video", "V_MPEG4/ISO/AVC", None, None, False),
        ("audio", "A_AAC", "de", None, False),
        ("audio", "A_AAC", "ja", "Original", False),
        ("subtitle", "S_TEXT/ASS", None, None, False),
    ]
    assert len(index.key_times_s) == SECONDS
    cuts = cuts_of(index)
    assert [round(bound) for bound in cuts.bounds_s] == [0, 6, 12, 18, 20]
    assert [(each.kind, each.language, each.default) for each in cuts.renditions] == [
        (TrackKind.VIDEO, None, False),
        (TrackKind.AUDIO, "de", False),
        (TrackKind.AUDIO, "ja", False),
        (TrackKind.TEXT, None, False),
    ]
    assert sum(part.duration_s for part in cuts.renditions[0].parts) == pytest.approx(index.duration_s)


async def test_the_parts_together_are_the_whole(film: Path, tmp_path: Path) -> None:
    program, index = await asyncio.to_thread(find_ffmpeg), await asyncio.to_thread(read_index, film)
    assert index is not None
    cuts = cuts_of(index)
    for number, stream in enumerate(("0:v:0", "0:a:0", "0:a:1")):
        parts = [await cut_part(program, film, cuts, number, place) for place in range(-1, 4)]
        assert parts[0][4:8] == b"ftyp"
        assert {part[4:8] for part in parts[1:]} <= {b"moof", b"styp"}
        played, own = tmp_path / f"{number}.mp4", tmp_path / f"own{number}.mp4"
        await asyncio.to_thread(played.write_bytes, b"".join(parts))
        await asyncio.to_thread(ffmpeg, ["-i", str(film), "-map", stream, "-c", "copy", str(own)], tmp_path)
        shown, stored = [await asyncio.to_thread(_packets, path) for path in (played, own)]
        assert shown == stored


def _packets(path: Path) -> set[str]:
    """Return the hashes of a file's packets: a part may begin with what the one before it ends with."""
    command = [
        "ffprobe",
        "-v",
        "error",
        "-show_entries",
        "packet=data_hash",
        "-show_data_hash",
        "MD5",
        "-of",
        "csv=p=0",
    ]
    return set(subprocess.run([*command, path], check=True, capture_output=True, text=True).stdout.split())


async def test_subtitles_say_when_they_are_beside_the_picture(film: Path) -> None:
    program, index = await asyncio.to_thread(find_ffmpeg), await asyncio.to_thread(read_index, film)
    assert index is not None
    text = (await cut_part(program, film, cuts_of(index), 3, 0)).decode()
    assert text.startswith("WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:900000,LOCAL:00:00:00.000\n\n")
    assert re.search(r"00:12\.0\d\d --> 00:14\.0\d\d\nGuten Tag", text)


async def test_what_ffmpeg_cannot_cut_is_said(film: Path) -> None:
    program, index = await asyncio.to_thread(find_ffmpeg), await asyncio.to_thread(read_index, film)
    assert index is not None
    cuts = replace(cuts_of(index), streams=(("a:9",),) * 4)
    with pytest.raises(NotWatchableError, match="codec"):
        await cut_part(program, film, cuts, 0, 0)


def _track(kind: str, codec: str = "") -> TrackEntry:
    return TrackEntry(kind=kind, codec=codec, language=None, name=None, default=False)


def test_one_sound_stays_with_its_picture_and_pictures_of_text_are_left_out() -> None:
    tracks = (_track("video"), _track("audio"), _track("subtitle", "S_HDMV/PGS"))
    cuts = cuts_of(MatroskaIndex(duration_s=5.0, tracks=tracks, key_times_s=(0.0, 4.0)))
    assert [each.kind for each in cuts.renditions] == [TrackKind.MUXED]
    assert cuts.streams == (("V:0", "a:0"),)
    assert cuts.bounds_s == (0.0, 5.0)


def test_without_picture_and_sound_there_is_nothing_to_play() -> None:
    with pytest.raises(NotWatchableError, match="no_streams"):
        cuts_of(MatroskaIndex(duration_s=5.0, tracks=(_track("subtitle", "S_TEXT/UTF8"),), key_times_s=(0.0,)))


def test_sound_alone_is_cut_as_sound() -> None:
    cuts = cuts_of(MatroskaIndex(duration_s=5.0, tracks=(_track("audio"),), key_times_s=(0.0,)))
    assert [each.kind for each in cuts.renditions] == [TrackKind.AUDIO]


@pytest.mark.parametrize("size", [0, 100, 5_000])
def test_what_has_no_index_is_known_by_that(film: Path, tmp_path: Path, size: int) -> None:
    cut = tmp_path / "cut.mkv"
    cut.write_bytes(film.read_bytes()[:size])
    assert read_index(cut) is None


def test_fragments_are_told_from_what_stands_before_them() -> None:
    head, fragment, index = b"\0\0\0\x08ftyp", b"\0\0\0\x08moof\0\0\0\x09mdatx", b"\0\0\0\x08mfra"
    assert split_init(head + fragment + index) == (head, fragment)
    assert split_init(head + index) == (head, b"")
    assert split_init(b"\0\0\0\x04junk") == (b"", b"")
