from __future__ import annotations

import json
import zlib
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from aniworld_dl.errors import FileFailedError
from aniworld_dl.media.formats.spans import StreamSpan
from aniworld_dl.media.store.layout import stored_name
from aniworld_dl.media.store.ledger import LEDGER_NAME, Entry, Ledger, fingerprint
from aniworld_dl.model import ByteRange, Container, InitSection, Key, Media, TrackKind
from tests.media_builders import ORIGIN, file_track, hls_track, media_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from aniworld_dl.model import Segment, Track


def opened(folder: Path, media: Media) -> Ledger:
    for number in range(len(media.tracks)):
        (folder / f"t{number}").mkdir(exist_ok=True)
    ledger = Ledger(folder, media)
    ledger.open()
    return ledger


def store(ledger: Ledger, folder: Path, media: Media, index: int, data: bytes) -> None:
    (folder / stored_name(media.tracks[0], 0, index)).write_bytes(data)
    ledger.add(0, index, Entry(size_bytes=len(data), crc32=zlib.crc32(data)))


def each_segment(change: Callable[[Segment], Segment], track: Track | None = None) -> Track:
    base = track or hls_track()
    return replace(base, segments=tuple(change(segment) for segment in base.segments))


def test_what_was_added_is_there_after_opening_again(tmp_path: Path) -> None:
    media = media_of(hls_track())
    ledger = opened(tmp_path, media)
    store(ledger, tmp_path, media, 2, b"two")
    store(ledger, tmp_path, media, 0, b"zero")
    ledger.close()

    again = opened(tmp_path, media)
    assert again.done(0) == {0, 2}
    assert again.stored_bytes(0, 0) == 4
    assert again.has(0, 2)
    assert not again.has(0, 1)
    again.close()


def test_timestamps_and_confirmations_are_kept(tmp_path: Path) -> None:
    media = media_of(hls_track())
    ledger = opened(tmp_path, media)
    spans = (
        StreamSpan(stream=256, kind="video", start_us=-5, end_us=1 << 40),
        StreamSpan(stream=257, kind="audio", start_us=0, end_us=7, counters=(15, 0)),
    )
    data = b"zero"
    (tmp_path / stored_name(media.tracks[0], 0, 0)).write_bytes(data)
    entry = Entry(size_bytes=4, crc32=zlib.crc32(data), spans=spans, confirmed=True, doubts=("not kept",))
    ledger.add(0, 0, entry)
    ledger.close()

    again = opened(tmp_path, media)
    kept = again.entry(0, 0)
    assert kept == entry
    assert kept is not None
    assert (kept.spans, kept.confirmed, kept.doubts) == (spans, True, ())
    assert again.entry(0, 1) is None
    again.close()


def test_lines_of_older_releases_have_no_timestamps(tmp_path: Path) -> None:
    media = media_of(hls_track())
    opened(tmp_path, media).close()
    (tmp_path / stored_name(media.tracks[0], 0, 0)).write_bytes(b"zero")
    with (tmp_path / LEDGER_NAME).open("a") as file:
        file.write(json.dumps({"t": 0, "i": 0, "n": 4, "c": zlib.crc32(b"zero")}) + "\n")
    ledger = opened(tmp_path, media)
    assert ledger.entry(0, 0) == Entry(size_bytes=4, crc32=zlib.crc32(b"zero"))
    ledger.close()


def test_lines_written_after_opening_again_join_the_old_ones(tmp_path: Path) -> None:
    media = media_of(hls_track())
    for index in range(3):
        ledger = opened(tmp_path, media)
        store(ledger, tmp_path, media, index, b"data")
        ledger.close()
    ledger = opened(tmp_path, media)
    assert ledger.done(0) == {0, 1, 2}
    ledger.close()


@pytest.mark.parametrize(
    "tail",
    [
        b'{"t":0,"i":',
        b"\xff\xfe",
        b'{"t":0}\n',
        b'{"t":0,"i":1,"n":1,"c":1,"s":[[1,2,3,4,5]]}\n',
        b"[]\n",
        b'"text"\n',
        b"\n",
    ],
)
def test_a_torn_last_line_costs_only_itself(tmp_path: Path, tail: bytes) -> None:
    media = media_of(hls_track())
    ledger = opened(tmp_path, media)
    store(ledger, tmp_path, media, 0, b"zero")
    ledger.close()
    with (tmp_path / LEDGER_NAME).open("ab") as file:
        file.write(tail)

    ledger = opened(tmp_path, media)
    assert ledger.done(0) == {0}
    store(ledger, tmp_path, media, 1, b"one")
    ledger.close()
    ledger = opened(tmp_path, media)
    assert ledger.done(0) == {0, 1}
    ledger.close()


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.unlink(),
        lambda path: path.write_bytes(b"\0\0\0\0"),
        lambda path: path.write_bytes(b"zer"),
        lambda path: path.write_bytes(b"zerozero"),
        lambda path: path.write_bytes(b""),
    ],
    ids=["gone", "zeros", "shorter", "longer", "empty"],
)
def test_a_line_counts_only_while_its_bytes_are_there(tmp_path: Path, damage: Callable[[Path], None]) -> None:
    """A power cut can leave a file of zeros behind a line that is whole."""
    media = media_of(hls_track())
    ledger = opened(tmp_path, media)
    store(ledger, tmp_path, media, 0, b"zero")
    store(ledger, tmp_path, media, 1, b"one")
    ledger.close()
    damage(tmp_path / "t0/000000.ts")

    ledger = opened(tmp_path, media)
    assert ledger.done(0) == {1}
    ledger.close()


def test_a_range_of_a_file_is_checked_in_its_place(tmp_path: Path) -> None:
    media = media_of(file_track(10, 4))
    ledger = opened(tmp_path, media)
    whole = b"0123456789"
    (tmp_path / "t0/whole.bin").write_bytes(whole)
    for index, part in enumerate((whole[:4], whole[4:8], whole[8:])):
        ledger.add(0, index, Entry(size_bytes=len(part), crc32=zlib.crc32(part)))
    ledger.close()
    (tmp_path / "t0/whole.bin").write_bytes(b"0123x5678")

    ledger = opened(tmp_path, media)
    assert ledger.done(0) == {0}
    ledger.close()


def test_a_range_of_another_length_than_its_line_says_does_not_count(tmp_path: Path) -> None:
    media = media_of(file_track(10, 4))
    ledger = opened(tmp_path, media)
    (tmp_path / "t0/whole.bin").write_bytes(b"0123456789")
    ledger.add(0, 0, Entry(size_bytes=3, crc32=zlib.crc32(b"012")))
    ledger.close()
    ledger = opened(tmp_path, media)
    assert ledger.done(0) == set()
    ledger.close()


def test_init_sections_are_kept_but_are_no_segments(tmp_path: Path) -> None:
    init = InitSection(uri=f"{ORIGIN}/init.mp4")
    track = each_segment(lambda segment: replace(segment, init=init), hls_track(container=Container.FMP4))
    media = media_of(track)
    ledger = opened(tmp_path, media)
    store(ledger, tmp_path, media, -1, b"init")
    ledger.close()
    ledger = opened(tmp_path, media)
    assert ledger.has(0, -1)
    assert ledger.done(0) == set()
    ledger.close()


@pytest.mark.parametrize(
    "line", ['{"t":1,"i":0,"n":1,"c":1}', '{"t":0,"i":9,"n":1,"c":1}', '{"t":0,"i":-1,"n":1,"c":1}']
)
def test_lines_of_segments_that_do_not_exist_are_dropped(tmp_path: Path, line: str) -> None:
    media = media_of(hls_track())
    opened(tmp_path, media).close()
    with (tmp_path / LEDGER_NAME).open("a") as file:
        file.write(line + "\n")
    ledger = opened(tmp_path, media)
    assert line not in (tmp_path / LEDGER_NAME).read_text()
    ledger.close()


def test_another_media_drops_the_old_segments(tmp_path: Path) -> None:
    media = media_of(hls_track())
    ledger = opened(tmp_path, media)
    store(ledger, tmp_path, media, 0, b"zero")
    ledger.close()

    ledger = opened(tmp_path, media_of(hls_track(5)))
    assert ledger.done(0) == set()
    assert not (tmp_path / "t0/000000.ts").exists()
    ledger.close()


def test_forgotten_segments_stay_forgotten(tmp_path: Path) -> None:
    media = media_of(hls_track())
    ledger = opened(tmp_path, media)
    for index in range(3):
        store(ledger, tmp_path, media, index, b"data")
    ledger.forget(0, [1, 3])
    assert ledger.done(0) == {0, 2}
    store(ledger, tmp_path, media, 3, b"three")
    ledger.close()
    ledger = opened(tmp_path, media)
    assert ledger.done(0) == {0, 2, 3}
    ledger.close()


def test_a_folder_that_is_not_there_is_our_error(tmp_path: Path) -> None:
    with pytest.raises(FileFailedError):
        Ledger(tmp_path / "none", media_of(hls_track())).open()


def test_closing_twice_is_fine(tmp_path: Path) -> None:
    ledger = opened(tmp_path, media_of(hls_track()))
    ledger.close()
    ledger.close()


def test_the_file_starts_with_its_format(tmp_path: Path) -> None:
    media = media_of(hls_track())
    opened(tmp_path, media).close()
    header = json.loads((tmp_path / LEDGER_NAME).read_text().splitlines()[0])
    assert header == {"format": 1, "fingerprint": fingerprint(media)}


def test_addresses_and_keys_may_change_without_a_new_fingerprint() -> None:
    """Links expire and come back with other tokens, on other hosts."""

    def elsewhere(token: str) -> Media:
        init = InitSection(uri=f"{token}/init")
        key = Key(method="AES-128", uri=f"{token}/key", iv=b"\0" * 16)
        track = each_segment(lambda segment: replace(segment, uri=token + segment.uri, init=init, key=key))
        return Media(url=token, tracks=(track,))

    assert fingerprint(elsewhere("https://a.example/1")) == fingerprint(elsewhere("https://b.example/2"))


@pytest.mark.parametrize(
    "track",
    [
        hls_track(5),
        hls_track(kind=TrackKind.AUDIO),
        hls_track(container=Container.FMP4),
        hls_track(language="de"),
        hls_track(size_bytes=7),
        hls_track(validator='"v2"'),
        hls_track(width=1920),
        hls_track(bandwidth_bps=1),
        each_segment(lambda segment: replace(segment, duration_s=4.5)),
        each_segment(lambda segment: replace(segment, discontinuity=True)),
        each_segment(lambda segment: replace(segment, byte_range=ByteRange(start=0, stop=1))),
        each_segment(lambda segment: replace(segment, key=Key(method="AES-128", uri="k", iv=b""))),
        each_segment(lambda segment: replace(segment, init=InitSection(uri="i"))),
    ],
)
def test_whatever_changes_the_cut_changes_the_fingerprint(track: Track) -> None:
    assert fingerprint(media_of(track)) != fingerprint(media_of(hls_track()))
    assert fingerprint(media_of(hls_track(), track)) != fingerprint(media_of(track, hls_track()))
